"""The sources that may have a weight for a target: those within the distance at which it ends."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.projection import bounds

__all__ = ["NearSources", "reach_of"]

#: Pairs that are handed out at a time; distances at which a kernel is asked where it ends.
BLOCK, DISTANCES = 1 << 20, 4097

Int = NDArray[np.int64]


def reach_of(law: PairLaw) -> float:
    """Return a distance in the plane beyond which no pair has a weight, in um; inf where there is none.

    A cutoff says so itself, and a kernel that falls ends where it is first found to be 0.
    """
    projection = law.projection
    if not (len(projection.source) and len(projection.target)):
        return np.inf
    farthest = float(np.hypot(*bounds(projection)[1])) + 1.0
    reach = np.inf if law.kernel.cutoff is None else float(law.kernel.cutoff)
    if law.kernel.kernel.monotone:
        distances = np.linspace(0.0, farthest, DISTANCES)
        positive = law.kernel.weight(distances) > 0
        if not positive.all():
            reach = min(reach, float(distances[int(np.argmin(positive))]))
    return reach if reach < farthest else np.inf


class NearSources:
    """Finds the sources near targets, in time proportional to how many there are; thread-safe.

    Where a law's weight reaches everywhere, every source is near.
    """

    def __init__(self, law: PairLaw) -> None:
        from scipy.spatial import cKDTree

        self._projection = law.projection
        reach = reach_of(law)
        # Rounding must not hide a source at the very end: the law decides on those.
        self._radius = reach * (1 + 1e-9) + 1e-6
        near = np.isfinite(reach) and len(law.projection.source) > 0
        self._tree = cKDTree(law.projection.source.positions[:, :2]) if near else None

    def blocks(self, targets: Int) -> Iterator[tuple[slice, Int, Int]]:
        """Yield parts of targets, how many sources are near each, and these, ascending for each."""
        number = len(self._projection.source)
        if self._tree is None:
            rows = max(1, BLOCK // max(number, 1))
            for start in range(0, len(targets), rows):
                part = slice(start, min(start + rows, len(targets)))
                each = part.stop - part.start
                yield part, np.full(each, number), np.tile(np.arange(number), each)
            return
        positions = self._projection.target.positions[targets, :2]
        lengths = self._tree.query_ball_point(positions, self._radius, return_length=True)
        ends = np.cumsum(lengths)
        start = 0
        while start < len(targets):
            before = ends[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(ends, before + BLOCK, side="right")))
            found = self._tree.query_ball_point(
                positions[start:stop], self._radius, return_sorted=True
            )
            sources = np.concatenate([np.asarray(each, np.int64) for each in found])
            yield slice(start, stop), np.asarray(lengths[start:stop], np.int64), sources
            start = stop
