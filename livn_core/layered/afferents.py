"""Sets up the projections onto a population: axons, reach, and the cells beyond it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livn_core.layered.dendrites import Strata
from livn_core.layered.reach import Reach
from livn_core.layered.wiring import Lost, Projection, Wiring

if TYPE_CHECKING:
    from livn_core.layered.program import LayeredProgram

__all__ = ["build_wiring", "lost_cells"]


def build_wiring(program: LayeredProgram, target: str, strata: Strata) -> Wiring:
    """Return the wiring of all projections onto a population."""
    rules = program.config.connections.synapses[target]
    arc = program.arc(target)
    projections = {
        source: _projection(program, source, target, strata, arc, rules[source].contacts)
        for source in program.sources(target)
    }
    return Wiring(program.config.seed, strata, arc, projections)


def _projection(
    program: LayeredProgram,
    source: str,
    target: str,
    strata: Strata,
    arc: NDArray[np.float32],
    contacts: int,
) -> Projection:
    reaches: list[Reach] = []
    extent_of = np.full(len(strata.strata), -1, dtype=np.int64)
    for index, stratum in enumerate(strata.strata):
        for name, _, layer in stratum.sources:
            if name == source:
                reach = program.reach(source, layer)
                if reach not in reaches:
                    reaches.append(reach)
                extent_of[index] = reaches.index(reach)
    autapses = source != target or program.allow_autapses or program.counts[source] == 1
    u, v = (np.ascontiguousarray(axis, dtype=np.float64) for axis in arc.T)
    return Projection(
        source=source,
        contacts=contacts,
        extent_of=extent_of,
        reaches=tuple(reaches),
        lost=tuple(_lost(reach, u, v, autapses=autapses) for reach in reaches),
        autapses=autapses,
    )


def _lost(reach: Reach, u: NDArray[np.float64], v: NDArray[np.float64], *, autapses: bool) -> Lost:
    itself = None if autapses else np.arange(len(u))
    cells = reach.out_of_reach(u, v, itself)
    nearest = reach.nearest(u[cells], v[cells], None if itself is None else cells)
    return Lost(cells, nearest)


def lost_cells(wiring: Wiring) -> dict[str, int]:
    """Return ``"source->target"`` to the number of target cells that no source reaches."""
    found = {}
    for source, projection in wiring.projections.items():
        cells = [lost.cells for lost in projection.lost]
        number = len(np.unique(np.concatenate(cells))) if cells else 0
        if number:
            found[f"{source}->{wiring.target}"] = number
    return found
