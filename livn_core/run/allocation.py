"""Keeps memory that NumPy frees for the next array, instead of handing it back to the system.

glibc maps each array above some 100 kB afresh, and the first touch of every page then costs more
than the arithmetic on it: the vectorised passes over a block run twice as fast without. The
memory of a process does not grow by it beyond what it has used at once. It holds for all of a
process, so that only commands set it, whose processes are their own: no user's program.
"""

from __future__ import annotations

import ctypes
import sys

__all__ = ["keep_freed_memory"]

# mallopt's parameters, from malloc.h
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
#: Arrays below this size come from the heap; larger ones are mapped and returned at once.
LARGEST = 32 << 20


def keep_freed_memory() -> None:
    """Set glibc's allocator; does nothing where there is none."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    for parameter, value in (
        (_MMAP_THRESHOLD, LARGEST),
        (_TRIM_THRESHOLD, 256 << 20),
        (_TOP_PAD, 16 << 20),
    ):
        mallopt(parameter, value)
