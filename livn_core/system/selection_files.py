"""``selection/NAME.json`` in a system directory, as livn reads it.

The file holds the gids by population, and the uuid of the graph that they were chosen from: livn
refuses a selection of another graph, and so does this project.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.documents.jsonio import read_json, write_json
from livn_core.errors import ComponentNotFoundError, OutputError, SystemFormatError
from livn_core.neuroh5.directory import check_shape
from livn_core.outputs import refuse_existing, saying_file_errors
from livn_core.suggest import did_you_mean

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = ["Selection", "graph_uuid", "list_selections", "read_selection", "write_selection"]


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


def write_selection(system: System, *selections: Selection, overwrite: bool = False) -> list[Path]:
    """Write selections into the system's directory and return the files; all or none.

    Raises
    ------
    OutputError
        One of that name is there and ``overwrite`` is not set, the folder is a link, or the disk refuses.

    Examples
    --------
    >>> from livn_core import System
    >>> from livn_core.selection import select_box, write_selection
    >>> with System("culture") as system:
    ...     written = write_selection(system, select_box(system, "middle", 2000), overwrite=True)
    >>> [str(path) for path in written]
    ['culture/selection/middle.json']
    """
    paths = [system.path / selection.path for selection in selections]
    for path in paths:
        refuse_existing(
            path,
            overwrite=overwrite,
            said="exists already",
            hint="choose another --name, or give --overwrite",
        )
    folder = system.path / "selection"
    if folder.is_symlink():  # a system may come from anywhere: what it points at is another's
        raise OutputError(
            f"'{folder}' is a link: nothing is written through it", hint="remove the link"
        )
    for path, selection in zip(paths, selections, strict=True):
        with saying_file_errors(path):
            folder.mkdir(exist_ok=True)
            write_json(path, selection.document())
    return paths


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

    Examples
    --------
    >>> from livn_core import System
    >>> from livn_core.selection import read_selection, select_box, write_selection
    >>> with System("culture") as system:
    ...     chosen = select_box(system, "middle", 2000)
    ...     written = write_selection(system, chosen, overwrite=True)
    ...     read_selection(system, "middle").count == chosen.count
    True
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
    check_shape(document, "selection", path)
    meta = document.get("meta") or {}
    built, recorded = graph_uuid(system.graph), meta.get("graph")
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


def graph_uuid(graph: Mapping[str, Any]) -> str | None:
    """Return the uuid by which livn tells one graph from another, None where there is none."""
    architecture = graph.get("architecture")
    uuid = architecture.get("uuid") if isinstance(architecture, dict) else None
    return None if uuid is None else str(uuid)
