"""The phases of a run, each a function that one process or every rank of a job calls.

:mod:`livn_core.run.run` puts them in order. A rank knows the whole plan (populations, tables,
tasks) and holds the blocks of its own tasks; what it needs of the others are row counts, the
offsets of the datasets, and the hashes of the chunks.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import OutputError
from livn_core.neuroh5 import names
from livn_core.neuroh5.create import create_file
from livn_core.neuroh5.digest import Entry, chunks, combine, hash_chunks, laid_out, number_text
from livn_core.neuroh5.layout import Layout, attribute_slots
from livn_core.outputs import saying_output_errors
from livn_core.program import Population, Program, Table, Task
from livn_core.run.checks import check_attributes, check_block, tables_of
from livn_core.run.communicator import Communicator
from livn_core.run.spool import Spool

__all__ = [
    "Created",
    "create_files",
    "digest_files",
    "first_rows",
    "gather_rows",
    "produce",
]

#: Called with (done, total).
Step = Callable[[int, int], None]


def produce(
    program: Program,
    tasks: Sequence[Task],
    numbers: Sequence[int],
    spool: Spool,
    *,
    output: Path,
    jobs: int,
    progress: Step,
) -> None:
    """Make the blocks of the tasks ``numbers`` on ``jobs`` threads, into the spool.

    At most ``jobs`` blocks are in the making at a time. The first error ends all.
    """
    tables = tables_of(program.tables)
    stop = threading.Event()

    def work(number: int) -> None:
        if stop.is_set():
            return
        task = tasks[number]
        block = program.run(task)
        check_block(block, task, tables.get(task.population, ()))
        with saying_output_errors(output):
            spool.put(number, block)

    if jobs == 1 or len(numbers) == 1:
        for done, number in enumerate(numbers, start=1):
            work(number)
            progress(done, len(numbers))
        return
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="livn")
    try:
        futures = [pool.submit(work, number) for number in numbers]
        for done, future in enumerate(as_completed(futures), start=1):
            future.result()
            progress(done, len(futures))
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def gather_rows(spool: Spool, communicator: Communicator) -> dict[int, dict[str, int]]:
    """Return the rows of every block of every rank: task number -> table key -> rows."""
    own = {number: block.rows for number, block in spool.blocks.items()}
    return {number: rows for part in communicator.allgather(own) for number, rows in part.items()}


def first_rows(
    tasks: Sequence[Task], tables: Sequence[Table], rows: Mapping[int, Mapping[str, int]]
) -> tuple[dict[str, NDArray[np.int64]], dict[str, int]]:
    """Return where each block begins in its tables, and how many rows the tables have.

    The first is table key -> (tasks,) rows of the table before each task.
    """
    bases, totals = {}, {}
    for table in tables:
        sizes = np.array(
            [
                rows[number].get(table.key, 0) if task.population == table.population else 0
                for number, task in enumerate(tasks)
            ],
            dtype=np.int64,
        )
        bases[table.key] = np.cumsum(sizes) - sizes
        totals[table.key] = int(sizes.sum())
    return bases, totals


@dataclass(frozen=True, slots=True)
class Created:
    """Files without the rows of blocks, and all that their digest is of."""

    #: File -> dataset -> its first byte.
    offsets: Mapping[Path, Mapping[str, int]]
    entries: Sequence[Entry]
    attributes: Sequence[tuple[str, str, str]]


def create_files(directory: Path, program: Program, layout: Layout, *, output: Path) -> Created:
    """Create cells.h5 and connections.h5.

    For rank 0. Values that belong to cells and are few are written here.
    """
    populations = list(program.populations)
    slots = list(layout.cells)
    attributes: dict[str, Mapping[str, float]] = {}
    for population in populations:
        namespaces = program.cell_attributes(population.name)
        check_attributes(population, namespaces)
        slots += attribute_slots(population, {n: columns for n, (columns, _) in namespaces.items()})
        for namespace, (_, values) in namespaces.items():
            if values:
                attributes[f"{names.POPULATIONS}/{population.name}/{namespace}"] = values
    free = shutil.disk_usage(directory).free
    needed = layout.nbytes + sum(slot.nbytes for slot in slots[len(layout.cells) :])
    if needed > free:
        raise OutputError(
            f"no space left to write '{output}': it needs {needed / 1e6:.1f} MB, "
            f"{free / 1e6:.1f} MB are free",
            hint="free some space, or write to another disk",
        )
    cells, connections = directory / names.CELLS_FILE, directory / names.CONNECTIONS_FILE
    groups = [f"{names.POPULATIONS}/{population.name}" for population in populations]
    pairs = layout.projections
    with saying_output_errors(output):
        offsets = {
            cells: create_file(
                cells, populations, pairs, slots, groups=groups, attributes=attributes
            ),
            connections: create_file(
                connections, populations, pairs, layout.connections, groups=[names.PROJECTIONS]
            ),
        }
    of_files = {cells: slots, connections: layout.connections}
    entries = laid_out({file: (of_file, offsets[file]) for file, of_file in of_files.items()})
    texts = [
        (group, name, number_text(value))
        for group, values in attributes.items()
        for name, value in values.items()
    ]
    return Created(offsets, entries, texts)


def digest_files(
    created: Created,
    populations: Sequence[Population],
    communicator: Communicator,
    *,
    jobs: int,
    progress: Step,
) -> str:
    """Return the content digest of the finished files; each rank hashes its share."""
    entries = created.entries
    pieces = chunks(entries)
    mine = hash_chunks(
        entries, pieces[communicator.rank :: communicator.size], jobs=jobs, progress=progress
    )
    hashes: list[Any] = [None] * len(pieces)
    for rank, part in enumerate(communicator.allgather(mine)):
        hashes[rank :: communicator.size] = part
    return combine(populations, created.attributes, entries, hashes)
