"""Read rows that belong to cells, whatever the order in which the cells were written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from livn_core.errors import SystemFormatError
from livn_core.neuroh5 import names
from livn_core.neuroh5.opening import dataset, reading

__all__ = ["RaggedIndex", "pieces", "positions", "read_index", "take_rows"]

#: Rows that are read for nothing before it pays to read piece by piece.
_WASTE = 1_000_000


@dataclass(frozen=True, slots=True)
class RaggedIndex:
    """Where the rows of each cell are.

    Parameters
    ----------
    starts, stops
        (cells,) int64: rows of each cell in the value datasets, by gid relative to the population.
        A cell that the file does not mention has none.
    present
        (cells,) bool: whether the file mentions the cell.
    """

    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    present: NDArray[np.bool_]

    @property
    def counts(self) -> NDArray[np.int64]:
        """Rows a cell, (cells,) int64."""
        return self.stops - self.starts

    def take(self, cells: slice | NDArray[np.int64]) -> RaggedIndex:
        """Return the index of some cells."""
        return RaggedIndex(self.starts[cells], self.stops[cells], self.present[cells])


def read_index(file: h5py.File, path: str, cells: int) -> RaggedIndex:
    """Read the index of the attribute group ``path`` of a population of ``cells`` cells."""
    order = dataset(file, f"{path}/{names.CELL_INDEX}")
    ends = dataset(file, f"{path}/{names.POINTER}")
    with reading(file, f"'{path}'"):
        index = order[()].astype(np.int64)
        bounds = ends[()].astype(np.int64)
    if bounds.shape != (index.size + 1,):
        raise SystemFormatError(
            f"'{file.filename}': '{path}' has {index.size} cells but {bounds.size} pointers"
        )
    if index.size and (index.min() < 0 or index.max() >= cells):
        raise SystemFormatError(
            f"'{file.filename}': '{path}' names cell {int(index.max())}, but the population has "
            f"{cells} cells"
        )
    if np.any(np.diff(bounds) < 0):
        raise SystemFormatError(f"'{file.filename}': the pointers of '{path}' are out of order")
    present = np.zeros(cells, dtype=bool)
    present[index] = True
    if np.count_nonzero(present) != index.size:
        raise SystemFormatError(f"'{file.filename}': '{path}' names a cell twice")
    starts = np.zeros(cells, dtype=np.int64)
    stops = np.zeros(cells, dtype=np.int64)
    starts[index] = bounds[:-1]
    stops[index] = bounds[1:]
    return RaggedIndex(starts, stops, present)


def take_rows(
    values: h5py.Dataset, starts: NDArray[np.int64], stops: NDArray[np.int64]
) -> NDArray[Any]:
    """Return the rows ``starts[i]:stops[i]`` of a dataset one after the other.

    Neighbouring pieces are read in one go, and so is a scattered set of pieces that lie together:
    a compressed chunk is not unpacked once a cell.
    """
    wanted = stops > starts
    starts, stops = starts[wanted], stops[wanted]
    total = int((stops - starts).sum())
    if total == 0:
        return np.empty(0, dtype=values.dtype)
    if int(stops.max()) > values.shape[0]:
        raise SystemFormatError(
            f"'{values.file.filename}': '{values.name}' has {values.shape[0]} rows, its pointers "
            f"ask for {int(stops.max())}"
        )
    if np.array_equal(starts[1:], stops[:-1]):
        return np.asarray(values[int(starts[0]) : int(stops[-1])])
    low, high = int(starts.min()), int(stops.max())
    if high - low <= 2 * total + _WASTE:
        return np.asarray(values[low:high])[positions(starts - low, stops - low)]
    cuts = np.flatnonzero(starts[1:] != stops[:-1])
    runs = zip(starts[np.r_[0, cuts + 1]].tolist(), stops[np.r_[cuts, -1]].tolist(), strict=True)
    return np.concatenate([values[a:b] for a, b in runs])


def positions(starts: NDArray[np.int64], stops: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row numbers of all pieces: arange(start, stop) of each, concatenated."""
    counts = stops - starts
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(int(counts.sum()), dtype=np.int64)


def pieces(loads: NDArray[np.int64], most: int) -> Iterator[tuple[int, int]]:
    """Cut what follows each other into ranges (start, stop) of at most ``most`` load, or of one."""
    ends = np.cumsum(loads)
    start = 0
    while start < ends.size:
        done = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, done + most, side="right")), start + 1)
        yield start, stop
        start = stop
