"""A system directory, read: populations, positions, synapses, edges, with bounded memory.

Reads what this project writes and what the NeuroH5 tools write: chunked or contiguous, compressed
or not, cells and destination blocks in any order, two files or one ``graph.h5``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livn_core.errors import ComponentNotFoundError, SystemFormatError
from livn_core.neuroh5 import names
from livn_core.neuroh5.cells import CellReader
from livn_core.neuroh5.digest import content_digest
from livn_core.neuroh5.directory import check_directory, configured_bounds, read_document
from livn_core.neuroh5.edges import EdgeSlab
from livn_core.neuroh5.opening import open_file
from livn_core.neuroh5.projections import ProjectionReader
from livn_core.neuroh5.types import read_populations
from livn_core.program import Column, Population
from livn_core.suggest import did_you_mean
from livn_core.system.rotation import rotation_of, turned

if TYPE_CHECKING:
    import h5py
    from matplotlib.figure import Figure

__all__ = ["EdgeSlab", "System"]


class System:
    """A generated system on disk.

    Parameters
    ----------
    path
        The system directory (or a ``graph.h5`` in it).

    Raises
    ------
    SystemFormatError
        It is no system directory, or part of it is missing or broken; names the file and what.

    Examples
    --------
    The folder ``culture`` of these examples is made once, 200 cells in two populations:

    >>> from livn_core import System, generate
    >>> generate(total_cells=200, output_directory="culture", overwrite=True).close()
    >>> with System("culture") as system:
    ...     [population.name for population in system.populations], system.projections[0]
    (['EXC', 'INH'], ('EXC', 'EXC'))
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        path = Path(path)
        self.path = path.parent if path.name == names.JOINT_FILE and path.is_file() else path
        check_directory(self.path)
        joint = self.path / names.JOINT_FILE
        if joint.is_file():
            cells = connections = open_file(joint)
        else:
            cells = open_file(self.path / names.CELLS_FILE)
            connections = open_file(self.path / names.CONNECTIONS_FILE)
        self._take(cells, connections, read_document(self.path / "graph.json"))

    @classmethod
    def opened(
        cls, path: Path, cells: h5py.File, connections: h5py.File, graph: dict[str, Any]
    ) -> Self:
        """Return a system whose files are open already; they may be one, and stay the caller's."""
        system = cls.__new__(cls)
        system.path = path
        system._take(cells, connections, graph)
        return system

    def _take(self, cells: h5py.File, connections: h5py.File, graph: dict[str, Any]) -> None:
        self._cells = CellReader(cells)
        self._projections = ProjectionReader(connections)
        self.populations: tuple[Population, ...] = read_populations(cells)
        self.graph: dict[str, Any] = graph

    def close(self) -> None:
        """Close the files. Reading afterwards is an error."""
        self._cells.file.close()
        self._projections.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __fspath__(self) -> str:
        """Return the path: a system goes where its directory does, ``verify(system)``."""
        return str(self.path)

    def __repr__(self) -> str:
        cells = ", ".join(f"{p.name} {p.count}" for p in self.populations)
        return f"System('{self.path}': {cells})"

    # -- documents ---------------------------------------------------------------------------

    @cached_property
    def provenance(self) -> dict[str, Any] | None:
        """Content of provenance.json, None where the system has none."""
        path = self.path / "provenance.json"
        return read_document(path) if path.exists() else None

    @property
    def mea(self) -> dict[str, Any] | None:
        """Content of mea.json as it is now, None where the system has none."""
        path = self.path / "mea.json"
        return read_document(path) if path.exists() else None

    def bounds(self) -> NDArray[np.float64]:
        """Return the configured bounds ``[[x, y, z] lowest, [x, y, z] highest]``, (2, 3), um.

        Examples
        --------
        >>> System("culture").bounds().tolist()
        [[0.0, 0.0, 0.0], [4000.0, 4000.0, 10.0]]
        """
        bounds = configured_bounds(self.graph, self.path / "graph.json")
        return turned(bounds, rotation_of(self.graph["architecture"]["config"]))

    def digest(self, *, jobs: int | None = None) -> str:
        """Return the digest of the content: equal for equal systems, however they are stored.

        Reads every value once, on ``jobs`` threads (default: the cores); see
        :mod:`livn_core.neuroh5.digest`.

        Examples
        --------
        >>> system = System("culture")
        >>> system.digest() == system.provenance["digest"]  # not changed since it was made
        True
        """
        return content_digest(self.populations, self._cells.file, self._projections.file, jobs=jobs)

    # -- cells -------------------------------------------------------------------------------

    def population(self, name: str) -> Population:
        """Return a population by name."""
        for population in self.populations:
            if population.name == name:
                return population
        choices = [p.name for p in self.populations]
        if not isinstance(name, str):
            raise SystemFormatError(f"'{self.path}' is damaged: {name!r} is no population's name")
        raise ComponentNotFoundError(
            f"no population named '{name}' in '{self.path}'{did_you_mean(name, choices)}",
            hint=f"it has {', '.join(choices)}",
        )

    def locate(self, gid: int) -> tuple[Population, int]:
        """Return the population of a gid, and the cell's number in it.

        Examples
        --------
        >>> population, cell = System("culture").locate(170)
        >>> population.name, cell
        ('INH', 10)
        """
        if not isinstance(gid, int | np.integer):
            raise ComponentNotFoundError(f"{gid!r} is no gid", hint="a whole number is due")
        for population in self.populations:
            if population.start <= gid < population.start + population.count:
                return population, gid - population.start
        raise ComponentNotFoundError(
            f"no cell of '{self.path}' has the gid {gid}",
            hint="; ".join(
                f"{p.name} has {p.start} to {p.start + p.count - 1}"
                for p in self.populations
                if p.count
            ),
        )

    def namespaces(self, population: str) -> tuple[str, ...]:
        """Return the names of a population's attribute namespaces, sorted."""
        return self._cells.namespaces(self.population(population))

    def positions(self, population: str) -> NDArray[np.float32]:
        """Return the soma positions in order of gid, (n, 3), um.

        Examples
        --------
        >>> System("culture").positions("EXC").shape
        (160, 3)
        """
        columns = self.attributes(population, names.COORDINATES)
        for axis in names.AXES:
            if axis not in columns:
                raise SystemFormatError(
                    f"'{self._cells.file.filename}': '{names.COORDINATES}' of '{population}' has "
                    f"no '{axis}'"
                )
        return np.stack([columns[axis] for axis in names.AXES], axis=1).astype(np.float32)

    def attributes(self, population: str, namespace: str) -> dict[str, NDArray[Any]]:
        """Return a namespace with one value a cell: column -> (n,) array in order of gid.

        Examples
        --------
        >>> columns = System("culture").attributes("EXC", "Generated Coordinates")
        >>> columns["X Coordinate"].shape
        (160,)
        """
        return self._cells.attributes(self.population(population), namespace)

    def rows(
        self,
        population: str,
        namespace: str,
        start: int = 0,
        stop: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
        """Return the rows of the cells ``start`` to ``stop`` (relative, as of a slice) in a namespace.

        Returns
        -------
        counts
            (cells,) int64: rows of each cell, in order of gid.
        columns
            Column -> array of ``counts.sum()`` values, one cell's rows after another's.
        """
        owner = self.population(population)
        first, last, _ = slice(start, stop).indices(owner.count)
        return self._cells.rows(owner, namespace, slice(first, max(first, last)), columns)

    def rows_of(
        self,
        population: str,
        namespace: str,
        cells: ArrayLike,
        columns: Sequence[str] | None = None,
    ) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
        """Return the rows of some cells, in their order; see :meth:`rows`.

        ``cells`` are numbers relative to the population, or a mask of all of them.
        """
        owner = self.population(population)
        return self._cells.rows(owner, namespace, self._numbers(owner, cells), columns)

    def _numbers(self, owner: Population, cells: ArrayLike) -> NDArray[np.int64]:
        """Return the cells that numbers or a mask name, (n,), in the order given."""
        given = np.asarray(cells)
        if given.dtype == bool and given.shape == (owner.count,):
            return np.flatnonzero(given)
        if given.ndim == 1 and (given.dtype.kind in "iu" or not given.size):
            wrong = given[(given < 0) | (given >= owner.count)] if given.size else given
            if not wrong.size:
                return given.astype(np.int64, copy=False)
            problem = f"'{owner.name}' has no cell {wrong[0]}"
        else:
            problem = f"cells of '{owner.name}' are whole numbers, or a mask of all"
        raise ComponentNotFoundError(problem, hint=f"it has {owner.count} cells")

    def synapses(
        self,
        population: str,
        start: int = 0,
        stop: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
        """Return the synapses of some cells of a population; see :meth:`rows`.

        Examples
        --------
        >>> counts, columns = System("culture").synapses("EXC", 0, 2)
        >>> counts.tolist(), columns["syn_ids"].tolist()
        ([7, 5], [0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4])
        """
        return self.rows(population, names.SYNAPSES, start, stop, columns)

    def columns(self, population: str, namespace: str) -> dict[str, Column]:
        """Return the columns of a namespace: their types, and the value of those never written."""
        return self._cells.describe(self.population(population), namespace)

    def namespace_attributes(self, population: str, namespace: str) -> dict[str, float]:
        """Return the numbers that a namespace has beside its columns."""
        return self._cells.numbers(self.population(population), namespace)

    def trees(self, population: str, index: int) -> dict[str, NDArray[Any]]:
        """Return the morphology of a cell (relative to its population): entry -> values."""
        owner = self.population(population)
        (cell,) = self._numbers(owner, [index]).tolist()
        return self._cells.tree(owner, cell)

    def plot(self, kind: str = "layout", **options: Any) -> Figure:
        """Draw the system; see :func:`livn_core.plotting.plot`, which has the same options."""
        from livn_core.plotting.figure import draw_figure
        from livn_core.plotting.options import Options

        return draw_figure(self, kind, Options(**options))

    # -- projections -------------------------------------------------------------------------

    @property
    def projections(self) -> tuple[tuple[str, str], ...]:
        """Every stored projection as (source, target), sorted by target, then source.

        Examples
        --------
        >>> System("culture").projections
        (('EXC', 'EXC'), ('INH', 'EXC'), ('EXC', 'INH'), ('INH', 'INH'))
        """
        return self._projections.pairs

    def _pair(self, source: str, target: str) -> tuple[Population, Population]:
        pair = self.population(source), self.population(target)
        if (source, target) not in self.projections:
            stored = ", ".join(f"{s}->{t}" for s, t in self.projections) or "no projection"
            raise ComponentNotFoundError(
                f"no projection '{source}->{target}' in '{self.path}'", hint=f"it has {stored}"
            )
        return pair

    def edge_count(self, source: str, target: str) -> int:
        """Return the number of edges of a projection."""
        return int(self._projections.index(*self._pair(source, target)).counts.sum())

    def edge_columns(self, source: str, target: str) -> dict[str, Column]:
        """Return what the edges of a projection have: name -> column, with its path as name."""
        return self._projections.describe(*self._pair(source, target))

    def in_degrees(self, source: str, target: str) -> NDArray[np.int64]:
        """Return the edges from ``source`` onto each cell of ``target``, (n_target,).

        Examples
        --------
        >>> degrees = System("culture").in_degrees("EXC", "INH")
        >>> degrees.shape, float(degrees.mean())
        ((40,), 9.975)
        """
        pair = self._pair(source, target)
        index, degrees = self._projections.index(*pair), np.zeros(pair[1].count, dtype=np.int64)
        np.add.at(degrees, index.targets, index.counts)
        return degrees

    def out_degrees(self, source: str, target: str) -> NDArray[np.int64]:
        """Return the edges of each cell of ``source`` onto ``target``, (n_source,).

        Examples
        --------
        >>> degrees = System("culture").out_degrees("EXC", "INH")
        >>> degrees.shape, int(degrees.sum())
        ((160,), 399)
        """
        return self._projections.out_degrees(*self._pair(source, target))

    def edges(
        self,
        source: str,
        target: str,
        *,
        block_edges: int = 1_000_000,
        columns: Sequence[str] = ("distance", "syn_id"),
        targets: ArrayLike | None = None,
    ) -> Iterator[EdgeSlab]:
        """Yield the edges of a projection in order of target, a bounded number at a time.

        Parameters
        ----------
        source, target
            Population names.
        block_edges
            Edges in a slab at most; a slab of a single target may hold more.
        columns
            Which columns to read beside the cells.
        targets
            Only the edges onto these cells: numbers relative to their population, or a mask of all.

        Raises
        ------
        ComponentNotFoundError
            There is no such projection, or no such target.

        Examples
        --------
        >>> for slab in System("culture").edges("EXC", "INH", block_edges=200):
        ...     print(f"{len(slab)} edges of {slab.columns['distance'].mean():.0f} um on average")
        199 edges of 586 um on average
        200 edges of 566 um on average
        """
        pair = self._pair(source, target)
        cells = None if targets is None else self._numbers(pair[1], targets)
        if cells is not None and (np.diff(cells) <= 0).any():
            cells = np.unique(cells)
        return self._projections.slabs(*pair, block_edges, columns, cells)

    def incoming(self, gid: int) -> dict[str, EdgeSlab]:
        """Return the edges onto a cell: source population -> edges, with all their columns.

        Examples
        --------
        >>> edges = System("culture").incoming(0)
        >>> edges["EXC"].sources.tolist(), edges["INH"].sources.tolist()
        ([16, 17, 120, 154, 157], [26, 28])
        """
        owner, cell = self.locate(gid)
        return {
            source: self._projections.onto(self.population(source), owner, cell)
            for source, target in self.projections
            if target == owner.name
        }

    def outgoing(self, gid: int) -> dict[str, EdgeSlab]:
        """Return the edges of a cell: target population -> edges, with all their columns.

        Files are ordered by target: this reads every edge of the cell's population once.
        """
        owner, cell = self.locate(gid)
        return {
            target: self._projections.out_of(owner, self.population(target), cell)
            for source, target in self.projections
            if source == owner.name
        }
