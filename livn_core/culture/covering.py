"""Tiles that cover a narrow region, or what a margin leaves: over its box nearly no proposal is inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livn_core.culture.region import Part, Region

__all__ = ["Covering", "covering", "inset", "narrow"]

FloatArray = NDArray[np.float64]

#: Share of its box below which a region is narrow; how often its box is halved in each direction.
NARROW, HALVINGS = 0.02, 9
#: Tiles of what a margin leaves, at least, unless they become as small as what a float32 tells apart.
FEWEST = 256


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
    0.73
    """
    if not narrow(region):
        return None
    numbers = np.zeros((1, 2), np.int64)
    for level in range(1, HALVINGS + 1):
        numbers, tiles = _halved(region, numbers, level)
    return Covering(tiles.corners[np.lexsort(numbers.T)], tiles.size)


def inset(part: Part, margin: float, share: float) -> Covering | None:
    """Return tiles that cover what of a part is no nearer to a wall than ``margin``, um.

    None where that is more than a ``share`` of the part's box; no tile where it is nothing.

    Examples
    --------
    >>> square = np.array([[0.0, 0], [100, 0], [100, 100], [0, 100]])
    >>> tiles = inset(Part(square), 49.5, 0.01)
    >>> tiles is not None and bool(1 <= tiles.area < 1.5)
    True
    """
    whole = share * float(np.diff(part.bounds, axis=0).prod())
    # A wall takes its length times the margin at most, and a corner half of a disk.
    rings = part.outline()
    length = sum(float(np.hypot(*(ring - np.roll(ring, 1, axis=0)).T).sum()) for ring in rings)
    taken = margin * length + sum(map(len, rings)) * np.pi * margin**2 / 2
    if part.area - taken > whole:
        return None
    region = Region([part])
    numbers, level, tiles = np.indices((4, 4)).reshape(2, -1).T, 2, None
    least = float(np.spacing(np.abs(part.bounds).max().astype(np.float32)))
    while tiles is None or (0 < len(numbers) < FEWEST and tiles.size.max() > least):
        level += 1
        numbers, tiles = _halved(region, numbers, level, margin)
        middles, reach = tiles.corners + tiles.size / 2, float(np.hypot(*tiles.size)) / 2
        free = region.contains(middles) & (region.distance(middles) > margin + reach)
        if np.count_nonzero(free) * tiles.size.prod() > whole:
            return None
    return tiles if tiles.area < whole else None


def _halved(
    region: Region, numbers: NDArray[np.int64], level: int, margin: float = 0.0
) -> tuple[NDArray[np.int64], Covering]:
    """Return the quarters of tiles that hold something of a region: their numbers, and themselves."""
    low, high = region.bounds
    size = (high - low) / 2**level
    numbers = (2 * numbers[:, None] + np.array([[0, 0], [1, 0], [0, 1], [1, 1]])).reshape(-1, 2)
    corners = low + size * numbers
    # What of a tile is in the region is nowhere farther from its centre than half of its diagonal.
    reach = float(np.hypot(*size)) / 2 * (1 + 1e-9)
    kept = region.contains(corners + size / 2, reach)
    if margin:
        kept &= ~(region.distance(corners + size / 2, margin) < margin - reach)
    return numbers[kept], Covering(corners[kept], size)
