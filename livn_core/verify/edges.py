"""Edge by edge: sources, distances, self and double connections, and the synapse of each edge.

A block of targets at a time. Up to :data:`MOST_ROWS` edges and synapses onto a population are all
looked at; of more, a seeded choice of blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livn_core.neuroh5 import names
from livn_core.neuroh5.ragged import pieces
from livn_core.program import Population
from livn_core.system.reader import EdgeSlab, System
from livn_core.verify.chance import some
from livn_core.verify.checks import Checks
from livn_core.verify.measure import Measure
from livn_core.verify.synapses import Synapses
from livn_core.verify.verdicts import Audit

__all__ = ["check_edges"]

#: Edges and synapses onto a population that are all looked at; and of a block.
MOST_ROWS, BLOCK_ROWS = 60_000_000, 2_000_000


@dataclass(slots=True)
class _Tally:
    """What was met in a projection."""

    autapses: int = 0
    multapses: int = 0
    distances: int = 0
    wrong_distances: int = 0
    example: str = ""
    measured: str = ""


def check_edges(
    audit: Audit,
    system: System,
    checks: Checks,
    whole: dict[tuple[str, str], bool],
    rng: np.random.Generator,
) -> None:
    """Check the edges of every projection whose structure is whole, and the synapses they name."""
    for population in system.populations:
        target = population.name
        sources = [s for s, t in system.projections if t == target and whole.get((s, t))]
        synapses = Synapses.of(system, population)
        if not sources and synapses is None:
            continue
        if synapses is None:
            # Edges that name synapses of cells without any cannot be simulated.
            with audit.check("synapse-ids", target, "each edge has a synapse to itself") as check:
                if any("syn_id" in system.edge_columns(source, target) for source in sources):
                    check.fail(f"its edges name synapses, but '{target}' has no '{names.SYNAPSES}'")
                check.found = "no edge names a synapse"
        tallies = {source: _Tally() for source in sources}
        measures = {source: checks.measure(audit, system, source, target) for source in sources}
        blocks = _blocks(audit, system, population, sources, synapses, rng)
        for number, (start, stop) in enumerate(blocks):
            audit.phase(f"checking edges onto {target}", number, len(blocks))
            slabs = {source: _slab(system, source, target, start, stop) for source in sources}
            for source, slab in slabs.items():
                _look(tallies[source], slab, source == target)
                measure = measures[source]
                if measure is not None:
                    _measure(tallies[source], slab, measure, source, target)
            if synapses is not None:
                checks.synapses(synapses.block(start, stop, slabs))
        audit.phase(f"checking edges onto {target}", len(blocks), len(blocks))
        for source, tally in tallies.items():
            _judge(audit, checks, source, target, tally)
        if synapses is not None:
            synapses.judge(audit)


def _blocks(
    audit: Audit,
    system: System,
    onto: Population,
    sources: list[str],
    synapses: Synapses | None,
    rng: np.random.Generator,
) -> list[tuple[int, int]]:
    load = np.ones(onto.count, dtype=np.int64)
    for source in sources:
        load += system.in_degrees(source, onto.name)
    if synapses is not None:
        load += synapses.counts
    blocks = list(pieces(load, BLOCK_ROWS))
    total = int(load.sum())
    if total > MOST_ROWS:
        keep = max(1, int(len(blocks) * MOST_ROWS / total))
        blocks = [blocks[i] for i in some(rng, len(blocks), keep)]
        looked = sum(stop - start for start, stop in blocks)
        audit.note(
            f"edges and synapses one by one: {looked:,} of {onto.count:,} cells of '{onto.name}', "
            f"in {keep} blocks chosen at random"
        )
    return blocks


def _slab(system: System, source: str, target: str, start: int, stop: int) -> EdgeSlab:
    stored = system.edge_columns(source, target)
    columns = [name for name in ("distance", "syn_id") if name in stored]
    cells, none = np.arange(start, stop), np.empty(0, dtype=np.uint32)
    slabs = system.edges(source, target, columns=columns, targets=cells, block_edges=1 << 62)
    return next(slabs, EdgeSlab(none, none, {}))


def _look(tally: _Tally, slab: EdgeSlab, recurrent: bool) -> None:
    if recurrent:
        tally.autapses += int(np.count_nonzero(slab.sources == slab.targets))
    key = (slab.targets.astype(np.int64) << 32) | slab.sources.astype(np.int64)
    tally.multapses += int(np.count_nonzero(np.diff(np.sort(key, kind="stable")) == 0))


def _measure(tally: _Tally, slab: EdgeSlab, measure: Measure, source: str, target: str) -> None:
    """Hold stored distances against the positions."""
    if "distance" not in slab.columns:
        return
    due = measure.due(slab)
    stored = slab.columns["distance"].astype(np.float64)
    wrong = ~(np.abs(stored - due) <= 2e-3 + 1e-5 * due)
    tally.measured = measure.what
    tally.distances += len(slab)
    tally.wrong_distances += int(np.count_nonzero(wrong))
    if wrong.any() and not tally.example:
        at = int(np.flatnonzero(wrong)[0])
        tally.example = (
            f"{source} {slab.sources[at]} to {target} {slab.targets[at]}: {stored[at]:.6g} um "
            f"stored, {due[at]:.6g} um between the somata"
        )


def _judge(audit: Audit, checks: Checks, source: str, target: str, tally: _Tally) -> None:
    name = f"{source}->{target}"
    if tally.distances:
        with audit.check("stored-distances", name, f"the {tally.measured}, um") as check:
            if tally.wrong_distances:
                check.fail(
                    f"{tally.wrong_distances:,} of {tally.distances:,} are not: {tally.example}"
                )
            check.found = f"{tally.distances:,} edges"
    if source == target:
        _judge_count(
            audit, "autapses", name, tally.autapses, "connections of a cell to itself",
            allowed=checks.autapses(source, target),
        )  # fmt: skip
    _judge_count(
        audit, "multapses", name, tally.multapses, "repeated connections", allowed=checks.multapses
    )


def _judge_count(
    audit: Audit, check: str, name: str, number: int, what: str, *, allowed: bool | None
) -> None:
    expected = "allowed" if allowed else "none"
    with audit.check(check, name, "any number" if allowed is None else expected) as checked:
        if number and allowed is False:
            checked.fail(f"{number:,} {what}")
        checked.found = f"{number:,}"
