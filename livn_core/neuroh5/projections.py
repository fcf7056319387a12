"""Read projections: edges onto each target, from one destination block or many in any order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import h5py
import numpy as np
from numpy.typing import NDArray

from livn_core.errors import SystemFormatError
from livn_core.neuroh5 import names
from livn_core.neuroh5.edges import EdgeSlab
from livn_core.neuroh5.opening import column_of, dataset, group, reading
from livn_core.neuroh5.ragged import pieces, positions, take_rows
from livn_core.program import Column, Population

__all__ = ["ProjectionReader"]


@dataclass(frozen=True, slots=True)
class EdgeIndex:
    """Where the edges of each target are; (pieces,) int64 arrays, ordered by target.

    A target has one piece, or several where a file holds it in several destination blocks.
    """

    targets: NDArray[np.int64]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]

    def __getitem__(self, which: slice | NDArray[np.int64] | NDArray[np.bool_]) -> EdgeIndex:
        return EdgeIndex(self.targets[which], self.starts[which], self.stops[which])

    def take(self, cells: NDArray[np.int64]) -> EdgeIndex:
        """Return the pieces of some targets, given in ascending order."""
        low, high = np.searchsorted(self.targets, cells[[0, -1]] + [0, 1]) if cells.size else (0, 0)
        part = self[low:high]
        return part[np.isin(part.targets, cells)]

    @property
    def counts(self) -> NDArray[np.int64]:
        """Edges of each piece, (pieces,) int64."""
        return self.stops - self.starts


class ProjectionReader:
    """The ``Projections`` group of an open file, which may be absent.

    Indices are read once and kept: 24 bytes a target cell for each projection that is asked for.
    """

    def __init__(self, file: h5py.File) -> None:
        self.file = file
        self._indices: dict[tuple[str, str], EdgeIndex] = {}
        with reading(file, f"'{names.PROJECTIONS}'"):
            stored = file.get(names.PROJECTIONS, {})
            #: (source, target), sorted by target, then source.
            self.pairs = tuple(
                (source, target) for target in sorted(stored) for source in sorted(stored[target])
            )

    def index(self, source: Population, target: Population) -> EdgeIndex:
        """Return where the edges of each target are."""
        pair = (source.name, target.name)
        if pair not in self._indices:
            self._indices[pair] = self._read_index(source, target)
        return self._indices[pair]

    def _read_index(self, source: Population, target: Population) -> EdgeIndex:
        file, path = self.file, f"{_path(source, target)}/{names.EDGES}"
        parts = [
            dataset(file, f"{path}/{name}")
            for name in (names.BLOCK_INDEX, names.BLOCK_POINTER, names.DESTINATION_POINTER)
        ]
        with reading(file, f"'{path}'"):
            first, bounds, pointer = (part[()].astype(np.int64) for part in parts)
        if bounds.size != first.size + 1 or (first.size and int(bounds[-1]) > pointer.size):
            raise SystemFormatError(
                f"'{file.filename}': the destination blocks of '{path}' disagree"
            )
        counts = np.diff(bounds)
        # Only the last block counts the closing pointer; the others end where the next begins.
        counts[-1:] -= 1
        counts = np.maximum(counts, 0)
        targets, rows = (positions(at, at + counts) for at in (first, bounds[:-1]))
        index = EdgeIndex(targets, pointer[rows], pointer[rows + 1])
        if targets.size and int(targets.max()) >= target.count:
            raise SystemFormatError(
                f"'{file.filename}': '{path}' names target {int(targets.max())}, but "
                f"'{target.name}' has {target.count} cells"
            )
        if np.any(index.counts < 0):
            raise SystemFormatError(f"'{file.filename}': the pointers of '{path}' are out of order")
        if np.any(np.diff(targets) < 0):
            index = index[np.argsort(targets, kind="stable")]
        return index

    def slabs(
        self,
        source: Population,
        target: Population,
        block_edges: int,
        columns: Sequence[str],
        cells: NDArray[np.int64] | None = None,
    ) -> Iterator[EdgeSlab]:
        """Yield the edges in order of target, ``block_edges`` at most (or one target).

        With ``cells``, ascending, only those onto these targets.
        """
        index = self.index(source, target)
        index = index if cells is None else index.take(cells)
        counts = index.counts
        for low, high in pieces(counts, block_edges):
            if counts[low:high].any():
                yield self._read(source, target, index[low:high], columns)

    def describe(self, source: Population, target: Population) -> dict[str, Column]:
        """Return the columns of the edges: name -> column, with its path below the projection."""
        base = f"{_path(source, target)}/"
        return {
            name: column_of(path.removeprefix(base), dataset(self.file, path))
            for name, path in self._columns(source, target).items()
        }

    def out_degrees(self, source: Population, target: Population) -> NDArray[np.int64]:
        """Return the edges of each source cell, (n_source,) int64."""
        degrees = np.zeros(source.count, dtype=np.int64)
        for slab in self.slabs(source, target, 1_000_000, ()):
            degrees += np.bincount(slab.sources, minlength=degrees.size)
        return degrees

    def onto(self, source: Population, target: Population, cell: int) -> EdgeSlab:
        """Return the edges onto one target cell, with all their columns."""
        part = self.index(source, target).take(np.array([cell]))
        return self._read(source, target, part, sorted(self._columns(source, target)))

    def out_of(self, source: Population, target: Population, cell: int) -> EdgeSlab:
        """Return the edges of one source cell. Reads the whole projection, a slab at a time."""
        columns = sorted(self._columns(source, target))
        parts = [self._read(source, target, self.index(source, target)[:0], columns)]
        for slab in self.slabs(source, target, 1_000_000, columns):
            mine = slab.sources == cell
            kept = {name: values[mine] for name, values in slab.columns.items()}
            parts.append(EdgeSlab(slab.targets[mine], slab.sources[mine], kept))
        return EdgeSlab(
            np.concatenate([part.targets for part in parts]),
            np.concatenate([part.sources for part in parts]),
            {name: np.concatenate([part.columns[name] for part in parts]) for name in columns},
        )

    def _columns(self, source: Population, target: Population) -> dict[str, str]:
        """Return the columns that the edges have: name -> path of the dataset."""
        path = _path(source, target)
        with reading(self.file, f"'{path}'"):
            return {
                column: f"{path}/{namespace}/{column}"
                for namespace, entry in group(self.file, path).items()
                if namespace != names.EDGES and isinstance(entry, h5py.Group)
                for column, values in entry.items()
                if isinstance(values, h5py.Dataset)
            }

    def _read(
        self, source: Population, target: Population, part: EdgeIndex, columns: Iterable[str]
    ) -> EdgeSlab:
        path, file = _path(source, target), self.file
        stored = self._columns(source, target) if columns else {}
        for column in columns:
            if column not in stored:
                raise SystemFormatError(
                    f"'{file.filename}': the edges of '{source.name}->{target.name}' have no "
                    f"'{column}'; they have {', '.join(sorted(stored)) or 'no columns'}"
                )
        ends = dataset(file, f"{path}/{names.EDGES}/{names.SOURCE_INDEX}")
        with reading(file, f"'{path}'"):
            sources = take_rows(ends, part.starts, part.stops).astype(np.uint32, copy=False)
            found = {
                column: take_rows(dataset(file, stored[column]), part.starts, part.stops)
                for column in columns
            }
        if sources.size and int(sources.max()) >= source.count:
            raise SystemFormatError(
                f"'{file.filename}': '{source.name}->{target.name}' names source "
                f"{int(sources.max())}, but '{source.name}' has {source.count} cells"
            )
        return EdgeSlab(np.repeat(part.targets, part.counts).astype(np.uint32), sources, found)


def _path(source: Population, target: Population) -> str:
    return f"{names.PROJECTIONS}/{target.name}/{source.name}"
