"""The segments of a region's boundary over a uniform grid: inside, distance, crossed.

Few pairs of points and segments are looked at one by one in NumPy; many go through the grid in
compiled loops. Both do the same arithmetic in the same order, so that they give the same answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.culture.crossing import sides, through

__all__ = ["Boundary"]

FloatArray = NDArray[np.float64]

#: Pairs of points and segments up to which NumPy is used, and how many it holds at a time.
FEW, BLOCK = 1 << 22, 1 << 20
#: Entries a segment that the grid is made for, and its most cells.
ENTRIES, MOST_CELLS = 4, 1 << 22


class Boundary:
    """Closed rings of straight walls in the plane.

    Parameters
    ----------
    rings
        (vertices, 2) um each; the last vertex is joined to the first. Rings must not cross.

    Examples
    --------
    >>> walls = Boundary([np.array([[0.0, 0], [4, 0], [4, 4], [0, 4]])])
    >>> walls.inside(np.array([[1.0, 2], [5, 2]])).tolist()
    [True, False]
    >>> walls.crossed(np.array([[1.0, 2]]), np.array([[5.0, 2]])).tolist()
    [True]
    """

    def __init__(self, rings: Sequence[FloatArray]) -> None:
        kept = [ring[(ring != np.roll(ring, 1, axis=0)).any(axis=1)] for ring in rings]
        ends = [
            np.column_stack([ring, np.roll(ring, -1, axis=0), np.roll(ring, 1, axis=0)])
            for ring in kept
        ]
        # Both ends of each wall, and the vertex before it.
        self._walls: FloatArray = np.concatenate([np.empty((0, 6)), *ends])

    @classmethod
    def of_walls(cls, walls: FloatArray) -> Boundary:
        """Return the boundary of single walls that close to rings, (walls, 4) um."""
        made = cls([])
        begins = {
            tuple(end): wall[:2] for wall, end in zip(walls, walls[:, 2:].round(3), strict=True)
        }
        before = [begins.get(tuple(wall[:2].round(3)), wall[:2]) for wall in walls]
        made._walls = np.column_stack([walls, np.array(before).reshape(-1, 2)])
        return made

    @property
    def walls(self) -> FloatArray:
        """(walls, 4) um: x and y of both ends of each wall, ring after ring."""
        return self._walls[:, :4]

    def inside(self, points: FloatArray) -> NDArray[np.bool_]:
        """Return whether each point is inside, by the even-odd rule; (n,).

        Parameters
        ----------
        points
            (n, 2) um.
        """
        if self._few(points):
            found = np.zeros(len(points), bool)
            x, y = points[:, 0], points[:, 1]
            for x1, y1, x2, y2 in self.walls.tolist():
                if y1 == y2:
                    continue
                met = np.flatnonzero((y1 > y) != (y2 > y))
                met = met[x[met] < x1 + (y[met] - y1) * (x2 - x1) / (y2 - y1)]
                found[met] ^= True
            return found
        from livn_core.culture.boundary_loops import inside

        return inside(_floats(points), self._walls, *self._rows)

    def distance(self, points: FloatArray, most: float = np.inf) -> FloatArray:
        """Return the distance of each point from the nearest wall, um, (n,).

        Parameters
        ----------
        points
            (n, 2) um.
        most
            Distances beyond are not needed: infinity stands for them.
        """
        if self._few(points):
            nearest = np.full(len(points), np.inf)
            step = max(1, BLOCK // max(len(self.walls), 1))
            for start in range(0, len(points) if len(self.walls) else 0, step):
                part = points[start : start + step]
                nearest[start : start + step] = _to_walls(part, self.walls).min(axis=1)
            nearest = np.sqrt(nearest)
        else:
            from livn_core.culture.boundary_loops import distance

            nearest = distance(_floats(points), float(most), self._walls, *self._grid)
        return np.where(nearest <= most, nearest, np.inf)

    def crossed(self, start: FloatArray, stop: FloatArray) -> NDArray[np.bool_]:
        """Return whether the open segment from start to stop crosses a wall, (n,).

        To touch a wall with an end, to touch a vertex, or to run along a wall is not to cross; to
        pass through a vertex from one side of the walls to the other is.
        """
        if self._few(start):
            found = np.zeros(len(start), bool)
            x, y, to_x, to_y = np.column_stack([start, stop]).T
            for wall in self._walls:
                ahead, behind, before, beyond = sides(x, y, to_x, to_y, wall)
                found |= (ahead * behind < 0) & (before * beyond < 0)
                at = np.flatnonzero(ahead == 0)
                if len(at):
                    found[at] |= through(x[at], y[at], to_x[at], to_y[at], behind[at], wall)
            return found
        from livn_core.culture.boundary_loops import crossed

        return crossed(_floats(start), _floats(stop), self._walls, *self._grid)

    def grid(self) -> tuple[Any, ...]:
        """Return the walls as (walls, 6) um and the grid that finds them, for compiled loops."""
        return (self._walls, *self._grid)

    def _few(self, points: FloatArray) -> bool:
        return len(points) * len(self.walls) <= FEW

    @cached_property
    def _rows(self) -> tuple[Any, ...]:
        """Bottom, height of a row, and the walls of each row: for the even-odd rule."""
        from livn_core.culture.boundary_loops import walls_of_cells

        low, high = self.walls[:, 1::2].min(), self.walls[:, 1::2].max()
        rise = np.abs(self.walls[:, 3] - self.walls[:, 1]).sum()
        height = max(rise / (ENTRIES * len(self.walls)), (high - low) / MOST_CELLS, 1e-9)
        rows = int((high - low) / height) + 1
        # Cells of one column, with all walls moved into it.
        moved = self._walls * [0, 1, 0, 1, 0, 0]
        return low, height, *walls_of_cells(moved, 0.0, low, height, 1, rows)

    @cached_property
    def _grid(self) -> tuple[Any, ...]:
        """Lower corner, side, columns, rows, and the walls of each cell of the grid."""
        from livn_core.culture.boundary_loops import walls_of_cells

        ends = self.walls.reshape(-1, 2)
        low = ends.min(axis=0)
        extent = ends.max(axis=0) - low
        length = np.hypot(*(self.walls[:, 2:] - self.walls[:, :2]).T).sum()
        side = max(
            length / (ENTRIES * len(self.walls)),
            float(np.sqrt(extent.prod() / min(MOST_CELLS, 64 * len(self.walls) + 64))),
            1e-9,
        )
        columns, rows = (int(n) + 1 for n in extent / side)
        starts, entries = walls_of_cells(self._walls, low[0], low[1], side, columns, rows)
        return low[0], low[1], side, columns, rows, starts, entries


def _floats(points: FloatArray) -> FloatArray:
    return np.ascontiguousarray(points, np.float64)


def _to_walls(points: FloatArray, walls: FloatArray) -> FloatArray:
    """Return the squared distances of points from walls, (n, walls) um2."""
    x1, y1, x2, y2 = walls.T
    along_x, along_y = x2 - x1, y2 - y1
    from_x, from_y = points[:, :1] - x1, points[:, 1:2] - y1
    share = (from_x * along_x + from_y * along_y) / (along_x * along_x + along_y * along_y)
    share = np.minimum(np.maximum(share, 0.0), 1.0)
    dx, dy = from_x - share * along_x, from_y - share * along_y
    squared: FloatArray = dx * dx + dy * dy
    return squared
