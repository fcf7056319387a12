"""Reads, writes and copies at a position, repeated until all is done: one system call may do less."""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["as_bytes", "copy_range", "read_at", "scratch", "write_at"]

#: A single system call moves less than 2 GiB.
_STEP = 1 << 30
#: Bytes that a copy moves at a time: few enough to stay in a processor's cache on the way.
_PIECE = 1 << 20

_scratch = threading.local()


def scratch(nbytes: int) -> memoryview:
    """Return this thread's buffer; its content is valid until the thread asks for it again.

    It is reused because the system would zero new memory page by page for every piece.
    """
    buffer = getattr(_scratch, "buffer", None)
    if buffer is None or len(buffer) < nbytes:
        buffer = _scratch.buffer = bytearray(nbytes)
    return memoryview(buffer)[:nbytes]


def as_bytes(values: NDArray[Any]) -> memoryview:
    """Return the bytes of an array as they lie in a file: in order, little-endian."""
    if values.size == 0:
        return memoryview(b"")
    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).data.cast("B")


def write_at(handle: int, data: bytes | bytearray | memoryview, offset: int) -> None:
    """Write all of ``data`` at ``offset``."""
    view = memoryview(data)
    while view:
        done = os.pwrite(handle, view[:_STEP], offset)
        view, offset = view[done:], offset + done


def read_at(handle: int, target: memoryview, offset: int) -> memoryview:
    """Fill ``target`` from ``offset``, and return it.

    Raises
    ------
    EOFError
        The file ends before.
    """
    view = target
    while view:
        done = os.preadv(handle, [view[:_STEP]], offset)
        if done == 0:
            raise EOFError(f"{len(view)} bytes are missing at {offset}")
        view, offset = view[done:], offset + done
    return target


def copy_range(
    source: int, start: int, target: int, offset: int, nbytes: int, *, piece: int = _PIECE
) -> None:
    """Copy ``nbytes`` from one file to another, ``piece`` bytes at a time.

    Reading and writing is as fast as ``copy_file_range`` where the kernel cannot share the blocks,
    which it cannot for pieces that do not begin at a block of the file system.
    """
    while nbytes:
        step = min(nbytes, piece)
        write_at(target, read_at(source, scratch(step), start), offset)
        nbytes, start, offset = nbytes - step, start + step, offset + step
