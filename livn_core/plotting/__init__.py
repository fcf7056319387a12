"""Pictures of a system: what it looks like, and whether it is what was asked for.

Importing this package does not import matplotlib; drawing a picture does.
"""

from __future__ import annotations

from livn_core.plotting.figure import KINDS
from livn_core.plotting.options import PlotError
from livn_core.plotting.picture import SUFFIXES, plot, plot_area, save

__all__ = ["KINDS", "SUFFIXES", "PlotError", "plot", "plot_area", "save"]
