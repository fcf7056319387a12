"""Named selections of cells: a region of a culture that livn builds without the rest.

livn builds only the cells of a selection (``System(path).selection("e2")``), so that a patch of a
large culture can be simulated with its surroundings left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import ComponentNotFoundError, LivnError
from livn_core.suggest import did_you_mean
from livn_core.system.selection_files import (
    Selection,
    graph_uuid,
    list_selections,
    read_selection,
    write_selection,
)

if TYPE_CHECKING:
    from livn_core.program import Population
    from livn_core.system.reader import System

__all__ = [
    "DEFAULTS",
    "Selection",
    "default_selections",
    "list_selections",
    "read_selection",
    "select_box",
    "select_boxes",
    "select_disk",
    "select_modules",
    "write_selection",
]

#: Selections that the shipped cultures carry: name -> edge of a centred square, um.
DEFAULTS = {"e1": 250.0, "e2": 500.0, "e3": 1000.0}

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def select_boxes(
    populations: Iterable[Population],
    positions: Mapping[str, NDArray[Any]],
    bounds: NDArray[np.float64],
    sizes: Mapping[str, float],
    *,
    graph: str | None = None,
) -> list[Selection]:
    """Choose the cells in squares around the centre of a culture that need not be on disk yet.

    Parameters
    ----------
    populations
        With their gid ranges.
    positions
        Population -> (n, 2) or (n, 3) positions, um.
    bounds
        (2, 2) or (2, 3) configured bounds, um.
    sizes
        Name of a selection -> edge of its square, um.
    graph
        uuid of the graph's architecture.

    Returns
    -------
    list of Selection
        A square that holds no cell gives none.

    Examples
    --------
    >>> from livn_core import System
    >>> from livn_core.selection import select_boxes
    >>> system = System("culture")
    >>> positions = {"EXC": system.positions("EXC"), "INH": system.positions("INH")}
    >>> boxes = select_boxes(system.populations, positions, system.bounds(), {"inner": 2000})
    >>> [(box.name, box.bounds) for box in boxes]
    [('inner', ((1000.0, 1000.0), (3000.0, 3000.0)))]
    """
    centre = (np.asarray(bounds[0][:2]) + np.asarray(bounds[1][:2])) / 2
    chosen = []
    for name, size in sizes.items():
        low, high = ((centre + away).tolist() for away in (-size / 2, size / 2))
        inside = {population: _in_box(xyz, low, high) for population, xyz in positions.items()}
        if gids := _gids(populations, inside):
            box = ((low[0], low[1]), (high[0], high[1]))
            chosen.append(Selection(name, gids, box, graph, {"shape": "box"}))
    return chosen


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

    Examples
    --------
    >>> from livn_core import System
    >>> from livn_core.selection import select_box
    >>> patch = select_box(System("culture"), "patch", 2000)
    >>> {population: len(gids) for population, gids in patch.gids.items()}
    {'EXC': 40, 'INH': 5}
    """
    width, height = (size, size) if isinstance(size, (int, float)) else size
    _positive("the box", width, height)
    x, y = _centre(system, centre)
    low, high = (x - width / 2, y - height / 2), (x + width / 2, y + height / 2)
    inside = {name: _in_box(xyz, low, high) for name, xyz in _positions(system).items()}
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
    """Choose the cells within ``radius``, um, of a centre in the plane; see :func:`select_box`.

    Examples
    --------
    >>> from livn_core import System
    >>> from livn_core.selection import select_disk
    >>> patch = select_disk(System("culture"), "patch", 900, centre=(1000, 3000))
    >>> patch.gids["INH"].tolist()
    [161, 170, 176, 177, 193, 199]
    """
    _positive("the radius", radius)
    x, y = _centre(system, centre)
    inside = {
        name: ((xyz[:, :2].astype(np.float64) - (x, y)) ** 2).sum(axis=1) <= radius**2
        for name, xyz in _positions(system).items()
    }
    bounds = ((x - radius, y - radius), (x + radius, y + radius))
    details = {"shape": "disk", "radius": float(radius)}
    what = f"the disk of {radius:g} um around ({x:g}, {y:g})"
    return _choose(system, name, populations, inside, bounds, details, what)


def select_modules(
    system: System, name: str, modules: Sequence[str], *, populations: Sequence[str] | None = None
) -> Selection:
    """Choose the cells of some modules of a culture that has them; see :func:`select_box`.

    Raises
    ------
    ComponentNotFoundError
        There is no such module, or the culture has none.
    """
    known = list(system.graph["architecture"]["config"].get("modules", ()))
    if not known:
        raise ComponentNotFoundError(
            f"'{system.path}' has no modules", hint="choose by place: --box SIZE or --disk RADIUS"
        )
    for module in modules:
        if module not in known:
            raise ComponentNotFoundError(
                f"no module '{module}'{did_you_mean(module, known)}",
                hint=f"they are {', '.join(known)}",
            )
    wanted = [known.index(module) for module in modules]
    positions = _positions(system)
    chosen = {
        name: np.isin(system.attributes(name, "Culture")["module"], wanted) for name in positions
    }
    plane = np.concatenate([positions[name][mine, :2] for name, mine in chosen.items()])
    corners = [plane.min(axis=0), plane.max(axis=0)] if len(plane) else np.zeros((2, 2))
    (x0, y0), (x1, y1) = (corner.astype(float).tolist() for corner in corners)
    details = {"shape": "modules", "modules": list(modules)}
    what = f"the modules {', '.join(modules)}"
    return _choose(system, name, populations, chosen, ((x0, y0), (x1, y1)), details, what)


def default_selections(system: System) -> list[Selection]:
    """Return the selections that a shipped culture carries: e1, e2, e3; none of a box without a cell."""
    positions, graph = _positions(system), graph_uuid(system.graph)
    return select_boxes(system.populations, positions, system.bounds(), DEFAULTS, graph=graph)


def _choose(
    system: System,
    name: str,
    populations: Sequence[str] | None,
    inside: Mapping[str, NDArray[np.bool_]],
    bounds: tuple[tuple[float, float], tuple[float, float]],
    details: dict[str, Any],
    what: str,
) -> Selection:
    if not _NAME.fullmatch(name):
        raise LivnError(
            f"'{name}' is no name for a selection",
            hint="use letters, digits, '_', '-' and '.', beginning with a letter or digit",
        )
    wanted = system.populations if populations is None else map(system.population, populations)
    gids = _gids(wanted, inside)
    if not gids:
        raise LivnError(
            f"no cell of '{system.path}' lies in {what}",
            hint=f"the culture reaches from {_corner(system, 0)} to {_corner(system, 1)} um",
        )
    return Selection(name, gids, bounds, graph_uuid(system.graph), details)


def _gids(
    populations: Iterable[Population], inside: Mapping[str, NDArray[np.bool_]]
) -> dict[str, NDArray[np.int64]]:
    """Return the chosen cells of each population that has any."""
    found = {p.name: np.flatnonzero(inside.get(p.name, ())) + p.start for p in populations}
    return {name: gids for name, gids in found.items() if len(gids)}


def _positions(system: System) -> dict[str, NDArray[np.float32]]:
    return {p.name: system.positions(p.name) for p in system.populations if p.count}


def _in_box(xyz: NDArray[Any], low: Sequence[float], high: Sequence[float]) -> NDArray[np.bool_]:
    plane = np.asarray(xyz, dtype=np.float64)[:, :2]
    return np.asarray(((plane >= low) & (plane <= high)).all(axis=1))


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
