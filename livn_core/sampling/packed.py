"""Edges of a block as packed pairs: source and distance in one word, brought in order by target.

A word is ``source << 32 | the bits of the float32 distance``: 8 bytes an edge.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.drawing import NONE, NOTHING
from livn_core.sampling.philox import MASK, SHIFT

__all__ = ["Pairs", "arranged", "by_target", "pack"]

UInt64 = NDArray[np.uint64]
#: (targets,) int64, how many pairs each has, and their words, those that are refused included.
Pairs = tuple[NDArray[np.int64], NDArray[np.int64], UInt64]


def pack(source: NDArray[Any], distance: NDArray[np.float32]) -> UInt64:
    """Return the words of edges, (n,)."""
    return (source.astype(np.uint64) << SHIFT) | distance.view(np.uint32)


def by_target(
    parts: Iterable[Pairs], start: int, number: int, *, compiled: bool
) -> tuple[NDArray[np.int64], UInt64]:
    """Return how many words each of ``number`` targets from ``start`` on has, and all words by target.

    Those that are refused are left out. ``compiled`` as in :func:`arranged`.
    """
    parts = [part for part in parts if len(part[2])]
    held = np.zeros(number, np.int64)
    if not parts:
        return held, np.empty(0, np.uint64)
    if not compiled:
        target = np.concatenate([np.repeat(targets, counts) for targets, counts, _ in parts])
        packed = np.concatenate([words for _, _, words in parts])
        kept = np.flatnonzero(packed != NOTHING)
        order = kept[np.argsort(target[kept], kind="stable")]
        return np.bincount(target[order] - start, minlength=number), packed[order]
    from livn_core.sampling import thinning_loops

    for targets, each, words in parts:
        thinning_loops.count(start, targets, each, words, held)
    at = np.cumsum(held) - held
    buffer = np.empty(int(held.sum()), np.uint64)
    for targets, each, words in parts:
        thinning_loops.distribute(start, targets, each, words, at, buffer)
    return held, buffer


def arranged(
    parts: Iterable[Pairs], start: int, stop: int, sources: int, *, compiled: bool
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.float32]]:
    """Return in-degrees, sources and distances by target, then source; each source once a target.

    ``sources`` is the number of source cells; whether compiled code does it does not change the result.
    """
    number = max(stop - start, 0)
    held, packed = by_target(parts, start, number, compiled=compiled)
    if not compiled or not len(packed):
        target = np.repeat(np.arange(number), held)
        order = np.lexsort((packed, target))
        target, packed = target[order], packed[order]
        source = packed >> SHIFT
        again = (target[1:] == target[:-1]) & (source[1:] == source[:-1])
        once = np.concatenate(([True], ~again))[: len(target)]
        distance = (packed[once] & MASK).astype(np.uint32).view(np.float32)
        return np.bincount(target[once], minlength=number), source[once].astype(np.uint32), distance
    from livn_core.sampling import sorting_loops

    counts = np.empty(number, np.int64)
    found = np.empty(len(packed) + 1, np.uint32), np.empty(len(packed) + 1, np.float32)
    sorting_loops.arrange(
        0,
        number,
        packed,
        np.cumsum(held),
        np.full(number, NONE, np.uint32),
        sorting_loops.digits(sources),
        np.empty((2, int(held.max()) + 1), np.uint64),
        *found,
        counts,
    )
    edges = int(counts.sum())
    return counts, found[0][:edges], found[1][:edges]
