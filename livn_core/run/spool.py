"""Where finished blocks wait until all sizes are known: in memory while they are few, then on disk.

A block on disk is listed in a journal once all its bytes are written, with their checksum. An
interrupted run is taken up from the journals of all the processes that worked on it: a block
counts only when its line is whole and its bytes are what the line says.
"""

from __future__ import annotations

import os
import threading
import time
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.neuroh5.positioned import as_bytes, copy_range, read_at, scratch, write_at
from livn_core.program import Block, Table, Task
from livn_core.run.journal import COUNTS, Stored, checksum, lay_out, line_of, parse_line

__all__ = ["Spool", "memory_budget"]

#: Bytes of blocks that are held in memory at most; what is more goes to disk.
MEMORY = 1 << 30
#: Seconds after which all blocks go to disk, so that an interrupted run can be resumed.
PATIENCE = 30.0


def memory_budget(processes: int) -> int:
    """Return the bytes of blocks that each of some processes on a machine may hold."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(MEMORY, machine // 8 // processes)


class Spool:
    """The finished blocks of one process. Threads may put blocks at the same time.

    Parameters
    ----------
    directory
        Where blocks go that do not fit into memory; nothing is created before that.
    tasks, tables
        All tasks of the run, whose numbers blocks are known by; population -> its tables.
    name
        Name of this process's files: no other process or attempt may use it.
    memory
        Bytes of blocks to hold in memory.
    """

    def __init__(
        self,
        directory: Path,
        tasks: Sequence[Task],
        tables: Mapping[str, tuple[Table, ...]],
        *,
        name: str = "0-0",
        memory: int,
    ) -> None:
        self.blocks: dict[int, Stored] = {}
        self._directory = directory
        self._tasks = tasks
        self._tables = tables
        self._name = name
        self._memory = memory
        self._deadline = time.monotonic() + PATIENCE
        self._lock = threading.Lock()
        self._held: list[int] = []
        self._held_bytes = 0
        self._end = 0
        self._handles: dict[Path, int] = {}
        self._journal: int | None = None

    def put(self, number: int, block: Block) -> None:
        """Keep the block of task ``number``."""
        rows = {key: int(counts.sum()) for key, (counts, _) in block.rows.items()}
        stored = self._laid_out(number, {key: n for key, n in rows.items() if n})
        arrays = [
            block.rows[key][0].astype("<u4") if name == COUNTS else block.rows[key][1][name]
            for key, name in stored.pieces
        ]
        stored.buffers = [as_bytes(values) for values in arrays]
        # Columns may be one and the same array.
        self._keep(number, stored, sum({id(values): values.nbytes for values in arrays}.values()))

    def parcel(self, number: int) -> tuple[int, dict[str, int], bytes]:
        """Return a block as it travels to another process's spool: number, rows, bytes."""
        stored = self.blocks[number]
        if stored.buffers is not None:
            return number, stored.rows, b"".join(stored.buffers)
        data = read_at(self._handle(stored), scratch(stored.size), stored.offset)
        return number, stored.rows, bytes(data)

    def take(self, parcel: tuple[int, dict[str, int], bytes]) -> None:
        """Keep a block that another process made."""
        number, rows, data = parcel
        stored = self._laid_out(number, rows)
        view = memoryview(data)
        stored.buffers = [view[at : at + nbytes] for at, nbytes in stored.pieces.values()]
        self._keep(number, stored, stored.size)

    def _laid_out(self, number: int, rows: dict[str, int]) -> Stored:
        task = self._tasks[number]
        return lay_out(rows, self._tables.get(task.population, ()), task.stop - task.start)

    def _keep(self, number: int, stored: Stored, held: int) -> None:
        with self._lock:
            self.blocks[number] = stored
            late = time.monotonic() > self._deadline
            if not late and self._held_bytes + held <= self._memory:
                self._held.append(number)
                self._held_bytes += held
                return
            spilled = [number]
            if late:
                spilled += self._held
                self._held, self._held_bytes = [], 0
        for each in spilled:
            self._spill(each)

    def _spill(self, number: int) -> None:
        stored = self.blocks[number]
        path = self._directory / f"blocks-{self._name}.bin"
        with self._lock:
            handle = self._open(path, os.O_RDWR | os.O_CREAT)
            offset = self._end
            self._end += stored.size
        buffers = stored.buffers or []
        crc, at = 0, offset
        for buffer in buffers:
            write_at(handle, buffer, at)
            crc = zlib.crc32(buffer, crc)
            at += len(buffer)
        with self._lock:
            if self._journal is None:
                self._journal = os.open(
                    self._directory / f"journal-{self._name}",
                    os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC,
                    0o666,
                )
            os.write(self._journal, line_of(number, stored, path.name, offset, crc))
            stored.file, stored.offset, stored.buffers = path, offset, None

    def recover(self, *, rank: int = 0, size: int = 1) -> None:
        """Take up the whole blocks that earlier attempts left, or this rank's share of them.

        Every rank must have returned from here before any of them puts a block.
        """
        found: dict[int, list[dict[str, Any]]] = {}
        for journal in sorted(self._directory.glob("journal-*")):
            for line in journal.read_bytes().splitlines(keepends=True):
                if (entry := parse_line(line)) is not None:
                    found.setdefault(entry["task"], []).append(entry)
        for number in sorted(found)[rank::size]:
            for entry in found[number]:
                if self._recover_block(entry):
                    break

    def _recover_block(self, entry: dict[str, Any]) -> bool:
        number, path = entry["task"], self._directory / entry["file"]
        if not 0 <= number < len(self._tasks) or not path.is_file():
            return False
        stored = self._laid_out(number, entry["rows"])
        handle = self._open(path, os.O_RDONLY)
        try:
            whole = checksum(handle, stored.size, entry["at"]) == entry["crc"]
        except EOFError:
            whole = False
        if whole:
            stored.file, stored.offset = path, entry["at"]
            self.blocks[number] = stored
        return whole

    def _open(self, path: Path, flags: int) -> int:
        if path not in self._handles:
            self._handles[path] = os.open(path, flags | os.O_CLOEXEC, 0o666)
        return self._handles[path]

    def counts(self, number: int, key: str) -> NDArray[np.int64]:
        """Return the rows of each cell of a block in a table, (cells,) int64."""
        task = self._tasks[number]
        if key not in self.blocks[number].rows:
            return np.zeros(task.stop - task.start, dtype=np.int64)
        return self.values(number, (key, COUNTS), np.dtype("<u4")).astype(np.int64)

    def values(self, number: int, piece: tuple[str, str], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Return a small piece of a block; it may be gone when this thread asks for the next."""
        stored = self.blocks[number]
        data = self._held_piece(stored, piece)
        if data is None:
            start, nbytes = stored.pieces[piece]
            data = read_at(self._handle(stored), scratch(nbytes), stored.offset + start)
        return np.frombuffer(data, dtype=dtype)

    def _held_piece(self, stored: Stored, piece: tuple[str, str]) -> memoryview | None:
        # Another thread may spill the buffers at any moment; this reference keeps them valid.
        buffers = stored.buffers
        return None if buffers is None else buffers[list(stored.pieces).index(piece)]

    def _handle(self, stored: Stored) -> int:
        path = stored.file
        if path is None:
            raise RuntimeError("a block is neither in memory nor on disk")
        with self._lock:
            return self._open(path, os.O_RDONLY)

    def copy(self, number: int, piece: tuple[str, str], target: int, offset: int) -> int:
        """Write a piece of a block to an open file at ``offset``; return its bytes."""
        stored = self.blocks[number]
        start, nbytes = stored.pieces[piece]
        held = self._held_piece(stored, piece)
        if held is not None:
            write_at(target, held, offset)
        else:
            copy_range(self._handle(stored), stored.offset + start, target, offset, nbytes)
        return nbytes

    def forget(self, number: int) -> None:
        """Drop a block from memory: nobody asks for it any more."""
        self.blocks[number].buffers = None

    def close(self) -> None:
        """Close the files; they stay where they are."""
        handles = list(self._handles.values())
        if self._journal is not None:
            handles.append(self._journal)
        self._handles, self._journal = {}, None
        for handle in handles:
            # The content is no longer needed, and an error here would hide an earlier one.
            with suppress(OSError):
                os.close(handle)
