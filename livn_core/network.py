"""A network in memory: what :func:`livn_core.generate` would put into files, without the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import ComponentNotFoundError
from livn_core.execute import program_of, resolve
from livn_core.job import Job
from livn_core.neuroh5 import names
from livn_core.neuroh5.edges import EdgeSlab
from livn_core.program import Block, Population, Program, Table, Task
from livn_core.run.checks import check_block, check_program, check_tasks, tables_of
from livn_core.suggest import did_you_mean

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = ["Network", "build", "build_job"]


def build(
    config: str | Path | Mapping[str, Any] | None = None,
    *,
    generator: str | None = None,
    options: Mapping[str, Any] | None = None,
    jobs: int = 1,
    **settings: Any,
) -> Network:
    """Build a network in memory.

    Parameters
    ----------
    config, generator, options
        As of :func:`livn_core.generate`.
    jobs
        Threads; one suits small networks, of which several processes make more a second.
    **settings
        Keys of the configuration, each in place of its own.

    Raises
    ------
    ConfigError
        The configuration is wrong: holds every finding.

    Examples
    --------
    >>> from livn_core import build
    >>> network = build("EI2", random_seed=7)
    >>> network.positions("INH").shape, float(network.in_degrees("EXC", "INH").mean())
    ((20, 3), 10.35)
    """
    return build_job(
        resolve(config, settings=settings, generator=generator, options=options), jobs=jobs
    )


def build_job(job: Job, *, jobs: int = 1) -> Network:
    """Build the network of a job in memory."""
    return Network(program_of(job), jobs=jobs)


class Network:
    """A generated network in memory, read as a :class:`~livn_core.system.System` is.

    Parameters
    ----------
    program
        What to make.
    jobs
        Threads.

    Examples
    --------
    >>> from livn_core import build
    >>> network = build("EI1", random_seed=7)
    >>> network
    Network(EXC 8, INH 2)
    >>> network.projections[0], network.positions("EXC").shape
    (('EXC', 'EXC'), (8, 3))
    """

    def __init__(self, program: Program, *, jobs: int = 1) -> None:
        check_program(program)
        program.prepare(jobs)
        self._program = program
        self._tasks = list(program.tasks())
        check_tasks(program.populations, self._tasks)
        tables = tables_of(program.tables)

        def made(task: Task) -> Block:
            block = program.run(task)
            check_block(block, task, tables.get(task.population, ()))
            return block

        if jobs <= 1 or len(self._tasks) == 1:
            self._blocks = [made(task) for task in self._tasks]
        else:
            with ThreadPoolExecutor(jobs) as pool:
                self._blocks = list(pool.map(made, self._tasks))
        self._tables = {
            (table.name, table.population): table
            for table in program.tables
            if table.kind == "projection"
        }
        #: In order of gid.
        self.populations: tuple[Population, ...] = tuple(program.populations)

    def __repr__(self) -> str:
        cells = ", ".join(f"{p.name} {p.count}" for p in self.populations)
        return f"Network({cells})"

    @cached_property
    def provenance(self) -> Mapping[str, Any]:
        """What provenance.json would say of the configuration, with ``warnings``."""
        return self._program.provenance()

    def write(
        self, path: str | Path, *, overwrite: bool = False, jobs: int | None = None
    ) -> System:
        """Publish the network as :func:`livn_core.generate` does, with the same digest.

        Raises
        ------
        OutputError
            The output exists, or cannot be written.
        """
        from livn_core.run.run import run_program

        return run_program(_Made(self._program, self._blocks), path, overwrite=overwrite, jobs=jobs)

    # -- cells -------------------------------------------------------------------------------

    def population(self, name: str) -> Population:
        """Return a population by name."""
        for population in self.populations:
            if population.name == name:
                return population
        choices = [p.name for p in self.populations]
        raise ComponentNotFoundError(
            f"no population named '{name}' in the network{did_you_mean(name, choices)}",
            hint=f"it has {', '.join(choices)}",
        )

    def attributes(self, population: str, namespace: str) -> dict[str, NDArray[Any]]:
        """Return a namespace with one value a cell: column -> (n,) array in order of gid."""
        found = self._program.cell_attributes(self.population(population).name)
        if namespace not in found:
            raise ComponentNotFoundError(
                f"'{population}' has no namespace '{namespace}'{did_you_mean(namespace, found)}"
            )
        return dict(found[namespace][0])

    def positions(self, population: str) -> NDArray[np.float32]:
        """Return the soma positions in order of gid, (n, 3), um."""
        columns = self.attributes(population, names.COORDINATES)
        return np.stack([columns[axis] for axis in names.AXES], axis=1).astype(np.float32)

    # -- projections -------------------------------------------------------------------------

    @cached_property
    def projections(self) -> tuple[tuple[str, str], ...]:
        """Every projection with edges as (source, target), sorted by target, then source."""
        drawn = {
            pair
            for pair, table in self._tables.items()
            if any(counts.any() for _, counts, _ in self._rows(table))
        }
        return tuple(sorted(drawn, key=lambda pair: (pair[1], pair[0])))

    def edge_count(self, source: str, target: str) -> int:
        """Return the number of edges of a projection."""
        return int(self.in_degrees(source, target).sum())

    def in_degrees(self, source: str, target: str) -> NDArray[np.int64]:
        """Return the edges from ``source`` onto each cell of ``target``, (n_target,)."""
        table = self._table(source, target)
        degrees = np.zeros(self.population(target).count, np.int64)
        for task, counts, _ in self._rows(table):
            degrees[task.start : task.stop] = counts
        return degrees

    def out_degrees(self, source: str, target: str) -> NDArray[np.int64]:
        """Return the edges of each cell of ``source`` onto ``target``, (n_source,)."""
        degrees = np.zeros(self.population(source).count, np.int64)
        for _, _, columns in self._rows(self._table(source, target)):
            degrees += np.bincount(columns["Source Index"], minlength=degrees.size)
        return degrees

    def edges(
        self, source: str, target: str, *, columns: Sequence[str] = ("distance", "syn_id")
    ) -> Iterator[EdgeSlab]:
        """Yield the edges of a projection in order of target, some at a time.

        Parameters
        ----------
        source, target
            Population names.
        columns
            Which columns to give beside the cells.
        """
        table = self._table(source, target)
        of = {column.name.rpartition("/")[2]: column for column in table.columns}
        for name in columns:
            if name not in of:
                raise ComponentNotFoundError(
                    f"the edges of {source}->{target} have no '{name}'{did_you_mean(name, of)}"
                )
        for task, counts, values in self._rows(table):
            found = {}
            for name in columns:
                column = of[name]
                if column.constant is not None:
                    found[name] = np.full(int(counts.sum()), column.constant, column.dtype)
                elif column.per_cell_counter:
                    begins = (np.cumsum(counts) - counts).astype(column.dtype)
                    shift = np.repeat(values[column.name] - begins, counts)
                    found[name] = np.arange(len(shift), dtype=column.dtype) + shift
                else:
                    found[name] = values[column.name]
            targets = np.repeat(np.arange(task.start, task.stop, dtype=np.uint32), counts)
            if len(targets):
                yield EdgeSlab(targets, values["Source Index"], found)

    def _table(self, source: str, target: str) -> Table:
        pair = self.population(source).name, self.population(target).name
        if pair not in self._tables:
            stored = ", ".join(f"{s}->{t}" for s, t in self.projections) or "no projection"
            raise ComponentNotFoundError(
                f"no projection '{source}->{target}' in the network", hint=f"it has {stored}"
            )
        return self._tables[pair]

    def _rows(
        self, table: Table
    ) -> Iterator[tuple[Task, NDArray[np.int64], Mapping[str, NDArray[Any]]]]:
        """Yield the blocks that have rows in a table: task, counts, columns."""
        for task, block in zip(self._tasks, self._blocks, strict=True):
            if table.key in block.rows:
                yield task, *block.rows[table.key]


class _Made:
    """A program whose blocks are made."""

    def __init__(self, program: Program, blocks: Sequence[Block]) -> None:
        self._program = program
        self._blocks = {block.task: block for block in blocks}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._program, name)

    def prepare(self, jobs: int = 1, *, draw: bool = True) -> None:
        """Do nothing: it is done."""

    def run(self, task: Task) -> Block:
        """Return a block."""
        return self._blocks[task]
