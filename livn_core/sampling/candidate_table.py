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
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.sampling.probability import ConnectionProbability, broken_bound
from livn_core.sampling.source_grid import FEWEST_BINS, SourceGrid

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


#: Most nodes of the finest level by which it is shown that nothing is worth opening.
FEW_NODES = 512

Shape = tuple[int, int]


def _nodes(levels: tuple[tuple[int, Shape], ...]) -> tuple[NDArray[np.int64], FloatArray]:
    """Return the level, and nearest and farthest distance in sides, of two nodes by their offset.

    Parameters
    ----------
    levels
        Each with its (rows, columns).

    Returns
    -------
    level
        (n,), level after level, row after row.
    distances
        (2, n): nearest and farthest.
    """
    found = []
    for _, (rows, columns) in levels:
        dx, dy = np.arange(columns)[None, :], np.arange(rows)[:, None]
        near = np.hypot(np.maximum(dx - 1, 0), np.maximum(dy - 1, 0))
        found.append(np.stack((near.ravel(), np.hypot(dx + 1, dy + 1).ravel())))
    lengths = [part.shape[1] for part in found]
    numbers = np.array([level for level, _ in levels])
    return np.repeat(numbers, lengths), np.concatenate(found, axis=1)


#: Cultures of one kind have the same grids, or nearly.
_few_nodes = lru_cache(maxsize=128)(_nodes)


def reach(
    level_size: FloatArray, near: FloatArray, far: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return distances that are given in sides of nodes in um, (n,) each.

    A sliver of the size is taken off and added, so that a cell that rounding put into the
    neighbouring bin is still within the bounds.
    """
    sliver = 1e-6 * level_size
    return np.maximum(near * level_size - sliver, 0.0), far * level_size + sliver


def _parents_mean(costs: FloatArray, columns: int, rows: int) -> FloatArray:
    """Return, for each offset of the level above, the mean summed cost of the four children.

    A child of a node at offset a is at 2a - 1, 2a or 2a + 1 from the target's node, in one, two
    and one of four cases.
    """

    def along(values: FloatArray, count: int) -> FloatArray:
        end = 2 * count
        padded = np.zeros((end + 2, values.shape[1]))
        padded[1 : len(values) + 1] = values
        padded[0] = values[1] if len(values) > 1 else 0.0
        return 0.5 * padded[:end:2] + padded[1 : end + 1 : 2] + 0.5 * padded[2 : end + 2 : 2]

    return along(along(costs, rows).T, columns).T


def _shapes(source_grid: SourceGrid, cutoff: float | None) -> list[Shape]:
    """Return the (rows, columns) of offsets of each level within the cutoff, and one beyond it."""
    within = np.full(source_grid.levels, np.inf)
    if cutoff is not None:
        sides = source_grid.size * np.exp2(np.arange(source_grid.levels))
        within = np.floor(cutoff / sides + 1e-6) + 3
    rows, columns = (
        np.minimum(n, within).astype(int) for n in (source_grid.rows, source_grid.columns)
    )
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _one_node(
    source_grid: SourceGrid,
    law: ConnectionProbability,
    amplitude: float,
    shapes: list[Shape],
    mean: FloatArray,
) -> bool:
    """Whether it certainly is cheapest to take all cells for one node, as those of a small culture.

    What nodes of a level with few of them cost at least, opened or not, is known from p at their
    farthest distance: only if opening the upper levels could pay then, the lower ones matter.
    """
    top = source_grid.levels - 1
    level = next(
        level for level, (rows, columns) in enumerate(shapes) if rows * columns <= FEW_NODES
    )
    lengths = [rows * columns for rows, columns in shapes[level:]]
    if top <= level or not law.kernel.monotone:
        return False
    numbers, (near, far) = _few_nodes(tuple((i, shapes[i]) for i in range(level, top + 1)))
    sides = np.where(np.arange(len(near)) < lengths[0], far, near)
    p = law.probability(amplitude, sides * (source_grid.size * np.exp2(numbers)))
    # The fewest cells of a node of that level, by itself or as its finer ones.
    scale = np.exp2(2.0 * np.arange(level + 1))
    mean = mean.copy()
    mean[level] = (mean[: level + 1] / scale).min() * scale[level]
    with np.errstate(divide="ignore"):
        each = np.minimum(-np.log1p(-p), DIRECT_COST + DIRECT_NEAR_COST * p)
    cost = CANDIDATE_COST * mean[numbers] * each
    begin = lengths[0]
    best = cost[:begin].reshape(shapes[level])
    # Of a node at the end up to half of its cells' places lie beyond the grid, each way.
    best[-1] *= 0.5
    best[:, -1] *= 0.5
    cost += NODE_COST * (p > 0)
    for shape, length in zip(shapes[level + 1 : top], lengths[1:], strict=False):
        own = cost[begin : begin + length].reshape(shape)
        best = np.minimum(_parents_mean(best, *shape[::-1]), own)
        begin += length
    # Bounds are rounded up, and rates near DIRECT_RATE cost more than direct pairs: by less than this.
    return bool(_parents_mean(best, 1, 1)[0, 0] > 1.02 * cost[-1])


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
        shapes = _shapes(source_grid, law.cutoff)
        bounds: list[NDArray[np.int64]] = []
        opened: list[NDArray[np.bool_]] = []
        best = np.empty((0, 0))
        if _one_node(source_grid, law, amplitude, shapes, mean):
            return cls._of_one(source_grid, law, amplitude, unit, float(mean[-1]))
        for levels in source_grid.groups(rows * columns for rows, columns in shapes):
            lengths = [shapes[level][0] * shapes[level][1] for level in levels]
            nodes = _few_nodes if sum(lengths) <= 2 * FEWEST_BINS else _nodes
            number, sides = nodes(tuple((level, shapes[level]) for level in levels))
            near, far = reach(source_grid.size * np.exp2(number), *sides)
            bound = _quantised(law, amplitude, near, far, unit)
            cost = _cost(bound, unit, mean[number])
            ends = np.cumsum(lengths)
            for level, end, length in zip(levels, ends, lengths, strict=True):
                here = slice(end - length, end)
                bounds.append(bound[here].reshape(shapes[level]))
                own = cost[here].reshape(shapes[level])
                if level == 0:
                    opened.append(np.zeros(own.shape, dtype=bool))
                    best = own
                else:
                    children = _parents_mean(best, *shapes[level][::-1])
                    opened.append(children < own)
                    best = np.minimum(children, own)
        counts, entries = _lists(bounds, opened)
        used = np.flatnonzero(counts.any(axis=1))
        finest = int(used[0]) if len(used) else len(bounds) - 1
        first = np.concatenate(([0], np.cumsum(counts[finest:])))
        dx, dy, bound = entries
        candidates = cls(first, dx, dy, bound, unit, float(best[0, 0]), finest)
        candidates._check(source_grid.size, law)
        return candidates

    @classmethod
    def _of_one(
        cls,
        source_grid: SourceGrid,
        law: ConnectionProbability,
        amplitude: float,
        unit: float,
        mean: float,
    ) -> CandidateTable:
        """Return the lists of one node with all cells; the kernel is held against it pair by pair."""
        top = source_grid.levels - 1
        side = np.array([source_grid.size * 2.0**top])
        near, far = reach(side, np.zeros(1), np.full(1, np.sqrt(2)))
        bound = _quantised(law, amplitude, near, far, unit)
        cost = float(_cost(bound, unit, mean)[0])
        bound = bound[bound != 0]
        first, none = np.array([0, *[len(bound)] * 4]), np.zeros_like(bound)
        return cls(first, none, none, bound, unit, cost, top)

    def _check(self, size: float, law: ConnectionProbability) -> None:
        """Raise PluginError where the kernel exceeds what it states as its bound."""
        level = np.repeat(np.arange(len(self.first) - 1) // 4 + self.skipped, np.diff(self.first))
        side = size * 2.0**level
        dx, dy = np.abs(self.dx), np.abs(self.dy)
        near = np.hypot(np.maximum(dx - 1, 0), np.maximum(dy - 1, 0)) * side
        far = np.hypot(dx + 1, dy + 1) * side
        bound = law.bound(near, far)
        distances = np.stack((near, 0.5 * (near + far), far))
        weights = law.weight(distances.ravel()).reshape(distances.shape)
        slack = 1e-12 * weights.max(axis=1, keepdims=True, initial=0.0)
        worse = weights > bound * (1 + 1e-9) + slack
        if worse.any():
            raise broken_bound(law, float(distances.flat[np.argmax(worse)]))

    @property
    def nbytes(self) -> int:
        """Bytes of all lists."""
        return self.first.nbytes + self.dx.nbytes + self.dy.nbytes + self.bound.nbytes


def _cost(bound: NDArray[np.int64], unit: float, mean: FloatArray | float) -> FloatArray:
    """Return what nodes of so many cells cost a target, (n,)."""
    direct = DIRECT_COST + DIRECT_NEAR_COST * DIRECT_UNIT * bound
    rate = np.where(bound < 0, direct, bound * unit)
    return NODE_COST * (bound != 0) + CANDIDATE_COST * mean * rate


def _quantised(
    law: ConnectionProbability, amplitude: float, near: FloatArray, far: FloatArray, unit: float
) -> NDArray[np.int64]:
    """Return the bounds on the rate between two nodes, or on p where it is large, in units."""
    # A kernel that falls by less than its rounding error need not fall at all.
    bound = law.bound(near, far) * (1 + 1e-12)
    p = law.scaled(amplitude, bound)
    direct = p >= -np.expm1(-DIRECT_RATE)
    rate = np.ceil(-np.log1p(-np.where(direct, 0.0, p)) / unit)
    step = np.exp2(np.maximum(np.frexp(rate)[1] - BOUND_BITS, 0))
    return np.where(direct, np.floor(p / DIRECT_UNIT), np.ceil(rate / step) * step).astype(np.int64)


def _bordered(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return flags with a row and a column of False at the end."""
    bordered = np.zeros([n + 1 for n in flags.shape], bool)
    bordered[:-1, :-1] = flags
    return bordered


def _lists(
    bounds: list[NDArray[np.int64]], wanted: list[NDArray[np.bool_]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the lengths of the four lists of each level, (levels, 4), and their entries.

    Those are (3, n) dx, dy, bound: list after list, the finest level first.
    """
    top = len(bounds) - 1
    counts = np.zeros((top + 1, 4), np.int64)
    # What is opened, as far as anything is, with a border of what is not.
    opened = _bordered(wanted[top])
    row, column = np.nonzero(~wanted[top] & (bounds[top] != 0))
    counts[top, 0] = len(row)
    found = [np.stack((column, row, bounds[top][row, column]))]
    for level in range(top - 1, -1, -1):
        parents = opened
        extent = [int(axis.max(initial=-1)) for axis in np.nonzero(parents)]
        if extent[0] < 0:
            break
        # The children of what is opened; what lies beyond is not.
        last = [n - 1 for n in bounds[level + 1].shape]
        side = [min(2 * e + 1, n - 1) for e, n in zip(extent, bounds[level].shape, strict=True)]
        here = tuple(slice(s + 1) for s in side)
        border = [n - 1 for n in parents.shape]

        def at(places: NDArray[np.int64], axis: int, last: list[int], border: list[int]) -> Any:
            return np.minimum(np.minimum(places, last[axis]), border[axis])

        # A node may be opened only if its parent is, whichever child the target is in: then
        # whether a node is listed can be seen from its own and its parent's offset.
        row, column = (np.arange(s + 1) for s in side)
        above = parents[row // 2] & parents[at((row + 1) // 2, 0, last, border)]
        above = above[:, column // 2] & above[:, at((column + 1) // 2, 1, last, border)]
        mine = wanted[level][here] & above
        opened = _bordered(mine)
        bound = bounds[level][here]
        dy, dx = (np.arange(-s, s + 1) for s in side)
        whole = (~mine & (bound != 0))[np.abs(dy)][:, np.abs(dx)]
        # The target's place in its parent: the lower bit is its column's, the upper its row's.
        up, left = (np.abs((d + np.arange(2)[:, None]) >> 1) for d in (dy, dx))
        listed = parents[at(up, 0, last, border)][:, :, at(left, 1, last, border)]
        listed &= (up <= last[0])[:, :, None, None] & (left <= last[1])
        listed = listed.swapaxes(1, 2) & whole
        across, along, i, j = np.nonzero(listed)
        counts[level] = np.bincount(2 * across + along, minlength=4)
        found.append(np.stack((dx[j], dy[i], bound[np.abs(dy[i]), np.abs(dx[j])])))
    return counts, np.concatenate(found[::-1], axis=1)
