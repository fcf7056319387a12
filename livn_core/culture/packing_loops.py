"""The loops of :mod:`livn_core.culture.packing`: run as they are for few cells, compiled for many.

Cells stand in lists, one for each square of a grid whose side is not below the spacing: ``head`` holds
the first cell of a square, ``following`` the next one of each cell, -1 for none.
"""

# What these are called with is checked where they are called from.
# mypy: ignore-errors

from __future__ import annotations

__all__ = ["insert", "move", "open_squares"]


def insert(points, owners, count, head, following, proposals, groups, left, low, side, apart):
    """Take each proposal of a group that still lacks cells and that no cell is too near to.

    ``points`` and ``owners`` are filled up to ``count``, whose new value is returned; ``left``, the cells
    that each group lacks, is counted down. ``low`` and ``side`` are the corner of the grid and the side
    of its squares, ``apart`` the square of the spacing.
    """
    rows, columns = head.shape
    for k in range(len(proposals)):
        if count == len(points):
            break
        if left[groups[k]] == 0:
            continue
        x, y = proposals[k, 0], proposals[k, 1]
        column, row = int((x - low[0]) / side), int((y - low[1]) / side)
        free = True
        for r in range(max(row - 1, 0), min(row + 2, rows)):
            for c in range(max(column - 1, 0), min(column + 2, columns)):
                other = head[r, c]
                while free and other >= 0:
                    dx, dy = points[other, 0] - x, points[other, 1] - y
                    free = dx * dx + dy * dy >= apart
                    other = following[other]
                if not free:
                    break
        if free:
            points[count, 0], points[count, 1] = x, y
            owners[count] = groups[k]
            left[groups[k]] -= 1
            following[count] = head[row, column]
            head[row, column] = count
            count += 1
    return count


def move(points, count, head, following, proposals, allowed, low, side, apart):
    """Move each cell to its proposal where that is allowed and no other cell is too near."""
    rows, columns = head.shape
    for k in range(count):
        if not allowed[k]:
            continue
        x, y = proposals[k, 0], proposals[k, 1]
        column, row = int((x - low[0]) / side), int((y - low[1]) / side)
        free = True
        for r in range(max(row - 1, 0), min(row + 2, rows)):
            for c in range(max(column - 1, 0), min(column + 2, columns)):
                other = head[r, c]
                while free and other >= 0:
                    dx, dy = points[other, 0] - x, points[other, 1] - y
                    free = other == k or dx * dx + dy * dy >= apart
                    other = following[other]
                if not free:
                    break
        if not free:
            continue
        old_column = int((points[k, 0] - low[0]) / side)
        old_row = int((points[k, 1] - low[1]) / side)
        if old_column != column or old_row != row:
            other = head[old_row, old_column]
            if other == k:
                head[old_row, old_column] = following[k]
            else:
                while following[other] != k:
                    other = following[other]
                following[other] = following[k]
            following[k] = head[row, column]
            head[row, column] = k
        points[k, 0], points[k, 1] = x, y


def open_squares(points, head, following, centres, low, side, apart):
    """Return which of some places no cell is too near to, (n,) numbers in ascending order."""
    rows, columns = head.shape
    found = []
    for k in range(len(centres)):
        x, y = centres[k, 0], centres[k, 1]
        column, row = int((x - low[0]) / side), int((y - low[1]) / side)
        free = True
        for r in range(max(row - 1, 0), min(row + 2, rows)):
            for c in range(max(column - 1, 0), min(column + 2, columns)):
                other = head[r, c]
                while free and other >= 0:
                    dx, dy = points[other, 0] - x, points[other, 1] - y
                    free = dx * dx + dy * dy >= apart
                    other = following[other]
                if not free:
                    break
        if free:
            found.append(k)
    return found
