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
from livn_core.neuroh5.ragged import pieces

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = ["SynapseIndex", "edges_with_synapses", "synapse_columns", "target_blocks"]

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
    return pieces(load + 1, block_edges)


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
        counts, values = system.synapses(target, start, stop, ["syn_ids", *synapses])
        index = SynapseIndex(start, counts, values["syn_ids"])
        cells = np.arange(start, stop)
        for slab in system.edges(source, target, block_edges=block_edges, targets=cells):
            rows = index.rows(slab)
            if missing := np.flatnonzero(rows < 0).tolist():
                raise SystemFormatError(
                    f"'{system.path}': an edge '{source}->{target}' ends on synapse "
                    f"{slab.columns['syn_id'][missing[0]]} of cell {slab.targets[missing[0]]}, "
                    "which has no such synapse"
                )
            added = {name: values[name][rows] for name in synapses}
            yield EdgeSlab(slab.targets, slab.sources, {**slab.columns, **added})


class SynapseIndex:
    """The synapses of consecutive cells, found by cell and number.

    Parameters
    ----------
    start, counts
        The first cell, and (cells,) how many synapses each has.
    numbers
        (synapses,) their numbers within their cells.
    """

    def __init__(self, start: int, counts: NDArray[np.int64], numbers: NDArray[Any]) -> None:
        keys = _keys(np.repeat(np.arange(start, start + len(counts)), counts), numbers)
        # Numbers ascend within a cell wherever this project wrote them, which makes the sort quick.
        order = np.argsort(keys, kind="stable")
        # What is larger than all others stands for those that are not there.
        self._keys, self._rows = np.append(keys[order], ~np.uint64(0)), np.append(order, -1)

    @property
    def repeated(self) -> int:
        """How many synapses have the number of another of their cell."""
        return int(np.count_nonzero(np.diff(self._keys) == 0))

    def rows(self, slab: EdgeSlab) -> NDArray[np.int64]:
        """Return the row of each edge's synapse, (edges,); -1 where its target has none such."""
        wanted = _keys(slab.targets, slab.columns["syn_id"])
        at = np.searchsorted(self._keys, wanted)
        return np.where(self._keys[at] == wanted, self._rows[at], -1)


def _keys(cells: NDArray[Any], numbers: NDArray[Any]) -> NDArray[np.uint64]:
    return (cells.astype(np.uint64) << np.uint64(32)) | numbers.astype(np.uint64)
