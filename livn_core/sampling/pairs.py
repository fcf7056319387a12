"""Distances of pairs, one by one: all of them, or those within a reach."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from livn_core.components import FloatArray
from livn_core.sampling.projection import Projection, bounds

__all__ = ["all_distances", "near_distances"]

#: Pairs that are held at a time.
BLOCK = 1 << 20


def all_distances(projection: Projection) -> Iterator[FloatArray]:
    """Yield the distances, um, of all pairs; of a recurrent projection each pair of cells once.

    Without autapses.
    """
    sources, targets = projection.source.positions, projection.target.positions
    rows = max(1, BLOCK // max(1, len(sources)))
    for start in range(0, len(targets), rows):
        block = targets[start : start + rows]
        others = sources[start:] if projection.recurrent else sources
        dx = block[:, :1] - others[None, :, 0]
        dy = block[:, 1:2] - others[None, :, 1]
        distance = np.sqrt(dx * dx + dy * dy)
        if projection.recurrent:
            # Cell start + i against start + j: keep j > i.
            yield distance[np.arange(len(others)) > np.arange(len(block))[:, None]]
        else:
            yield distance.ravel()


def near_distances(projection: Projection, reach: float) -> Iterator[FloatArray]:
    """Yield the distances, um, of the pairs within ``reach``, as :func:`all_distances` does.

    Sources are sorted by cells of a grid, row after row: what lies around a target is one range in
    each of a few rows.
    """
    sources, targets = projection.source.positions, projection.target.positions
    low, extent = bounds(projection)
    # A third of the reach wastes little; the bound keeps codes within 62 bits.
    side = max(reach / 3, float(extent.max()) / 2**30) or 1.0
    around = int(np.ceil(reach / side))
    columns, rows = (int(n) for n in np.floor(extent / side).astype(int) + 1)
    column, row = np.floor((sources[:, :2] - low) / side).astype(np.int64).T
    code = row * columns + column
    order = np.argsort(code, kind="stable")
    code = code[order]
    x, y = sources[order, 0], sources[order, 1]
    if projection.recurrent:
        target_x, target_y, column, row = x, y, column[order], row[order]
    else:
        target_x, target_y = targets[:, 0], targets[:, 1]
        column, row = np.floor((targets[:, :2] - low) / side).astype(np.int64).T
    left = np.maximum(column - around, 0)
    right = np.minimum(column + around, columns - 1)
    for shift in range(-around, around + 1):
        at = row + shift
        inside = np.flatnonzero((at >= 0) & (at < rows))
        begin = np.searchsorted(code, at[inside] * columns + left[inside])
        end = np.searchsorted(code, at[inside] * columns + right[inside], side="right")
        if projection.recurrent:
            # Both are in the sorted order: keep the later of two.
            begin = np.maximum(begin, inside + 1)
        length = np.maximum(end - begin, 0)
        total = np.cumsum(length)
        start = 0
        while start < len(inside):
            before = total[start] - length[start]
            stop = max(start + 1, int(np.searchsorted(total, before + BLOCK)))
            part = slice(start, stop)
            target = np.repeat(inside[part], length[part])
            offset = begin[part] - (total[part] - length[part] - before)
            source = np.arange(len(target)) + np.repeat(offset, length[part])
            dx, dy = target_x[target] - x[source], target_y[target] - y[source]
            distance = np.sqrt(dx * dx + dy * dy)
            yield distance[distance < reach]
            start = stop
