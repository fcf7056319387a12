"""The Gaussian kernel: connections fall off with the square of the distance."""

from __future__ import annotations

import numpy as np

from livn_core.components import FloatArray, RadialKernel

__all__ = ["Gaussian"]


class Gaussian(RadialKernel):
    """k(d) = exp(-d^2 / (2 sigma^2))."""

    def weight(self, distance: FloatArray) -> FloatArray:
        """Return k(d) for distances in um; same shape, float64."""
        with np.errstate(over="ignore"):  # k is 0 there, as it should be
            scaled = np.asarray(distance, dtype=np.float64) / self.sigma
            return np.exp(-0.5 * scaled * scaled)
