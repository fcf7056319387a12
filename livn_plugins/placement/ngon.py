"""Cells uniform over an ellipse or a regular polygon: an oval or a hexagonal island."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from livn_core.components import FloatArray, Placement
from livn_core.culture.region import DEVIATION, Part, Region

Length = Annotated[float, Field(gt=0)]

#: Fewest corners of the polygon of an ellipse.
CORNERS = 64


class _Fan(Placement):
    """Uniform over the image of a regular polygon under a linear map.

    Such a map keeps ratios of areas, so the triangles from the centre to the sides are equal: one is
    chosen, and a point in it from a parallelogram that is folded along its diagonal (Turk 1990,
    Graphics Gems, 24).
    """

    uniform: ClassVar[bool] = True

    center: tuple[float, float] = Field((0.0, 0.0), description="centre (x, y), um")
    turn: float = Field(0.0, description="turned counter-clockwise by this, degrees")

    @abstractmethod
    def _offsets(self) -> FloatArray:
        """Return the corners before the turn, (corners, 2) um from the centre."""

    def _corners(self) -> FloatArray:
        """Return the corners less the centre, (corners, 2) um, counter-clockwise."""
        cos, sin = np.cos(np.radians(self.turn)), np.sin(np.radians(self.turn))
        return self._offsets() @ np.array([[cos, sin], [-sin, cos]])

    def place(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return (count, 2) positions, um; the first ones do not depend on ``count``."""
        which, first, second = rng.random((count, 3)).T
        corners = self._corners()
        side = np.minimum((which * len(corners)).astype(np.int64), len(corners) - 1)
        beyond = first + second > 1
        first, second = np.where(beyond, 1 - first, first), np.where(beyond, 1 - second, second)
        after = np.roll(corners, -1, axis=0)
        offset = first[:, None] * corners[side] + second[:, None] * after[side]
        return np.asarray(self.center) + offset

    def bounds(self) -> FloatArray:
        """Return ``[[x_min, y_min], [x_max, y_max]]``, um."""
        corners = np.asarray(self.center) + self._corners()
        return np.stack([corners.min(axis=0), corners.max(axis=0)])

    def region(self) -> Region:
        """Return the polygon."""
        return Region([Part(np.asarray(self.center) + self._corners())])


class Ngon(_Fan):
    """Uniform over a regular polygon; without ``turn`` one corner lies on the x axis."""

    corners: int = Field(6, ge=3, le=1000, description="number of corners")
    radius: float = Field(500.0, gt=0, description="from the centre to a corner, um")

    def _offsets(self) -> FloatArray:
        return self.radius * _unit(self.corners)


class Ellipse(_Fan):
    """Uniform over an ellipse: a polygon of the same area, nowhere 0.05 um away from it."""

    radii: tuple[Length, Length] = Field(
        (500.0, 250.0), description="half the extent along x and along y, before the turn, um"
    )

    def _offsets(self) -> FloatArray:
        # Sides and corners of the unit polygon are off the circle by less than (pi / corners)^2 / 2.
        most = max(self.radii)
        count = max(CORNERS, int(np.ceil(np.pi * np.sqrt(most / (2 * DEVIATION)))))
        angle = 2 * np.pi / count
        return np.asarray(self.radii) * np.sqrt(angle / np.sin(angle)) * _unit(count)


def _unit(corners: int) -> FloatArray:
    """Return a regular polygon in the unit circle, (corners, 2), counter-clockwise."""
    turn = 2 * np.pi * np.arange(corners) / corners
    return np.column_stack([np.cos(turn), np.sin(turn)])
