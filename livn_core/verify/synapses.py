"""The synapses of each cell: where they lie, and that each edge names one of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.neuroh5 import names
from livn_core.program import Population
from livn_core.system.edges import SynapseIndex
from livn_core.system.reader import EdgeSlab, System
from livn_core.verify.verdicts import Audit

__all__ = ["SynapseBlock", "Synapses"]

_COLUMNS = ("syn_ids", "syn_locs", "syn_secs", "syn_layers", "syn_types", "swc_types")
#: Sections of a cell without a morphology: soma and dendrite.
_POINT_SECTIONS = 2


@dataclass(frozen=True, slots=True, eq=False)
class SynapseBlock:
    """The synapses of consecutive cells.

    Parameters
    ----------
    population, start
        Whose, and the first cell.
    counts
        (cells,) int64: synapses of each.
    columns
        Column -> (synapses,) values.
    sources
        Source populations; ``owner`` counts them.
    owner
        (synapses,) int64: which source population's edge ends here; -1 for none.
    source_cell
        (synapses,) int64: the source cell, relative to its population; -1 for none.
    """

    population: str
    start: int
    counts: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]
    sources: tuple[str, ...]
    owner: NDArray[np.int64]
    source_cell: NDArray[np.int64]


@dataclass(slots=True)
class Synapses:
    """The synapses of one population, and what was met among them.

    Parameters
    ----------
    counts
        (cells,) int64: synapses of each cell.
    present
        Columns that are stored.
    sections
        (cells,) int64: sections of each cell; None where a layered system stores no trees.
    """

    system: System
    name: str
    counts: NDArray[np.int64]
    present: tuple[str, ...]
    sections: NDArray[np.int64] | None
    has_trees: bool
    seen: int = 0
    unnamed: int = 0
    numbers: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, system: System, population: Population) -> Synapses | None:
        """Return the synapses of a population; None where it has none."""
        if names.SYNAPSES not in system.namespaces(population.name):
            return None
        stored = system.columns(population.name, names.SYNAPSES)
        if "syn_ids" not in stored or not population.count:
            return None
        # The values of the smallest column: only their number is wanted.
        smallest = min(stored.values(), key=lambda c: (c.constant is None, c.dtype.itemsize)).name
        counts = np.concatenate(
            [
                system.synapses(population.name, start, start + 100_000, [smallest])[0]
                for start in range(0, population.count, 100_000)
            ]
        )
        has_trees = names.TREES in system.namespaces(population.name)
        sections = None
        config = system.graph.get("architecture", {}).get("config", {})
        if has_trees:
            # A tree of n sections has n - 1 connections.
            pairs, _ = system.rows(population.name, names.TREES, columns=["Source Section"])
            sections = pairs + 1
        elif set(config.get("layer_extents") or ()) <= {"2D"}:
            sections = np.full(population.count, _POINT_SECTIONS, dtype=np.int64)
        present = tuple(column for column in _COLUMNS if column in stored)
        return cls(system, population.name, counts, present, sections, has_trees)

    def block(self, start: int, stop: int, slabs: Mapping[str, EdgeSlab]) -> SynapseBlock:
        """Read the synapses of some cells, and find the edge of each."""
        counts, columns = self.system.synapses(self.name, start, stop, self.present)
        total = int(counts.sum())
        self.seen += total
        if "syn_locs" in columns:
            at = columns["syn_locs"]
            self.numbers["location"] += int(np.count_nonzero(~((at > 0) & (at < 1))))
        if "syn_secs" in columns and self.sections is not None:
            section = columns["syn_secs"].astype(np.int64)
            limit = np.repeat(self.sections[start:stop], counts)
            self.numbers["section"] += int(np.count_nonzero((section < 0) | (section >= limit)))
        index = SynapseIndex(start, counts, columns["syn_ids"])
        self.numbers["twice"] += index.repeated
        owner = np.full(total, -1, dtype=np.int64)
        source_cell = np.full(total, -1, dtype=np.int64)
        for number, slab in enumerate(slabs.values()):
            if "syn_id" not in slab.columns:
                continue
            rows = index.rows(slab)
            there = rows >= 0
            owner[rows[there]] = number
            source_cell[rows[there]] = slab.sources[there]
            self.numbers["absent"] += int(np.count_nonzero(~there))
            # Of edges with one synapse all but the last.
            self.numbers["shared"] += int(np.count_nonzero(there))
        unnamed = int(np.count_nonzero(owner < 0))
        self.numbers["shared"] -= total - unnamed
        self.unnamed += unnamed
        return SynapseBlock(self.name, start, counts, columns, tuple(slabs), owner, source_cell)

    def judge(self, audit: Audit) -> None:
        """Give the verdicts."""
        n = {what: f"{number:,}" for what, number in self.numbers.items() if number}
        with audit.check("synapse-locations", self.name, "strictly between 0 and 1") as check:
            if "location" in n:
                check.fail(
                    f"{n['location']} of {self.seen:,} are not: such a place has no membrane"
                )
            check.found = f"{self.seen:,} synapses"
        whose = "its tree" if self.has_trees or self.sections is None else "soma 0, dendrite 1"
        with audit.check("synapse-section-numbers", self.name, f"sections of {whose}") as check:
            if "section" in n:
                check.fail(f"{n['section']} of {self.seen:,} lie on a section that is not there")
            check.found = f"{self.seen:,} synapses"
            if self.sections is None:
                check.found = "not compared: no trees are stored"
        with audit.check("synapse-ids", self.name, "each edge has a synapse to itself") as check:
            if "twice" in n:
                check.fail(f"{n['twice']} synapses have the number of another of their cell")
            if "absent" in n:
                check.fail(f"{n['absent']} edges name a synapse that their target does not have")
            if "shared" in n:
                check.fail(f"{n['shared']} edges name a synapse that another edge has")
            check.found = f"{self.seen:,} synapses, {self.unnamed:,} without an edge"
