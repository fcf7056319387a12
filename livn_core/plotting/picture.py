"""Draw a picture of a system, and save it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from livn_core.errors import MissingDependencyError, OutputError
from livn_core.plotting.options import Options, PlotError
from livn_core.suggest import did_you_mean
from livn_core.system.reader import System

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["KINDS", "SUFFIXES", "check_kind", "check_output", "default_name", "plot", "save"]

#: Kind of picture -> what it shows.
KINDS = {
    "layout": "cells, a sample of connections, electrodes and their reach",
    "degrees": "in-degrees and out-degrees of every projection",
    "distances": "lengths of connections, and connection probability against distance",
    "matrix": "who connects to whom: cell by cell, and mean in-degrees",
    "morphology": "dendrites and axon of one cell, or of one cell a population",
    "layers": "somata and synapses across the layers",
}

#: Formats that a picture can be saved in.
SUFFIXES = (".png", ".svg", ".pdf")

_TAKE_CELL = ("layout", "morphology")


def plot(
    system: System | str | Path,
    kind: str = "layout",
    *,
    cell: int | None = None,
    show_connections: bool = True,
    show_mea: bool = True,
    max_edges: int = 5000,
    seed: int = 0,
) -> Figure:
    """Draw a system.

    Parameters
    ----------
    system
        A system, or its directory.
    kind
        One of :data:`KINDS`.
    cell
        gid of a cell: ``layout`` shows its inputs and outputs, ``morphology`` its shape.
    show_connections, show_mea
        Whether ``layout`` shows connections, and electrodes where the system has them.
    max_edges
        Connections that ``layout`` draws at most: a sample of all of them, in which longer ones
        are likelier, so that they show.
    seed
        Seed of that sample, an integer >= 0.

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
    ['layout', 'degrees', 'distances', 'matrix', 'morphology', 'layers']
    >>> figure = plot("culture", "degrees")
    >>> figure.savefig("degrees.png")
    """
    check_kind(kind, cell)
    if max_edges < 0:
        raise PlotError(f"max_edges is {max_edges}; it must be 0 or more")
    if seed < 0:
        raise PlotError(f"seed is {seed}; it must be 0 or more")
    _need_matplotlib()
    from matplotlib.figure import Figure

    from livn_core.plotting.style import paper_style

    if not isinstance(system, System):
        with System(system) as opened:
            return plot(
                opened,
                kind,
                cell=cell,
                show_connections=show_connections,
                show_mea=show_mea,
                max_edges=max_edges,
                seed=seed,
            )
    if cell is not None:
        system.locate(cell)
    options = Options(cell, show_connections, show_mea, max_edges, seed)
    module = "cell" if kind == "layout" and cell is not None else kind
    with paper_style():
        figure = Figure(layout="constrained")
        import_module(f"livn_core.plotting.{module}").draw(figure, system, options)
    return figure


def check_kind(kind: str, cell: int | None = None) -> None:
    """Raise PlotError unless there is such a kind of picture, of one cell where one is given."""
    if kind not in KINDS:
        raise PlotError(
            f"no kind of picture named '{kind}'{did_you_mean(kind, KINDS)}",
            hint=f"the kinds are {', '.join(KINDS)}",
        )
    if cell is not None and kind not in _TAKE_CELL:
        raise PlotError(
            f"a picture of kind '{kind}' is not of a single cell",
            hint=f"with a cell, the kind is {' or '.join(_TAKE_CELL)}",
        )


def default_name(system: Path, kind: str, cell: int | None = None) -> str:
    """Return the file name of a picture that the user has not named: ``culture-layout.png``."""
    stem = system.resolve().name or "system"
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
    if path.is_dir():
        raise OutputError(f"cannot save '{path}': it is a directory", hint="give a file name")
    if not path.parent.is_dir():
        raise OutputError(
            f"cannot save '{path}': there is no directory '{path.parent}'",
            hint=f"make it first: mkdir -p '{path.parent}'",
        )
    if path.exists() and not overwrite:
        raise OutputError(
            f"'{path}' exists", hint="give another --output, or replace it with --overwrite"
        )


def save(figure: Figure, path: str | Path, *, overwrite: bool = True, dpi: int = 300) -> Path:
    """Save a picture; the suffix says the format.

    Equal pictures give equal files: no date is written into them. The file appears whole or not
    at all.

    Parameters
    ----------
    figure
        From :func:`plot`, or any other.
    path
        ``.png``, ``.svg`` or ``.pdf``.
    overwrite
        Whether an existing file is replaced.
    dpi
        Resolution of PNG, and of the parts of SVG and PDF that are images.

    Examples
    --------
    >>> from livn_core.plotting import plot, save
    >>> save(plot("culture", "layout", cell=170), "cell-170.svg").name
    'cell-170.svg'
    """
    path = Path(path)
    check_output(path, overwrite=overwrite)
    from livn_core.plotting.style import paper_style

    suffix = path.suffix.lower()
    metadata = {".png": {"Software": None}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    part = path.with_name(f".{path.name}.part{suffix}")
    try:
        with paper_style():
            figure.savefig(part, dpi=dpi, metadata=metadata[suffix])
        part.replace(path)
    except OSError as error:
        raise OutputError(f"cannot save '{path}': {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _need_matplotlib() -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            "pictures need matplotlib, which is not installed",
            hint="install it with: pip install 'livn-core[plot]'",
        ) from error
