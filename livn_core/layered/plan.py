"""What a layered system would hold, take and last, from expected numbers."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from livn_core.layered.somata import box_of
from livn_core.program import Plan, PlannedProjection
from livn_core.run.spool import MEMORY

if TYPE_CHECKING:
    from livn_core.layered.program import LayeredProgram

__all__ = ["plan_of"]

#: Synapses a second that one core makes and writes, measured: see benchmarks.
SYNAPSES_PER_SECOND = 3.0e6
#: Bytes that a synapse of a block takes while it is made and until it is written.
_BYTES_PER_BLOCK_SYNAPSE = 200
_BASE = 150e6
#: Seconds that a process takes before it makes anything.
_START_SECONDS = 0.5


def plan_of(program: LayeredProgram) -> Plan:
    """Return what would be made, from expected numbers: nothing is drawn but the somata."""
    projections: list[PlannedProjection] = []
    size = 0.0
    synapses_of_all = 0.0
    for population in program.populations:
        name, cells = population.name, population.count
        size += cells * (8 * 4 + 8 * 12)  # coordinates, arc distances, and their cell index
        forest = program.forests.get(name)
        if forest is None or not cells:
            continue
        if program.trees:
            size += cells * (forest.points_per_cell * (4 * 4 + 2 + 4 + 2) + 300)
        synapses = cells * float(forest.expected_per_cell.sum())
        synapses_of_all += synapses
        size += synapses * 19 + cells * 7 * 12
        expected_of: dict[str, float] = defaultdict(float)
        layers: dict[str, dict[str, float]] = defaultdict(dict)
        for stratum, expected in zip(forest.strata.strata, forest.expected_per_cell, strict=True):
            total = sum(share for _, share, _ in stratum.sources)
            for source, share, _ in stratum.sources:
                number = cells * float(expected) * share / total
                expected_of[source] += number
                key = f"{stratum.name}/{program.layer_name(stratum.layer)}"
                layers[source][key] = layers[source].get(key, 0.0) + number
        for source in program.sources(name):
            size += expected_of[source] * 12 + cells * 8
            details = {
                "synapses_per_cell": expected_of[source] / cells,
                "by_place": {
                    key: round(value, 1) for key, value in sorted(layers[source].items()) if value
                },
            }
            projections.append(PlannedProjection(source, name, expected_of[source], details))
    cells_of_all = sum(population.count for population in program.populations)
    memory = _BASE + cells_of_all * 150
    memory += min(4 * 500_000.0, synapses_of_all) * _BYTES_PER_BLOCK_SYNAPSE
    memory += min(size, MEMORY)  # blocks wait in memory up to there, then on disk
    work = synapses_of_all / SYNAPSES_PER_SECOND
    threads = len(os.sched_getaffinity(0))
    kinds = {
        source: rule.type
        for rules in program.config.connections.synapses.values()
        for source, rule in rules.items()
    }
    width, length, _ = np.diff(box_of(program.config), axis=0)[0].tolist()
    return Plan(
        tuple(program.populations),
        tuple(projections),
        size,
        memory,
        _START_SECONDS + work / threads,
        _START_SECONDS + work,
        warnings=tuple(program.warnings()),
        area=width * length,
        synapse_types=kinds,
        start_seconds=_START_SECONDS,
    )
