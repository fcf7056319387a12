"""Morphologies for a page: of some cells, each shape once, without points on straight lines."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from livn_core.plotting.trees import Shape, populations_with_trees, read_shape
from livn_core.sampling.streams import stream
from livn_core.system.reader import System

__all__ = ["Shapes", "read_shapes", "simplified"]

#: Points nearer than this to the line between their neighbours are left out, um.
_TOLERANCE = 0.5


@dataclass(frozen=True, slots=True)
class Shapes:
    """Distinct shapes one after another, and which cell has which.

    ``points``, ``parents`` and ``types`` are those of :class:`livn_core.plotting.trees.Shape`, parents
    within each shape; ``ranges`` its first and last point (excluded), ``cells`` gid -> its number.
    """

    points: NDArray[np.float32]
    parents: NDArray[np.int64]
    types: NDArray[np.int64]
    ranges: list[tuple[int, int]]
    cells: dict[int, int]


def read_shapes(system: System, gids: NDArray[np.int64], most: int, seed: int) -> Shapes:
    """Read the morphologies of at most ``most`` of the cells ``gids``, evenly over populations."""
    # The smallest population first, so that what it does not use goes to the others.
    names = sorted(populations_with_trees(system), key=lambda name: system.population(name).count)
    known: dict[bytes, int] = {}
    cells: dict[int, int] = {}
    none = np.empty(0, np.int64)
    parts = [Shape(np.empty((0, 3), np.float32), none, np.empty(0, np.float32), none)]
    left = most
    for number, name in enumerate(names):
        owner = system.population(name)
        mine = gids[(gids >= owner.start) & (gids < owner.start + owner.count)]
        share = min(len(mine), left // (len(names) - number))
        left -= share
        rng = stream(seed, "viewer morphologies", name)
        for gid in np.sort(rng.choice(mine, share, replace=False)) if share else ():
            shape = read_shape(system, name, int(gid) - owner.start)
            key = shape.points.tobytes() + shape.parents.tobytes() + shape.types.tobytes()
            if key not in known:
                known[key] = len(parts) - 1
                parts.append(simplified(shape))
            cells[int(gid)] = known[key]
    return Shapes(
        points=np.concatenate([part.points for part in parts]),
        parents=np.concatenate([part.parents for part in parts]),
        types=np.concatenate([part.types for part in parts]),
        ranges=list(pairwise(np.cumsum([len(part.points) for part in parts]).tolist())),
        cells=cells,
    )


def simplified(shape: Shape) -> Shape:
    """Leave out points of unbranched stretches that lie on the line between their neighbours.

    Over several passes the tolerance halves, so that what is left out does not add up to more.
    """
    for number in range(12):
        count = len(shape.points)
        children, parents = shape.segments()
        degree = np.bincount(parents, minlength=count)
        child = np.full(count, -1)
        child[parents] = children
        middle = np.flatnonzero((shape.parents >= 0) & (degree == 1))
        before, after = shape.parents[middle], child[middle]
        same = shape.types[middle] == shape.types[after]
        near = _distance(shape, middle, before, after) < _TOLERANCE / 2 ** (number + 1)
        drop = np.zeros(count, dtype=bool)
        drop[middle[same & near]] = True
        # Two neighbours must not both go: of the two, the one at an odd place in its stretch goes.
        drop &= _alternate(shape.parents, drop)
        if not drop.any():
            break
        shape = _without(shape, drop)
    return shape


def _distance(
    shape: Shape, at: NDArray[np.int64], start: NDArray[np.int64], stop: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Distance of points from the segments between two others, um."""
    a, b, p = (shape.points[i].astype(np.float64) for i in (start, stop, at))
    line = b - a
    length = np.maximum(np.square(line).sum(axis=1), 1e-12)
    along = np.clip(((p - a) * line).sum(axis=1) / length, 0, 1)
    return np.asarray(np.sqrt(np.square(p - a - along[:, None] * line).sum(axis=1)))


def _alternate(parents: NDArray[np.int64], drop: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark points at an odd depth of a run of points to be left out."""
    depth = np.zeros(len(parents), dtype=np.int64)
    for point, parent in enumerate(parents.tolist()):
        # In files that follow the format points come after their parents; other points are kept.
        if drop[point] and 0 <= parent < point:
            depth[point] = depth[parent] + 1
    return depth % 2 == 1


def _without(shape: Shape, drop: NDArray[np.bool_]) -> Shape:
    parents = np.where(shape.parents >= 0, shape.parents, 0)
    joined = np.where(drop[parents], shape.parents[parents], shape.parents)
    keep = ~drop
    number = np.cumsum(keep) - 1
    kept = joined[keep]
    kept = np.where(kept >= 0, number[np.maximum(kept, 0)], -1)
    kept[shape.parents[keep] < 0] = -1
    return Shape(shape.points[keep], kept, shape.radii[keep], shape.types[keep])
