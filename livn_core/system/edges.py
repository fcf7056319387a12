"""Edges with the synapses that they end on, a bounded number at a time.

Files keep an edge and its synapse apart: the edge has the number of the synapse, which is counted
within the target cell. Formats of other tools want them in one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import SystemFormatError
from livn_core.neuroh5.edges import EdgeSlab
from livn_core.neuroh5.names import SYNAPSES

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = ["edges_with_synapses", "synapse_columns", "target_blocks"]

BLOCK_EDGES = 1_000_000


def target_blocks(
    system: System, target: str, block_edges: int = BLOCK_EDGES
) -> Iterator[tuple[int, int]]:
    """Cut the cells of a population into ranges with at most ``block_edges`` incoming edges.

    A range has at least one cell. Edges of all sources count, and so do synapses, of which there
    are as many.
    """
    population = system.population(target)
    load = np.zeros(population.count, dtype=np.int64)
    for source, onto in system.projections:
        if onto == target:
            load += system.in_degrees(source, target)
    # A cell without edges still costs a pointer.
    ends = np.cumsum(load + 1)
    start = 0
    while start < population.count:
        done = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, done + block_edges, side="right")), start + 1)
        yield start, stop
        start = stop


def synapse_columns(system: System, target: str) -> tuple[str, ...]:
    """Return the columns of a population's synapses beside their number; none if it has none."""
    if SYNAPSES not in system.namespaces(target):
        return ()
    _, columns = system.synapses(target, 0, 0)
    return tuple(name for name in sorted(columns) if name != "syn_ids")


def edges_with_synapses(
    system: System,
    source: str,
    target: str,
    *,
    synapses: Sequence[str] = (),
    block_edges: int = BLOCK_EDGES,
) -> Iterator[EdgeSlab]:
    """Yield the edges of a projection in order of target, with columns of their synapses.

    Parameters
    ----------
    system, source, target
        Which projection.
    synapses
        Columns of the synapses to add: ``syn_locs``, ``syn_secs``, ``swc_types``, ...
    block_edges
        Edges and synapses in memory at a time, at most (or those of one target cell).

    Raises
    ------
    SystemFormatError
        An edge ends on a synapse that its target does not have.
    """
    if not synapses:
        yield from system.edges(source, target, block_edges=block_edges)
        return
    for start, stop in target_blocks(system, target, block_edges):
        cells = np.arange(start, stop, dtype=np.int64)
        found = _Synapses(system, target, start, stop, synapses)
        for slab in system.edges(source, target, block_edges=block_edges, targets=cells):
            rows = found.rows(slab, source)
            yield EdgeSlab(
                slab.targets,
                slab.sources,
                {**slab.columns, **{name: found.columns[name][rows] for name in synapses}},
            )


class _Synapses:
    """The synapses of consecutive cells, by cell and number."""

    def __init__(
        self, system: System, target: str, start: int, stop: int, columns: Sequence[str]
    ) -> None:
        self.target, self.start, self.path = target, start, system.path
        counts, values = system.synapses(target, start, stop, ["syn_ids", *columns])
        self.columns: dict[str, NDArray[Any]] = values
        cells = np.repeat(np.arange(len(counts), dtype=np.uint64), counts)
        self.keys = (cells << np.uint64(32)) | values["syn_ids"].astype(np.uint64)
        # Numbers ascend within a cell wherever this project wrote them: then nothing is sorted.
        ascending = bool(np.all(self.keys[1:] > self.keys[:-1]))
        self.order = None if ascending else np.argsort(self.keys, kind="stable")
        if self.order is not None:
            self.keys = self.keys[self.order]

    def rows(self, slab: EdgeSlab, source: str) -> NDArray[np.int64]:
        """Return the row of each edge's synapse."""
        cells = slab.targets.astype(np.uint64) - np.uint64(self.start)
        wanted = (cells << np.uint64(32)) | slab.columns["syn_id"].astype(np.uint64)
        rows = np.searchsorted(self.keys, wanted)
        missing = (rows >= self.keys.size) | (
            self.keys[np.minimum(rows, max(self.keys.size - 1, 0))] != wanted
            if self.keys.size
            else np.ones(wanted.size, dtype=bool)
        )
        if missing.any():
            at = int(np.flatnonzero(missing)[0])
            raise SystemFormatError(
                f"'{self.path}': an edge '{source}->{self.target}' ends on synapse "
                f"{int(slab.columns['syn_id'][at])} of cell {int(slab.targets[at])}, "
                "which has no such synapse"
            )
        return rows if self.order is None else self.order[rows]
