"""Placements that draw over the region that they state, whatever its form."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from livn_core.components import FloatArray, Placement
from livn_core.culture.covering import covering
from livn_core.culture.uniform import uniform_points

__all__ = ["OverRegion"]


class OverRegion(Placement):
    """Independent and uniform over the pieces of its region."""

    uniform: ClassVar[bool] = True

    def place(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return (count, 2) positions, um: those of uniform points in the bounds that are inside."""
        region = self.region()
        tiles = covering(region)
        if tiles is None:
            share = region.area / float(np.prod(region.bounds[1] - region.bounds[0]))
            return uniform_points(region.bounds, share, region.contains, count, rng)
        cube, share = np.array([[0.0] * 3, [1.0] * 3]), region.area / tiles.area
        found = uniform_points(cube, share, lambda u: region.contains(tiles.at(u)), count, rng)
        return tiles.at(found)

    def bounds(self) -> FloatArray:
        """Return ``[[x_min, y_min], [x_max, y_max]]`` of the pieces, um."""
        return self.region().bounds
