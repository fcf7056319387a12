"""Bodies that cells fill: what a placement in space states beside its shadow in the plane.

Cells are independent and uniform over the body. With ``spacing`` all of them are one sequence, placed
one after the other, each where it is far enough from those before (random sequential addition), and
populations are dealt to it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray, Placement, PositionStream
from livn_core.culture.uniform import uniform_points
from livn_core.errors import PlacementError

__all__ = ["MOST_COVERED", "RSA_LIMIT", "Volume", "pack_volume"]

#: Coverage up to which cells are placed with a spacing, and where random sequential addition of balls
#: ends (Zhang & Torquato 2013, Phys Rev E 88:053312).
MOST_COVERED, RSA_LIMIT = 0.30, 0.384
#: Densest packing of balls, pi / sqrt(18).
CLOSEST = float(np.pi / np.sqrt(18))
#: Proposals at a time where cells keep a distance.
PROPOSED = 1 << 12
#: Proposals a cell after which there is no room: at a coverage of 0.30 it takes some fifteen.
PATIENCE = 2_000


class Volume(Placement):
    """A placement in space: it states the cells' z itself, in place of ``z_range``."""

    @abstractmethod
    def box(self) -> FloatArray:
        """Return the smallest box, (2, 3) um: its lowest and its highest corner."""

    @abstractmethod
    def volume(self) -> float:
        """Return the volume, um3."""

    @abstractmethod
    def contains(self, points: FloatArray) -> NDArray[np.bool_]:
        """Return whether each point is inside, (n,); ``points`` are (n, 3) um."""

    @abstractmethod
    def depth(self, points: FloatArray) -> FloatArray:
        """Return the distance of each inner point from the surface, um, (n,)."""

    @abstractmethod
    def evenly(self, points: FloatArray) -> FloatArray:
        """Return coordinates in which uniform points fill the unit cube evenly, (n, 3)."""

    def place(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return (count, 3) positions, um; the first ones do not depend on ``count``."""
        box = self.box()
        share = self.volume() / float(np.prod(box[1] - box[0]))
        return uniform_points(box, share, self.contains, count, rng)

    def bounds(self) -> FloatArray:
        """Return ``[[x_min, y_min], [x_max, y_max]]`` of the shadow, um."""
        return self.box()[:, :2]

    def area(self) -> None:
        """Return None: the cells are not spread over an area."""


def pack_volume(
    volume: Volume,
    counts: Mapping[str, int],
    stream: PositionStream,
    *,
    spacing: float,
    margin: float,
) -> dict[str, FloatArray]:
    """Return positions that keep a distance from each other and from the surface.

    Both least distances, ``spacing`` and ``margin``, are um, 0 for none, and those of positions as the
    file holds them: population -> (n, 3) float64 um, each a float32 value.

    Raises
    ------
    PlacementError
        There is no room.
    """
    rng, total = stream("positions"), sum(counts.values())
    low, high = volume.box()
    cells = _Balls(total, spacing, low, high)
    proposed = 0
    while cells.count < total:
        if proposed > PATIENCE * total + PROPOSED:
            raise PlacementError(
                f"no room was found for {total - cells.count:,} of {total:,} cells",
                hint="take fewer cells, or a smaller spacing or margin",
            )
        points = low + (high - low) * rng.random((PROPOSED, 3))
        points = points.astype(np.float32).astype(np.float64)
        points = points[volume.contains(points)]
        if margin:
            points = points[volume.depth(points) >= margin]
        cells.add(points)
        proposed += PROPOSED
    population = stream("labels").permutation(np.repeat(np.arange(len(counts)), [*counts.values()]))
    return {name: cells.points[population == number] for number, name in enumerate(counts)}


class _Balls:
    """Cells on a grid of cubes that are too small for two of them."""

    def __init__(self, total: int, spacing: float, low: FloatArray, high: FloatArray) -> None:
        self.points, self.count = np.zeros((total, 3)), 0
        self._spacing, self._low = spacing, low
        self._side = spacing / np.sqrt(3)
        # Of the cubes that a ball reaches: two away in each direction.
        steps = np.arange(-2, 3)
        self._around = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
        self._size = (
            np.ceil((high - low) / self._side).astype(np.int64) + 5 if spacing else np.zeros(3)
        )
        self._held: dict[int, int] = {}

    def add(self, points: FloatArray) -> None:
        """Take the points one after the other, each that is far enough from those before."""
        room = len(self.points) - self.count
        if not self._spacing:
            taken = points[:room]
            self.points[self.count : self.count + len(taken)] = taken
            self.count += len(taken)
            return
        cubes = ((points - self._low) / self._side).astype(np.int64) + 2
        keys = self._key(cubes)
        near = self._key(cubes[:, None, :] + self._around)
        for point, key, around in zip(points, keys.tolist(), near.tolist(), strict=True):
            if self.count == len(self.points):
                return
            others = [self._held[other] for other in around if other in self._held]
            if others:
                away = self.points[others] - point
                if ((away * away).sum(axis=1) < self._spacing**2).any():
                    continue
            self._held[key] = self.count
            self.points[self.count] = point
            self.count += 1

    def _key(self, cubes: NDArray[np.int64]) -> NDArray[np.int64]:
        _, columns, layers = self._size
        return (cubes[..., 0] * columns + cubes[..., 1]) * layers + cubes[..., 2]
