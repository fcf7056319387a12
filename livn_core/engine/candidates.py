"""Candidate edges of a block of targets, in NumPy: for work too small to load a compiler for.

:mod:`livn_core.engine.compiled` does the same, number for number, at many times the speed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.engine.philox import CANDIDATE, multiply_high, philox, unit
from livn_core.engine.philox import DIRECT as DIRECT_DRAW
from livn_core.engine.poisson import poisson
from livn_core.engine.proposal import DIRECT_UNIT, Proposal
from livn_core.engine.pyramid import Pyramid

__all__ = ["NumpyCandidates", "Pairs", "Targets"]

#: Entries of tables, and about as many candidates, are held at a time.
BATCH = 1 << 18
#: Most targets of a batch: their summed masses stay below 2^62.
MOST_TARGETS = 4096


@dataclass(frozen=True, slots=True)
class Targets:
    """Target cells to sample, (n,) each.

    Parameters
    ----------
    place
        int64: place of the target in the block that is asked for.
    cell
        int64: the cell, relative to its population.
    column, row
        int64: its finest bin.
    x, y
        float64, um.
    """

    place: NDArray[np.int64]
    cell: NDArray[np.int64]
    column: NDArray[np.int64]
    row: NDArray[np.int64]
    x: FloatArray
    y: FloatArray

    def part(self, start: int, stop: int) -> Targets:
        """Return some of them."""
        return Targets(*(getattr(self, field.name)[start:stop] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs that may become edges.

    Parameters
    ----------
    pair
        (n,) uint64: place of the target in the block (upper 32 bits) and source cell (lower).
    distance
        (n,) float64, um.
    threshold
        (n,) float64: a pair is taken if its rate (or its probability, if direct) is above.
    bound
        (n,) float64: the bound on the rate (or the probability).
    direct
        Whether these pairs are decided one by one, and not proposed.
    """

    pair: NDArray[np.uint64]
    distance: FloatArray
    threshold: FloatArray
    bound: FloatArray
    direct: bool


class NumpyCandidates:
    """Proposes in NumPy.

    Parameters
    ----------
    pyramid
        The source cells.
    proposal
        Which nodes to look at, with their bounds.
    key
        The projection's key.
    """

    def __init__(self, pyramid: Pyramid, proposal: Proposal, key: int) -> None:
        self._pyramid, self._proposal, self._key = pyramid, proposal, key
        # The lists as one rectangle a level, filled up with entries of no mass.
        self._levels = []
        for level in range((len(proposal.first) - 1) // 4):
            ends = proposal.first[4 * level : 4 * level + 5]
            padded = np.zeros((3, 4, int(np.diff(ends).max())), dtype=np.int64)
            for place in range(4):
                part = slice(ends[place], ends[place + 1])
                for i, column in enumerate((proposal.dx, proposal.dy, proposal.bound)):
                    padded[i, place, : ends[place + 1] - ends[place]] = column[part]
            self._levels.append(padded)
        width = sum(padded.shape[2] for padded in self._levels)
        # A candidate costs tens of times what a node does.
        self._size = min(max(1, BATCH // max(1, width, int(proposal.cost / 20))), MOST_TARGETS)

    @property
    def nbytes(self) -> int:
        """Bytes of the padded lists."""
        return sum(padded.nbytes for padded in self._levels)

    def batches(self, targets: Targets) -> Iterator[Pairs]:
        """Yield all candidates of the targets, in parts."""
        for first in range(0, len(targets.cell), self._size):
            yield from self._batch(targets.part(first, first + self._size))

    def _table(
        self, targets: Targets
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the nodes of each target, their numbers of cells, and their bounds."""
        pyramid, parts = self._pyramid, []
        for level, padded in enumerate(self._levels):
            column, row = targets.column >> level, targets.row >> level
            dx, dy, bound = padded[:, (column & 1) + 2 * (row & 1)]
            column, row = column[:, None] + dx, row[:, None] + dy
            columns, rows = pyramid.columns[level], pyramid.rows[level]
            inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
            node = pyramid.base[level] + np.where(inside, row * columns + column, 0)
            parts.append((node, np.where(inside, pyramid.count[node], 0), bound))
        node, count, bound = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
        return node, count.astype(np.int64), bound

    def _batch(self, targets: Targets) -> Iterator[Pairs]:
        nodes, count, bound = self._table(targets)
        start = self._pyramid.start
        mass = count * np.maximum(bound, 0)
        running = np.cumsum(mass.ravel())
        total = mass.sum(axis=1)
        unit_rate = self._proposal.unit
        number = poisson(total * unit_rate, targets.cell, self._key)
        row = np.repeat(np.arange(len(number)), number)
        word, other = philox(_ranges(number), CANDIDATE, targets.cell[row], self._key)
        value = multiply_high(word, total[row].astype(np.uint64)).astype(np.int64)
        value += (np.cumsum(total) - total)[row]
        entry = np.searchsorted(running, value, side="right")
        each = bound.ravel()[entry]
        place = start[nodes.ravel()[entry]] + (value - (running - mass.ravel())[entry]) // each
        rate = np.asarray(each * unit_rate, dtype=np.float64)
        yield self._pairs(targets, row, place.astype(np.int64), unit(other) * rate, rate, False)

        node_row, node = np.nonzero((bound < 0) & (count > 0))
        length = count[node_row, node]
        row = np.repeat(node_row, length)
        cells = np.repeat(start[nodes[node_row, node]], length) + _ranges(length)
        highest = np.repeat(bound[node_row, node] * DIRECT_UNIT, length)
        draws = np.zeros(len(number), dtype=np.int64)
        np.add.at(draws, node_row, length)
        word, _ = philox(_ranges(draws), DIRECT_DRAW, targets.cell[row], self._key)
        threshold = unit(word)
        near = threshold < highest
        yield self._pairs(targets, row[near], cells[near], threshold[near], highest[near], True)

    def _pairs(
        self,
        targets: Targets,
        row: NDArray[np.int64],
        place: NDArray[np.int64],
        threshold: FloatArray,
        bound: FloatArray,
        direct: bool,
    ) -> Pairs:
        pyramid = self._pyramid
        dx, dy = targets.x[row] - pyramid.x[place], targets.y[row] - pyramid.y[place]
        pair = (targets.place[row].astype(np.uint64) << np.uint64(32)) | pyramid.order[place]
        return Pairs(pair, np.sqrt(dx * dx + dy * dy), threshold, bound, direct)


def _ranges(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0..n-1 for each of the lengths, one after the other."""
    return np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
