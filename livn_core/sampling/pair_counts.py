"""How many pairs of cells lie how far apart, from a Fourier transform instead of all pairs.

Cells are laid on the nodes of a grid, each shared linearly between the four nodes around it
(cloud in cell: Hockney and Eastwood, "Computer Simulation Using Particles", 1988); the pair_counts
of the two grids counts the pairs at every offset. The kernel is averaged over a box around each
offset, so that a jump at a cutoff counts by area. What remains is an error in even powers of the
grid's spacing for any smooth kernel: three spacings remove the first two (Romberg).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Projection, bounds

__all__ = ["PairCounts"]

#: Kernel evaluations for one grid, at most; and points a side of an offset's box.
EVALUATIONS, FEWEST_POINTS, MOST_POINTS = 1 << 20, 2, 24


class PairCounts:
    """Pairs of a projection by the offset between source and target, autapses left out.

    ``spacing`` is that of the grid's nodes; offsets beyond ``reach`` are not needed, um. ``finer`` is
    the same with half the spacing, if there is one: saves going through the cells.
    """

    def __init__(
        self,
        projection: Projection,
        spacing: float,
        reach: float,
        *,
        finer: PairCounts | None = None,
    ) -> None:
        self.spacing = spacing
        populations = [projection.source.positions]
        if not projection.recurrent:
            populations.append(projection.target.positions)
        low, extent = bounds(projection)
        if finer is None:
            nodes = np.floor(extent / spacing).astype(int) + 2
            self._grids = [_deposit(cells, low, spacing, nodes) for cells in populations]
        else:
            # Sharing between nodes twice as far apart is the same as sharing the finer nodes.
            self._grids = [_halved(_halved(grid).T).T for grid in finer._grids]
            nodes = np.array(self._grids[0].shape)
        self._reach = np.minimum(nodes - 1, int(np.ceil(reach / spacing)) + 1)
        # Offsets up to the reach are free of those that wrap around.
        shape = [_fast_length(int(n)) for n in nodes + self._reach]
        spectra = [np.fft.rfft2(grid, s=shape) for grid in self._grids]
        spectra[0] *= np.conj(spectra[-1])
        pairs = np.fft.irfft2(spectra[0], s=shape)
        right, up = (int(n) for n in self._reach)
        # The kernel is even: fold the four quadrants into one.
        for most in (right, up):
            folded = pairs[: most + 1].copy()
            folded[1:] += pairs[: -most - 1 : -1]
            pairs = folded.T
        if projection.recurrent:
            own = _own(populations[0], low, spacing)[: right + 1, : up + 1]
            pairs[: own.shape[0], : own.shape[1]] -= own
        self._pairs = np.ascontiguousarray(pairs)

    def weights(
        self, law: ConnectionProbability, inner: float, outer: float
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


def _fast_length(count: int) -> int:
    """Return the smallest 2^a 3^b 5^c from ``count`` on: scipy.fft's is half a second of imports."""
    lengths = (3**b * 5**c for b in range(12) for c in range(8))
    return min(odd << max(0, (-(-count // odd) - 1).bit_length()) for odd in lengths)


def _shared(
    cells: FloatArray, low: FloatArray, spacing: float
) -> list[tuple[NDArray[np.int64], FloatArray]]:
    """Return, for x and y, the node below each cell and the share of the node above."""
    scaled = [(cells[:, axis] - low[axis]) / spacing for axis in (0, 1)]
    nodes = [np.floor(values) for values in scaled]
    return [(n.astype(np.int64), v - n) for n, v in zip(nodes, scaled, strict=True)]


def _deposit(
    cells: FloatArray, low: FloatArray, spacing: float, nodes: NDArray[np.int64]
) -> FloatArray:
    """Share each cell between the four nodes around it; (columns, rows)."""
    (column, x), (row, y) = _shared(cells, low, spacing)
    corner = column * nodes[1] + row
    grid = np.zeros(int(nodes[0] * nodes[1]))
    for dx in (0, 1):
        for dy in (0, 1):
            amount = np.abs(1 - dx - x) * np.abs(1 - dy - y)
            grid += np.bincount(corner + (dx * nodes[1] + dy), amount, len(grid))
    return grid.reshape(nodes)


def _halved(grid: FloatArray) -> FloatArray:
    """Share every second row between its neighbours."""
    count = len(grid) // 2 + 1
    padded = np.zeros((2 * count + 1, grid.shape[1]))
    padded[1 : len(grid) + 1] = grid
    return 0.5 * padded[:-1:2] + padded[1::2] + 0.5 * padded[2::2]


def _own(cells: FloatArray, low: FloatArray, spacing: float) -> FloatArray:
    """Return what the pairs of each cell with itself add to the offsets 0 and 1; (2, 2)."""
    shares = [share for _, share in _shared(cells, low, spacing)]
    along = [(s * s + (1 - s) * (1 - s), 2 * s * (1 - s)) for s in shares]
    return np.array([[float((a * b).sum()) for b in along[1]] for a in along[0]])
