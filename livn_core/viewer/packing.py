"""Whole numbers in few bytes, for a page."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["packed", "steps"]


def packed(values: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
    """Write whole numbers >= 0 in 7 bits a byte, the low ones first, 128 on all but the last.

    This is the unsigned LEB128 of DWARF 5, section 7.6: below 128 a number takes one byte, below
    16,384 two.

    Examples
    --------
    >>> packed(np.array([5, 127, 128, 300])).tolist()
    [5, 127, 128, 1, 172, 2]
    """
    rest = np.asarray(values, dtype=np.uint64).reshape(-1)
    size = np.ones(rest.size, dtype=np.int64)
    for bits in range(7, 64, 7):
        size += rest >= np.uint64(1 << bits)
    ends = np.cumsum(size)
    found = np.empty(int(size.sum()), dtype=np.uint8)
    for byte in range(int(size.max(initial=0))):
        mine = size > byte
        low = (rest[mine] >> np.uint64(7 * byte)) & np.uint64(127)
        found[(ends - size + byte)[mine]] = np.where(size[mine] > byte + 1, low + 128, low)
    return found


def steps(sources: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sources of each target, sorted, as steps from one to the next: small numbers."""
    first = np.diff(targets, prepend=-1) != 0
    return np.where(first, sources, np.diff(sources, prepend=0))
