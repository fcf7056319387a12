"""Read what belongs to cells: attributes, synapses, trees, in order of gid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from livn_core.errors import SystemFormatError
from livn_core.neuroh5 import names
from livn_core.neuroh5.layout import path_of
from livn_core.neuroh5.opening import column_of, dataset, group, reading
from livn_core.neuroh5.ragged import RaggedIndex, read_index, take_rows
from livn_core.program import Column, Population
from livn_core.suggest import did_you_mean

__all__ = ["CellReader"]


class CellReader:
    """The ``Populations`` group of an open file.

    Indices are read once and kept: 17 bytes a cell for each set of pointers.
    """

    def __init__(self, file: h5py.File) -> None:
        self.file = file
        group(file, names.POPULATIONS)
        self._indices: dict[tuple[int, int, int], RaggedIndex] = {}

    def namespaces(self, population: Population) -> tuple[str, ...]:
        """Return the names of a population's namespaces, sorted; none where it has no group."""
        with reading(self.file, f"'{path_of(population)}'"):
            return tuple(sorted(self.file.get(path_of(population), {})))

    def columns(self, population: Population, namespace: str) -> list[str]:
        """Return the names of a namespace's columns, sorted."""
        if namespace not in (known := self.namespaces(population)):
            raise SystemFormatError(
                f"'{self.file.filename}': population '{population.name}' has no '{namespace}'",
                hint=f"its namespaces are: {', '.join(known) or 'none'}",
            )
        path = path_of(population, namespace)
        with reading(self.file, f"'{path}'"):
            members = group(self.file, path).items()
            return sorted(name for name, entry in members if isinstance(entry, h5py.Group))

    def describe(self, population: Population, namespace: str) -> dict[str, Column]:
        """Return the columns of a namespace with their types."""
        found = {}
        for name in self.columns(population, namespace):
            path = f"{path_of(population, namespace, name)}/{names.VALUE}"
            found[name] = column_of(name, dataset(self.file, path))
        return found

    def numbers(self, population: Population, namespace: str) -> dict[str, float]:
        """Return the HDF5 attributes of a namespace that are single numbers."""
        held = group(self.file, path_of(population, namespace)).attrs
        return {name: float(value) for name, value in held.items() if np.ndim(value) == 0}

    def attributes(self, population: Population, namespace: str) -> dict[str, NDArray[Any]]:
        """Return the columns of a namespace with one value a cell."""
        found = {}
        for column in self.columns(population, namespace):
            path = path_of(population, namespace, column)
            index = self._index(path, population.count)
            if np.any(index.counts != 1):
                lacking = int(np.count_nonzero(~index.present))
                problem = (
                    f"lacks {lacking} of {population.count} cells"
                    if lacking
                    else "does not have one value a cell; read it with rows()"
                )
                raise SystemFormatError(f"'{self.file.filename}': '{path}' {problem}")
            found[column] = self._values(path, index)
        return found

    def rows(
        self,
        population: Population,
        namespace: str,
        cells: slice | NDArray[np.int64],
        columns: Sequence[str] | None = None,
    ) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
        """Return counts and columns of some cells of a population."""
        stored = self.columns(population, namespace)
        counts: NDArray[np.int64] | None = None
        found = {}
        for column in stored if columns is None else columns:
            if column not in stored:
                raise SystemFormatError(
                    f"'{self.file.filename}': '{path_of(population, namespace)}' has no '{column}'"
                    f"{did_you_mean(column, stored)}"
                )
            path = path_of(population, namespace, column)
            part = self._index(path, population.count).take(cells)
            if counts is not None and not np.array_equal(counts, part.counts):
                raise SystemFormatError(
                    f"'{self.file.filename}': the columns of '{path_of(population, namespace)}' "
                    "differ in their rows"
                )
            counts = part.counts
            found[column] = self._values(path, part)
        if counts is None:
            counts = np.zeros(np.arange(population.count)[cells].size, dtype=np.int64)
        return counts, found

    def tree(self, population: Population, cell: int) -> dict[str, NDArray[Any]]:
        """Return the entries of one cell's morphology, whose lengths differ."""
        found, only = {}, slice(cell, cell + 1)
        for entry in self.columns(population, names.TREES):
            path = path_of(population, names.TREES, entry)
            found[entry] = self._values(path, self._index(path, population.count).take(only))
        return found

    def _index(self, path: str, cells: int) -> RaggedIndex:
        # The columns of a namespace often share their pointers by hard links: read those once.
        order = dataset(self.file, f"{path}/{names.CELL_INDEX}")
        pointer = dataset(self.file, f"{path}/{names.POINTER}")
        key = (h5py.h5o.get_info(order.id).addr, h5py.h5o.get_info(pointer.id).addr, cells)
        if key not in self._indices:
            self._indices[key] = read_index(self.file, path, cells)
        return self._indices[key]

    def _values(self, path: str, index: RaggedIndex) -> NDArray[Any]:
        values = dataset(self.file, f"{path}/{names.VALUE}")
        with reading(self.file, f"'{path}'"):
            return take_rows(values, index.starts, index.stops)
