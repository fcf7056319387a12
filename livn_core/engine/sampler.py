"""Draws the edges of a projection: every pair independently with p(d) = min(1, A k(d))."""

from __future__ import annotations

import numpy as np

from livn_core.components import RadialKernel
from livn_core.engine.law import Law
from livn_core.engine.projection import EdgeBlock, Projection

__all__ = ["KernelSampler"]


class KernelSampler:
    """The edges of one projection, a block of targets at a time.

    Thread-safe. What a target receives depends on the projection and the target alone.

    Parameters
    ----------
    projection
        Positions, seed, names.
    kernel
        k(d).
    amplitude
        A in p(d) = min(1, A k(d)).
    cutoff
        k = 0 beyond, um; None for no cutoff.
    min_probability
        Pairs with a smaller p are dropped; None drops none.
    """

    def __init__(
        self,
        projection: Projection,
        kernel: RadialKernel,
        amplitude: float,
        *,
        cutoff: float | None = None,
        min_probability: float | None = None,
    ) -> None:
        self.projection = projection
        self.amplitude = float(amplitude)
        self._law = Law(kernel, cutoff, min_probability)

    def sample(self, start: int, stop: int) -> EdgeBlock:
        """Return the edges onto the targets ``start`` to ``stop``, relative to the population."""
        projection = self.projection
        xs, ys = projection.source_positions[:, 0], projection.source_positions[:, 1]
        counts = np.zeros(max(0, stop - start), dtype=np.int64)
        sources, distances = [np.empty(0, np.uint32)], [np.empty(0, np.float32)]
        for row, target in enumerate(range(start, stop)):
            x, y = projection.target_positions[target, :2]
            d = np.sqrt((x - xs) ** 2 + (y - ys) ** 2)
            p = self._law.probability(self.amplitude, d)
            if projection.recurrent and not projection.allow_autapses:
                p[target] = 0.0
            (hits,) = np.nonzero(projection.stream(target).random(len(d)) < p)
            counts[row] = len(hits)
            sources.append(hits.astype(np.uint32))
            distances.append(d[hits].astype(np.float32))
        return EdgeBlock(counts, np.concatenate(sources), np.concatenate(distances))

    def expected_edges(self) -> float:
        """Return the expected number of edges of the whole projection."""
        return self.projection.mean_degree * len(self.projection.target_positions)

    def memory(self) -> int:
        """Return the bytes that the lookup tables take."""
        return 0
