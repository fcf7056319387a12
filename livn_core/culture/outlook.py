"""What a culture would take: edges, bytes, memory, seconds, before any edge is drawn."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from livn_core.engine.blocks import Plan, PlannedProjection, Population, Table
from livn_core.engine.spool import MEMORY as SPOOL_MEMORY
from livn_core.neuroh5.size import estimate_bytes

if TYPE_CHECKING:
    from livn_core.culture.wiring import Wiring

__all__ = ["outlook"]

#: Bytes that an edge of a block takes while it is made: candidates, distances, synapse columns.
BYTES_PER_BLOCK_EDGE = 150
#: Bytes of the process before it makes anything, and for each cell: positions, pointers, degrees.
BASE_BYTES = 120e6
BYTES_PER_CELL = 100
#: Seconds on one thread, measured (benchmarks/compare.py) on one machine: another may be off by a
#: factor of two. Starting up, a cell, an edge.
BASE_SECONDS, SECONDS_PER_CELL, SECONDS_PER_EDGE = 0.7, 5e-6, 1.6e-7


def outlook(
    populations: Sequence[Population],
    tables: Sequence[Table],
    wirings: Mapping[tuple[str, str], Wiring],
    *,
    block_edges: int,
) -> Plan:
    """Return the plan of a culture.

    Parameters
    ----------
    populations, tables
        Of the program.
    wirings
        (source, target) -> projection with its amplitude solved.
    block_edges
        Expected edges of a block.
    """
    projections = tuple(
        PlannedProjection(source, target, wiring.expected_edges, wiring.details)
        for (source, target), wiring in sorted(wirings.items())
    )
    rows = {
        table.key: sum(
            planned.expected_edges
            for planned in projections
            if planned.target == table.population
            and (table.kind != "projection" or planned.source == table.name)
        )
        for table in tables
    }
    edges = sum(planned.expected_edges for planned in projections)
    cells = sum(population.count for population in populations)
    size = estimate_bytes(populations, tables, rows)
    threads = len(os.sched_getaffinity(0))
    memory = BASE_BYTES + cells * BYTES_PER_CELL + min(size, SPOOL_MEMORY)
    memory += sum(wiring.memory for wiring in wirings.values())
    memory += threads * min(block_edges, edges) * BYTES_PER_BLOCK_EDGE
    alone, shared = BASE_SECONDS + cells * SECONDS_PER_CELL, edges * SECONDS_PER_EDGE
    return Plan(
        tuple(populations), projections, size, memory, alone + shared / threads, alone + shared
    )
