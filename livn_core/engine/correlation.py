"""How many pairs of cells lie how far apart, from a Fourier transform instead of all pairs.

Cells are laid on the nodes of a grid, each shared linearly between the four nodes around it
(cloud in cell: Hockney and Eastwood, "Computer Simulation Using Particles", 1988); the correlation
of the two grids counts the pairs at every offset. The kernel is averaged over a box around each
offset, so that a jump at a cutoff counts by area. What remains is an error in even powers of the
grid's spacing for any smooth kernel: three spacings remove the first two (Romberg).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import fft

from livn_core.components import FloatArray
from livn_core.engine.law import Law
from livn_core.engine.projection import Projection

__all__ = ["Correlation"]

#: Kernel evaluations for one grid, at most; and points a side of an offset's box.
EVALUATIONS, FEWEST_POINTS, MOST_POINTS = 1 << 20, 2, 24


class Correlation:
    """Pairs of a projection by the offset between source and target, autapses left out.

    Parameters
    ----------
    projection
        Positions; at least one cell in each population.
    spacing
        Of the grid's nodes, um.
    reach
        Offsets beyond are not needed, um.
    """

    def __init__(self, projection: Projection, spacing: float, reach: float) -> None:
        self.spacing = spacing
        populations = [projection.source_positions[:, :2]]
        if not projection.recurrent:
            populations.append(projection.target_positions[:, :2])
        low = np.min([cells.min(axis=0) for cells in populations], axis=0)
        extent = np.max([cells.max(axis=0) for cells in populations], axis=0) - low
        nodes = np.floor(extent / spacing).astype(int) + 2
        self._reach = np.minimum(nodes - 1, int(np.ceil(reach / spacing)) + 1)
        # Offsets up to the reach are free of those that wrap around.
        shape = [fft.next_fast_len(int(n), real=True) for n in nodes + self._reach]
        spectra = [
            fft.rfft2(_deposit((cells - low) / spacing, nodes), s=shape) for cells in populations
        ]
        spectra[0] *= np.conj(spectra[-1])
        pairs = fft.irfft2(spectra[0], s=shape, overwrite_x=True)
        right, up = (int(n) for n in self._reach)
        # The kernel is even: fold the four quadrants into one.
        pairs = np.roll(pairs, (right, up), axis=(0, 1))[: 2 * right + 1, : 2 * up + 1]
        for _ in range(2):
            middle = len(pairs) // 2
            pairs = np.vstack(
                (pairs[middle : middle + 1], pairs[middle + 1 :] + pairs[:middle][::-1])
            ).T
        if projection.recurrent:
            own = _own((populations[0] - low) / spacing)[: right + 1, : up + 1]
            pairs[: own.shape[0], : own.shape[1]] -= own
        self._pairs = np.ascontiguousarray(pairs)

    def weights(
        self, law: Law, inner: float, outer: float
    ) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield k and numbers of pairs, of distances from ``inner`` up to below ``outer``, um."""
        for distance, pairs in self.distances():
            within = (distance >= inner) & (distance < outer)
            yield np.where(within, law.weight(distance), 0.0), pairs

    def distances(self) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield distances, um, and numbers of pairs, from points spread over every offset's box."""
        columns, rows = self._pairs.shape
        side = int(np.sqrt(EVALUATIONS / self._pairs.size))
        side = min(max(side, FEWEST_POINTS), MOST_POINTS)
        shift = ((np.arange(side) + 0.5) / side - 0.5) * self.spacing
        x, y = np.arange(columns) * self.spacing, np.arange(rows) * self.spacing
        step = max(1, (1 << 18) // (rows * side))
        points = (y[:, None] + shift).ravel()
        for start in range(0, columns, step):
            part = self._pairs[start : start + step]
            counts = np.repeat(part, side, axis=1) / side**2
            for move in shift:
                distance = np.hypot((x[start : start + step] + move)[:, None], points)
                yield distance.ravel(), counts.ravel()


def _fractions(scaled: FloatArray) -> tuple[FloatArray, FloatArray]:
    node = np.floor(scaled)
    return node, scaled - node


def _deposit(scaled: FloatArray, nodes: FloatArray) -> FloatArray:
    """Share each cell between the four nodes around it; positions in units of the spacing."""
    node, share = _fractions(scaled)
    column, row = node.astype(np.int64).T
    grid = np.zeros(int(nodes[0] * nodes[1]))
    for dx in (0, 1):
        for dy in (0, 1):
            amount = np.abs(1 - dx - share[:, 0]) * np.abs(1 - dy - share[:, 1])
            place = (column + dx) * nodes[1] + row + dy
            grid += np.bincount(place, amount, len(grid))
    return grid.reshape(nodes)


def _own(scaled: FloatArray) -> FloatArray:
    """Return what the pairs of each cell with itself add to the offsets 0 and 1; (2, 2)."""
    _, share = _fractions(scaled)
    along = [(s * s + (1 - s) * (1 - s), 2 * s * (1 - s)) for s in share.T]
    return np.array([[float((a * b).sum()) for b in along[1]] for a in along[0]])
