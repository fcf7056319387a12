"""Cells uniform over a rectangle: the ordinary culture on a coverslip."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator

from livn_core.components import FloatArray, Placement


class Rectangle(Placement):
    """Uniform and independent over ``x_range`` x ``y_range``."""

    uniform: ClassVar[bool] = True

    x_range: tuple[float, float] = Field((0.0, 4000.0), description="extent along x, um")
    y_range: tuple[float, float] = Field((0.0, 4000.0), description="extent along y, um")

    @field_validator("x_range", "y_range")
    @classmethod
    def _ordered(cls, value: tuple[float, float]) -> tuple[float, float]:
        low, high = value
        if not low < high:
            raise ValueError(
                f"must be [low, high] with low < high, not [{low:g}, {high:g}]"
                + (f"; did you mean [{high:g}, {low:g}]?" if low > high else "")
            )
        if not np.isfinite(high - low):
            raise ValueError("the extent is too large for a number")
        return value

    def place(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return (count, 2) positions, um; the first ones do not depend on ``count``."""
        low, high = self.bounds()
        return np.clip(low + (high - low) * rng.random((count, 2)), low, high)

    def bounds(self) -> FloatArray:
        """Return ``[[x_min, y_min], [x_max, y_max]]``, um."""
        return np.array([self.x_range, self.y_range], dtype=np.float64).T
