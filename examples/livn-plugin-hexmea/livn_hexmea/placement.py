"""The placement ``hexgrid``."""

import numpy as np
from pydantic import Field, field_validator

from livn_core.components import Placement
from livn_hexmea.lattice import hexagonal


class HexGrid(Placement):
    """Cells on the coarsest hexagonal lattice that holds them all.

    Which points of the lattice stay empty is drawn, and each cell is moved by up to ``jitter`` in
    a random direction, but not out of the rectangle.
    """

    x_range: tuple[float, float] = Field((0.0, 1000.0), description="extent along x, um")
    y_range: tuple[float, float] = Field((0.0, 1000.0), description="extent along y, um")
    jitter: float = Field(0.0, ge=0, description="largest displacement from the lattice, um")

    @field_validator("x_range", "y_range")
    @classmethod
    def _ordered(cls, value):
        if not value[0] < value[1]:
            raise ValueError("must be [low, high] with low < high")
        return value

    def place(self, count, rng):
        low, high = self.bounds()
        width, height = high - low
        pitch = np.sqrt(2 / np.sqrt(3) * width * height / max(count, 1))
        points = hexagonal(width, height, pitch)
        while len(points) < count:
            pitch *= 0.99
            points = hexagonal(width, height, pitch)
        chosen = points[rng.permutation(len(points))[:count]] + (low + high) / 2
        distance = self.jitter * np.sqrt(rng.random(count))
        angle = 2 * np.pi * rng.random(count)
        moved = chosen + distance[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        return np.clip(moved, low, high)

    def bounds(self):
        return np.array([self.x_range, self.y_range]).T
