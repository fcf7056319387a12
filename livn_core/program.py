"""What a generator hands over to be run: a program, cut into blocks of target cells.

A *program* says which tables a system has and gives their rows a block of cells at a time. A block
is all that arrives at some consecutive cells of one population: their synapses and their incoming
edges from every source. It depends on the program and on its cells alone, so any thread, rank or
restarted job may run it, in any order, and the file is the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MOST_CELLS",
    "TREE_TABLES",
    "Block",
    "Column",
    "Plan",
    "PlannedProjection",
    "Population",
    "Program",
    "Table",
    "Task",
]

#: gids are unsigned 32-bit numbers.
MOST_CELLS = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Population:
    """A population and its range of gids.

    Parameters
    ----------
    name
        Name in files and configurations.
    start, count
        First gid, and number of cells (0 is allowed).
    type_id
        Integer id in the file's ``Population labels``.
    """

    name: str
    start: int
    count: int
    type_id: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name
        Dataset name in the file: ``syn_locs``, ``Source Index``.
    dtype
        What is stored: float32 or an unsigned/signed integer of at most 32 bits (wider ones crash
        the neuroh5 readers).
    constant
        The value of every row, where it is the same in all of them: such a column is declared with
        this fill value and takes neither bytes nor time.
    per_cell_counter
        The rows of a cell are numbered one after the other: a block gives the first number of each
        cell, (cells,), and the rows are made when they are written. For ``syn_ids``.
    """

    name: str
    dtype: np.dtype[Any]
    constant: float | int | None = None
    per_cell_counter: bool = False

    def length(self, cells: int, rows: int) -> int:
        """Return how many values a block of so many cells and rows gives for this column."""
        return cells if self.per_cell_counter else rows


@dataclass(frozen=True, slots=True)
class Table:
    """Ragged rows that belong to the cells of one population: some rows a cell.

    Parameters
    ----------
    population
        The population that owns the rows (for edges, the target).
    kind
        ``attributes`` goes to ``Populations/<population>/<name>/<column>``; ``projection`` to
        ``Projections/<population>/<name>`` where ``name`` is the source population, with columns
        ``Source Index``, ``Connections/distance`` and ``Synapses/syn_id``; ``tree_points``,
        ``tree_sections`` and ``tree_topology`` to the entries of ``Populations/<population>/Trees``
        that have one value a point, a section entry, and a section edge.
    name
        Namespace or source population.
    columns
        In the file's order.
    """

    population: str
    kind: Literal["attributes", "projection", "tree_points", "tree_sections", "tree_topology"]
    name: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> str:
        """Unique name of the table in a program: ``projection/INH/EXC``."""
        return f"{self.kind}/{self.population}/{self.name}"


#: Kind of a table -> its columns in the namespace ``Trees``, with their types.
TREE_TABLES: dict[Literal["tree_points", "tree_sections", "tree_topology"], dict[str, str]] = {
    "tree_points": {
        "X Coordinate": "float32",
        "Y Coordinate": "float32",
        "Z Coordinate": "float32",
        "Radius": "float32",
        "Point Layer": "int8",
        "Parent Point": "int32",
        "SWC Type": "int8",
    },
    "tree_sections": {"Section": "uint16"},
    "tree_topology": {"Source Section": "uint16", "Destination Section": "uint16"},
}


@dataclass(frozen=True, slots=True)
class Task:
    """A block to make: the cells ``start`` to ``stop`` of a population, relative to its start."""

    population: str
    start: int
    stop: int


@dataclass(slots=True)
class Block:
    """The rows of a task's cells in each table of its population.

    Parameters
    ----------
    task
        Which cells.
    rows
        Table key -> (counts, columns): ``counts`` (cells,) int64 rows a cell; each column that is
        not constant an array of ``counts.sum()`` values in the table's dtype, or of one a cell
        where the column is a counter. A table without rows in this block may be left out.
    """

    task: Task
    rows: dict[str, tuple[NDArray[np.int64], dict[str, NDArray[Any]]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedProjection:
    """What is expected of a projection before it is made.

    Parameters
    ----------
    source, target
        Population names.
    expected_edges
        Of the whole projection.
    details
        Parameters that were honoured.
    asked_degree
        Mean in-degree that was asked for; None where something else was.
    """

    source: str
    target: str
    expected_edges: float
    details: Mapping[str, Any] = field(default_factory=dict)
    asked_degree: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a program would make: for ``--dry-run``. Sizes in bytes.

    ``seconds`` pass in one process on this machine; ``core_seconds`` is the work of all cores
    together, which any number of ranks shares, with ``start_seconds`` that a process takes once, however
    many systems it makes. ``warnings`` are what the user has to be told, ``notes``
    what else is worth knowing.
    ``area``, um2, is what the cells are spread over, None where it is not known; ``synapse_types``
    says of each population what its synapses are.
    """

    populations: tuple[Population, ...]
    projections: tuple[PlannedProjection, ...]
    expected_bytes: float
    peak_memory: float
    seconds: float | None = None
    core_seconds: float | None = None
    warnings: tuple[str, ...] = ()
    area: float | None = None
    synapse_types: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    start_seconds: float = 0.0


class Program(Protocol):
    """The work that makes a system. Built by a generator, run by :mod:`livn_core.run`.

    ``tasks`` may be any cut of every population's cells into consecutive blocks.

    A program may also have ``extra_files(graph)``, which returns small JSON files to put into the
    system's directory: relative path -> content, as for selections; and ``inputs()``, which returns
    the files that its configuration names, of which copies are kept: paths, or name -> path.
    """

    @property
    def populations(self) -> Sequence[Population]:
        """Populations in alphabetical order of name, with contiguous gid ranges from 0."""
        ...

    @property
    def tables(self) -> Sequence[Table]:
        """Every table that the system may have."""
        ...

    def plan(self) -> Plan:
        """Return what would be made, without making it; asked once, after :meth:`prepare`."""
        ...

    def prepare(self, jobs: int = 1, *, draw: bool = True) -> None:
        """Do what every block needs (positions, amplitudes, lookup tables); called once a process.

        Deterministic: each rank of a parallel job calls it.

        Parameters
        ----------
        jobs
            Threads that it may use.
        draw
            Whether blocks follow; without, only what :meth:`plan` needs has to be done.
        """
        ...

    def tasks(self) -> Sequence[Task]:
        """Return the blocks, in the order of the file."""
        ...

    def run(self, task: Task) -> Block:
        """Make one block. Thread-safe, releases the GIL where it works hard, deterministic.

        Raises
        ------
        ValueError
            The program cannot cut its cells there; it can wherever one of :meth:`tasks` ends.
        """
        ...

    def cell_attributes(
        self, population: str
    ) -> Mapping[str, tuple[Mapping[str, NDArray[Any]], Mapping[str, float]]]:
        """Return namespaces with one value a cell: name -> (columns, HDF5 attributes).

        Small (a few numbers a cell): ``{"Generated Coordinates": ({"X Coordinate": ...}, {})}``.
        """
        ...

    def graph(self, edges: Mapping[tuple[str, str], int], digest: str) -> dict[str, Any]:
        """Return graph.json's content; asked once, when the blocks are made.

        Parameters
        ----------
        edges
            (source, target) -> realised number of edges, of projections that have any.
        digest
            Content digest, from which uuids are made.
        """
        ...

    def provenance(self) -> dict[str, Any]:
        """Return the generator's part of provenance.json, asked once, after :meth:`prepare`.

        JSON values only. ``{"configuration": ..., "generator": ..., "components": [...]}``, and
        ``"warnings"``: what the user was told.
        """
        ...
