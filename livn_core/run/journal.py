"""A finished block as it is kept: its pieces one after another, and its line in the journal."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from livn_core.neuroh5.positioned import read_at, scratch
from livn_core.program import Table

__all__ = ["COUNTS", "Stored", "checksum", "lay_out", "line_of", "parse_line"]

#: Name of the piece that holds a table's rows a cell, uint32.
COUNTS = ""


@dataclass(slots=True)
class Stored:
    """A finished block."""

    #: Table key -> rows of the block; tables without rows are left out.
    rows: dict[str, int]
    #: (table key, column or :data:`COUNTS`) -> (first byte in the block, bytes).
    pieces: dict[tuple[str, str], tuple[int, int]]
    #: Bytes of the block.
    size: int
    #: The pieces in order, while the block is in memory.
    buffers: list[memoryview] | None = None
    #: Where the block is on disk.
    file: Path | None = None
    offset: int = 0


def lay_out(rows: dict[str, int], tables: Sequence[Table], cells: int) -> Stored:
    """Return where the pieces of a block of so many cells lie.

    ``rows`` are table key -> rows, of the ``tables`` of its population that have any.
    """
    pieces: dict[tuple[str, str], tuple[int, int]] = {}
    at = 0
    for table in tables:
        if table.key not in rows:
            continue
        sizes = {COUNTS: 4 * cells}
        for column in table.columns:
            if column.constant is None:
                values = column.length(cells, rows[table.key])
                sizes[column.name] = values * np.dtype(column.dtype).itemsize
        for name, nbytes in sizes.items():
            pieces[table.key, name] = (at, nbytes)
            at += nbytes
    return Stored(rows, pieces, at)


def line_of(number: int, stored: Stored, file: str, offset: int, crc: int) -> bytes:
    """Return the journal line of a block that was written to ``offset`` of ``file``."""
    entry = {"task": number, "file": file, "at": offset, "crc": crc, "rows": stored.rows}
    return f"{json.dumps(entry)}\n".encode()


def parse_line(line: bytes) -> dict[str, Any] | None:
    """Return a journal line's content; None where a kill cut it short."""
    try:
        entry = json.loads(line) if line.endswith(b"\n") else None
    except ValueError:
        return None
    wanted = {"task": int, "file": str, "at": int, "crc": int, "rows": dict}
    whole = isinstance(entry, dict) and all(isinstance(entry.get(k), t) for k, t in wanted.items())
    return entry if whole else None


def checksum(handle: int, nbytes: int, offset: int) -> int:
    """Return the CRC-32 of a part of a file."""
    crc = 0
    while nbytes:
        step = min(nbytes, 1 << 20)
        crc = zlib.crc32(read_at(handle, scratch(step), offset), crc)
        nbytes, offset = nbytes - step, offset + step
    return crc
