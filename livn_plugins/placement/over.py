"""Points uniform over any region."""

from __future__ import annotations

import numpy as np

from livn_core.components import FloatArray
from livn_core.culture.covering import covering
from livn_core.culture.region import Region
from livn_core.culture.uniform import uniform_points

__all__ = ["points_over"]


def points_over(region: Region, count: int, rng: np.random.Generator) -> FloatArray:
    """Return (count, 2) points, um, independent and uniform over the pieces of a region."""
    tiles = covering(region)
    if tiles is None:
        share = region.area / float(np.prod(region.bounds[1] - region.bounds[0]))
        return uniform_points(region.bounds, share, region.contains, count, rng)
    cube, share = np.array([[0.0] * 3, [1.0] * 3]), region.area / tiles.area
    found = uniform_points(cube, share, lambda u: region.contains(tiles.at(u)), count, rng)
    return tiles.at(found)
