"""From the edges onto a block of cells to their synapses: ids, types and the section they land on.

A cell's synapses are numbered from 0, source population by source population in alphabetical
order, and within one by source gid: one synapse an edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["DrawnEdges", "first_synapses", "spread_constants", "spread_distances"]

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DrawnEdges:
    """:class:`~livn_core.sampling.projection.Edges` in the file's dtypes, checked, with distances, um."""

    counts: Counts
    sources: NDArray[np.uint32]
    distances: NDArray[np.float32]


def first_synapses(edges: Sequence[DrawnEdges]) -> tuple[Counts, list[Counts]]:
    """Number the synapses of each cell across its projections.

    Of one block a source population onto the same cells, in the order in which synapses are numbered.
    Returns the synapses a cell, (cells,) int64, and for each block the synapse of each cell's first edge.
    """
    counts = np.zeros(len(edges[0].counts), np.int64)
    first = []
    for block in edges:
        first.append(counts)
        counts = counts + block.counts
    return counts, first


def spread_distances(
    edges: Sequence[DrawnEdges], counts: Counts, first: Sequence[Counts]
) -> NDArray[np.float32]:
    """Lay out by cell and synapse the distances of all blocks, (synapses,) float32 um.

    Those of a single block are its own, not a copy.
    """
    if len(edges) == 1:
        return edges[0].distances
    begins = np.cumsum(counts) - counts
    column = np.empty(int(counts.sum()), np.float32)
    for block, start in zip(edges, first, strict=True):
        # An edge's place less its rank in the block is the same for all edges of a cell.
        shift = begins + start - (np.cumsum(block.counts) - block.counts)
        place = np.arange(len(block.distances))
        place += np.repeat(shift, block.counts)
        column[place] = block.distances
    return column


def spread_constants(
    edges: Sequence[DrawnEdges], values: Sequence[int | float], dtype: np.dtype[np.generic]
) -> NDArray[np.generic]:
    """Lay out by cell and synapse what is one value for all edges of a block, (synapses,)."""
    cells = len(edges[0].counts)
    counts = np.column_stack([block.counts for block in edges])
    return np.repeat(np.tile(np.array(values, dtype), cells), counts.ravel())
