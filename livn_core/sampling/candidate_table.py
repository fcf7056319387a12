"""Which nodes of the source_grid a target looks at, and the bound on the rate of each.

A pair is connected with probability p if at least one event of a Poisson process of rate
-log(1 - p) falls on it. Events are proposed at a rate that no pair of two nodes exceeds, and thinned. The
nearer and the finer the nodes, the tighter is the bound, but the more nodes there are; which node
is used whole and which is opened into its children is decided by cost, from the finest level up.

All nodes of a level are alike: the decision and the bound depend on the offset between the
target's node and the source node alone. The children that are listed depend, too, on which child
of its parent the target is in: so there are four lists a level, and they serve every target.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.probability_bounds import broken_bound
from livn_core.sampling.source_grid import SourceGrid

__all__ = ["CandidateTable"]

#: Relative cost of a node in a target's table, and of a candidate.
NODE_COST, CANDIDATE_COST = 2.0, 40.0
#: A pair whose bound reaches this rate is decided by itself: that is cheaper, and exact at p = 1.
DIRECT_RATE = 0.37
#: Cost of such a pair, and what it costs more if it comes near its bound, in candidates.
DIRECT_COST, DIRECT_NEAR_COST = 0.25, 0.375
#: Bounds on p of pairs to be decided one by one are negative, in these units.
DIRECT_UNIT = -(2.0**-14)
#: Bounds are rounded up to so many significant bits, lest they follow the last bit of a kernel.
BOUND_BITS = 14
#: A target's summed bound stays below 2^MASS_BITS units, which a double holds exactly.
MASS_BITS = 50


def reach(level_size: float, columns: int, rows: int) -> tuple[FloatArray, FloatArray]:
    """Return the nearest and farthest distance of two nodes, for every offset; both (rows, columns).

    A sliver of the size is taken off and added, so that a cell that rounding put into the
    neighbouring bin is still within the bounds.
    """
    dx, dy = np.arange(columns)[None, :], np.arange(rows)[:, None]
    sliver = 1e-6 * level_size
    near = np.hypot(np.maximum(dx - 1, 0), np.maximum(dy - 1, 0)) * level_size
    far = np.hypot(dx + 1, dy + 1) * level_size
    return np.maximum(near - sliver, 0.0), far + sliver


def _parents_mean(costs: FloatArray, columns: int, rows: int) -> FloatArray:
    """Return, for each offset of the level above, the mean summed cost of the four children.

    A child of a node at offset a is at 2a - 1, 2a or 2a + 1 from the target's node, in one, two
    and one of four cases.
    """

    def along(values: FloatArray, count: int) -> FloatArray:
        padded = np.concatenate((values[1:2], values, np.zeros((2, *values.shape[1:]))))
        if len(values) == 1:
            padded = np.concatenate(
                (np.zeros_like(values), values, np.zeros((2, *values.shape[1:])))
            )
        at = 2 * np.arange(count)
        return 0.5 * padded[at] + padded[at + 1] + 0.5 * padded[at + 2]

    return along(along(costs, rows).T, columns).T


@dataclass(frozen=True, slots=True)
class CandidateTable:
    """Lists of offsets with their bounds, by level and by the target's place in its parent.

    List ``4 * level + (column & 1) + 2 * (row & 1)`` holds the entries ``first[list]`` to
    ``first[list + 1]``, in the order in which a target's cumulative table runs.

    Parameters
    ----------
    first
        (4 levels + 1,) int64.
    dx, dy
        (entries,) int64: column and row of the source node minus those of the target's.
    bound
        (entries,) int64: bound on the rate in units of ``unit``; or negative, and the bound on p
        in units of :data:`DIRECT_UNIT` of pairs to be decided one by one.
    unit
        A power of two.
    cost
        Expected cost of a target, about nanoseconds of compiled code.
    skipped
        How many of the finest levels are not used.
    """

    first: NDArray[np.int64]
    dx: NDArray[np.int64]
    dy: NDArray[np.int64]
    bound: NDArray[np.int64]
    unit: float
    cost: float
    skipped: int

    @classmethod
    def plan(
        cls,
        source_grid: SourceGrid,
        law: ConnectionProbability,
        amplitude: float,
        targets: FloatArray,
    ) -> CandidateTable:
        """Decide what to open, and make the lists; the first list is of the finest level kept."""
        cells = len(source_grid.order)
        unit = 2.0 ** (int(np.ceil(np.log2(cells * (DIRECT_RATE + 0.2)))) - MASS_BITS + 1)
        mean = source_grid.mean_count(targets)
        bounds, opened = [], []
        best = np.empty((0, 0))
        for level in range(source_grid.levels):
            columns, rows = int(source_grid.columns[level]), int(source_grid.rows[level])
            near, far = reach(source_grid.size * 2**level, columns, rows)
            bound = _quantised(law, amplitude, near, far, unit)
            direct = DIRECT_COST + DIRECT_NEAR_COST * DIRECT_UNIT * bound
            rate = np.where(bound < 0, direct, bound * unit)
            cost = NODE_COST * (bound != 0) + CANDIDATE_COST * mean[level] * rate
            if level == 0:
                opened.append(np.zeros(cost.shape, dtype=bool))
                best = cost
            else:
                children = _parents_mean(best, columns, rows)
                opened.append(children < cost)
                best = np.minimum(children, cost)
            bounds.append(bound)
        lists = _lists(bounds, opened)
        used = [
            level for level in range(source_grid.levels) if any(len(e[0]) for e in lists[level])
        ]
        skipped = min(used, default=source_grid.levels - 1)
        entries = [entry for level in lists[skipped:] for entry in level]
        first = np.concatenate(([0], np.cumsum([len(entry[0]) for entry in entries])))
        dx, dy, bound = (np.concatenate([entry[i] for entry in entries]) for i in range(3))
        candidates = cls(first, dx, dy, bound, unit, float(best[0, 0]), skipped)
        candidates._check(source_grid.size, law)
        return candidates

    def _check(self, size: float, law: ConnectionProbability) -> None:
        """Raise PluginError where the kernel exceeds what it states as its bound."""
        level = np.repeat(np.arange(len(self.first) - 1) // 4 + self.skipped, np.diff(self.first))
        side = size * 2.0**level
        dx, dy = np.abs(self.dx), np.abs(self.dy)
        near = np.hypot(np.maximum(dx - 1, 0), np.maximum(dy - 1, 0)) * side
        far = np.hypot(dx + 1, dy + 1) * side
        bound = law.bound(near, far)
        for distance in (near, 0.5 * (near + far), far):
            weight = law.weight(distance)
            worse = weight > bound * (1 + 1e-9) + 1e-12 * weight.max(initial=0.0)
            if worse.any():
                at = int(np.argmax(worse))
                raise broken_bound(law, float(distance[at]))

    @property
    def nbytes(self) -> int:
        """Bytes of all lists."""
        return self.first.nbytes + self.dx.nbytes + self.dy.nbytes + self.bound.nbytes


def _quantised(
    law: ConnectionProbability, amplitude: float, near: FloatArray, far: FloatArray, unit: float
) -> NDArray[np.int64]:
    """Return the bounds on the rate between two nodes, or on p where it is large, in units."""
    # A kernel that falls by less than its rounding error need not fall at all.
    bound = law.bound(near.ravel(), far.ravel()).reshape(near.shape) * (1 + 1e-12)
    p = law.scaled(amplitude, bound)
    direct = p >= -np.expm1(-DIRECT_RATE)
    rate = np.ceil(-np.log1p(-np.where(direct, 0.0, p)) / unit)
    step = np.exp2(np.maximum(np.frexp(rate)[1] - BOUND_BITS, 0))
    return np.where(direct, np.floor(p / DIRECT_UNIT), np.ceil(rate / step) * step).astype(np.int64)


Entries = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _lists(bounds: list[NDArray[np.int64]], wanted: list[NDArray[np.bool_]]) -> list[list[Entries]]:
    """Return the four lists (dx, dy, bound) of each level, finest first."""
    top = len(bounds) - 1
    lists: list[list[Entries]] = [[] for _ in bounds]
    opened = wanted[top]
    rows, columns = np.nonzero(~opened & (bounds[top] != 0))
    nothing = np.empty(0, dtype=np.int64)
    lists[top] = [(columns, rows, bounds[top][rows, columns])] + [(nothing,) * 3] * 3
    for level in range(top - 1, -1, -1):
        parents = opened
        bound = bounds[level]
        row, column = (np.arange(n) for n in bound.shape)
        # A node may be opened only if its parent is, whichever child the target is in: then
        # whether a node is listed can be seen from its own and its parent's offset.
        last = [n - 1 for n in parents.shape]
        opened = wanted[level].copy()
        for up in (row // 2, np.minimum((row + 1) // 2, last[0])):
            for left in (column // 2, np.minimum((column + 1) // 2, last[1])):
                opened &= parents[np.ix_(up, left)]
        extent = [int(axis.max(initial=-1)) for axis in np.nonzero(parents)]
        side = [min(2 * e + 1, n - 1) for e, n in zip(extent, bound.shape, strict=True)]
        dy, dx = (np.arange(-s, s + 1) for s in side)
        for place in range(4):
            if extent[0] < 0:
                lists[level].append((nothing,) * 3)
                continue
            above = np.abs((dy + (place >> 1)) >> 1), np.abs((dx + (place & 1)) >> 1)
            inside = (above[0] <= last[0])[:, None] & (above[1] <= last[1])
            here = np.ix_(np.abs(dy), np.abs(dx))
            clipped = np.ix_(*(np.minimum(a, n) for a, n in zip(above, last, strict=True)))
            listed = parents[clipped] & inside & ~opened[here] & (bound[here] != 0)
            i, j = np.nonzero(listed)
            lists[level].append((dx[j], dy[i], bound[np.abs(dy[i]), np.abs(dx[j])]))
    return lists
