"""Named selections of cells: ``selection/NAME.json`` in a system directory, as livn reads them.

livn builds only the cells of a selection (``System(path).selection("e2")``), so that a patch of a
large culture can be simulated with its surroundings left out. The file holds the gids by
population, and the uuid of the graph that they were chosen from: livn refuses a selection of
another graph.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import ComponentNotFoundError, LivnError, OutputError, SystemFormatError
from livn_core.jsonio import read_json, write_json
from livn_core.suggest import did_you_mean

if TYPE_CHECKING:
    from livn_core.system import System

__all__ = [
    "DEFAULTS",
    "Selection",
    "default_selections",
    "list_selections",
    "read_selection",
    "select_box",
    "select_disk",
    "write_selection",
]

#: Selections that the shipped cultures carry: name -> edge of a centred square, um.
DEFAULTS = {"e1": 250.0, "e2": 500.0, "e3": 1000.0}

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Selection:
    """Cells of a system, by a name.

    Parameters
    ----------
    name
        File name without its suffix.
    gids
        Population -> (n,) int64 gids, ascending. Populations without a chosen cell are left out.
    bounds
        ``[[x0, y0], [x1, y1]]``, um, of the region that the cells were chosen from; None when
        they were listed.
    graph
        uuid of the graph that the gids belong to.
    details
        What else the file says of itself.
    """

    name: str
    gids: Mapping[str, NDArray[np.int64]]
    bounds: tuple[tuple[float, float], tuple[float, float]] | None = None
    graph: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Number of cells."""
        return sum(len(gids) for gids in self.gids.values())

    @property
    def path(self) -> Path:
        """Where it lies in a system directory."""
        return Path("selection") / f"{self.name}.json"

    def document(self) -> dict[str, Any]:
        """Return the file's content."""
        meta: dict[str, Any] = dict(self.details)
        if self.graph is not None:
            meta["graph"] = self.graph
        if self.bounds is not None:
            meta["bounds"] = [list(corner) for corner in self.bounds]
        return {
            "gids": {name: [int(gid) for gid in gids] for name, gids in self.gids.items()},
            "meta": meta,
        }


def select_box(
    system: System,
    name: str,
    size: float | tuple[float, float],
    *,
    centre: tuple[float, float] | None = None,
    populations: Sequence[str] | None = None,
) -> Selection:
    """Choose the cells in an axis-parallel box; cells on its border are inside.

    Parameters
    ----------
    system
        Where from.
    name
        Name of the selection.
    size
        Edge length, or width and height, um.
    centre
        Centre of the box, um; by default the centre of the configured culture.
    populations
        Only these; all by default.

    Raises
    ------
    LivnError
        A size that is not positive, a name that is no file name, or no cell in the box.
    """
    width, height = (size, size) if isinstance(size, (int, float)) else size
    _positive("the box", width, height)
    x, y = _centre(system, centre)
    low, high = (x - width / 2, y - height / 2), (x + width / 2, y + height / 2)

    def inside(plane: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray(((plane >= low) & (plane <= high)).all(axis=1))

    what = f"the {width:g} x {height:g} um box around ({x:g}, {y:g})"
    return _choose(system, name, populations, inside, (low, high), {"shape": "box"}, what)


def select_disk(
    system: System,
    name: str,
    radius: float,
    *,
    centre: tuple[float, float] | None = None,
    populations: Sequence[str] | None = None,
) -> Selection:
    """Choose the cells within ``radius``, um, of a centre in the plane; see :func:`select_box`."""
    _positive("the radius", radius)
    x, y = _centre(system, centre)

    def inside(plane: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray(((plane - (x, y)) ** 2).sum(axis=1) <= radius**2)

    bounds = ((x - radius, y - radius), (x + radius, y + radius))
    details = {"shape": "disk", "radius": float(radius)}
    what = f"the disk of {radius:g} um around ({x:g}, {y:g})"
    return _choose(system, name, populations, inside, bounds, details, what)


def default_selections(system: System, names: Iterable[str] | None = None) -> list[Selection]:
    """Return the selections that a shipped culture carries: e1, e2, e3.

    Parameters
    ----------
    system
        The culture.
    names
        Only these of :data:`DEFAULTS`; all by default.

    Returns
    -------
    list of Selection
        A box that holds no cell gives none.
    """
    chosen = []
    for name in DEFAULTS if names is None else names:
        if name not in DEFAULTS:
            raise ComponentNotFoundError(
                f"no default selection '{name}'{did_you_mean(name, DEFAULTS)}",
                hint=f"they are {', '.join(DEFAULTS)}",
            )
        try:
            chosen.append(select_box(system, name, DEFAULTS[name]))
        except EmptySelectionError:
            continue
    return chosen


class EmptySelectionError(LivnError, ValueError):
    """No cell lies where cells were to be chosen."""


def write_selection(system: System, selection: Selection, *, overwrite: bool = False) -> Path:
    """Write a selection into the system's directory and return the file.

    Raises
    ------
    OutputError
        There is one of that name and ``overwrite`` is not set, or the disk refuses.
    """
    path = system.path / selection.path
    if path.exists() and not overwrite:
        raise OutputError(
            f"'{path}' exists already", hint="choose another --name, or give --overwrite"
        )
    try:
        path.parent.mkdir(exist_ok=True)
        write_json(path, selection.document())
    except OSError as error:
        raise OutputError(f"cannot write '{path}': {error.strerror or error}") from error
    return path


def list_selections(system: System) -> list[str]:
    """Return the names of the system's selections, sorted."""
    return sorted(path.stem for path in (system.path / "selection").glob("*.json"))


def read_selection(system: System, name: str) -> Selection:
    """Read a selection of a system.

    Raises
    ------
    ComponentNotFoundError
        There is none of that name.
    SystemFormatError
        The file is broken, belongs to another graph, or names cells that do not exist.
    """
    known = list_selections(system)
    if name not in known:
        raise ComponentNotFoundError(
            f"'{system.path}' has no selection '{name}'{did_you_mean(name, known)}",
            hint=f"it has {', '.join(known)}"
            if known
            else "make one with 'livn select DIR --box 500 --name NAME'",
        )
    path = system.path / "selection" / f"{name}.json"
    document = read_json(path)
    gids = document.get("gids") if isinstance(document, dict) else None
    if not isinstance(gids, dict) or not gids:
        raise SystemFormatError(f"'{path}' has no gids by population")
    meta = document.get("meta") or {}
    built, recorded = _graph_uuid(system), meta.get("graph")
    if recorded is not None and built is not None and recorded != built:
        raise SystemFormatError(
            f"'{path}' was chosen from another graph ({recorded}) than this one ({built})",
            hint="choose it again with 'livn select ... --overwrite'",
        )
    chosen = {}
    for population in sorted(gids):
        owner = system.population(population)
        try:
            cells = np.unique(np.asarray(gids[population], dtype=np.int64))
        except (TypeError, ValueError, OverflowError):
            raise SystemFormatError(f"'{path}': gids of '{population}' are not integers") from None
        wrong = cells[(cells < owner.start) | (cells >= owner.start + owner.count)]
        if len(wrong):
            raise SystemFormatError(
                f"'{path}': gid {int(wrong[0])} is no cell of '{population}' "
                f"({owner.start} to {owner.start + owner.count - 1})"
            )
        if len(cells):
            chosen[population] = cells
    bounds = meta.get("bounds")
    return Selection(
        name,
        chosen,
        tuple(tuple(float(v) for v in corner) for corner in bounds) if bounds else None,  # type: ignore[arg-type]
        recorded,
        {key: value for key, value in meta.items() if key not in {"graph", "bounds"}},
    )


def _choose(
    system: System,
    name: str,
    populations: Sequence[str] | None,
    inside: Any,
    bounds: tuple[tuple[float, float], tuple[float, float]],
    details: dict[str, Any],
    what: str,
) -> Selection:
    if not _NAME.fullmatch(name):
        raise LivnError(
            f"'{name}' is no name for a selection",
            hint="use letters, digits, '_', '-' and '.', beginning with a letter or digit",
        )
    wanted = [system.population(p) for p in populations or [p.name for p in system.populations]]
    gids = {}
    for population in wanted:
        if not population.count:
            continue
        plane = system.positions(population.name)[:, :2].astype(np.float64)
        cells = np.flatnonzero(inside(plane)) + population.start
        if len(cells):
            gids[population.name] = cells.astype(np.int64)
    if not gids:
        raise EmptySelectionError(
            f"no cell of '{system.path}' lies in {what}",
            hint=f"the culture reaches from {_corner(system, 0)} to {_corner(system, 1)} um",
        )
    return Selection(name, gids, bounds, _graph_uuid(system), details)


def _centre(system: System, centre: tuple[float, float] | None) -> tuple[float, float]:
    if centre is not None:
        return float(centre[0]), float(centre[1])
    low, high = system.bounds()
    return float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2


def _corner(system: System, index: int) -> str:
    x, y = system.bounds()[index][:2]
    return f"({x:g}, {y:g})"


def _positive(what: str, *lengths: float) -> None:
    for length in lengths:
        if not (length > 0 and math.isfinite(length)):
            raise LivnError(f"{what} must be larger than 0 um, not {length:g}")


def _graph_uuid(system: System) -> str | None:
    architecture = system.graph.get("architecture")
    uuid = architecture.get("uuid") if isinstance(architecture, dict) else None
    return None if uuid is None else str(uuid)
