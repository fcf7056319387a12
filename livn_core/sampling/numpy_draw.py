"""Edges of a block of targets, in NumPy: for work too small to load a compiler for.

:mod:`livn_core.sampling.compiled_draw` does the same, number for number, at many times the speed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.sampling.candidate_table import DIRECT_UNIT, CandidateTable
from livn_core.sampling.drawing import Targets, taken
from livn_core.sampling.philox import CANDIDATE, MASK, SHIFT, multiply_high, philox, unit
from livn_core.sampling.philox import DIRECT as DIRECT_DRAW
from livn_core.sampling.poisson import poisson
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Edges
from livn_core.sampling.source_grid import SourceGrid

__all__ = ["NumpyDraw"]

#: Entries of tables, and about as many candidates, are held at a time.
BATCH = 1 << 18
#: Most targets of a batch: their summed masses stay below 2^62.
MOST_TARGETS = 4096


class NumpyDraw:
    """Draws the edges of a projection with a key, in NumPy; p(d) = min(1, A k(d))."""

    def __init__(
        self,
        source_grid: SourceGrid,
        candidates: CandidateTable,
        law: ConnectionProbability,
        amplitude: float,
        key: int,
    ) -> None:
        self._grid, self._candidates, self._key = source_grid, candidates, key
        self._law, self._amplitude = law, amplitude
        # The lists as one rectangle a level, filled up with entries of no mass.
        self._levels = []
        for level in range((len(candidates.first) - 1) // 4):
            ends = candidates.first[4 * level : 4 * level + 5]
            padded = np.zeros((3, 4, int(np.diff(ends).max())), dtype=np.int64)
            for place in range(4):
                part = slice(ends[place], ends[place + 1])
                for i, column in enumerate((candidates.dx, candidates.dy, candidates.bound)):
                    padded[i, place, : ends[place + 1] - ends[place]] = column[part]
            self._levels.append(padded)
        width = sum(padded.shape[2] for padded in self._levels)
        # A candidate costs tens of times what a node does.
        self._size = min(max(1, BATCH // max(1, width, int(candidates.cost / 20))), MOST_TARGETS)

    @property
    def nbytes(self) -> int:
        """Bytes of the padded lists."""
        return sum(padded.nbytes for padded in self._levels)

    def edges(self, targets: Targets) -> Edges:
        """Draw all edges of the targets."""
        pairs, distances = [np.empty(0, dtype=np.uint64)], [np.empty(0, dtype=np.float32)]
        for first in range(0, len(targets.cell), self._size):
            for pair, distance in self._batch(targets.part(first, first + self._size)):
                pairs.append(pair)
                distances.append(distance)
        sources = len(self._grid.order)
        return _block(len(targets.cell), sources, np.concatenate(pairs), np.concatenate(distances))

    def _table(
        self, targets: Targets
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the nodes of each target, their numbers of cells, and their bounds."""
        source_grid, parts = self._grid, []
        # From the top: neighbouring targets have the upper levels in common.
        for level, padded in reversed(list(enumerate(self._levels))):
            column, row = targets.column >> level, targets.row >> level
            dx, dy, bound = padded[:, (column & 1) + 2 * (row & 1)]
            column, row = column[:, None] + dx, row[:, None] + dy
            columns, rows = source_grid.columns[level], source_grid.rows[level]
            inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
            node = source_grid.base[level] + np.where(inside, row * columns + column, 0)
            parts.append((node, np.where(inside, source_grid.count[node], 0), bound))
        node, count, bound = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
        return node, count.astype(np.int64), bound

    def _batch(self, targets: Targets) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.float32]]]:
        nodes, count, bound = self._table(targets)
        start = self._grid.start
        mass = count * np.maximum(bound, 0)
        running = np.cumsum(mass.ravel())
        total = mass.sum(axis=1)
        unit_rate = self._candidates.unit
        number = poisson(total * unit_rate, targets.cell, self._key)
        row = np.repeat(np.arange(len(number)), number)
        word, other = philox(_ranges(number), CANDIDATE, targets.cell[row], self._key)
        value = multiply_high(word, total[row].astype(np.uint64)).astype(np.int64)
        value += (np.cumsum(total) - total)[row]
        entry = np.searchsorted(running, value, side="right")
        each = bound.ravel()[entry]
        place = start[nodes.ravel()[entry]] + (value - (running - mass.ravel())[entry]) // each
        rate = np.asarray(each * unit_rate, dtype=np.float64)
        yield self._taken(targets, row, place.astype(np.int64), unit(other) * rate, rate, False)

        node_row, node = np.nonzero((bound < 0) & (count > 0))
        if not len(node):
            return
        length = count[node_row, node]
        row = np.repeat(node_row, length)
        cells = np.repeat(start[nodes[node_row, node]], length) + _ranges(length)
        highest = np.repeat(bound[node_row, node] * DIRECT_UNIT, length)
        draws = np.zeros(len(number), dtype=np.int64)
        np.add.at(draws, node_row, length)
        word, _ = philox(_ranges(draws), DIRECT_DRAW, targets.cell[row], self._key)
        threshold = unit(word)
        near = threshold < highest
        yield self._taken(targets, row[near], cells[near], threshold[near], highest[near], True)

    def _taken(
        self,
        targets: Targets,
        row: NDArray[np.int64],
        place: NDArray[np.int64],
        threshold: FloatArray,
        bound: FloatArray,
        direct: bool,
    ) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
        """Return place of the target (upper 32 bits) and source, and distance, of pairs taken."""
        source_grid = self._grid
        dx, dy = targets.x[row] - source_grid.x[place], targets.y[row] - source_grid.y[place]
        distance = np.sqrt(dx * dx + dy * dy)
        source = source_grid.order[place]
        kept = taken(self._law, self._amplitude, distance, threshold, bound, direct)
        kept &= source != targets.own[row]
        pair = (targets.place[row[kept]].astype(np.uint64) << SHIFT) | source[kept]
        return pair, distance[kept].astype(np.float32)


def _ranges(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0..n-1 for each of the lengths, one after the other."""
    return np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def _block(
    targets: int, sources: int, pairs: NDArray[np.uint64], distances: NDArray[np.float32]
) -> Edges:
    """Sort the edges by target and source, and drop repeats."""
    source_bits = np.uint64(max(1, int(sources - 1).bit_length()))
    index_bits = np.uint64(max(1, len(pairs).bit_length()))
    target_bits = max(1, targets.bit_length())
    pairs = ((pairs >> SHIFT) << source_bits) | (pairs & MASK)
    if target_bits + int(source_bits) + int(index_bits) <= 64:
        # Plain sorting is vectorised and several times as fast as sorting an index.
        pairs = (pairs << index_bits) | np.arange(len(pairs), dtype=np.uint64)
        pairs.sort()
        index = (pairs & ((np.uint64(1) << index_bits) - np.uint64(1))).astype(np.int64)
        pairs >>= index_bits
    else:
        index = np.argsort(pairs)
        pairs = pairs[index]
    repeated = np.flatnonzero(pairs[1:] == pairs[:-1])
    if len(repeated):
        pairs, index = np.delete(pairs, repeated), np.delete(index, repeated)
    first = np.searchsorted(pairs, np.arange(targets + 1, dtype=np.uint64) << source_bits)
    source = (pairs & ((np.uint64(1) << source_bits) - np.uint64(1))).astype(np.uint32)
    return Edges(np.diff(first), source, distances[index])
