"""The hexagonal lattice that the array and the placement share."""

import numpy as np


def hexagonal(width, height, pitch):
    """Return the (n, 2) lattice points that fit into ``width`` x ``height``, centred on 0, um.

    Rows are ``pitch * sqrt(3) / 2`` apart and every second one is shifted by ``pitch / 2``; all
    have the same number of points. One point when two do not fit.
    """
    row = pitch * np.sqrt(3) / 2
    rows = _fitting(height, row)
    if width < pitch / 2:  # no room for a shifted row
        rows = 1
    shift = pitch / 2 if rows > 1 else 0.0
    columns = _fitting(width - shift, pitch)
    x = np.arange(columns) * pitch
    points = np.concatenate(
        [
            np.column_stack([x + shift * (index % 2), np.full(columns, index * row)])
            for index in range(rows)
        ]
    )
    return points - (points.min(axis=0) + points.max(axis=0)) / 2


def _fitting(extent, step):
    # A hair of tolerance, since 0.3 / 0.1 is a little less than 3.
    return int(extent / step * (1 + 1e-12)) + 1
