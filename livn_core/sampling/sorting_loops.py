"""The loops that bring a batch of drawn pairs in order, compiled: by target, then by source, once each."""

# Types here are numba's, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import numpy as np

from livn_core.sampling.jit import compiled_loop
from livn_core.sampling.philox import MASK, SHIFT

__all__ = ["arrange", "deliver", "digits"]

#: Sources are sorted by so many bits at a time.
DIGIT_BITS = 8
DIGITS = 1 << DIGIT_BITS
#: So few pairs are sorted by insertion.
FEW = 24


def digits(sources):
    """Return how many digits the numbers of so many sources have."""
    return -(-int(sources - 1).bit_length() // DIGIT_BITS)


@compiled_loop()
def arrange(begin, end, pairs, ends, own, digits, scratch, sources, distances, counts):
    """Sort the pairs of targets by source, drop repeats, autapses and refused pairs.

    Writes sources and distances one target after the other, and the number of each target's.
    ``own`` is each target's own cell among the sources, or :data:`MASK` for none.
    """
    at = 0
    buckets = np.empty((4, DIGITS), np.int64)
    low = 0
    for t in range(begin, end):
        high = ends[t]
        itself = np.uint64(own[t])
        n = 0
        if high - low > FEW:
            buckets[:digits] = 0
        for i in range(low, high):
            pair = pairs[i]
            source = pair >> SHIFT
            scratch[0, n] = pair
            keep = source != itself and source != MASK
            n += keep
            for digit in range(digits):
                buckets[
                    digit, (source >> np.uint64(digit * DIGIT_BITS)) & np.uint64(DIGITS - 1)
                ] += keep
        low = high
        a, b = 0, 1
        if n <= FEW:
            for i in range(1, n):
                pair = scratch[0, i]
                j = i - 1
                while j >= 0 and scratch[0, j] > pair:
                    scratch[0, j + 1] = scratch[0, j]
                    j -= 1
                scratch[0, j + 1] = pair
        else:
            for digit in range(digits):
                shift = SHIFT + np.uint64(digit * DIGIT_BITS)
                place = 0
                for i in range(DIGITS):
                    size = buckets[digit, i]
                    buckets[digit, i] = place
                    place += size
                for i in range(n):
                    pair = scratch[a, i]
                    bucket = (pair >> shift) & np.uint64(DIGITS - 1)
                    scratch[b, buckets[digit, bucket]] = pair
                    buckets[digit, bucket] += 1
                a, b = b, a
        before = at
        previous = MASK
        for i in range(n):
            pair = scratch[a, i]
            source = pair >> SHIFT
            sources[at] = source
            distances[at] = np.uint32(pair & MASK).view(np.float32)
            at += source != previous
            previous = source
        counts[t] = at - before


@compiled_loop()
def deliver(places, counts, offsets, sources, distances, all_sources, all_distances):
    """Copy each target's edges to where they belong in the block."""
    at = 0
    for t in range(len(places)):
        to = offsets[places[t]]
        for i in range(counts[t]):
            all_sources[to + i] = sources[at + i]
            all_distances[to + i] = distances[at + i]
        at += counts[t]
