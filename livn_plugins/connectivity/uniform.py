"""The uniform kernel: distance does not matter."""

from __future__ import annotations

import numpy as np

from livn_core.components import FloatArray, Kernel

__all__ = ["Uniform"]


class Uniform(Kernel):
    """k(d) = 1: every pair alike, a random graph of Erdos and Renyi under ``pairwise_bernoulli``."""

    def weight(self, distance: FloatArray) -> FloatArray:
        """Return 1 for distances in um; same shape, float64."""
        return np.ones_like(distance, dtype=np.float64)
