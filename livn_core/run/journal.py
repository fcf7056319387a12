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
    """A finished block.

    Parameters
    ----------
    rows
        Table key -> rows of the block; tables without rows are left out.
    pieces
        (table key, column or :data:`COUNTS`) -> (first byte in the block, bytes).
    size
        Bytes of the block.
    buffers
        The pieces in order, while the block is in memory.
    file, offset
        Where the block is on disk.
    """

    rows: dict[str, int]
    pieces: dict[tuple[str, str], tuple[int, int]]
    size: int
    buffers: list[memoryview] | None = None
    file: Path | None = None
    offset: int = 0


def lay_out(rows: dict[str, int], tables: Sequence[Table], cells: int) -> Stored:
    """Return where the pieces of a block lie.

    Parameters
    ----------
    rows
        Table key -> rows, of the tables that have any.
    tables
        Tables of the block's population.
    cells
        Cells of the block.
    """
    pieces: dict[tuple[str, str], tuple[int, int]] = {}
    at = 0
    for table in tables:
        if table.key not in rows:
            continue
        sizes = [(COUNTS, 4 * cells)] + [
            (
                column.name,
                column.length(cells, rows[table.key]) * np.dtype(column.dtype).itemsize,
            )
            for column in table.columns
            if column.constant is None
        ]
        for name, nbytes in sizes:
            pieces[table.key, name] = (at, nbytes)
            at += nbytes
    return Stored(rows, pieces, at)


def line_of(number: int, stored: Stored, file: str, offset: int, crc: int) -> bytes:
    """Return the journal line of a block that was written to ``offset`` of ``file``."""
    entry = {"task": number, "file": file, "at": offset, "crc": crc, "rows": stored.rows}
    return f"{json.dumps(entry)}\n".encode()


def parse_line(line: bytes) -> dict[str, Any] | None:
    """Return a journal line's content; None where a kill cut it short."""
    if not line.endswith(b"\n"):
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    wanted = {"task": int, "file": str, "at": int, "crc": int, "rows": dict}
    if not isinstance(entry, dict) or not all(
        isinstance(entry.get(name), kind) for name, kind in wanted.items()
    ):
        return None
    return entry


def checksum(handle: int, nbytes: int, offset: int) -> int:
    """Return the CRC-32 of a part of a file."""
    crc = 0
    while nbytes:
        step = min(nbytes, 1 << 20)
        crc = zlib.crc32(read_at(handle, scratch(step), offset), crc)
        nbytes, offset = nbytes - step, offset + step
    return crc
