"""The loops of :mod:`livn_core.culture.boundary`, compiled: many points, many walls, a grid."""

# Types here are numba's, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import numpy as np

from livn_core.culture.crossing import sides, through
from livn_core.sampling.jit import compiled_loop

__all__ = [
    "crossed",
    "crosses",
    "distance",
    "first_wall",
    "inside",
    "walls_of_cells",
]


_sides, _through = compiled_loop()(sides), compiled_loop()(through)


@compiled_loop()
def inside(points, walls, low, height, starts, entries):
    """Return whether each point is inside: it has an odd number of walls to its right."""
    found = np.zeros(len(points), np.bool_)
    rows = len(starts) - 1
    for k in range(len(points)):
        x, y = points[k, 0], points[k, 1]
        if y < low or y > low + height * rows:
            continue
        row = min(int((y - low) / height), rows - 1)
        odd = False
        for entry in range(starts[row], starts[row + 1]):
            number = entries[entry]
            y1, y2 = walls[number, 1], walls[number, 3]
            if (y1 > y) != (y2 > y):
                x1, x2 = walls[number, 0], walls[number, 2]
                if x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
                    odd = not odd
        found[k] = odd
    return found


@compiled_loop()
def _columns(x1, y1, x2, y2, low_x, low_y, side, columns, row):
    """Return the first and last column in which a segment passes a row; one more to be certain."""
    bottom = low_y + row * side
    if y1 == y2:
        left, right = min(x1, x2), max(x1, x2)
    else:
        a = min(max((bottom - y1) / (y2 - y1), 0.0), 1.0)
        b = min(max((bottom + side - y1) / (y2 - y1), 0.0), 1.0)
        left, right = x1 + a * (x2 - x1), x1 + b * (x2 - x1)
        if left > right:
            left, right = right, left
    slack = 1e-6 * side
    # Clipped before they become integers: a way may lead far beyond the grid.
    first = min(max((left - slack - low_x) / side, -1.0), columns + 0.0)
    last = min(max((right + slack - low_x) / side, -1.0), columns + 0.0)
    return max(int(np.floor(first)), 0), min(int(np.floor(last)), columns - 1)


@compiled_loop()
def _rows(y1, y2, low_y, side, rows):
    """Return the first and last row that a segment passes; one more to be certain."""
    slack = 1e-6 * side
    first = min(max((min(y1, y2) - slack - low_y) / side, -1.0), rows + 0.0)
    last = min(max((max(y1, y2) + slack - low_y) / side, -1.0), rows + 0.0)
    return max(int(np.floor(first)), 0), min(int(np.floor(last)), rows - 1)


@compiled_loop()
def walls_of_cells(walls, low_x, low_y, side, columns, rows):
    """Return where the walls of each cell of the grid begin, row after row, and those of all cells."""
    starts = np.zeros(rows * columns + 1, np.int64)
    for fill in (False, True):
        if fill:
            at = starts[:-1].copy()
            entries = np.empty(starts[-1], np.int64)
        for number in range(len(walls)):
            x1, y1, x2, y2 = walls[number, :4]
            bottom, top = _rows(y1, y2, low_y, side, rows)
            for row in range(bottom, top + 1):
                left, right = _columns(x1, y1, x2, y2, low_x, low_y, side, columns, row)
                for column in range(left, right + 1):
                    cell = row * columns + column
                    if fill:
                        entries[at[cell]] = number
                        at[cell] += 1
                    else:
                        starts[cell + 1] += 1
        if not fill:
            starts = np.cumsum(starts)
    return starts, entries


@compiled_loop()
def _to_wall(x, y, wall):
    """Return the squared distance of a point from a wall."""
    along_x, along_y = wall[2] - wall[0], wall[3] - wall[1]
    from_x, from_y = x - wall[0], y - wall[1]
    share = (from_x * along_x + from_y * along_y) / (along_x * along_x + along_y * along_y)
    share = min(max(share, 0.0), 1.0)
    dx, dy = from_x - share * along_x, from_y - share * along_y
    return dx * dx + dy * dy


@compiled_loop()
def distance(points, most, walls, low_x, low_y, side, columns, rows, starts, entries):
    """Return the distance from the nearest wall; what it is beyond ``most`` is not told."""
    found = np.empty(len(points))
    for k in range(len(points)):
        x, y = points[k, 0], points[k, 1]
        column = int(min(max((x - low_x) / side, 0.0), columns - 1.0))
        row = int(min(max((y - low_y) / side, 0.0), rows - 1.0))
        # A point off the grid is farther from everything by its way to the grid.
        near_x = min(max(x, low_x), low_x + columns * side)
        near_y = min(max(y, low_y), low_y + rows * side)
        off = np.hypot(x - near_x, y - near_y)
        nearest = np.inf
        for ring in range(max(columns, rows) + 1):
            # Cells that far away cannot hold anything nearer.
            reach = max((ring - 1) * side - off, 0.0)
            if reach > most or reach * reach > nearest:
                break
            for r in range(row - ring, row + ring + 1):
                if r < 0 or r >= rows:
                    continue
                whole = r == row - ring or r == row + ring
                step = 1 if whole or ring == 0 else 2 * ring
                for c in range(column - ring, column + ring + 1, step):
                    if c < 0 or c >= columns:
                        continue
                    cell = r * columns + c
                    for entry in range(starts[cell], starts[cell + 1]):
                        nearest = min(nearest, _to_wall(x, y, walls[entries[entry]]))
        found[k] = np.sqrt(nearest)
    return found


@compiled_loop()
def crosses(x, y, to_x, to_y, wall):
    """Return whether an open segment crosses a wall."""
    ahead, behind, before, beyond = _sides(x, y, to_x, to_y, wall)
    if ahead * behind < 0 and before * beyond < 0:
        return True
    return ahead == 0 and _through(x, y, to_x, to_y, behind, wall)


@compiled_loop()
def crossed(start, stop, walls, low_x, low_y, side, columns, rows, starts, entries):
    """Return whether each open segment crosses a wall."""
    found = np.zeros(len(start), np.bool_)
    for k in range(len(start)):
        x, y, to_x, to_y = start[k, 0], start[k, 1], stop[k, 0], stop[k, 1]
        bottom, top = _rows(y, to_y, low_y, side, rows)
        for row in range(bottom, top + 1):
            left, right = _columns(x, y, to_x, to_y, low_x, low_y, side, columns, row)
            for entry in range(starts[row * columns + left], starts[row * columns + right + 1]):
                if crosses(x, y, to_x, to_y, walls[entries[entry]]):
                    found[k] = True
                    break
            if found[k]:
                break
    return found


@compiled_loop()
def first_wall(x, y, to_x, to_y, walls, low_x, low_y, side, columns, rows, starts, entries):
    """Return the parameter at which a way first meets a wall, and which; infinity, -1 for none."""
    at, wall = np.inf, np.int64(-1)
    bottom, top = _rows(y, to_y, low_y, side, rows)
    for row in range(bottom, top + 1):
        left, right = _columns(x, y, to_x, to_y, low_x, low_y, side, columns, row)
        for entry in range(starts[row * columns + left], starts[row * columns + right + 1]):
            number = entries[entry]
            ahead, behind, before, beyond = _sides(x, y, to_x, to_y, walls[number])
            if (ahead > 0) != (behind > 0) and before * beyond <= 0 and before != 0:
                share = before / (before - beyond)
                # Of two walls that meet at a vertex, the first is told.
                if share < at or (share == at and number < wall):
                    at, wall = share, number
    return at, wall
