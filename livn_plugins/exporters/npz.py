"""Sparse connectivity matrices that ``scipy.sparse.load_npz`` reads.

Edges are kept in order of target, which is the column of ``[pre, post]``: the natural form is
compressed by columns (CSC). Matrices are spooled to raw files while they are read and then put into
the archive, so that a matrix larger than the memory can be made.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from pydantic import Field

from livn_core.components import Exporter
from livn_core.documents.names import joined_names
from livn_core.system.edges import BLOCK_EDGES, target_blocks
from livn_core.system.reader import System


class Npz(Exporter):
    """``SOURCE-TARGET.npz`` a projection, or one ``network.npz``; rows are sources.

    ``scipy.sparse.load_npz(file)[pre, post]`` is the number of edges from ``pre`` to ``post``, or
    their mean distance, um. Rows and columns are gids in ``network.npz``, else numbers within the
    populations.
    """

    whole: bool = Field(True, description="one matrix of all cells rather than one a projection")
    value: Literal["count", "distance"] = Field(
        "count", description="what an entry is: number of edges, or distance (um)"
    )
    compress: bool = Field(False, description="deflate the archive: smaller and slower")

    def export(self, system: System, path: Path) -> list[Path]:
        """Write the matrices into the folder ``path``."""
        path.mkdir(parents=True, exist_ok=True)
        if self.whole:
            cells = sum(population.count for population in system.populations)
            targets = [population.name for population in system.populations]
            file = path / "network.npz"
            self._matrix(system, file, system.projections, targets, (cells, cells))
            return [file]
        written = []
        for source, target in system.projections:
            shape = (system.population(source).count, system.population(target).count)
            file = path / f"{joined_names((source, target), '-')}.npz"
            self._matrix(system, file, ((source, target),), [target], shape)
            written.append(file)
        return written

    def _matrix(
        self,
        system: System,
        file: Path,
        projections: tuple[tuple[str, str], ...],
        targets: list[str],
        shape: tuple[int, int],
    ) -> None:
        edges = sum(system.edge_count(*pair) for pair in projections)
        index = np.dtype(np.int32 if max(edges, *shape) < 2**31 else np.int64)
        data = np.dtype(np.float32 if self.value == "distance" else np.int32)
        entries = 0
        pointers = [np.zeros(1, dtype=np.int64)]
        spools = {"indices": file.with_suffix(".indices"), "data": file.with_suffix(".data")}
        with ExitStack() as stack:
            raw = {name: stack.enter_context(spool.open("wb")) for name, spool in spools.items()}
            for target in targets:
                for counts, sources, values in self._columns(system, projections, target):
                    raw["indices"].write(sources.astype(index).tobytes())
                    raw["data"].write(values.astype(data).tobytes())
                    pointers.append(entries + np.cumsum(counts))
                    entries += len(sources)
        indptr = np.concatenate(pointers).astype(index)
        mode = zipfile.ZIP_DEFLATED if self.compress else zipfile.ZIP_STORED
        with zipfile.ZipFile(file, "w", mode, allowZip64=True) as archive:
            _put(archive, "format", np.array(b"csc"))
            _put(archive, "shape", np.array(shape, dtype=np.int64))
            _put(archive, "indptr", indptr)
            for name, dtype in (("indices", index), ("data", data)):
                # An empty file cannot be mapped.
                spooled = np.memmap(spools[name], dtype, "r") if entries else np.empty(0, dtype)
                _put(archive, name, spooled)
        for spool in spools.values():
            spool.unlink()

    def _columns(
        self, system: System, projections: tuple[tuple[str, str], ...], target: str
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
        """Yield blocks of columns: entries a column, rows, values; rows ascend in a column."""
        sources = [source for source, onto in projections if onto == target]
        for start, stop in target_blocks(system, target, BLOCK_EDGES):
            cells = np.arange(start, stop, dtype=np.int64)
            columns = [np.empty(0, np.int64)]
            rows, distances = [np.empty(0, np.int64)], [np.empty(0)]
            for source in sources:
                first = system.population(source).start if self.whole else 0
                for slab in system.edges(
                    source, target, columns=("distance",), targets=cells, block_edges=BLOCK_EDGES
                ):
                    columns.append(slab.targets.astype(np.int64) - start)
                    rows.append(slab.sources.astype(np.int64) + first)
                    distances.append(slab.columns["distance"].astype(np.float64))
            column, row = np.concatenate(columns), np.concatenate(rows)
            # Several edges between two cells are one entry.
            keys, inverse, counts = np.unique(
                (column << 32) | row, return_inverse=True, return_counts=True
            )
            values = counts.astype(np.float64)
            if self.value == "distance":
                values = np.bincount(inverse, np.concatenate(distances)) / counts
            yield (
                np.bincount(keys >> 32, minlength=stop - start),
                keys & 0xFFFFFFFF,
                values,
            )


def _put(archive: zipfile.ZipFile, name: str, array: NDArray[Any]) -> None:
    with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
        npy.write_array(entry, array, allow_pickle=False)
