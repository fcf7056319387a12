"""Source cells in a source_grid of grids: every node of every level is one range of a sorted array.

The finest level is a grid of square bins over the cells; each level above halves the resolution.
Cells are sorted along a Z-order (Morton) curve of their finest bin, so that the four children of a
node follow each other, and a node is a first cell and a number of cells, however unevenly the
cells are spread.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.sampling.projection import Projection, bounds

__all__ = ["FEWEST_BINS", "SourceGrid", "morton"]

#: Most bins of the finest level, for a source cell and in all.
BINS_PER_CELL, FEWEST_BINS, MOST_BINS = 2, 4096, 1 << 22
#: Values of some levels that are worked on at once.
AT_ONCE = 1 << 14


def _spread(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Put a zero bit before each of the lower 32 bits."""
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        values = (values | (values << np.uint64(shift))) & np.uint64(mask)
    return values


def morton(column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the place of each bin on the Z-order curve."""
    return _spread(column.astype(np.uint64)) | (_spread(row.astype(np.uint64)) << np.uint64(1))


@dataclass(frozen=True, slots=True)
class SourceGrid:
    """The levels, finest first.

    Parameters
    ----------
    origin
        (2,) corner of the grid, um.
    size
        Side of a finest bin, um.
    columns, rows
        (levels,) int64: nodes of each level in x and in y.
    base
        (levels,) int64: where a level begins in ``start`` and ``count``.
    start, count
        (nodes,) int32: first cell of each node in the sorted order, and its number of cells.
    order
        (cells,) uint32: source cell at each place of the sorted order.
    x, y
        (cells,) float64: positions in the sorted order, um.
    """

    origin: FloatArray
    size: float
    columns: NDArray[np.int64]
    rows: NDArray[np.int64]
    base: NDArray[np.int64]
    start: NDArray[np.int32]
    count: NDArray[np.int32]
    order: NDArray[np.uint32]
    x: FloatArray
    y: FloatArray

    @classmethod
    def build(cls, projection: Projection) -> SourceGrid:
        """Sort the sources over a grid that covers sources and targets; some of each."""
        sources = projection.source.positions
        low, extent = bounds(projection)
        bins = min(max(BINS_PER_CELL * len(sources), FEWEST_BINS), MOST_BINS)
        # The second bound keeps a strip that is much longer than wide within the number of bins.
        size = max(float(np.sqrt(extent[0] * extent[1] / bins)), float(extent.max()) / bins)
        if not size > 0:
            size = 1.0
        column, row = cls._bins(sources, low, size)
        last_column, last_row = (int(np.floor(side / size)) for side in extent)
        columns, rows = [last_column + 1], [last_row + 1]
        while columns[-1] > 1 or rows[-1] > 1:
            columns.append((columns[-1] + 1) // 2)
            rows.append((rows[-1] + 1) // 2)
        code = morton(column, row)
        order = np.argsort(code, kind="stable")
        code, column, row = code[order], column[order], row[order]
        nodes = np.array(columns) * np.array(rows)
        base = np.cumsum(nodes) - nodes
        start = np.zeros(int(nodes.sum()), dtype=np.int32)
        count = np.zeros_like(start)
        sides = np.array(columns)
        for levels in cls.groups([len(order)] * len(columns)):
            level = np.array(levels)[:, None]
            node = code >> (2 * level).astype(np.uint64)
            begins = np.ones(node.shape, bool)
            begins[:, 1:] = node[:, 1:] != node[:, :-1]
            place = base[level] + (row >> level) * sides[level] + (column >> level)
            first, place = np.flatnonzero(begins), place[begins]
            start[place] = first % len(order)
            count[place] = np.diff(np.append(first, begins.size))
        return cls(
            low,
            size,
            np.array(columns),
            np.array(rows),
            base,
            start,
            count,
            order.astype(np.uint32),
            np.ascontiguousarray(sources[order, 0]),
            np.ascontiguousarray(sources[order, 1]),
        )

    @staticmethod
    def groups(sizes: Iterable[int]) -> list[list[int]]:
        """Return which levels to work on at once: so many that it is worth a call of NumPy."""
        groups: list[list[int]] = []
        held = 0
        for level, size in enumerate(sizes):
            if not groups or held + size > AT_ONCE:
                groups.append([])
                held = 0
            groups[-1].append(level)
            held += size
        return groups

    @staticmethod
    def _bins(
        cells: FloatArray, origin: FloatArray, size: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        column, row = (
            np.floor((cells[:, axis] - origin[axis]) / size).astype(np.int64) for axis in (0, 1)
        )
        return column, row

    def bins(self, cells: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the column and row of the finest bin of each cell; positions (n, 3)."""
        return self._bins(cells, self.origin, self.size)

    @property
    def levels(self) -> int:
        """How many levels there are."""
        return len(self.columns)

    def mean_count(self, targets: FloatArray) -> FloatArray:
        """Return, for each level, how many sources a target finds in its own node on average."""
        column, row = self.bins(targets)
        means = np.empty(self.levels)
        for levels in self.groups([len(targets)] * self.levels):
            level = np.array(levels)[:, None]
            node = (row >> level) * self.columns[level] + (column >> level)
            means[levels] = self.count[self.base[level] + node].mean(axis=1)
        every = len(self.order) / (self.columns * self.rows)
        return np.maximum(means, every)

    def without_finest(self, levels: int) -> SourceGrid:
        """Return the source_grid without its ``levels`` finest levels."""
        if levels == 0:
            return self
        kept = int(self.base[levels])
        return replace(
            self,
            size=self.size * 2**levels,
            columns=self.columns[levels:],
            rows=self.rows[levels:],
            base=self.base[levels:] - kept,
            start=self.start[kept:].copy(),
            count=self.count[kept:].copy(),
        )

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        arrays = (self.start, self.count, self.order, self.x, self.y)
        return sum(array.nbytes for array in arrays)
