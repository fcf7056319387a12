"""Points uniform over any region: proposals over its box, of which those inside are kept."""

from __future__ import annotations

import numpy as np

from livn_core.components import FloatArray
from livn_core.culture.region import Region

__all__ = ["points_over"]

#: Proposals at a time: always as many, so that the first points do not depend on how many follow.
PROPOSED = 1 << 12


def points_over(region: Region, count: int, rng: np.random.Generator) -> FloatArray:
    """Return (count, 2) points, um, independent and uniform over the pieces of a region."""
    low, high = region.bounds
    found, lacking = [np.empty((0, 2))], count
    while lacking > 0:
        points = low + (high - low) * rng.random((PROPOSED, 2))
        kept = points[region.contains(points)][:lacking]
        found.append(kept)
        lacking -= len(kept)
    return np.concatenate(found)
