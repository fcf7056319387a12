"""Cells uniform per area over a disk or an annulus: a drop of cells, a well, a ring."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from livn_core.components import FloatArray, Placement
from livn_core.culture.region import Circle, Part, Region


class Disk(Placement):
    """Uniform per area between ``inner_radius`` and ``radius`` around ``center``.

    The distance from the centre is drawn by inversion: the area inside r is
    pi (r^2 - inner_radius^2), so r^2 is uniform.
    """

    uniform: ClassVar[bool] = True

    center: tuple[float, float] = Field((0.0, 0.0), description="centre (x, y), um")
    radius: float = Field(500.0, gt=0, description="outer radius, um")
    inner_radius: float = Field(0.0, ge=0, description="inner radius: a hole without cells, um")

    @model_validator(mode="after")
    def _hole_fits(self) -> Self:
        if not self.inner_radius < self.radius:
            raise ValueError(
                f"inner_radius {self.inner_radius:g} must be less than radius {self.radius:g}"
            )
        return self

    def place(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return (count, 2) positions, um; the first ones do not depend on ``count``."""
        area, turn = rng.random((count, 2)).T
        inner, outer = self.inner_radius / self.radius, 1.0
        distance = self.radius * np.sqrt(inner**2 + (outer - inner**2) * area)
        angle = 2 * np.pi * turn
        offset = np.column_stack([distance * np.cos(angle), distance * np.sin(angle)])
        return np.asarray(self.center) + offset

    def bounds(self) -> FloatArray:
        """Return ``[[x_min, y_min], [x_max, y_max]]``, um."""
        return np.asarray(self.center) + self.radius * np.array([[-1.0, -1.0], [1.0, 1.0]])

    def region(self) -> Region:
        """Return the disk, with a hole where there is an inner radius."""
        hole = (Circle(self.center, self.inner_radius),) if self.inner_radius else ()
        return Region([Part(Circle(self.center, self.radius), hole)])
