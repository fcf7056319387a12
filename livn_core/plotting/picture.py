"""Draw a picture of a system, and save it."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from livn_core.errors import OutputError
from livn_core.notices import warn_caller
from livn_core.outputs import check_file, new_file, saying_file_errors
from livn_core.plotting.facts import electrodes_in
from livn_core.plotting.figure import check_options, draw_figure, picture_parts
from livn_core.plotting.options import Options
from livn_core.plotting.style import GLYPH, paper_style
from livn_core.system.reader import System

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

    from livn_core.culture.region import Region

__all__ = ["SUFFIXES", "check_output", "default_name", "plot", "plot_area", "save"]

#: Formats that a picture can be saved in.
SUFFIXES = (".png", ".svg", ".pdf", ".eps", ".tif", ".tiff", ".jpg", ".jpeg")


def plot(
    system: System | str | Path,
    kind: str = "layout",
    *,
    cell: int | None = None,
    show_connections: bool = True,
    show_mea: bool = True,
    max_edges: int | None = None,
    seed: int = 0,
    color_by: str = "population",
    show_labels: bool = False,
    width: float | None = None,
    font: str | None = None,
    title: str = "",
) -> Figure:
    """Draw a system.

    Parameters
    ----------
    system
        A system, or its directory.
    kind
        One of :data:`livn_core.plotting.KINDS`, or several joined by commas: ``layout,degrees``, each
        a part of the figure with a letter.
    cell
        gid of a cell: ``layout`` shows its inputs and outputs, ``morphology`` its shape.
    show_connections, show_mea
        Whether ``layout`` shows connections, and electrodes where the system has them.
    max_edges
        Connections that ``layout`` draws at most: a sample of all of them, in which longer ones
        are likelier, so that they show; where axons grew, axons, a fair sample. None: as many as can
        be told apart: connections cover a third of the region at most, and are no more than 2,000 of
        up to 500 cells, 450 of 10,000.
    seed
        Seed of that sample, an integer >= 0.
    color_by
        What the colours of the cells of a ``layout`` say: their ``population``, ``degree`` (in-degree),
        ``module`` or ``layer``.
    show_labels
        Whether the electrodes have the array's own names beside them, or their ids.
    width
        Of the figure, mm: 85 for a column of a journal. None: as wide as what it shows needs.
    font
        Family, size in points, or both: ``Arial``, ``7``, ``Arial 7``.
    title
        What stands above the picture.

    Returns
    -------
    matplotlib.figure.Figure
        Not registered with pyplot: nothing to close, no display needed.

    Raises
    ------
    MissingDependencyError
        matplotlib is not installed.
    PlotError
        No such kind, options that do not go together, or nothing of that kind to draw.
    ComponentNotFoundError
        No cell has that gid.
    SystemFormatError
        The system is broken.

    Examples
    --------
    >>> from livn_core.plotting import KINDS, plot
    >>> list(KINDS)
    ['layout', 'area', 'degrees', 'distances', 'matrix', 'morphology', 'layers']
    >>> figure = plot("culture", "degrees")
    >>> figure.savefig("degrees.png")
    """
    options = Options(
        cell, show_connections, show_mea, max_edges, seed, color_by, show_labels, width, font, title
    )
    check_options(kind, options)
    with nullcontext(system) if isinstance(system, System) else System(system) as opened:
        return draw_figure(opened, kind, options)


def plot_area(
    region: Region,
    mea: Mapping[str, Any] | None = None,
    *,
    labels: Sequence[str] | None = None,
    **options: Any,
) -> Figure:
    """Draw where somata may be, and electrodes: a culture that is not made yet.

    Parameters
    ----------
    region
        Of a placement, say: ``configuration.region``.
    mea
        Content of a mea.json: rows of ``electrode_coordinates``, radii.
    labels
        The array's own names of the electrodes; by default their ids.
    **options
        ``show_labels``, ``width``, ``font`` and ``title``, as :func:`plot` has them.

    Raises
    ------
    MissingDependencyError
        matplotlib is not installed.

    Examples
    --------
    >>> from livn_core.plotting import plot_area
    >>> from livn_core.plugins.registry import registry
    >>> disk = registry().create("placement", "disk", {"radius": 500})
    >>> plot_area(disk.region()).savefig("disk.png")
    """
    chosen = Options(**options)
    check_options("area", chosen)
    from livn_core.plotting.area import draw_area

    electrodes = None if mea is None else electrodes_in(mea, labels)
    with picture_parts([False], chosen) as (part,):
        draw_area(part, region, electrodes, names=chosen.show_labels)
    figure: Figure = part.get_figure(root=True)
    return figure


def default_name(system: Path, kind: str, cell: int | None = None) -> str:
    """Return the file name of a picture that the user has not named: ``culture-layout.png``."""
    stem = (system.resolve().stem if system.is_file() else system.resolve().name) or "system"
    kind = kind.replace(",", "-")
    return f"{stem}-{kind}.png" if cell is None else f"{stem}-{kind}-{cell}.png"


def check_output(path: Path, *, overwrite: bool = False) -> None:
    """Raise OutputError unless a picture could be saved at ``path``; cheap, for use up front."""
    if path.suffix.lower() not in SUFFIXES:
        raise OutputError(
            f"cannot save '{path}': '{path.suffix}' is not a supported format"
            if path.suffix
            else f"cannot save '{path}': its name has no suffix that says the format",
            hint=f"the supported suffixes are {', '.join(SUFFIXES)}",
        )
    check_file(path, overwrite=overwrite, verb="save")


def save(figure: Figure, path: str | Path, *, overwrite: bool = True, dpi: int = 300) -> Path:
    """Save a picture; the suffix says the format.

    Equal pictures give equal files: no date is written into them. The file appears whole or not
    at all.

    Parameters
    ----------
    figure
        From :func:`plot`, or any other.
    path
        One of :data:`livn_core.plotting.SUFFIXES`.
    overwrite
        Whether an existing file is replaced.
    dpi
        Resolution of PNG, TIFF and JPG, and of the parts of SVG, PDF and EPS that are images.

    Examples
    --------
    >>> from livn_core.plotting import plot, save
    >>> save(plot("culture", "layout", cell=170), "cell-170.svg").name
    'cell-170.svg'
    """
    path = Path(path)
    check_output(path, overwrite=overwrite)
    suffix = path.suffix.lower()
    metadata = {
        ".png": {"Software": None},
        ".svg": {"Date": None},
        ".pdf": {"CreationDate": None},
        ".eps": {"Creator": "livn"},
    }
    # Without loss; as they are, the pixels of a column at 300 dpi take 11 MB.
    tiff = suffix in {".tif", ".tiff"}
    packed: dict[str, Any] = {"pil_kwargs": {"compression": "tiff_lzw"}} if tiff else {}
    if suffix == ".eps" and figure.findobj(_is_pale):
        warn_caller(
            "EPS has no transparency: what is pale is solid in it, and may hide what lies below; "
            "PDF and SVG keep it"
        )
    with (
        saying_file_errors(path, verb="save"),
        new_file(path) as file,
        paper_style(),
        _quiet("matplotlib.backends.backend_ps"),  # it says so as well, and not what to do
        _missing_glyphs_once(said=suffix != ".svg"),  # its texts are texts
    ):
        figure.savefig(file, format=suffix[1:], dpi=dpi, metadata=metadata.get(suffix), **packed)
    return path


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Leave out what a logger warns of."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _missing_glyphs_once(*, said: bool) -> Iterator[None]:
    """Make one warning of all letters that no font has, where matplotlib gives one each time."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", GLYPH)
        yield
    missing = set()
    for each in caught:
        if found := re.match(GLYPH, str(each.message)):
            missing.add(chr(int(found[1])))
        else:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    if missing and said:
        warn_caller(
            f"the font has no {', '.join(sorted(missing))}, and boxes stand for it: give a font that "
            "has it (--font)"
        )


def _is_pale(artist: Artist) -> bool:
    alpha = artist.get_alpha()
    return alpha is not None and bool(np.min(alpha) < 1)
