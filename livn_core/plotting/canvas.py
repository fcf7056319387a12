"""The paper of a picture: a figure, or several parts of one, and their sizes.

A part asks for its size as a figure would. The parts stand in a grid whose ratios are inches, so that
the grid is the sizes that were asked for; the figure is as large as all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure, FigureBase
    from matplotlib.gridspec import SubplotSpec

__all__ = ["columns_in", "fit_maps", "new_parts", "set_size", "size_of", "width_of"]

#: Parts side by side, where each is as wide as a column of a journal nearly, mm.
_ACROSS, _NARROWEST = 2, 60
#: How much taller than it asked for a picture may become beside a map.
_STRETCH = 1.5
#: Width of a picture of panels, where none was asked for, inches.
_WIDEST = 9.0
#: Room of a line of the title, inches.
_TITLE = 0.3
#: Figures whose width was asked for, inches; all others are as wide as what they show needs.
_WIDTHS: WeakKeyDictionary[Figure, float] = WeakKeyDictionary()
#: Where in the grid each part stands.
_PLACES: WeakKeyDictionary[FigureBase, SubplotSpec] = WeakKeyDictionary()
#: Height that each part asked for, inches: its row may be taller.
_HEIGHTS: WeakKeyDictionary[FigureBase, float] = WeakKeyDictionary()


def new_parts(low: Sequence[bool], *, title: str = "", width: float | None = None) -> list[Any]:
    """Return the empty parts of a new figure; one without a title is the figure itself.

    ``low``: for each picture whether it is much wider than high, and has a row of its own; several
    pictures have letters. ``width`` is that of the whole figure, mm.
    """
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    if width is not None:
        _WIDTHS[figure] = width / 25.4
    if len(low) == 1 and not title:
        return [figure]
    most = _ACROSS if width is None or width >= _ACROSS * _NARROWEST else 1
    rows: list[list[bool]] = []
    for one in low:
        if one or not rows or rows[-1][-1] or len(rows[-1]) == most:
            rows.append([])
        rows[-1].append(one)
    columns = max(map(len, rows))
    grid = figure.add_gridspec(len(rows), columns, width_ratios=[0.01] * columns,
                               height_ratios=[0.01] * len(rows))  # fmt: skip
    parts: list[Any] = []
    for number, row in enumerate(rows):
        for column in range(len(row)):
            stop = column + 1 if column + 1 < len(row) else columns
            place = grid[number, column:stop]
            parts.append(figure.add_subfigure(place))
            _PLACES[parts[-1]] = place
    if title:
        figure.suptitle(title)
    if len(parts) > 1:
        for part, letter in zip(parts, "abcdefghijkl", strict=False):
            part.text(0.005, 0.995, letter, weight="bold", va="top", fontsize="large")
    return parts


def columns_in(part: FigureBase, most: int, narrowest: float) -> int:
    """Return how many panels stand side by side, at most ``most``.

    ``narrowest`` is what one needs, inches, with text of eight points.
    """
    import matplotlib

    asked = width_of(part, _WIDEST)
    return int(np.clip(8 * asked / (narrowest * matplotlib.rcParams["font.size"]), 1, most))


def width_of(part: FigureBase, wanted: float) -> float:
    """Return how wide a figure or a part of one will be, inches: ``wanted`` if no width was asked."""
    asked, place = _WIDTHS.get(part.get_figure(root=True)), _PLACES.get(part)
    if asked is None or place is None:
        return asked or wanted
    return asked * (len(place.colspan) / place.get_gridspec().ncols)


def set_size(part: FigureBase, width: float, height: float) -> None:
    """Give a figure or a part of one its size, inches.

    Where a width was asked for, it is that, and the height follows half-way: the text keeps its size.
    """
    figure: Any = part.get_figure(root=True)
    asked = _WIDTHS.get(figure)
    if part == figure:
        given = width if asked is None else asked
        figure.set_size_inches(given, height * float(np.sqrt(given / width)))
        return
    place: Any = _PLACES[part]
    grid, columns = place.get_gridspec(), list(place.colspan)
    widths, heights = list(grid.get_width_ratios()), list(grid.get_height_ratios())
    if asked is not None:
        widths = [asked / len(widths)] * len(widths)
    else:
        for column in columns:
            widths[column] = max(widths[column], width / len(columns))
    given = sum(widths[column] for column in columns)
    height *= float(np.sqrt(given / width))
    _HEIGHTS[part] = height
    (row,) = place.rowspan
    heights[row] = max(heights[row], height)
    _set_grid(figure, grid, widths, heights)


def _set_grid(figure: Any, grid: Any, widths: list[float], heights: list[float]) -> None:
    grid.set_width_ratios(widths)
    grid.set_height_ratios(heights)
    title = figure.get_suptitle()
    room = _TITLE * (title.count("\n") + 1) if title else 0.0
    figure.set_size_inches(sum(widths), sum(heights) + room)


def size_of(part: FigureBase) -> tuple[float, float]:
    """Return width and height of a figure or a part of one, inches."""
    figure: Any = part.get_figure(root=True)
    if part == figure:
        width, height = figure.get_size_inches()
        return float(width), float(height)
    place: Any = _PLACES[part]
    grid = place.get_gridspec()
    widths, heights = grid.get_width_ratios(), grid.get_height_ratios()
    return sum(widths[column] for column in place.colspan), heights[place.rowspan.start]


def fit_maps(parts: list[Any]) -> None:
    """Make maps as tall as they are at their width, so that no band stays white beside them.

    The layout is worked out, and the height that a row of maps was given is set to what it needs;
    twice, as a legend or a label takes its part. A strip much higher than wide is drawn smaller
    where it would stretch what stands beside it.
    """
    import matplotlib

    figure = parts[0].get_figure(root=True)
    if title := figure.get_suptitle():
        # As many lines as the width of the figure needs.
        letters = int(figure.get_size_inches()[0] / (0.0096 * matplotlib.rcParams["font.size"]))
        figure.suptitle("\n".join("\n".join(wrap(x, letters)) for x in title.split("\n")))
        grid: Any = _PLACES[parts[0]].get_gridspec()
        _set_grid(figure, grid, grid.get_width_ratios(), grid.get_height_ratios())
    for _ in range(2):
        figure.draw_without_rendering()
        more = [_missing(part) for part in parts]
        if all(change is None or abs(change) < 0.02 for change in more):
            break
        wanted = [
            _HEIGHTS.get(part, size_of(part)[1]) if change is None else size_of(part)[1] + change
            for part, change in zip(parts, more, strict=True)
        ]
        if parts == [figure]:
            figure.set_size_inches(size_of(figure)[0], float(np.clip(wanted[0], 1.5, 14.0)))
            continue
        grid = _PLACES[parts[0]].get_gridspec()
        rows = [_PLACES[part].rowspan.start for part in parts]
        heights, most = [0.0] * grid.nrows, [14.0] * grid.nrows
        for row, height, change in zip(rows, wanted, more, strict=True):
            if change is None:
                most[row] = max(_STRETCH * height, heights[row])
                heights[row] = max(heights[row], height)
        for row, height in zip(rows, wanted, strict=True):
            heights[row] = max(heights[row], float(np.clip(height, 1.5, most[row])))
        _set_grid(figure, grid, grid.get_width_ratios(), heights)


def _missing(part: Any) -> float | None:
    """Return how much taller a part must be for its maps, inches; None where it has none."""
    width, height = size_of(part)
    rows: dict[float, float] = {}
    for axes in part.axes:
        if axes.get_aspect() != 1.0 or (axes.images and axes.get_xaxis().get_ticklocs().size):
            continue
        slot = axes.get_position(original=True)
        ratio = np.ptp(axes.get_ylim()) / np.ptp(axes.get_xlim())
        more = slot.width * width * ratio - slot.height * height
        row = round(slot.y0, 3)
        rows[row] = max(rows.get(row, -np.inf), more)
    return sum(rows.values()) if rows else None
