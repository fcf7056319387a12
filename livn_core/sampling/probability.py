"""The law of a projection's edges, p(d) = min(1, A k(d)), evaluated in one place.

Everything that needs a probability (the amplitude, the sampler, its bounds) asks here, so that a
plugin's kernel is called in one way only, on contiguous float64 arrays, and what it returns is
checked once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livn_core.components import FloatArray, Kernel
from livn_core.errors import PluginError

__all__ = ["ConnectionProbability"]


@dataclass(frozen=True, slots=True)
class ConnectionProbability:
    """The distance kernel after its cutoff.

    Parameters
    ----------
    kernel
        k(d).
    cutoff
        k = 0 beyond this distance, um; None for no cutoff.
    min_probability
        Pairs whose p is below are dropped; None drops none.
    """

    kernel: Kernel
    cutoff: float | None = None
    min_probability: float | None = None

    @property
    def name(self) -> str:
        """Name of the kernel's class, for messages."""
        return type(self.kernel).__name__

    def _checked(self, values: FloatArray, distance: FloatArray, method: str) -> FloatArray:
        values = np.asarray(values, dtype=np.float64)
        if values.shape != distance.shape:
            raise PluginError(
                f"{self.name}.{method}() returned shape {values.shape} for distances of shape "
                f"{distance.shape}",
                hint="a kernel works element by element on NumPy arrays",
            )
        # One reduction finds every bad value: a comparison with NaN is false.
        if values.size and not (values.min() >= 0 and values.max() < np.inf):
            worst = distance[~((values >= 0) & (values < np.inf))][0]
            raise PluginError(
                f"{self.name}.{method}() returned a negative or non-finite value at {worst:g} um",
                hint="k(d) must be finite and >= 0 for every distance >= 0",
            )
        return values

    def weight(self, distance: FloatArray) -> FloatArray:
        """Return k(d), 0 beyond the cutoff; distances (n,) float64, um."""
        values = self._checked(self.kernel.weight(distance), distance, "weight")
        if self.cutoff is not None:
            values = np.where(distance <= self.cutoff, values, 0.0)
        return values

    def bound(self, nearest: FloatArray, farthest: FloatArray) -> FloatArray:
        """Return an upper bound of k over ``[nearest, farthest]``, 0 beyond the cutoff."""
        values = self._checked(self.kernel.bound(nearest, farthest), nearest, "bound")
        if self.cutoff is not None:
            values = np.where(nearest <= self.cutoff, values, 0.0)
        return values

    def scaled(self, amplitude: float, weight: FloatArray) -> FloatArray:
        """Return p for weights: A k clipped at 1, and 0 where it is below ``min_probability``."""
        with np.errstate(over="ignore"):
            p = np.minimum(amplitude * weight, 1.0)
        if self.min_probability is not None:
            p = np.where(p >= self.min_probability, p, 0.0)
        return p

    def probability(self, amplitude: float, distance: FloatArray) -> FloatArray:
        """Return p(d); distances (n,) float64, um."""
        return self.scaled(amplitude, self.weight(distance))
