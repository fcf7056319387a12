"""Counter-based random numbers: Philox4x32-10, vectorised.

Philox (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011) maps a
counter and a key to 128 random bits, without a state. The number of an event depends on what the
event is (which target, which purpose, which draw), never on what was drawn before, in which thread.

The compiled twin of this function is in :mod:`livn_core.sampling.loops`.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray

__all__ = ["CANDIDATE", "COUNT", "DIRECT", "PAIR", "multiply_high", "philox", "unit"]

UInt64 = NDArray[np.uint64]

#: What a draw is for: the second word of its counter.
CANDIDATE, DIRECT, COUNT, PAIR = 0, 1, 2, 3

MULTIPLIERS = np.array([[0xD2511F53], [0xCD9E8D57]], np.uint64)
#: What the key grows by, from round to round.
ROUNDS = np.arange(10, dtype=np.uint64)[:, None, None] * np.array(
    [[0x9E3779B9], [0xBB67AE85]], np.uint64
)
#: Where the halves of a 64-bit word are in memory.
LOW, HIGH = (0, 1) if sys.byteorder == "little" else (1, 0)
MASK = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)
#: A double in [0, 1) from the upper 53 bits of a word.
TO_UNIT = 2.0**-53


def philox(
    draw: NDArray[Any], purpose: int, target: NDArray[Any], key: int
) -> tuple[UInt64, UInt64]:
    """Return two random 64-bit words for each draw (n,) below 2^32 of a target (n,).

    ``purpose`` is :data:`CANDIDATE`, :data:`DIRECT`, :data:`COUNT` or :data:`PAIR`; ``key`` the
    unsigned 64-bit key of the projection.
    """
    # The two halves of the counter side by side: one call of NumPy works on both.
    even = np.empty((2, len(draw)), np.uint32)
    even[0], even[1] = draw, target
    odd = np.zeros_like(even)
    odd[0] = purpose
    for keys in (np.array([[key & 0xFFFFFFFF], [key >> 32]], np.uint64) + ROUNDS).astype(np.uint32):
        halves = (even * MULTIPLIERS)[::-1].view(np.uint32)
        even = halves[:, HIGH::2] ^ odd
        even ^= keys
        odd = halves[:, LOW::2]
    words = np.empty((2, 2 * len(draw)), np.uint32)
    words[:, HIGH::2], words[:, LOW::2] = even, odd
    first, second = words.view(np.uint64)
    return first, second


def unit(word: UInt64) -> FloatArray:
    """Return the word as a double in [0, 1)."""
    return (word >> np.uint64(11)).astype(np.float64) * TO_UNIT


def multiply_high(a: UInt64, b: UInt64) -> UInt64:
    """Return the upper 64 bits of the 128-bit product: with ``a`` random, an integer below ``b``."""
    a1, a0, b1, b0 = a >> SHIFT, a & MASK, b >> SHIFT, b & MASK
    middle = a1 * b0 + (a0 * b0 >> SHIFT)
    return a1 * b1 + (middle >> SHIFT) + ((a0 * b1 + (middle & MASK)) >> SHIFT)
