"""Which datasets a system's files have, how large each is, and which names share one.

A pure function of the populations, the tables and the number of rows of each table: every rank
can make it, and nothing is written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.neuroh5 import names
from livn_core.program import Population, Table

__all__ = ["Layout", "Slot", "TableSlots", "attribute_slots", "path_of", "plan_layout"]

_TREES = {"tree_points", "tree_sections", "tree_topology"}
#: Tree entries that have their pointers under a second name.
_SECTIONS = {"Section", "Source Section"}

U32 = np.dtype("<u4")
U64 = np.dtype("<u8")


@dataclass(frozen=True, slots=True)
class Slot:
    """A dataset to create.

    Parameters
    ----------
    path
        Path in the file.
    dtype, rows
        Type and number of its values.
    constant
        Every value, where they are all the same: the dataset is declared and never written.
    values
        Its values, where they are known from the start; of a range, made when they are written.
    links
        Other names of the same dataset.
    """

    path: str
    dtype: np.dtype[Any]
    rows: int
    constant: float | int | None = None
    values: NDArray[Any] | range | None = field(default=None, compare=False, repr=False)
    links: tuple[str, ...] = ()

    @property
    def nbytes(self) -> int:
        """Bytes that the dataset takes in the file."""
        return 0 if self.constant is not None else self.rows * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class TableSlots:
    """Where a table goes.

    Parameters
    ----------
    table, population, rows
        The table, its owner, and its number of rows.
    pointer
        Dataset of the first row of each cell, with the number of rows at its end.
    columns
        Column -> dataset, constants included.
    """

    table: Table
    population: Population
    rows: int
    pointer: Slot
    columns: Mapping[str, Slot]


@dataclass(frozen=True, slots=True)
class Layout:
    """The datasets of both files.

    Parameters
    ----------
    cells, connections
        Datasets of cells.h5 and connections.h5, in the order in which they are created.
    tables
        Table key -> where it goes; projections without edges go nowhere.
    projections
        (source, target) of the projections that have edges.
    """

    cells: tuple[Slot, ...]
    connections: tuple[Slot, ...]
    tables: Mapping[str, TableSlots]
    projections: tuple[tuple[str, str], ...]

    @property
    def nbytes(self) -> int:
        """Bytes of all datasets."""
        return sum(slot.nbytes for slot in (*self.cells, *self.connections))


def plan_layout(
    populations: Sequence[Population], tables: Sequence[Table], totals: Mapping[str, int]
) -> Layout:
    """Return the layout of a program's tables; ``totals``: table key -> rows in the whole system."""
    owners = {population.name: population for population in populations}
    cells: list[Slot] = []
    connections: list[Slot] = []
    found: dict[str, TableSlots] = {}
    for table in tables:
        owner, rows = owners[table.population], totals.get(table.key, 0)
        if table.kind == "projection":
            if rows:
                slots, fixed = _projection(table, owner, rows)
                connections += [*fixed, slots.pointer, *slots.columns.values()]
                found[table.key] = slots
        else:
            slots = _ragged(table, owner, rows)
            cells += [slots.pointer, *slots.columns.values()]
            found[table.key] = slots
    for population in populations:
        cells += _cell_indices(population, [t for t in tables if t.population == population.name])
    pairs = [
        (s.table.name, s.population.name) for s in found.values() if s.table.kind == "projection"
    ]
    return Layout(tuple(cells), tuple(connections), found, tuple(pairs))


def attribute_slots(
    population: Population, attributes: Mapping[str, Mapping[str, NDArray[Any]]]
) -> list[Slot]:
    """Return the datasets of namespaces with one value a cell: namespace -> column -> values."""
    slots = []
    for namespace, columns in attributes.items():
        paths = [path_of(population, namespace, column) for column in columns]
        if not paths:
            continue
        slots += [
            _cell_index(population, [f"{path}/{names.CELL_INDEX}" for path in paths]),
            Slot(
                f"{paths[0]}/{names.POINTER}",
                U64,
                population.count + 1,
                values=range(population.count + 1),
                links=tuple(f"{path}/{names.POINTER}" for path in paths[1:]),
            ),
        ]
        slots += [
            Slot(f"{path}/{names.VALUE}", values.dtype, values.size, values=values)
            for path, values in zip(paths, columns.values(), strict=True)
        ]
    return slots


def _paths(table: Table, owner: Population) -> dict[str, str]:
    """Return the groups of a table's columns, by the columns' names."""
    namespace = names.TREES if table.kind in _TREES else table.name
    return {column.name: path_of(owner, namespace, column.name) for column in table.columns}


def _ragged(table: Table, owner: Population, rows: int) -> TableSlots:
    paths = _paths(table, owner)
    pointers = [f"{path}/{names.POINTER}" for path in paths.values()]
    if table.kind in _TREES:
        pointers += [
            f"{paths[name]}/{names.SECTION_POINTER}" for name in paths if name in _SECTIONS
        ]
    columns = {
        column.name: Slot(
            f"{paths[column.name]}/{names.VALUE}", np.dtype(column.dtype), rows, column.constant
        )
        for column in table.columns
    }
    return TableSlots(table, owner, rows, _pointer(pointers, owner), columns)


def _projection(table: Table, owner: Population, rows: int) -> tuple[TableSlots, list[Slot]]:
    path = f"{names.PROJECTIONS}/{owner.name}/{table.name}"
    edges = f"{path}/{names.EDGES}"
    columns = {
        column.name: Slot(
            f"{path}/{column.name}" if "/" in column.name else f"{edges}/{column.name}",
            np.dtype(column.dtype),
            rows,
            column.constant,
        )
        for column in table.columns
    }
    ends = np.array([0, owner.count + 1], dtype=U64)
    fixed = [
        Slot(f"{edges}/{names.BLOCK_INDEX}", U32, 1, values=np.zeros(1, dtype=U32)),
        Slot(f"{edges}/{names.BLOCK_POINTER}", U64, 2, values=ends),
    ]
    pointer = _pointer([f"{edges}/{names.DESTINATION_POINTER}"], owner)
    return TableSlots(table, owner, rows, pointer, columns), fixed


def _pointer(paths: Sequence[str], owner: Population) -> Slot:
    # Without cells no block comes to write the one pointer.
    values = np.zeros(1, dtype=U64) if owner.count == 0 else None
    return Slot(paths[0], U64, owner.count + 1, values=values, links=tuple(paths[1:]))


def _cell_indices(population: Population, tables: Sequence[Table]) -> list[Slot]:
    slots = []
    trees = [f"{names.POPULATIONS}/{population.name}/{names.TREES}/{names.CELL_INDEX}"]
    for table in tables:
        paths = [f"{path}/{names.CELL_INDEX}" for path in _paths(table, population).values()]
        if table.kind == "attributes":
            slots.append(_cell_index(population, paths))
        elif table.kind in _TREES:
            trees += paths
    if len(trees) > 1:
        slots.append(_cell_index(population, trees))
    return slots


def _cell_index(population: Population, paths: Sequence[str]) -> Slot:
    count = population.count
    return Slot(paths[0], U32, count, values=range(count), links=tuple(paths[1:]))


def path_of(population: Population, *parts: str) -> str:
    """Return where in a file something of a population is."""
    return "/".join((names.POPULATIONS, population.name, *parts))
