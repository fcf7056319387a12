"""Candidate edges of a batch of targets, in NumPy: for work too small to load a compiler for.

:mod:`livn_core.engine.compiled` does the same, number for number, at many times the speed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.engine.philox import CANDIDATE, multiply_high, philox, unit
from livn_core.engine.philox import DIRECT as DIRECT_DRAW
from livn_core.engine.poisson import poisson
from livn_core.engine.proposal import DIRECT, Proposal
from livn_core.engine.pyramid import Pyramid

__all__ = ["Candidates", "Targets", "candidates"]


@dataclass(frozen=True, slots=True)
class Targets:
    """Target cells to sample, (n,) each: cell, column and row of its finest bin, position in um."""

    cell: NDArray[np.int64]
    column: NDArray[np.int64]
    row: NDArray[np.int64]
    x: FloatArray
    y: FloatArray


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs that may become edges.

    The first ``proposed`` are events of the bounding process, the rest pairs to be decided by
    themselves.

    Parameters
    ----------
    target
        (n,) int64: place of the target in the batch.
    source
        (n,) uint32: source cell.
    distance
        (n,) float64, um.
    threshold
        (n,) float64: a proposed pair is taken if its rate exceeds this, a direct one if p does.
    bound
        (proposed,) float64: the bound on the rate.
    proposed
        How many are proposed.
    """

    target: NDArray[np.int64]
    source: NDArray[np.uint32]
    distance: FloatArray
    threshold: FloatArray
    bound: FloatArray
    proposed: int


class PaddedLists:
    """The lists of a proposal as one rectangular array a level, filled up with empty entries."""

    def __init__(self, proposal: Proposal) -> None:
        self.levels = []
        for level in range((len(proposal.first) - 1) // 4):
            ends = proposal.first[4 * level : 4 * level + 5]
            shape = (3, 4, int(np.diff(ends).max()))
            padded = np.zeros(shape, dtype=np.int64)
            for place in range(4):
                part = slice(ends[place], ends[place + 1])
                length = ends[place + 1] - ends[place]
                padded[0, place, :length] = proposal.dx[part]
                padded[1, place, :length] = proposal.dy[part]
                padded[2, place, :length] = proposal.bound[part]
            self.levels.append(padded)

    @property
    def width(self) -> int:
        """Entries of a target's table."""
        return sum(padded.shape[2] for padded in self.levels)


def _table(
    pyramid: Pyramid, lists: PaddedLists, targets: Targets
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return first cell, number of cells and bound of each node of each target; (n, width)."""
    parts = []
    for level, padded in enumerate(lists.levels):
        column, row = targets.column >> level, targets.row >> level
        dx, dy, bound = padded[:, (column & 1) + 2 * (row & 1)]
        column, row = column[:, None] + dx, row[:, None] + dy
        columns, rows = pyramid.columns[level], pyramid.rows[level]
        inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        node = pyramid.base[level] + np.where(inside, row * columns + column, 0)
        parts.append((pyramid.start[node], np.where(inside, pyramid.count[node], 0), bound))
    start, count, bound = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
    return start.astype(np.int64), count.astype(np.int64), bound


def _ranges(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0..n-1 for each of the lengths, one after the other."""
    return np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def candidates(
    pyramid: Pyramid, proposal: Proposal, lists: PaddedLists, targets: Targets, key: int
) -> Candidates:
    """Return the candidates of a batch of at most 4096 targets."""
    start, count, bound = _table(pyramid, lists, targets)
    mass = count * np.maximum(bound, 0)
    running = np.cumsum(mass.ravel())
    total = mass.sum(axis=1)
    number = poisson(total * proposal.unit, targets.cell, key)

    target = np.repeat(np.arange(len(number)), number)
    word, other = philox(_ranges(number), CANDIDATE, targets.cell[target], key)
    value = multiply_high(word, total[target].astype(np.uint64)).astype(np.int64)
    value += (np.cumsum(total) - total)[target]
    entry = np.searchsorted(running, value, side="right")
    each = bound.ravel()[entry]
    place = start.ravel()[entry] + (value - (running - mass.ravel())[entry]) // each
    rate = np.asarray(each * proposal.unit, dtype=np.float64)

    node_target, node = np.nonzero((bound == DIRECT) & (count > 0))
    length = count[node_target, node]
    direct_target = np.repeat(node_target, length)
    direct_place = np.repeat(start[node_target, node], length) + _ranges(length)
    per_target = np.bincount(node_target, weights=length, minlength=len(number)).astype(np.int64)
    draw = philox(_ranges(per_target), DIRECT_DRAW, targets.cell[direct_target], key)[0]

    target = np.concatenate((target, direct_target))
    place = np.concatenate((place, direct_place))
    dx, dy = targets.x[target] - pyramid.x[place], targets.y[target] - pyramid.y[place]
    return Candidates(
        target,
        pyramid.order[place],
        np.sqrt(dx * dx + dy * dy),
        np.concatenate((unit(other) * rate, unit(draw))),
        rate,
        len(rate),
    )
