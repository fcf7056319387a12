"""Draw an open system: the kinds of pictures, and which module draws each."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from livn_core.documents.findings import with_form
from livn_core.errors import needed
from livn_core.plotting.canvas import fit_maps, new_parts
from livn_core.plotting.layout import map_height
from livn_core.plotting.options import Options, PlotError, check_least
from livn_core.plotting.scene import escaped, read_scene
from livn_core.plotting.style import GLYPH, paper_style
from livn_core.suggest import did_you_mean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from livn_core.system.reader import System

__all__ = [
    "KINDS",
    "VARIABLES",
    "check_kind",
    "check_options",
    "draw_figure",
    "picture_parts",
]

#: Kind of picture -> what it shows.
KINDS = {
    "layout": "cells, a sample of connections, electrodes and their reach",
    "area": "where cells may be, and the electrodes; of a configuration, too",
    "degrees": "in-degrees and out-degrees of every projection",
    "distances": "lengths of connections, and connection probability against distance",
    "matrix": "who connects to whom: cell by cell, and mean in-degrees",
    "morphology": "dendrites and axon of one cell, or of one cell a population",
    "layers": "somata and synapses across the layers",
}

#: What the colours of the cells of a layout say.
VARIABLES = ("population", "degree", "module", "layer")

_TAKE_CELL = ("layout", "morphology")


def check_kind(kind: str, cell: int | None = None) -> None:
    """Raise PlotError unless there are such kinds, of one cell where one is given."""
    for name in kind.split(","):
        if name not in KINDS:
            raise PlotError(
                f"no kind of picture named '{name}'{did_you_mean(name, KINDS)}",
                hint=f"the kinds are {', '.join(KINDS)}; several are joined by commas",
            )
        if cell is not None and name not in _TAKE_CELL:
            raise PlotError(
                f"a picture of kind '{name}' is not of a single cell",
                hint=f"with a cell, the kind is {' or '.join(_TAKE_CELL)}",
            )


def check_options(kind: str, options: Options) -> None:
    """Raise the error of a picture that cannot be drawn of any system."""
    check_kind(kind, options.cell)
    with_form(options.title, "title")
    if re.search(r"[\x01-\x09\x0b-\x1f\x7f]", options.title):
        raise PlotError("the title holds a control character, a tab say", hint="leave it out")
    check_least(0, max_edges=options.max_edges, seed=options.seed)
    if options.color_by not in VARIABLES:
        raise PlotError(
            f"cells cannot be coloured by '{options.color_by}'"
            f"{did_you_mean(options.color_by, VARIABLES)}",
            hint=f"they can be by {', '.join(VARIABLES)}",
        )
    if options.color_by != VARIABLES[0] and (
        "layout" not in kind.split(",") or options.cell is not None
    ):
        raise PlotError(
            f"only the kind 'layout', of all cells, is coloured by {options.color_by}",
            hint="leave the kind or the colour out",
        )
    if options.width is not None and not 20 <= options.width <= 2000:
        raise PlotError(
            f"no picture is {options.width:g} mm wide",
            hint="give 20 to 2,000 mm; a column of a journal is 85mm, a page 180mm",
        )
    try:
        needed("matplotlib", "a picture")
    except ValueError as error:
        raise PlotError(
            f"matplotlib does not start: {error}",
            hint="unset MPLBACKEND, or mend the matplotlibrc: pictures need no backend",
        ) from error


def draw_figure(system: System, kind: str, options: Options) -> Figure:
    """Draw a system; see :func:`livn_core.plotting.plot`."""
    check_options(kind, options)
    if options.cell is not None:
        system.locate(options.cell)
    kinds = kind.split(",")
    low = [len(kinds) > 1 and _is_low(system, name, options) for name in kinds]
    with picture_parts(low, options) as parts:
        for part, name in zip(parts, kinds, strict=True):
            module = "cell" if name == "layout" and options.cell is not None else name
            import_module(f"livn_core.plotting.{module}").draw(part, system, options)
    figure: Figure = parts[0].get_figure(root=True)
    return figure


def _is_low(system: System, kind: str, options: Options) -> bool:
    """Whether a picture is much wider than high: a map of a low region is."""
    if kind not in ("layout", "area") or options.cell is not None:
        return False
    return map_height(read_scene(system, show_mea=options.show_mea)) < 0.4


@contextmanager
def picture_parts(low: Sequence[bool], options: Options) -> Iterator[list[Any]]:
    """Give the empty parts of a figure, in its style; drawn, they get their last sizes."""
    with paper_style(options.font):
        parts = new_parts(low, title=escaped(options.title), width=options.width)
        yield parts
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", GLYPH)  # said once where it is saved
            warnings.filterwarnings("error", "constrained_layout not applied")
            try:
                fit_maps(parts)
            except UserWarning:
                raise PlotError(
                    "the labels leave no room for what they label",
                    hint="make the picture wider or its text smaller: --width 180mm, --font 6",
                ) from None
