"""Read the projections of an open file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import h5py
import numpy as np
from numpy.typing import NDArray

from livn_core.errors import SystemFormatError
from livn_core.neuroh5 import names
from livn_core.neuroh5.edges import (
    EdgeIndex,
    EdgeSlab,
    edge_columns,
    read_edge_index,
    read_slab,
    runs_of,
)
from livn_core.neuroh5.opening import column_of, dataset, reading
from livn_core.program import Column, Population

__all__ = ["ProjectionReader"]


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
            self._indices[pair] = read_edge_index(self.file, *pair, target.count)
        return self._indices[pair]

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
        for part in runs_of(index if cells is None else index.take(cells), block_edges):
            yield self._read(source, target, part, columns)

    def describe(self, source: str, target: str) -> dict[str, Column]:
        """Return the columns of the edges: name -> column, with its path below the projection."""
        base = f"{names.PROJECTIONS}/{target}/{source}/"
        return {
            name: column_of(path.removeprefix(base), dataset(self.file, path))
            for name, path in edge_columns(self.file, source, target).items()
        }

    def out_degrees(self, source: Population, target: Population) -> NDArray[np.int64]:
        """Return the edges of each source cell, (n_source,) int64."""
        degrees = np.zeros(source.count, dtype=np.int64)
        for slab in self.slabs(source, target, 1_000_000, ()):
            degrees += np.bincount(slab.sources, minlength=degrees.size)
        return degrees

    def onto(self, source: Population, target: Population, cell: int) -> EdgeSlab:
        """Return the edges onto one target cell, with all their columns."""
        part = self.index(source, target).of(cell, cell + 1)
        return self._read(source, target, part, self._columns(source, target))

    def out_of(self, source: Population, target: Population, cell: int) -> EdgeSlab:
        """Return the edges of one source cell. Reads the whole projection, a slab at a time."""
        columns = self._columns(source, target)
        parts = []
        for slab in self.slabs(source, target, 1_000_000, columns):
            mine = slab.sources == cell
            parts.append(
                EdgeSlab(
                    slab.targets[mine],
                    slab.sources[mine],
                    {name: values[mine] for name, values in slab.columns.items()},
                )
            )
        if not parts:
            return self._read(source, target, self.index(source, target).of(0, 0), columns)
        return EdgeSlab(
            np.concatenate([part.targets for part in parts]),
            np.concatenate([part.sources for part in parts]),
            {name: np.concatenate([part.columns[name] for part in parts]) for name in columns},
        )

    def _columns(self, source: Population, target: Population) -> list[str]:
        return sorted(edge_columns(self.file, source.name, target.name))

    def _read(
        self, source: Population, target: Population, part: EdgeIndex, columns: Sequence[str]
    ) -> EdgeSlab:
        slab = read_slab(self.file, source.name, target.name, part, columns)
        if len(slab) and int(slab.sources.max()) >= source.count:
            raise SystemFormatError(
                f"'{self.file.filename}': '{source.name}->{target.name}' names source "
                f"{int(slab.sources.max())}, but '{source.name}' has {source.count} cells"
            )
        return slab
