"""Bodies that cells fill: spheroids, organoids with a dead core, slices, and spheroids on an array."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from livn_core.components import FloatArray
from livn_core.culture.region import Circle, Part, Region
from livn_core.culture.volume import Volume

Length = Annotated[float, Field(gt=0)]
Point = tuple[float, float, float]


class _Centred(Volume):
    """A body around a centre."""

    center: Point = Field((0.0, 0.0, 0.0), description="centre (x, y, z), um")

    def contains(self, points: FloatArray) -> NDArray[np.bool_]:
        """Return whether each point is inside, (n,)."""
        return self.depth(points) >= 0

    def _from_center(self, points: FloatArray) -> FloatArray:
        return np.asarray(points, np.float64) - np.asarray(self.center)


class _Round(_Centred):
    """A body whose shadow is a disk."""

    radius: float = Field(200.0, gt=0, description="radius, um")

    def region(self) -> Region:
        """Return the shadow, a disk."""
        return Region([Part(Circle(self.center[:2], self.radius))])


class Sphere(_Round):
    """Uniform in a ball: a spheroid."""

    @property
    def _core(self) -> float:
        """Radius of what is left out, um."""
        return 0.0

    def box(self) -> FloatArray:
        """Return the lowest and the highest corner, (2, 3) um."""
        return np.asarray(self.center) + self.radius * np.array([[-1.0] * 3, [1.0] * 3])

    def volume(self) -> float:
        """Return 4/3 pi (R^3 - r^3), um3."""
        return float(4 / 3 * np.pi * (self.radius**3 - self._core**3))

    def depth(self, points: FloatArray) -> FloatArray:
        """Return the distance from the nearer surface, um, (n,)."""
        away = self._away(points)
        return np.minimum(self.radius - away, away - self._core if self._core else np.inf)

    def evenly(self, points: FloatArray) -> FloatArray:
        """Return the share of the volume farther in, polar angle and azimuth."""
        core = self._core**3
        share = (self._away(points) ** 3 - core) / (self.radius**3 - core)
        return _evenly(self._from_center(points), share)

    def _away(self, points: FloatArray) -> FloatArray:
        return np.linalg.norm(self._from_center(points), axis=1)


class Shell(Sphere):
    """Uniform between two spheres: an organoid whose core is dead, a rosette."""

    inner_radius: float = Field(100.0, ge=0, description="radius of the core without cells, um")

    @model_validator(mode="after")
    def _core_fits(self) -> Self:
        if not self.inner_radius < self.radius:
            raise ValueError(
                f"inner_radius {self.inner_radius:g} must be less than radius {self.radius:g}"
            )
        return self

    @property
    def _core(self) -> float:
        return self.inner_radius


class Ellipsoid(_Centred):
    """Uniform in an ellipsoid along the axes."""

    radii: tuple[Length, Length, Length] = Field(
        (300.0, 200.0, 100.0), description="half the extent along x, y and z, um"
    )

    def box(self) -> FloatArray:
        """Return the lowest and the highest corner, (2, 3) um."""
        return np.asarray(self.center) + np.outer([-1.0, 1.0], self.radii)

    def region(self) -> Region:
        """Return the shadow: a polygon around the ellipse, nowhere 0.1 % of its size away."""
        turn = 2 * np.pi * np.arange(128) / 128
        unit = np.column_stack([np.cos(turn), np.sin(turn)]) / np.cos(np.pi / 128)
        return Region([Part(np.asarray(self.center[:2]) + unit * self.radii[:2])])

    def volume(self) -> float:
        """Return 4/3 pi a b c, um3."""
        return float(4 / 3 * np.pi * np.prod(self.radii))

    def _unit(self, points: FloatArray) -> FloatArray:
        return self._from_center(points) / self.radii

    def contains(self, points: FloatArray) -> NDArray[np.bool_]:
        """Return whether each point is inside, (n,)."""
        return np.linalg.norm(self._unit(points), axis=1) <= 1

    def depth(self, points: FloatArray) -> FloatArray:
        """Return the distance from the surface, um, (n,).

        The nearest point of the surface is a_i^2 x_i / (a_i^2 + t) for the largest t that puts it
        there (Eberly 2013, Distance from a Point to an Ellipse, an Ellipsoid, or a Hyperellipsoid); t
        is found by halving. On the plane of symmetry across the shortest axis, where it is no
        longer single, a point is moved off it by 10^-9 of that axis.
        """
        squares = np.asarray(self.radii) ** 2
        shortest = int(np.argmin(self.radii))
        away = np.abs(self._from_center(points))
        away[:, shortest] = np.maximum(away[:, shortest], 1e-9 * self.radii[shortest])
        low = np.full(len(away), -squares.min()) + self.radii[shortest] * away[:, shortest]
        high = np.zeros(len(away))
        for _ in range(80):
            middle = 0.5 * (low + high)
            level = ((np.asarray(self.radii) * away / (squares + middle[:, None])) ** 2).sum(axis=1)
            outside = level > 1
            low, high = np.where(outside, middle, low), np.where(outside, high, middle)
        nearest = squares * away / (squares + (0.5 * (low + high))[:, None])
        return np.linalg.norm(nearest - away, axis=1)

    def evenly(self, points: FloatArray) -> FloatArray:
        """Return those of the unit ball that it is the image of."""
        unit = self._unit(points)
        return _evenly(unit, np.linalg.norm(unit, axis=1) ** 3)


class Cylinder(_Round):
    """Uniform in an upright cylinder: a slice."""

    radius: float = Field(500.0, gt=0, description="radius, um")
    thickness: float = Field(300.0, gt=0, description="from bottom to top, um")

    def box(self) -> FloatArray:
        """Return the lowest and the highest corner, (2, 3) um."""
        half = np.array([self.radius, self.radius, 0.5 * self.thickness])
        return np.asarray(self.center) + np.outer([-1.0, 1.0], half)

    def volume(self) -> float:
        """Return pi R^2 h, um3."""
        return float(np.pi * self.radius**2 * self.thickness)

    def depth(self, points: FloatArray) -> FloatArray:
        """Return the distance from the nearest of side, bottom and top, um, (n,)."""
        x, y, z = self._from_center(points).T
        return np.minimum(self.radius - np.hypot(x, y), 0.5 * self.thickness - np.abs(z))

    def evenly(self, points: FloatArray) -> FloatArray:
        """Return the squared distance from the axis, height and azimuth, each over its range."""
        x, y, z = self._from_center(points).T
        turn = np.arctan2(y, x) / (2 * np.pi) % 1.0
        share = (x * x + y * y) / self.radius**2
        return np.column_stack([share, z / self.thickness + 0.5, turn])


class Flattened(_Round):
    """Uniform in the part of a ball above z = 0: a spheroid that has settled on an array.

    It touches the array with a disk of the radius sqrt(R^2 - h^2), h the height of the centre.
    """

    center: Point = Field((0.0, 0.0, 100.0), description="centre of the whole ball (x, y, z), um")
    radius: float = Field(200.0, gt=0, description="radius of the whole ball, um")

    @model_validator(mode="after")
    def _reaches_the_array(self) -> Self:
        if not -self.radius < self.center[2] < self.radius:
            raise ValueError(
                f"a ball of {self.radius:g} um around z = {self.center[2]:g} is not cut by z = 0"
            )
        return self

    @property
    def _low(self) -> float:
        """Height of the cut above the centre, um."""
        return -self.center[2]

    def box(self) -> FloatArray:
        """Return the lowest and the highest corner, (2, 3) um."""
        wide = self.radius if self._low <= 0 else np.sqrt(self.radius**2 - self._low**2)
        low = [-wide, -wide, self._low]
        return np.asarray(self.center) + np.array([low, [wide, wide, self.radius]])

    def region(self) -> Region:
        """Return the shadow, a disk."""
        wide = float(np.ptp(self.box()[:, 0])) / 2
        return Region([Part(Circle(self.center[:2], wide))])

    def _below(self, z: FloatArray) -> FloatArray:
        """Return the volume from the cut to z, over pi, um3."""
        square = self.radius**2
        return square * (z - self._low) - (z**3 - self._low**3) / 3

    def volume(self) -> float:
        """Return the volume above the cut, um3."""
        return float(np.pi * self._below(np.asarray(self.radius)))

    def depth(self, points: FloatArray) -> FloatArray:
        """Return the distance from the ball's surface or the cut, um, (n,)."""
        away = self._from_center(points)
        return np.minimum(self.radius - np.linalg.norm(away, axis=1), away[:, 2] - self._low)

    def evenly(self, points: FloatArray) -> FloatArray:
        """Return the share of the volume below, that of the layer's disk farther in, and azimuth."""
        x, y, z = self._from_center(points).T
        turn = np.arctan2(y, x) / (2 * np.pi) % 1.0
        below = self._below(z) / self._below(np.asarray(self.radius))
        # At the pole and above it there is no disk; the floor keeps the quotient finite.
        disk = np.maximum(self.radius**2 - z * z, 1e-12 * self.radius**2)
        return np.column_stack([below, (x * x + y * y) / disk, turn])


def _evenly(away: FloatArray, share: FloatArray) -> FloatArray:
    """Return the share of the volume farther in, polar cosine and azimuth, over the unit cube."""
    x, y, z = away.T
    length = np.maximum(np.linalg.norm(away, axis=1), np.finfo(float).tiny)
    return np.column_stack([share, 0.5 * (z / length + 1), np.arctan2(y, x) / (2 * np.pi) % 1.0])
