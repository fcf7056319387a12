"""Edge by edge: sources, distances, self and double connections, and the synapse of each edge.

A block of targets at a time. Up to :data:`MOST_ROWS` edges and synapses onto a population are all
looked at; of more, a seeded choice of blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from livn_core.culture.transmitters import synapse_site
from livn_core.neuroh5 import names
from livn_core.system.reader import EdgeSlab, System
from livn_core.verify.specification import Specification
from livn_core.verify.synapses import SynapseBlock, Synapses
from livn_core.verify.verdicts import Audit

__all__ = ["check_edges"]

FloatArray = NDArray[np.float64]

#: Edges and synapses onto a population that are all looked at; and of a block.
MOST_ROWS, BLOCK_ROWS = 60_000_000, 2_000_000


@dataclass(slots=True)
class _Tally:
    """What was met in a projection."""

    edges: int = 0
    autapses: int = 0
    multapses: int = 0
    distances: int = 0
    wrong_distances: int = 0
    example: str = ""
    misplaced: int = 0


@dataclass(slots=True)
class _Onto:
    """All projections onto a population."""

    target: str
    sources: list[str]
    tallies: dict[str, _Tally] = field(default_factory=dict)


def check_edges(
    audit: Audit,
    system: System,
    specification: Specification,
    whole: dict[tuple[str, str], bool],
    located: dict[str, FloatArray],
    rng: np.random.Generator,
    collect: Callable[[SynapseBlock], None] | None = None,
) -> None:
    """Check the edges of every projection whose structure is whole, and the synapses they name.

    Parameters
    ----------
    located
        Population -> where the stored distances are measured: (n, 3) positions, or (n, 2) arc
        distances.
    collect
        Is given each block of synapses with the projection that each belongs to.
    """
    for population in system.populations:
        target = population.name
        sources = [s for s, t in system.projections if t == target and whole.get((s, t))]
        synapses = Synapses.of(system, population)
        if not sources and synapses is None:
            continue
        if synapses is None:
            _need_synapses(audit, system, target, sources)
        onto = _Onto(target, sources, {source: _Tally() for source in sources})
        blocks = _blocks(audit, system, onto, synapses, population.count, rng)
        for number, (start, stop) in enumerate(blocks):
            audit.phase(f"edges onto {target}", number, len(blocks))
            slabs = {source: _slab(system, source, target, start, stop) for source in sources}
            for source, slab in slabs.items():
                _look(
                    onto.tallies[source],
                    slab,
                    source == target,
                    located,
                    source,
                    target,
                    specification,
                )
            if synapses is not None:
                block = synapses.block(start, stop, slabs)
                _check_sites(specification, onto, block)
                if collect is not None:
                    collect(block)
        audit.phase(f"edges onto {target}", len(blocks), len(blocks))
        for source, tally in onto.tallies.items():
            _judge(audit, specification, source, target, tally)
        if synapses is not None:
            synapses.judge(audit)


def _need_synapses(audit: Audit, system: System, target: str, sources: list[str]) -> None:
    """Edges that name synapses of cells without any cannot be simulated."""
    with audit.check("synapse-ids", target, "each edge has a synapse to itself") as check:
        if any("syn_id" in system.edge_columns(source, target) for source in sources):
            check.fail(f"its edges name synapses, but '{target}' has no '{names.SYNAPSES}'")
        check.found = "no edge names a synapse"


def _blocks(
    audit: Audit,
    system: System,
    onto: _Onto,
    synapses: Synapses | None,
    cells: int,
    rng: np.random.Generator,
) -> list[tuple[int, int]]:
    load = np.ones(cells, dtype=np.int64)
    for source in onto.sources:
        load += system.in_degrees(source, onto.target)
    if synapses is not None:
        load += synapses.counts
    ends = np.cumsum(load)
    blocks, start = [], 0
    while start < cells:
        done = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, done + BLOCK_ROWS, "right")), start + 1)
        blocks.append((start, stop))
        start = stop
    total = int(ends[-1]) if cells else 0
    if total > MOST_ROWS:
        keep = max(1, int(len(blocks) * MOST_ROWS / total))
        chosen = np.sort(rng.choice(len(blocks), keep, replace=False))
        blocks = [blocks[i] for i in chosen]
        looked = sum(stop - start for start, stop in blocks)
        audit.note(
            f"edges and synapses one by one: {looked:,} of {cells:,} cells of '{onto.target}', "
            f"in {keep} blocks chosen at random"
        )
    return blocks


def _slab(system: System, source: str, target: str, start: int, stop: int) -> EdgeSlab:
    stored = system.edge_columns(source, target)
    columns = [name for name in ("distance", "syn_id") if name in stored]
    parts = list(
        system.edges(
            source,
            target,
            columns=columns,
            targets=np.arange(start, stop),
            block_edges=1 << 62,
        )
    )
    if parts:
        return parts[0]
    empty = np.empty(0, dtype=np.uint32)
    return EdgeSlab(empty, empty, {name: np.empty(0, stored[name].dtype) for name in columns})


def _look(
    tally: _Tally,
    slab: EdgeSlab,
    recurrent: bool,
    located: dict[str, FloatArray],
    source: str,
    target: str,
    specification: Specification,
) -> None:
    tally.edges += len(slab)
    if not len(slab):
        return
    if recurrent:
        tally.autapses += int(np.count_nonzero(slab.sources == slab.targets))
    key = (slab.targets.astype(np.int64) << 32) | slab.sources.astype(np.int64)
    steps = np.diff(key)
    if np.any(steps <= 0):
        steps = np.diff(np.sort(key))
    tally.multapses += int(np.count_nonzero(steps == 0))
    measure = _measure(specification, source, target)
    if "distance" not in slab.columns or source not in located or target not in located:
        return
    step = np.abs(located[source][slab.sources] - located[target][slab.targets])
    if measure == "arc":
        due = step.sum(axis=1)
    elif measure in {"plane", "space"}:
        due = np.linalg.norm(step[:, : 2 if measure == "plane" else 3], axis=1)
    else:
        return  # a distance of the rule's own
    stored = slab.columns["distance"].astype(np.float64)
    wrong = ~(np.abs(stored - due) <= 2e-3 + 1e-5 * due)
    tally.distances += len(slab)
    tally.wrong_distances += int(np.count_nonzero(wrong))
    if wrong.any() and not tally.example:
        at = int(np.flatnonzero(wrong)[0])
        tally.example = (
            f"{source} {slab.sources[at]} to {target} {slab.targets[at]}: {stored[at]:.6g} um "
            f"stored, {due[at]:.6g} um between the somata"
        )


def _measure(specification: Specification, source: str, target: str) -> str:
    """Return which distance a projection stores: ``plane``, ``space``, ``arc``, or a rule's own."""
    if specification.layered is not None:
        return "arc"
    culture = specification.culture
    if culture is None or not {source, target} <= set(culture.populations):
        return "plane"
    return culture.projection(source, target).distance


#: What the stored distance is, in words.
_MEASURES = {
    "plane": "the distance in the plane, um",
    "space": "the distance in space, um",
    "arc": "the |du| + |dv| of the arc distances, um",
}


def _check_sites(specification: Specification, onto: _Onto, block: SynapseBlock) -> None:
    """Count synapses of a flat culture that lie on the wrong kind of section."""
    if specification.culture is None or "swc_types" not in block.columns:
        return
    populations = specification.culture.populations
    for number, source in enumerate(onto.sources):
        if source not in populations or onto.target not in populations:
            continue
        site = synapse_site(
            populations[source].synapse_type,
            target_soma_only=bool(populations[onto.target].soma_only),
        )
        mine = block.owner == number
        wrong = block.columns["swc_types"][mine] != site.swc_types
        if "syn_types" in block.columns:
            wrong |= block.columns["syn_types"][mine] != site.syn_types
        onto.tallies[source].misplaced += int(np.count_nonzero(wrong))


def _judge(
    audit: Audit, specification: Specification, source: str, target: str, tally: _Tally
) -> None:
    name = f"{source}->{target}"
    if tally.distances:
        what = _MEASURES[_measure(specification, source, target)]
        with audit.check("stored-distances", name, what) as check:
            if tally.wrong_distances:
                check.fail(
                    f"{tally.wrong_distances:,} of {tally.distances:,} are not: {tally.example}"
                )
            check.found = f"{tally.distances:,} edges"
    if source == target:
        _judge_count(
            audit, "autapses", name, tally.autapses, "connections of a cell to itself",
            allowed=_autapses_allowed(specification, source, target),
        )  # fmt: skip
    multapses_allowed = None
    if specification.culture is not None or specification.layered is not None:
        multapses_allowed = specification.layered is not None
    _judge_count(
        audit, "multapses", name, tally.multapses, "repeated connections", allowed=multapses_allowed
    )
    if specification.culture is not None:
        with audit.check(
            "synapse-sections", name, "the section that its synapses land on"
        ) as check:
            if tally.misplaced:
                check.fail(f"{tally.misplaced:,} synapses lie elsewhere, or have another type")


def _autapses_allowed(specification: Specification, source: str, target: str) -> bool | None:
    if specification.culture is not None and source in specification.culture.populations:
        return bool(specification.culture.projection(source, target).allow_self_connections)
    if specification.layered is not None:
        if specification.counts is not None and specification.counts.get(source) == 1:
            return True
        return bool(specification.parameters.get("allow_autapses", True))
    return None


def _judge_count(
    audit: Audit, check: str, name: str, number: int, what: str, *, allowed: bool | None
) -> None:
    expected = "allowed" if allowed else "none"
    with audit.check(check, name, "any number" if allowed is None else expected) as checked:
        if number and allowed is False:
            checked.fail(f"{number:,} {what}")
        checked.found = f"{number:,}"
