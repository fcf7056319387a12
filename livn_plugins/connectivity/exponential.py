"""The exponential kernel: a constant length scale, and a longer tail than the Gaussian."""

from __future__ import annotations

import numpy as np

from livn_core.components import FloatArray, RadialKernel

__all__ = ["Exponential"]


class Exponential(RadialKernel):
    """k(d) = exp(-d / sigma)."""

    def weight(self, distance: FloatArray) -> FloatArray:
        """Return k(d) for distances in um; same shape, float64."""
        with np.errstate(over="ignore"):  # k is 0 there, as it should be
            return np.exp(np.asarray(distance, dtype=np.float64) / -self.sigma)
