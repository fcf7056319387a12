"""Write the rows of finished blocks to their places in the files."""

from __future__ import annotations

import collections
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.neuroh5.layout import TableSlots
from livn_core.neuroh5.positioned import as_bytes, write_at
from livn_core.program import Task
from livn_core.run.journal import COUNTS
from livn_core.run.spool import Spool

__all__ = ["OpenFiles", "write_rows"]

#: Seconds between the requests to put on disk what is written.
FLUSH_SECONDS = 0.03
#: Rows that are numbered at a time, few enough to stay in a core's cache, and written at a time.
COUNTED_ROWS, WRITTEN_ROWS = 1 << 15, 1 << 18


class OpenFiles:
    """The datasets of the created files, open for writing by position: file -> dataset -> offset."""

    def __init__(self, files: Mapping[Path, Mapping[str, int]]) -> None:
        self._offsets: dict[str, tuple[int, int]] = {}
        self._handles: list[int] = []
        for path, offsets in files.items():
            handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
            self._handles.append(handle)
            for dataset, offset in offsets.items():
                self._offsets[dataset] = (handle, offset)

    def at(self, dataset: str, nbytes: int) -> tuple[int, int]:
        """Return the open file and the position of byte ``nbytes`` of a dataset."""
        handle, offset = self._offsets[dataset]
        return handle, offset + nbytes

    def sync(self) -> None:
        """Wait until the files are on disk."""
        for handle in self._handles:
            os.fsync(handle)

    @contextmanager
    def flushing(self) -> Iterator[None]:
        """Let the disk begin on what is written within the ``with``, instead of at the end.

        A file system reports only once, to the first call that syncs a file, that its data could
        not be put on disk; that error is therefore raised here.
        """
        stop = threading.Event()

        def flush() -> None:
            while not stop.wait(FLUSH_SECONDS):
                for handle in self._handles:
                    os.fdatasync(handle)

        with ThreadPoolExecutor(1) as pool:
            flushed = pool.submit(flush)
            try:
                yield
            finally:
                stop.set()
            flushed.result()

    def close(self) -> None:
        """Close the files."""
        for handle in self._handles:
            os.close(handle)
        self._handles = []


def write_rows(
    spool: Spool,
    tasks: Sequence[Task],
    slots: Mapping[str, TableSlots],
    bases: Mapping[str, NDArray[np.int64]],
    open_files: OpenFiles,
    *,
    jobs: int,
    progress: Callable[[int, int], None],
) -> None:
    """Write every block of a spool, columns and pointers, and drop it from memory.

    ``slots`` are table key -> where the table goes; ``bases`` table key -> (tasks,) rows of it before
    each task. A file has one thread at most.
    """
    numbers = sorted(spool.blocks)
    files: dict[int, dict[str, list[TableSlots]]] = {}
    for where in slots.values():
        tables = files.setdefault(open_files.at(where.pointer.path, 0)[0], {})
        tables.setdefault(where.population.name, []).append(where)

    written, lock = collections.Counter[int](), threading.Lock()

    def write(tables: Mapping[str, Sequence[TableSlots]], number: int) -> None:
        for where in tables.get(tasks[number].population, ()):
            base = int(bases[where.table.key][number])
            counts = spool.counts(number, where.table.key)
            _write_pointers(tasks[number], counts, where, base, open_files)
            _write_columns(spool, number, counts, where, base, open_files)
        with lock:
            written[number] += 1
            if written[number] == len(files):
                # This frees memory for the pages of the files.
                spool.forget(number)

    if jobs == 1:
        for number in numbers:
            for tables in files.values():
                write(tables, number)
            progress(written.total(), len(files) * len(numbers))
        return
    # A file system lets one thread at a time write to a file: more would wait for each other.
    writers = [ThreadPoolExecutor(1) for _ in range(max(1, min(jobs, len(files))))]
    try:
        futures = [
            writers[file % len(writers)].submit(write, tables, number)
            for number in numbers
            for file, tables in enumerate(files.values())
        ]
        for done, future in enumerate(as_completed(futures), start=1):
            future.result()
            progress(done, len(futures))
    finally:
        for writer in writers:
            writer.shutdown(wait=True, cancel_futures=True)


def _write_columns(
    spool: Spool,
    number: int,
    counts: NDArray[np.int64],
    where: TableSlots,
    base: int,
    open_files: OpenFiles,
) -> None:
    counters = {column.name for column in where.table.columns if column.per_cell_counter}
    for piece in spool.blocks[number].pieces:
        key, column = piece
        if key != where.table.key or column == COUNTS:
            continue
        slot = where.columns[column]
        handle, offset = open_files.at(slot.path, base * slot.dtype.itemsize)
        if column in counters:
            first = spool.values(number, piece, slot.dtype)
            for values in _numbers(first, counts):
                write_at(handle, as_bytes(values), offset)
                offset += values.nbytes
        else:
            spool.copy(number, piece, handle, offset)


def _numbers(first: NDArray[Any], counts: NDArray[np.int64]) -> Iterator[NDArray[Any]]:
    """Yield ``first[cell]``, ``first[cell] + 1``, ... for each cell's rows, in parts.

    A part is valid until the next one. Numbers wrap around in between, as unsigned ones do.
    """
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    buffer = np.empty(min(total, WRITTEN_ROWS + int(counts.max(initial=0))), first.dtype)
    start = filled = 0
    while start < len(counts):
        before = ends[start] - counts[start]
        stop = max(start + 1, int(np.searchsorted(ends, before + COUNTED_ROWS, side="right")))
        rows = counts[start:stop]
        size = int(ends[stop - 1] - before)
        if filled and filled + size > len(buffer):
            yield buffer[:filled]
            filled = 0
        shift = first[start:stop] - (ends[start:stop] - rows - before).astype(first.dtype)
        buffer[filled : filled + size] = np.arange(size, dtype=first.dtype)
        buffer[filled : filled + size] += np.repeat(shift, rows)
        filled += size
        start = stop
    yield buffer[:filled]


def _write_pointers(
    task: Task, counts: NDArray[np.int64], where: TableSlots, base: int, open_files: OpenFiles
) -> None:
    ends = base + np.cumsum(counts)
    last = task.stop == where.population.count
    # Each block writes the first row of its cells; the last one the number of rows behind them.
    pointers = np.concatenate(([base], ends if last else ends[:-1])).astype("<u8")
    handle, offset = open_files.at(where.pointer.path, task.start * 8)
    write_at(handle, as_bytes(pointers), offset)
