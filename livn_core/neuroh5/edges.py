"""Read projections: edges onto each target, from one destination block or many in any order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from livn_core.errors import SystemFormatError
from livn_core.neuroh5 import names
from livn_core.neuroh5.opening import dataset, group, reading
from livn_core.neuroh5.ragged import take_rows

__all__ = ["EdgeIndex", "EdgeSlab", "edge_columns", "read_edge_index", "read_slab", "slabs"]


@dataclass(frozen=True, slots=True)
class EdgeSlab:
    """Some edges of a projection, ordered by target.

    Parameters
    ----------
    targets, sources
        (edges,) uint32: cells relative to the first gid of their population.
    columns
        (edges,) arrays by column name: ``distance`` float32 (um), ``syn_id`` uint32.
    """

    targets: NDArray[np.uint32]
    sources: NDArray[np.uint32]
    columns: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return int(self.targets.size)


@dataclass(frozen=True, slots=True)
class EdgeIndex:
    """Where the edges of each target are; (pieces,) int64 arrays, ordered by target.

    A target has one piece, or several where a file holds it in several destination blocks.
    """

    targets: NDArray[np.int64]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]

    def of(self, start: int, stop: int) -> EdgeIndex:
        """Return the pieces of the targets ``start`` to ``stop``."""
        low, high = np.searchsorted(self.targets, [start, stop])
        return EdgeIndex(self.targets[low:high], self.starts[low:high], self.stops[low:high])

    def take(self, cells: NDArray[np.int64]) -> EdgeIndex:
        """Return the pieces of some targets, given in ascending order."""
        if cells.size == 0:
            return self.of(0, 0)
        part = self.of(int(cells[0]), int(cells[-1]) + 1)
        if cells.size == int(cells[-1]) - int(cells[0]) + 1:
            return part
        wanted = np.isin(part.targets, cells)
        return EdgeIndex(part.targets[wanted], part.starts[wanted], part.stops[wanted])

    @property
    def total(self) -> int:
        """Number of edges."""
        return int((self.stops - self.starts).sum())

    def in_degrees(self, cells: int) -> NDArray[np.int64]:
        """Return the edges onto each of ``cells`` targets, int64."""
        degrees = np.zeros(cells, dtype=np.int64)
        np.add.at(degrees, self.targets, self.stops - self.starts)
        return degrees


def read_edge_index(file: h5py.File, source: str, target: str, cells: int) -> EdgeIndex:
    """Read where the edges of each of the ``cells`` targets of a projection are."""
    path = f"{names.PROJECTIONS}/{target}/{source}/{names.EDGES}"
    parts = [
        dataset(file, f"{path}/{name}")
        for name in (names.BLOCK_INDEX, names.BLOCK_POINTER, names.DESTINATION_POINTER)
    ]
    with reading(file, f"'{path}'"):
        first, bounds, pointer = (part[()].astype(np.int64) for part in parts)
    if bounds.size != first.size + 1 or (first.size and int(bounds[-1]) > pointer.size):
        raise SystemFormatError(f"'{file.filename}': the destination blocks of '{path}' disagree")
    counts = np.diff(bounds)
    if counts.size:
        # Only the last block counts the closing pointer; the others end where the next begins.
        counts[-1] -= 1
    counts = np.maximum(counts, 0)
    within = np.arange(int(counts.sum()), dtype=np.int64) - np.repeat(
        np.cumsum(counts) - counts, counts
    )
    targets = np.repeat(first, counts) + within
    rows = np.repeat(bounds[:-1], counts) + within
    starts, stops = pointer[rows], pointer[rows + 1]
    if targets.size and int(targets.max()) >= cells:
        raise SystemFormatError(
            f"'{file.filename}': '{path}' names target {int(targets.max())}, but '{target}' has "
            f"{cells} cells"
        )
    if np.any(stops < starts):
        raise SystemFormatError(f"'{file.filename}': the pointers of '{path}' are out of order")
    if np.any(np.diff(targets) < 0):
        order = np.argsort(targets, kind="stable")
        targets, starts, stops = targets[order], starts[order], stops[order]
    return EdgeIndex(targets, starts, stops)


def edge_columns(file: h5py.File, source: str, target: str) -> dict[str, str]:
    """Return the columns that a projection's edges have: name -> path of the dataset."""
    path = f"{names.PROJECTIONS}/{target}/{source}"
    found = {}
    with reading(file, f"'{path}'"):
        for namespace, entry in group(file, path).items():
            if namespace != names.EDGES and isinstance(entry, h5py.Group):
                for column, values in entry.items():
                    if isinstance(values, h5py.Dataset):
                        found[column] = f"{path}/{namespace}/{column}"
    return found


def read_slab(
    file: h5py.File, source: str, target: str, index: EdgeIndex, columns: Sequence[str]
) -> EdgeSlab:
    """Read the edges that ``index`` points to."""
    path = f"{names.PROJECTIONS}/{target}/{source}"
    stored = edge_columns(file, source, target) if columns else {}
    for column in columns:
        if column not in stored:
            raise SystemFormatError(
                f"'{file.filename}': the edges of '{source}->{target}' have no '{column}'; they "
                f"have {', '.join(sorted(stored)) or 'no columns'}"
            )
    sources = dataset(file, f"{path}/{names.EDGES}/{names.SOURCE_INDEX}")
    with reading(file, f"'{path}'"):
        return EdgeSlab(
            targets=np.repeat(index.targets, index.stops - index.starts).astype(np.uint32),
            sources=take_rows(sources, index.starts, index.stops).astype(np.uint32, copy=False),
            columns={
                column: take_rows(dataset(file, stored[column]), index.starts, index.stops)
                for column in columns
            },
        )


def slabs(index: EdgeIndex, block_edges: int) -> Iterator[EdgeIndex]:
    """Cut an index into runs of whole pieces of at most ``block_edges`` edges (or one piece)."""
    ends = np.cumsum(index.stops - index.starts)
    low = 0
    while low < ends.size:
        done = int(ends[low - 1]) if low else 0
        high = max(int(np.searchsorted(ends, done + block_edges, side="right")), low + 1)
        part = EdgeIndex(index.targets[low:high], index.starts[low:high], index.stops[low:high])
        if int(ends[high - 1]) > done:
            yield part
        low = high
