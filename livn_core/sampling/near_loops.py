"""The loop that counts near pairs by distance and factor, compiled."""

# Types here are numba's, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import numpy as np

from livn_core.sampling.jit import compiled_loop

__all__ = ["count_near"]


@compiled_loop()
def count_near(targets, sources, grid, reach, space, alone, between, octave, counts, sums):
    """Add each pair within ``reach`` to its bin of distance and of factor.

    ``targets`` and ``sources`` are (xyz, factor, module); sources are sorted by grid cell. The
    factor of a pair is the product of its cells', times ``between`` of their modules; ``sums`` adds
    them up, ``counts`` the pairs. Pairs of factor 0 are left out.
    """
    xyz, factor, module, number = targets
    source_xyz, source_factor, source_module, source_number = sources
    low_x, low_y, side, columns, rows, begins = grid
    distances, factors = counts.shape
    first_octave, per_octave = octave
    scale = distances / reach
    squared_reach = reach * reach
    around = int(np.ceil(reach / side))
    for t in range(len(xyz)):
        if factor[t] <= 0.0:
            continue
        x, y, z = xyz[t, 0], xyz[t, 1], xyz[t, 2]
        column, row = int((x - low_x) / side), int((y - low_y) / side)
        left, right = max(column - around, 0), min(column + around, columns - 1)
        for at_row in range(max(row - around, 0), min(row + around, rows - 1) + 1):
            begin = begins[at_row * columns + left]
            for s in range(begin, begins[at_row * columns + right + 1]):
                if alone and source_number[s] == number[t]:
                    continue
                dx, dy = source_xyz[s, 0] - x, source_xyz[s, 1] - y
                squared = dx * dx + dy * dy
                if space:
                    dz = source_xyz[s, 2] - z
                    squared += dz * dz
                if squared > squared_reach:
                    continue
                f = factor[t] * source_factor[s]
                if len(between):
                    f *= between[source_module[s], module[t]]
                if f <= 0.0:
                    continue
                d = min(int(np.sqrt(squared) * scale), distances - 1)
                b = int((np.log2(f) - first_octave) * per_octave)
                b = min(max(b, 0), factors - 1)
                counts[d, b] += 1.0
                sums[d, b] += f
