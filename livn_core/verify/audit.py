"""Run the checks; each part looks only at what the parts before it found whole."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from livn_core.errors import PluginError
from livn_core.plugins.functions import foreign_record
from livn_core.sampling.streams import stream
from livn_core.system.reader import System
from livn_core.verify.blocks import check_named, check_projections
from livn_core.verify.checks import Checks
from livn_core.verify.columns import check_cells
from livn_core.verify.containers import check_container, check_pairing, check_types
from livn_core.verify.directory import check_files, open_directory
from livn_core.verify.documents import (
    check_belongs,
    check_graph,
    check_mea,
    graph_synapses,
    read_provenance,
)
from livn_core.verify.edges import check_edges
from livn_core.verify.space import check_counts, check_recorded_edges
from livn_core.verify.specification import read_checks
from livn_core.verify.verdicts import BROKEN, Audit, Report, reason

__all__ = ["verify"]

Pair = tuple[str, str]


def verify(
    path: str | PathLike[str],
    *,
    seed: int = 0,
    jobs: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Report:
    """Audit a system directory, whoever made it.

    Parameters
    ----------
    path
        The directory.
    seed
        Of the choice of cells in a system too large to look at all of them.
    jobs
        Threads of the digest; None for the cores.
    progress
        Called with (phase, done, total).

    Returns
    -------
    Report
        Every verdict; :attr:`Report.passed` says whether the system is right.

    Raises
    ------
    SystemFormatError
        There is no such directory, or no system in it; or the system is replaced by another again
        and again while it is looked at.

    Examples
    --------
    >>> from livn_core.verify import verify
    >>> report = verify("culture")
    >>> report.passed
    True
    >>> next(verdict.found for verdict in report.verdicts if verdict.check == "mean-degree")
    '9.6438 (95 % interval 9.2736 to 10.014)'
    """
    audit = Audit(progress)
    audit.phase("structure")
    # A system's record may name code of its maker, which no check needs.
    with open_directory(Path(path)) as opened, foreign_record(opened.path):
        check_files(audit, opened)
        graph = check_graph(audit, opened)
        provenance = read_provenance(audit, opened)
        checks = read_checks(audit, opened.path, provenance, graph or {})
        audit.otherwise = checks.otherwise
        if checks.uuids_from_digest and graph is not None:
            check_belongs(audit, provenance, graph)
        check_mea(audit, opened)
        files = {name: check_container(audit, opened, name) for name in opened.halves if name}
        cells, connections = (files[name] if name else None for name in opened.halves)
        try:
            whole = _structure(audit, cells, connections, graph)
            if whole is None or graph is None:
                audit.note("the numbers were not tested: the structure does not allow it")
                return audit.report(opened.path)
            system = System.opened(opened.path, cells, connections, graph)
            _numbers(audit, system, checks, provenance, whole, seed, jobs)
        except PluginError:
            raise  # what a plugin gave is no fault of the system
        except BROKEN as error:
            if not audit.fatal:
                audit.add(
                    "fatal",
                    "readable",
                    opened.path.name,
                    reason(error),
                    "a system that can be read",
                )
            audit.note(f"not all numbers were tested: {reason(error)}")
        return audit.report(opened.path)


def _structure(
    audit: Audit,
    cells: h5py.File | None,
    connections: h5py.File | None,
    graph: dict | None,
) -> dict[Pair, bool] | None:
    """Check the HDF5 files; None where nothing can be read from them."""
    types = check_types(audit, cells, Path(cells.filename).name) if cells is not None else None
    if cells is not None and types is not None:
        check_pairing(audit, cells, types)
        check_cells(audit, cells, types)
    if connections is None:
        return None
    theirs = types
    if connections is not cells:
        theirs = check_types(audit, connections, Path(connections.filename).name)
        with audit.check("same-populations", "both files", "the same gid ranges") as check:
            if types is not None and theirs is not None and set(types.rows) != set(theirs.rows):
                check.fail("cells.h5 and connections.h5 give different gid ranges")
    known = types or theirs
    if known is None:
        return None
    whole = check_projections(audit, connections, known)
    in_graph = None
    if graph is not None:
        with suppress(ValueError):  # said before
            in_graph = set(graph_synapses(graph))
    check_named(audit, connections, known, in_graph, set(whole))
    return whole if cells is not None and types is not None else None


def _numbers(
    audit: Audit,
    system: System,
    checks: Checks,
    provenance: dict[str, Any],
    whole: dict[Pair, bool],
    seed: int,
    jobs: int | None,
) -> None:
    check_counts(audit, system, checks, provenance.get("populations"))
    check_recorded_edges(audit, system, provenance.get("projections"))
    positions = {
        population.name: system.positions(population.name).astype(np.float64)
        for population in system.populations
        if population.count
    }
    if not all(np.isfinite(xyz).all() for xyz in positions.values()):
        audit.note("cells without a position: nothing that depends on it was tested")
        return
    audit.phase("positions")
    checks.begin(audit, system, positions, seed)
    check_edges(audit, system, checks, whole, stream(seed, "verify", "edges"))
    checks.end(audit, system, whole, seed)
    recorded = provenance.get("digest")
    if not isinstance(recorded, str):
        return
    audit.phase("digest")
    with audit.check("digest", "provenance.json", recorded[:16]) as check:
        found = system.digest(jobs=jobs)
        if found != recorded:
            check.fail(f"{found[:16]}: the content has changed since it was generated")
        check.found = "the same content as when it was generated"
