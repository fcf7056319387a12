"""The law of a projection's edges, p(d) = min(1, A k(d)), evaluated in one place.

Everything that needs a probability (the amplitude, the sampler, its bounds) asks here, so that a
plugin's kernel is called in one way only, on contiguous float64 arrays, and what it returns is
checked once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from livn_core.components import FloatArray, Kernel
from livn_core.errors import PluginError

__all__ = ["MARGIN", "ConnectionProbability", "broken_bound"]

#: Of 2, of the largest k: with it, amplitudes and their products with k are far from any limit.
LARGEST_EXPONENT = 300
#: Distances at which a kernel is held against what it says of itself.
POINTS = 2048
#: Bounds are loosened by so much for the rounding of a kernel that does not quite fall.
MARGIN = 1e-9


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
    exponent
        k is taken as k(d) 2^-exponent: its scale does not matter, and products of it stay finite.
    largest
        No k, so scaled, is above this, or the kernel is not what it says.
    """

    kernel: Kernel
    cutoff: float | None = None
    min_probability: float | None = None
    exponent: int = 0
    largest: float = np.inf

    @classmethod
    def scaled_to_one(
        cls, kernel: Kernel, cutoff: float | None, farthest: float
    ) -> ConnectionProbability:
        """Return the law of a kernel of any scale, which is held against what it says of itself.

        Distances up to ``farthest`` matter, um. Raises PluginError where the kernel grows though it
        says that it never does, or exceeds its bound.
        """
        law = cls(kernel, cutoff)
        ends = _ends() * farthest
        weight = law.weight(ends)
        try:
            largest = float(law.bound(np.zeros(1), np.full(1, farthest))[0])
        except NotImplementedError as error:
            raise PluginError(
                str(error), hint="return the largest k between two distances"
            ) from error
        above = weight > largest * (1 + MARGIN)
        if kernel.monotone:
            above[1:] |= weight[1:] > weight[:-1] * (1 + MARGIN) + 1e-12 * largest
        if above.any():
            raise broken_bound(law, float(ends[np.argmax(above)]))
        exponent = int(np.frexp(largest)[1])
        exponent = exponent if abs(exponent) > LARGEST_EXPONENT else 0
        # A kernel that falls has its largest at 0, wherever it is asked for.
        most = float(np.ldexp(largest, -exponent)) if kernel.monotone else np.inf
        return cls(kernel, cutoff, None, exponent, most)

    @property
    def name(self) -> str:
        """Name of the kernel's class, for messages."""
        return type(self.kernel).__name__

    def _checked(self, values: FloatArray, distance: FloatArray, method: str) -> FloatArray:
        values = np.asarray(values, dtype=np.float64)
        if self.exponent:
            values = np.ldexp(values, -self.exponent)
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
        # A copy: a kernel that works in place leaves the distances as they are.
        values = self._checked(self.kernel.weight(distance.copy()), distance, "weight")
        if self.cutoff is not None:
            values = np.where(distance <= self.cutoff, values, 0.0)
        if values.max(initial=0.0) > self.largest * (1 + MARGIN):
            raise broken_bound(self, float(distance.flat[np.argmax(values)]))
        return values

    def bound(self, nearest: FloatArray, farthest: FloatArray) -> FloatArray:
        """Return an upper bound of k over ``[nearest, farthest]``, 0 beyond the cutoff."""
        values = self._checked(self.kernel.bound(nearest.copy(), farthest.copy()), nearest, "bound")
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


@cache
def _ends() -> FloatArray:
    """Return the places, in shares of the farthest distance, at which a kernel is looked at."""
    return np.union1d(np.linspace(0, 1, POINTS), np.geomspace(1e-6, 1, POINTS))


def broken_bound(law: ConnectionProbability, distance: float) -> PluginError:
    """Return the error of a kernel that is larger somewhere than it states."""
    if law.kernel.monotone:
        return PluginError(
            f"the kernel {law.name} grows with distance at {distance:g} um, though it says that it "
            "never does",
            hint="set monotone = False and override bound()",
        )
    return PluginError(
        f"the kernel {law.name} exceeds its own bound at a distance of {distance:g} um",
        hint="bound() must return the largest k between two distances, or more",
    )
