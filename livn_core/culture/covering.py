"""Tiles that cover a narrow region: of proposals over its box nearly none would be inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livn_core.culture.region import Part, Region

__all__ = ["Covering", "covering", "narrow"]

FloatArray = NDArray[np.float64]

#: Share of its box below which a region is narrow; how often its box is halved in each direction.
NARROW, HALVINGS = 0.02, 9


@dataclass(frozen=True, slots=True)
class Covering:
    """Equal tiles, side by side, with all of a region in them.

    Parameters
    ----------
    corners
        (tiles, 2) um, lower left.
    size
        Of each tile, (2,) um.
    """

    corners: FloatArray
    size: FloatArray

    @property
    def area(self) -> float:
        """Area of all tiles, um2."""
        return len(self.corners) * float(self.size.prod())

    def at(self, shares: FloatArray) -> FloatArray:
        """Return the point of the tiles that each three numbers from 0 to 1 stand for, (n, 2) um."""
        tile = (shares[:, 0] * len(self.corners)).astype(np.int64)
        points: FloatArray = self.corners[tile] + self.size * shares[:, 1:]
        return points


def narrow(region: Region | Part) -> bool:
    """Whether a region or a piece of one fills little of its box."""
    low, high = region.bounds
    return region.area < NARROW * float((high - low).prod())


def covering(region: Region) -> Covering | None:
    """Return the tiles that cover a narrow region; None for one that fills enough of its box.

    Examples
    --------
    >>> diagonal = np.array([[0.0, 0], [5, 0], [1000, 995], [1000, 1000], [995, 1000], [0, 5]])
    >>> tiles = covering(Region([Part(diagonal)]))
    >>> round(Region([Part(diagonal)]).area / tiles.area, 2)
    0.51
    """
    if not narrow(region):
        return None
    low, high = region.bounds
    size = high - low
    corners, numbers = low[None], np.zeros((1, 2), np.int64)
    children = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    for _ in range(HALVINGS):
        size = size / 2
        numbers = (2 * numbers[:, None] + children).reshape(-1, 2)
        corners = low + size * numbers
        # What of a tile is in the region is nowhere farther from its centre than half of its diagonal.
        reach = float(np.hypot(*size)) / 2 * (1 + 1e-9)
        kept = region.contains(corners + size / 2, reach)
        corners, numbers = corners[kept], numbers[kept]
    return Covering(corners[np.lexsort(numbers.T)], size)
