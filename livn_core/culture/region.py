"""Where somata may be: rings, holes and modules in the plane.

A ring is a polygon or a circle. Circles are exact wherever somata are concerned; where walls must be
straight (axons, pictures), a circle becomes a polygon just so much larger (a hole: smaller) that no
soma of the region ends up on the other side.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from livn_core.culture.boundary import Boundary
from livn_core.culture.openings import Openings, openings
from livn_core.errors import PluginError

if TYPE_CHECKING:
    from livn_core.components import Placement

__all__ = ["Circle", "Part", "Region", "bounds_of", "box", "clipped_area", "signed_area"]

FloatArray = NDArray[np.float64]

#: Farthest that the polygon of a circle may be from it, um, and its fewest corners.
DEVIATION, CORNERS = 0.05, 64


@dataclass(frozen=True, slots=True)
class Circle:
    """A round ring: centre and radius, um."""

    center: tuple[float, float]
    radius: float

    def polygon(self, *, around: bool = True) -> FloatArray:
        """Return a polygon around the circle, or inside it; (corners, 2) um, counter-clockwise."""
        half = np.arccos(self.radius / (self.radius + DEVIATION))
        count = max(CORNERS, int(np.ceil(np.pi / half)))
        turn = 2 * np.pi * np.arange(count) / count
        radius = self.radius / np.cos(np.pi / count) if around else self.radius
        return np.asarray(self.center) + radius * np.column_stack([np.cos(turn), np.sin(turn)])


#: (vertices, 2) um, the last joined to the first; or a circle.
Ring = FloatArray | Circle


@dataclass(frozen=True, slots=True)
class Part:
    """One connected piece of a region.

    Parameters
    ----------
    outer
        Its outline.
    holes
        Rings within it where nothing is; they do not touch each other.
    name
        How the module is called; empty where there is but one.
    kind
        ``piece``: where somata may be; ``channel``: where axons go and somata do not.
    height
        Of its floor, um: between pieces that touch, what axons have to climb.
    """

    outer: Ring
    holes: tuple[Ring, ...] = ()
    name: str = ""
    kind: Literal["piece", "channel"] = "piece"
    height: float = 0.0

    @property
    def rings(self) -> tuple[Ring, ...]:
        """The outline, then the holes."""
        return (self.outer, *self.holes)

    @property
    def area(self) -> float:
        """Area without the holes, um2."""
        return _area(self.outer) - sum(_area(hole) for hole in self.holes)

    @property
    def bounds(self) -> FloatArray:
        """``[[x_min, y_min], [x_max, y_max]]``, um."""
        if isinstance(self.outer, Circle):
            return np.asarray(self.outer.center) + self.outer.radius * np.array([[-1.0], [1.0]])
        return np.stack([self.outer.min(axis=0), self.outer.max(axis=0)])

    def outline(self) -> list[FloatArray]:
        """Return the rings as polygons, the outer one first; (vertices, 2) um each."""
        return [
            ring.polygon(around=number == 0) if isinstance(ring, Circle) else ring
            for number, ring in enumerate(self.rings)
        ]


class Region:
    """Where somata may be, and the channels beside it.

    Parameters
    ----------
    parts
        The pieces, which do not overlap; several are the modules of the culture, in this order. And
        the channels, which may overlap them and each other.

    Attributes
    ----------
    parts
        The pieces: area, bounds, outline and what a point is in are theirs.
    channels
        Where axons go beside the pieces.

    Examples
    --------
    >>> ring = Region([Part(Circle((0, 0), 500), (Circle((0, 0), 100),))])
    >>> ring.contains(np.array([[300.0, 0], [50, 0], [0, 501]])).tolist()
    [True, False, False]
    >>> round(ring.area)
    753982
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = tuple(part for part in parts if part.kind == "piece")
        self.channels = tuple(part for part in parts if part.kind == "channel")
        if not self.parts:
            raise ValueError("a region needs at least one piece")

    @property
    def modules(self) -> tuple[str, ...]:
        """Names of the modules; none where there is but one part."""
        return tuple(part.name for part in self.parts) if len(self.parts) > 1 else ()

    @cached_property
    def area(self) -> float:
        """Area, um2."""
        return float(sum(part.area for part in self.parts))

    @cached_property
    def bounds(self) -> FloatArray:
        """``[[x_min, y_min], [x_max, y_max]]``, um."""
        corners = np.stack([part.bounds for part in self.parts])
        return np.stack([corners[:, 0].min(axis=0), corners[:, 1].max(axis=0)])

    def outline(self) -> list[list[FloatArray]]:
        """Return for each part its rings as polygons, the outer one first; (vertices, 2) um each."""
        return [part.outline() for part in self.parts]

    @cached_property
    def boundary(self) -> Boundary:
        """The walls, all of them straight: what axons and lines of sight meet.

        Where parts touch there is none, or one if there is a step between their floors; none is
        where a channel opens into a piece.
        """
        if self.openings is not None:
            return Boundary.of_walls(self.openings.walls)
        parts = (*self.parts, *self.channels)
        return Boundary([ring for part in parts for ring in part.outline()])

    @cached_property
    def openings(self) -> Openings | None:
        """How parts that touch, and channels that overlap them, are joined; None where none are."""
        return openings((*self.parts, *self.channels))

    @cached_property
    def _polygons(self) -> Boundary:
        rings = [ring for part in self.parts for ring in part.rings]
        return Boundary([ring for ring in rings if not isinstance(ring, Circle)])

    @cached_property
    def _circles(self) -> list[Circle]:
        rings = [ring for part in self.parts for ring in part.rings]
        return [ring for ring in rings if isinstance(ring, Circle)]

    def contains(self, points: FloatArray, slack: float = 0.0) -> NDArray[np.bool_]:
        """Return whether each point is in the region, (n,).

        Parameters
        ----------
        points
            (n, 2) um.
        slack
            How far outside is still inside, um.
        """
        found = self._polygons.inside(points)
        for circle in self._circles:
            found ^= _from(circle, points) <= circle.radius
        if slack and not found.all():
            out = np.flatnonzero(~found)
            found[out] = self.distance(points[out], slack) <= slack
        return found

    def distance(self, points: FloatArray, most: float = np.inf) -> FloatArray:
        """Return the distance of each point from the nearest wall, um, (n,); see :class:`Boundary`."""
        nearest = self._polygons.distance(points, most)
        for circle in self._circles:
            nearest = np.minimum(nearest, np.abs(_from(circle, points) - circle.radius))
        return np.where(nearest <= most, nearest, np.inf)

    def module_of(self, points: FloatArray) -> NDArray[np.int64]:
        """Return the number of the part that each point is in, (n,); -1 outside of all."""
        if len(self.parts) == 1:
            return np.where(self.contains(points), 0, -1)
        found = np.full(len(points), -1)
        for number, part in enumerate(self.parts):
            low, high = part.bounds
            near = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
            found[near[self._alone[number].contains(points[near])]] = number
        return found

    @cached_property
    def _alone(self) -> list[Region]:
        return [Region([part]) for part in self.parts]

    def visible(self, start: FloatArray, stop: FloatArray) -> NDArray[np.bool_]:
        """Return whether the straight line from start to stop stays within the region, (n,)."""
        return ~self.boundary.crossed(start, stop)


def bounds_of(placement: Placement) -> FloatArray | None:
    """Return the (2, 2) bounds that a placement states, um; None where it states none.

    Raises
    ------
    PluginError
        They are no bounds.
    """
    given = placement.bounds()
    if given is None:
        return None
    try:
        found = np.asarray(given, dtype=np.float64)
        wrong = found.shape != (2, 2) or not (found[0] <= found[1]).all()
    except (TypeError, ValueError):
        wrong = True
    if wrong:
        raise PluginError(
            f"{type(placement).__name__}.bounds() returned {' '.join(repr(given).split())}",
            hint="[[x_min, y_min], [x_max, y_max]] is due, um, for cells in space, too",
        )
    return found


def box(bounds: FloatArray) -> Region:
    """Return the rectangle ``[[x_min, y_min], [x_max, y_max]]``, um."""
    (x0, y0), (x1, y1) = np.asarray(bounds, np.float64)
    return Region([Part(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]))])


def _from(circle: Circle, points: FloatArray) -> FloatArray:
    return np.hypot(points[:, 0] - circle.center[0], points[:, 1] - circle.center[1])


def _area(ring: Ring) -> float:
    if isinstance(ring, Circle):
        return float(np.pi * ring.radius**2)
    return abs(signed_area(ring))


def signed_area(ring: FloatArray) -> float:
    """Return the area inside a ring (n, 2), um2: positive where it runs anticlockwise."""
    x, y = (ring - ring[:1]).T
    return float(0.5 * (x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def clipped_area(region: Region, edges_x: FloatArray, edges_y: FloatArray) -> FloatArray:
    """Return the area of a region in each cell of a grid, (columns, rows) um2.

    Polygons are cut at the lines of the grid one after the other (Sutherland and Hodgman 1974,
    Commun ACM 17:32); the parts of a cut that lie on a line add no area. Circles are polygons here.
    """
    found = np.zeros((len(edges_x) - 1, len(edges_y) - 1))
    for part in region.outline():
        for number, ring in enumerate(part):
            sign = np.sign(signed_area(ring)) * (1.0 if number == 0 else -1.0)
            for i, column in enumerate(_strips(ring, edges_x, 0)):
                for j, cell in enumerate(_strips(column, edges_y, 1)):
                    if len(cell):
                        found[i, j] += sign * signed_area(cell)
    return found


def _strips(ring: FloatArray, edges: FloatArray, axis: int) -> list[FloatArray]:
    """Cut a polygon into what lies between one line and the next."""
    return [
        _half(_half(ring, low, axis, 1.0), high, axis, -1.0)
        for low, high in itertools.pairwise(edges)
    ]


def _half(ring: FloatArray, at: float, axis: int, sign: float) -> FloatArray:
    """Return what of a polygon lies on one side of a line."""
    if not len(ring):
        return ring
    beyond = sign * (ring[:, axis] - at)
    if beyond.min() >= 0:
        return ring
    if beyond.max() <= 0:
        return ring[:0]
    after, next_ = np.roll(ring, -1, axis=0), np.roll(beyond, -1)
    cut = (beyond >= 0) != (next_ >= 0)
    share = beyond / np.where(cut, beyond - next_, 1.0)
    points = np.stack([ring, ring + share[:, None] * (after - ring)], axis=1)
    points[cut, 1, axis] = at
    kept: FloatArray = points[np.column_stack([beyond >= 0, cut])]
    return kept
