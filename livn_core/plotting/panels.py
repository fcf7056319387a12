"""A grid of panels, one for each population: what the histograms share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.plotting.canvas import columns_in, set_size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

__all__ = [
    "add_panels",
    "begins_line",
    "label_width",
    "share_limits",
    "step_line",
    "whole_numbers",
]


def add_panels(figure: Figure, rows: int, columns: int, narrowest: float) -> list[list[Axes]]:
    """Return ``rows`` lists of ``columns`` axes; more than there is room for go on further lines.

    ``narrowest`` is what a column needs, inches.
    """
    wrap = columns_in(figure, 4, narrowest)
    lines = -(-columns // wrap)
    width = min(columns, wrap)
    set_size(
        figure,
        float(np.clip(0.6 + max(2.4, narrowest) * width, 3.4, 9.0)),
        0.7 + 1.9 * rows * lines,
    )
    found: list[list[Axes]] = [[] for _ in range(rows)]
    for column in range(columns):
        line, offset = divmod(column, width)
        for row in range(rows):
            found[row].append(
                figure.add_subplot(rows * lines, width, (line * rows + row) * width + offset + 1)
            )
    return found


def label_width(names: Iterable[str], more: int = 0) -> float:
    """Return the width of the longest name and ``more`` letters, inches, in text of eight points."""
    return 0.064 * (max(map(len, names), default=0) + more)


def begins_line(axes: Axes) -> bool:
    """Return whether nothing stands left of a panel."""
    place = axes.get_subplotspec()
    return place is not None and place.is_first_col()


def share_limits(panels: Sequence[Axes], *, x: bool = False, y: bool = False) -> None:
    """Give panels that are to be compared one range, from the lowest to the highest of theirs."""
    if not panels:
        return
    left = min(panel.get_xlim()[0] for panel in panels)
    right = max(panel.get_xlim()[1] for panel in panels)
    top = max(panel.get_ylim()[1] for panel in panels)
    for panel in panels:
        if x:
            panel.set_xlim(left, right)
        if y:
            panel.set_ylim(0, top)


def step_line(
    axes: Axes, edges: NDArray[Any], values: NDArray[Any], colour: str, **options: Any
) -> None:
    """Draw a histogram as an outline over a pale fill."""
    axes.stairs(values, edges, color=colour, linewidth=1.0, **options)
    axes.stairs(values, edges, fill=True, color=colour, alpha=0.15, linewidth=0, zorder=0.5)


def whole_numbers(axis: Axis, most: int = 6) -> None:
    """Have at most ``most`` ticks, at whole numbers alone: rounded texts would not be their values."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(most, integer=True, min_n_ticks=1))
    axis.set_major_formatter("{x:,.0f}")
