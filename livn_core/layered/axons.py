"""Draws source cells within the extent of their axons, in time that grows with the draws.

A source at arc distances (du, dv) from the target is drawn with probability proportional to

    exp(-(|du| - offset_u)^2 / (2 s_u^2)) exp(-(|dv| - offset_v)^2 / (2 s_v^2)),
    s = (width / 2 - offset) / 3,  |du| < width_u / 2 and |dv| < width_v / 2

with replacement (MiV-Simulator's law). Sources are sorted into a grid over (u, v). For each target a
window of grid cells has bounds of the weight of a source in them; a draw picks a grid cell by
(number of sources) x (bound), one of its sources, and is accepted with probability weight / bound.
One uniform number does all three. What the sources are therefore does not enter the cost: a window
has at most 18 x 18 grid cells, and about 4 of 5 draws are accepted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livn_core.layered.models import AxonExtent

__all__ = ["Axons"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Grid cells along the whole width of an axon's extent.
_ACROSS = 16
#: A grid has at most this many cells along an axis; they are wider, then.
_MOST = 2048
#: Rounds of rejection, after which the few draws that are left are made from exact weights.
_ROUNDS = 24
#: Keeps base + u * total below the next target's base, whatever the rounding.
_BELOW_ONE = 1.0 - 2.0**-40
#: A target whose weights are less than this part of all targets' is drawn from exact weights: on their
#: common line its places would be too few, or none.
_FAINT = 2.0**-34
#: Exact weights are worked out for this many (target, source) pairs at a time.
_PAIRS = 1 << 22


@dataclass(frozen=True)
class _Axis:
    """One axis of the grid: cells of width ``step`` from ``low``, ``window`` in all."""

    low: float
    step: float
    cells: int
    window: int
    cutoff: float
    offset: float
    sigma: float

    @classmethod
    def over(cls, values: FloatArray, width: float, offset: float) -> _Axis:
        low, span = float(values.min()), float(np.ptp(values))
        step = max(width / _ACROSS, span / _MOST)
        cells = int(span / step) + 1
        window = min(int(np.ceil(width / step)) + 2, cells)
        return cls(low, step, cells, window, width / 2, offset, (width / 2 - offset) / 3)

    def cell_of(self, values: FloatArray) -> IntArray:
        return np.minimum(((values - self.low) / self.step).astype(np.int64), self.cells - 1)

    def first(self, at: FloatArray) -> IntArray:
        """Return the first grid cell of the windows around targets."""
        first = np.floor((at - self.cutoff - self.low) / self.step).astype(np.int64)
        return np.clip(first, 0, self.cells - self.window)

    def bounds(self, at: FloatArray, first: IntArray) -> FloatArray:
        """Return (targets, window) upper bounds of the weight in each grid cell."""
        low = self.low + (first[:, None] + np.arange(self.window)) * self.step - at[:, None]
        high = low + self.step
        # A source on the edge may be put into the neighbouring cell by rounding.
        margin = 1e-9 * (self.step + abs(self.low))
        nearest = np.maximum(np.maximum(low, -high) - margin, 0.0)
        farthest = np.maximum(np.abs(low), np.abs(high)) + margin
        closest = np.clip(self.offset, nearest, farthest)
        bound = np.exp(-0.5 * ((closest - self.offset) / self.sigma) ** 2)
        return np.where(nearest < self.cutoff, bound, 0.0)


class Axons:
    """The axons of one population in a layer: which of its cells a target can have as sources.

    Parameters
    ----------
    u, v
        (n,) arc distances of the sources, um; float64 of the float32 values that are stored.
    extent
        Width and offset of the axons.
    """

    def __init__(self, u: FloatArray, v: FloatArray, extent: AxonExtent) -> None:
        self.u, self.v, self.extent = u, v, extent
        self._axes = tuple(
            _Axis.over(values, width, offset)
            for values, width, offset in zip((u, v), extent.width, extent.offset, strict=True)
        )
        across, along = self._axes
        cell = across.cell_of(u) * along.cells + along.cell_of(v)
        self.order = np.argsort(cell, kind="stable")
        self.rank = np.empty_like(self.order)
        self.rank[self.order] = np.arange(len(u))
        counts = np.bincount(cell, minlength=across.cells * along.cells)
        self._count = counts
        self._first = np.cumsum(counts) - counts
        self._u, self._v = u[self.order], v[self.order]

    def _windows(self, u: FloatArray, v: FloatArray) -> tuple[IntArray, FloatArray]:
        """Return (targets, cells of a window) grid cells and bounds of the weight in each."""
        across, along = self._axes
        first_u, first_v = across.first(u), along.first(v)
        cells = (first_u[:, None] + np.arange(across.window))[:, :, None] * along.cells + (
            first_v[:, None] + np.arange(along.window)
        )[:, None, :]
        bound = across.bounds(u, first_u)[:, :, None] * along.bounds(v, first_v)[:, None, :]
        return cells.reshape(len(u), -1), bound.reshape(len(u), -1)

    def _weight(self, source: IntArray, u: FloatArray, v: FloatArray) -> FloatArray:
        """Return the weights of (source in grid order, target position) pairs."""
        exponent = np.zeros(len(source))
        inside = np.ones(len(source), dtype=bool)
        for axis, own, target in zip(self._axes, (self._u, self._v), (u, v), strict=True):
            distance = own[source]
            distance -= target
            np.abs(distance, out=distance)
            inside &= distance < axis.cutoff
            distance -= axis.offset
            distance /= axis.sigma
            distance *= distance
            exponent += distance
        exponent *= -0.5
        np.exp(exponent, out=exponent)
        exponent *= inside
        return exponent

    def draw(
        self,
        counts: IntArray,
        u: FloatArray,
        v: FloatArray,
        rng: np.random.Generator,
        exclude: IntArray | None = None,
        *,
        rounds: int = _ROUNDS,
    ) -> IntArray:
        """Draw (counts.sum(),) sources for targets that each have one in reach, target after target.

        ``counts`` (targets,) sources are drawn for each, which lies at (u, v), um; ``exclude``
        (targets,) is a source that it is not to get: itself. After some ``rounds`` of rejection the
        few draws that are left are made from exact weights.
        """
        drawn = np.empty(int(counts.sum()), dtype=np.int64)
        if not len(drawn):
            return drawn
        cells, bound = self._windows(u, v)
        number = self._count[cells]
        heaps = number * bound
        mass = np.cumsum(heaps, axis=1)
        total = np.ascontiguousarray(mass[:, -1])
        starts = np.cumsum(total) - total
        faint = np.asarray(total < _FAINT * total.sum())
        table = np.maximum.accumulate((mass + starts[:, None]).ravel())
        begin = table - heaps.ravel()
        bound, first, number = bound.ravel(), self._first[cells.ravel()], number.ravel()
        not_this = None if exclude is None else self.rank[exclude]
        owner = np.repeat(np.arange(len(counts)), counts)
        slot, left = np.flatnonzero(~faint[owner]), np.where(faint, 0, counts)
        exact = np.flatnonzero(faint[owner])
        total *= _BELOW_ONE
        for _ in range(rounds):
            if not len(slot):
                break
            at = rng.random(len(slot))
            at *= np.repeat(total, left)
            at += np.repeat(starts, left)
            # In ascending order the numbers meet the table in ascending order too; which number
            # is whose was decided before, so that nothing has to be shuffled. The order by target
            # is kept, so that what belongs to a target or a grid cell can be repeated in place.
            ascending = np.argsort(at)
            at, slot = at[ascending], slot[ascending]
            stops = np.searchsorted(at, table, side="right")
            stops[-1] = len(at)
            sizes = np.diff(stops, prepend=0)
            height = np.repeat(bound, sizes)
            at -= np.repeat(begin, sizes)
            at /= height
            member = np.clip(at.astype(np.int64), 0, np.repeat(number - 1, sizes))
            at -= member
            at *= height
            source = np.repeat(first, sizes)
            source += member
            accept = at < self._weight(source, np.repeat(u, left), np.repeat(v, left))
            if not_this is not None:
                accept &= source != np.repeat(not_this, left)
            taken = np.flatnonzero(accept)
            drawn[slot[taken]] = self.order[source[taken]]
            rejected = np.flatnonzero(~accept)
            stops = np.searchsorted(rejected, np.cumsum(left), side="left")
            slot, left = slot[rejected], np.diff(stops, prepend=0)
        slot = np.concatenate((slot, exact))
        if len(slot):
            drawn[slot] = self._exact(owner[slot], u, v, rng, not_this)
        return drawn

    def _exact(
        self,
        owner: IntArray,
        u: FloatArray,
        v: FloatArray,
        rng: np.random.Generator,
        not_this: IntArray | None,
    ) -> IntArray:
        targets, inverse = np.unique(owner, return_inverse=True)
        drawn = np.empty(len(owner), dtype=np.int64)
        for index, target in enumerate(targets):
            skip = None if not_this is None else not_this[[target]]
            _, source, weight = self._candidates(u[[target]], v[[target]], skip)
            mine = np.flatnonzero(inverse == index)
            mass = np.cumsum(weight)
            at = np.searchsorted(mass, rng.random(len(mine)) * _BELOW_ONE * mass[-1], side="right")
            drawn[mine] = self.order[source[at]]
        return drawn

    def _candidates(
        self, u: FloatArray, v: FloatArray, not_this: IntArray | None
    ) -> tuple[IntArray, IntArray, FloatArray]:
        """Return (target, source in grid order, weight) of all pairs that may be in reach."""
        cells, bound = self._windows(u, v)
        number = np.where(bound > 0, self._count[cells], 0).ravel()
        target = np.repeat(np.repeat(np.arange(len(u)), cells.shape[1]), number)
        begin = np.repeat(np.cumsum(number) - number, number)
        source = np.repeat(self._first[cells.ravel()], number) + np.arange(len(target)) - begin
        weight = self._weight(source, u[target], v[target])
        if not_this is not None:
            weight[source == not_this[target]] = 0.0
        return target, source, weight

    def out_of_reach(
        self, u: FloatArray, v: FloatArray, exclude: IntArray | None = None
    ) -> IntArray:
        """Return the targets that no source reaches, ascending."""
        not_this = None if exclude is None else self.rank[exclude]
        open_ = np.flatnonzero(~self._surely_reachable(u, v, exclude is not None))
        found: list[IntArray] = []
        cells = self._axes[0].window * self._axes[1].window
        most = max(int(_PAIRS / max(cells, 1 + len(self.u) / len(self._count) * cells)), 1)
        for start in range(0, len(open_), most):
            part = open_[start : start + most]
            skip = None if not_this is None else not_this[part]
            target, _, weight = self._candidates(u[part], v[part], skip)
            mass = np.bincount(target, weights=weight, minlength=len(part))
            found.append(part[mass <= 0])
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)

    def _surely_reachable(self, u: FloatArray, v: FloatArray, but_one: bool) -> NDArray[np.bool_]:
        """Tell which targets have a source in the grid cells that lie wholly in reach."""
        if sum((axis.offset / axis.sigma) ** 2 for axis in self._axes) > 1400:
            return np.zeros(len(u), dtype=bool)  # a weight may underflow to 0 near the target
        sums = np.zeros((self._axes[0].cells + 1, self._axes[1].cells + 1), dtype=np.int64)
        sums[1:, 1:] = self._count.reshape(self._axes[0].cells, -1).cumsum(axis=0).cumsum(axis=1)
        ranges = []
        for axis, at in zip(self._axes, (u, v), strict=True):
            margin = 1e-6 * axis.step
            first = np.ceil((at - axis.cutoff + margin - axis.low) / axis.step).astype(np.int64)
            last = np.floor((at + axis.cutoff - margin - axis.low) / axis.step).astype(np.int64)
            first = np.clip(first, 0, axis.cells)
            ranges.append((first, np.maximum(np.clip(last, 0, axis.cells), first)))
        (a, b), (c, d) = ranges
        inside = sums[b, d] - sums[a, d] - sums[b, c] + sums[a, c]
        return inside > int(but_one)

    def nearest(self, u: FloatArray, v: FloatArray, exclude: IntArray | None = None) -> IntArray:
        """Return the source nearest to each target, distances in units of the axons' width."""
        found = np.empty(len(u), dtype=np.int64)
        step = max(_PAIRS // max(len(self.u), 1), 1)
        wide, high = self.extent.width
        for start in range(0, len(u), step):
            part = slice(start, start + step)
            square = ((self.u - u[part, None]) / wide) ** 2 + ((self.v - v[part, None]) / high) ** 2
            if exclude is not None:
                square[np.arange(len(square)), exclude[part]] = np.inf
            found[part] = square.argmin(axis=1)
        return found
