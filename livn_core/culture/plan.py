"""What a culture would take: edges, bytes, memory, seconds, before any edge is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from livn_core.neuroh5.size import estimate_bytes
from livn_core.program import Plan, PlannedProjection, Population, Table
from livn_core.run.spool import MEMORY as SPOOL_MEMORY

__all__ = ["plan"]

#: Bytes that an edge of a block takes while it is made: its parts, sorted and joined.
BYTES_PER_BLOCK_EDGE = 50
#: Bytes of the process before it makes anything, and for each cell: positions, pointers, degrees.
BASE_BYTES = 90e6
BYTES_PER_CELL = 100
#: Bytes of the compiled code, which is loaded for so many seconds of drawing; and of the grids while amplitudes are solved, which are gone by then:
#: for each cell, and at most.
COMPILED_BYTES, COMPILED_SECONDS = 120e6, 0.2
SOLVING_BYTES_PER_CELL, SOLVING_BYTES = 2200, 110e6
#: Seconds that starting up takes, and writing a cell, on one machine: another may be off by a factor of
#: two, as what connectors say of their edges is.
BASE_SECONDS, SECONDS_PER_CELL = 0.7, 1e-6


def plan(
    populations: Sequence[Population],
    tables: Sequence[Table],
    projections: Sequence[PlannedProjection],
    *,
    block_edges: float,
    threads: int,
    held: float,
    preparing: float,
    drawing: float,
    **told: Any,
) -> Plan:
    """Return the plan of a culture, ``told`` being its further fields.

    The largest block has ``block_edges`` expected edges; connectors and what they share hold ``held``
    bytes. It takes ``preparing`` seconds until the first edge is drawn, and one core ``drawing`` for all.
    """
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
    waiting = sum(rows[table.key] * _held_width(table, tables) for table in tables)
    working = min(waiting, SPOOL_MEMORY) + held
    working += threads * min(block_edges, edges) * BYTES_PER_BLOCK_EDGE
    solving = min(cells * SOLVING_BYTES_PER_CELL, SOLVING_BYTES)
    memory = BASE_BYTES + cells * BYTES_PER_CELL + max(working, solving)
    memory += COMPILED_BYTES if drawing > COMPILED_SECONDS else 0.0
    alone = BASE_SECONDS + cells * SECONDS_PER_CELL + preparing
    return Plan(
        tuple(populations),
        tuple(projections),
        size,
        memory,
        alone + drawing / threads,
        alone + drawing,
        start_seconds=BASE_SECONDS,
        **told,
    )


def _held_width(table: Table, tables: Sequence[Table]) -> int:
    """Return the bytes of a row while it waits to be written."""
    alone = sum(t.kind == "projection" and t.population == table.population for t in tables) == 1
    if table.kind == "attributes" and alone:
        return 0  # the synapses' distances are those of the edges, the same array
    return sum(
        np.dtype(column.dtype).itemsize
        for column in table.columns
        if column.constant is None and not column.per_cell_counter
    )
