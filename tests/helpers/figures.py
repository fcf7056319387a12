"""What a figure shows, read from its artists."""

from __future__ import annotations

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.text import Text


def artists(axes, kind):
    """The artists of a kind that a panel holds."""
    return [artist for artist in axes.get_children() if isinstance(artist, kind)]


def words(figure):
    """Everything that a figure says."""
    return "\n".join(text.get_text() for text in figure.findobj(Text))


def segments(axes):
    """The lines of a panel, (lines, 2, 2)."""
    return np.concatenate([c.get_segments() for c in artists(axes, LineCollection)])


def bars(axes):
    """The totals of the histograms of a panel, in the order of drawing."""
    return [p.get_data().values.sum() for p in axes.patches if not p.get_fill()]
