"""Where pieces of a region touch: there is no wall between them, or a step, if their floors differ."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from livn_core.culture.region import Part

__all__ = ["Openings", "openings"]

FloatArray = NDArray[np.float64]
#: Walls that are so close are the same one, um.
SAME = 1e-3


@dataclass(frozen=True)
class Openings:
    """The walls of a region once its pieces are joined.

    Parameters
    ----------
    walls
        (walls, 4) um: x and y of both ends, the inside to the left.
    step
        (walls,) difference of the floors on both sides, um; infinite where there is nothing beyond.
    doors
        (doors, 4) um: where pieces of one height touch.
    parts
        (doors, 2) numbers of the two pieces.
    """

    walls: FloatArray
    step: FloatArray
    doors: FloatArray
    parts: NDArray[np.int64]


def openings(parts: Sequence[Part]) -> Openings | None:
    """Return the walls of pieces that touch; None where none do."""
    more = np.array([[-SAME], [SAME]])
    boxes = [part.bounds + more for part in parts]
    near = [
        (i, j)
        for i, j in itertools.combinations(range(len(parts)), 2)
        if (boxes[i][0] <= boxes[j][1]).all() and (boxes[j][0] <= boxes[i][1]).all()
    ]
    if not near:
        return None
    walls = {i: _walls(parts[i]) for pair in near for i in pair}
    shared = [
        (i, j, row)
        for i, j in near
        for row in _shared(walls[i], walls[j], boxes[i], boxes[j]).tolist()
    ]
    if not shared:
        return None
    taken: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    doors, pairs, kept, steps = [], [], [], []
    for i, j, (a, b, from_a, to_a, from_b, to_b) in shared:
        taken[i, int(a)].append((from_a, to_a))
        taken[j, int(b)].append((from_b, to_b))
        wall = walls[i][int(a)]
        ends = np.concatenate([wall[:2] + t * (wall[2:] - wall[:2]) for t in (from_a, to_a)])
        step = abs(parts[i].height - parts[j].height)
        if step:
            kept.append(ends)
            steps.append(step)
        else:
            doors.append(ends)
            pairs.append((i, j))
    for i in range(len(parts)):
        for number, wall in enumerate(walls[i] if i in walls else _walls(parts[i])):
            for start, stop in _rest(taken.get((i, number), []), float(np.hypot(*_along(wall)))):
                kept.append(np.concatenate([wall[:2] + t * _along(wall) for t in (start, stop)]))
                steps.append(np.inf)
    return Openings(
        np.array(kept).reshape(-1, 4),
        np.array(steps),
        np.array(doors).reshape(-1, 4),
        np.array(pairs, np.int64).reshape(-1, 2),
    )


def _along(wall: FloatArray) -> FloatArray:
    return wall[2:] - wall[:2]


def _walls(part: Part) -> FloatArray:
    """Return the walls of a part, (walls, 4) um, its inside to the left."""
    found = []
    for number, ring in enumerate(part.outline()):
        x, y = (ring - ring[:1]).T
        left = (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() > 0
        turned = ring if left == (number == 0) else ring[::-1]
        found.append(np.column_stack([turned, np.roll(turned, -1, axis=0)]))
    walls = np.concatenate(found)
    return walls[(walls[:, :2] != walls[:, 2:]).any(axis=1)]


def _shared(a: FloatArray, b: FloatArray, box_a: FloatArray, box_b: FloatArray) -> FloatArray:
    """Return what walls share: rows of both numbers, then begin and end as shares of a, and of b."""
    rows = [_within(a, box_b), _within(b, box_a)]
    found = []
    for one in rows[0].tolist():
        along = _along(a[one])
        long = np.hypot(*along)
        ends = (b[rows[1]].reshape(-1, 2, 2) - a[one, :2]) @ np.array(
            [[along[0], -along[1]], [along[1], along[0]]]
        )
        at, off = ends[:, :, 0] / long, np.abs(ends[:, :, 1]) / long
        begin, end = np.maximum(at.min(axis=1), 0.0), np.minimum(at.max(axis=1), long)
        for k in np.flatnonzero((off.max(axis=1) <= SAME) & (end - begin > SAME)).tolist():
            span = at[k, 1] - at[k, 0]
            own = sorted(((begin[k] - at[k, 0]) / span, (end[k] - at[k, 0]) / span))
            found.append([one, rows[1][k], begin[k] / long, end[k] / long, *own])
    return np.array(found).reshape(-1, 6)


def _within(walls: FloatArray, box: FloatArray) -> NDArray[np.int64]:
    ends = walls.reshape(-1, 2, 2)
    near = (ends.max(axis=1) >= box[0]) & (ends.min(axis=1) <= box[1])
    return np.flatnonzero(near.all(axis=1))


def _rest(taken: list[tuple[float, float]], long: float) -> list[tuple[float, float]]:
    """Return what is left of a wall, as shares of its length."""
    left, at = [], 0.0
    for start, stop in [*sorted(taken), (1.0, 1.0)]:
        if (start - at) * long > SAME:
            left.append((at, start))
        at = max(at, stop)
    return left
