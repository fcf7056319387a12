"""From the edges onto a block of cells to their synapses: ids, types and the section they land on.

A cell's synapses are numbered from 0, source population by source population in alphabetical
order, and within one by source gid: one synapse an edge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from livn_core.engine.projection import EdgeBlock

__all__ = ["number_synapses", "spread"]

Counts = NDArray[np.int64]


def number_synapses(edges: Sequence[EdgeBlock]) -> tuple[Counts, list[NDArray[np.uint32]]]:
    """Number the synapses of each cell across its projections.

    Parameters
    ----------
    edges
        One block a source population, in the order in which synapses are numbered, all onto the
        same cells.

    Returns
    -------
    counts
        (cells,) int64: synapses a cell.
    syn_ids
        One (edges,) uint32 array a source population: the synapse of each edge.
    """
    taken = np.zeros(len(edges[0].counts), np.int64)
    ids = []
    for block in edges:
        # An edge's place in its run is its rank in the block less the rank at which its run begins.
        begins = np.cumsum(block.counts) - block.counts
        shift = np.repeat(taken - begins, block.counts)
        ids.append((np.arange(len(block.sources)) + shift).astype(np.uint32))
        taken = taken + block.counts
    return taken, ids


def spread(
    counts: Counts,
    edges: Sequence[EdgeBlock],
    syn_ids: Sequence[NDArray[np.uint32]],
    values: Mapping[str, Sequence[NDArray[np.generic] | int | float]],
    dtypes: Mapping[str, np.dtype[np.generic]],
) -> dict[str, NDArray[np.generic]]:
    """Lay per-edge values out by cell and synapse.

    Parameters
    ----------
    counts, edges, syn_ids
        As given to and by :func:`number_synapses`.
    values
        Column -> one entry a source population: an array of one value an edge, or one value for
        all of them.
    dtypes
        Column -> dtype of the result.

    Returns
    -------
    dict
        Column -> (synapses,) array.
    """
    total = int(counts.sum())
    begins = np.cumsum(counts) - counts
    columns = {name: np.empty(total, dtypes[name]) for name in values}
    for index, block in enumerate(edges):
        place = np.repeat(begins, block.counts) + syn_ids[index]
        for name, column in columns.items():
            column[place] = values[name][index]
    return columns
