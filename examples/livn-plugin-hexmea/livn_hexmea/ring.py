"""The kernel ``ring``: it grows with distance somewhere, and so states a bound."""

import numpy as np
from pydantic import Field

from livn_core.components import RadialKernel


class Ring(RadialKernel):
    """k(d) = exp(-(d - radius)^2 / (2 sigma^2)): cells prefer partners at one distance."""

    monotone = False

    sigma: float = Field(50.0, gt=0, description="width of the ring, um")
    radius: float = Field(200.0, ge=0, description="preferred distance, um")

    def weight(self, distance):
        return np.exp(-((distance - self.radius) ** 2) / (2 * self.sigma**2))

    def bound(self, nearest, farthest):
        # k is largest where the interval comes closest to the ring.
        return self.weight(np.clip(self.radius, nearest, farthest))
