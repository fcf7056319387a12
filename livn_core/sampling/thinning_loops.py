"""The loops that thin the candidates of a pair law, compiled: what :mod:`livn_core.sampling.thinning` does.

The same IEEE operations in the same order as the NumPy twin: both keep the same edges, bit for bit.
"""

# Types here are numba's, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import numpy as np

from livn_core.sampling.drawing import NOTHING
from livn_core.sampling.jit import compiled_loop
from livn_core.sampling.loops import CHUNK, _philox, _unit
from livn_core.sampling.philox import PAIR, SHIFT

__all__ = ["decide", "distribute"]

#: Rounding leaves pairs open that are nearer to their threshold than this.
NEAR = 1e-9


@compiled_loop()
def decide(pairs, cells, factors, bound, key, packed, left_open):
    """Pack the pairs that are kept, and list those on which the kernel has to decide.

    ``pairs``: targets, how many sources each has, the sources, which cells these are (none: the same
    numbers), the distances in the plane. ``bound``: the largest factor, the distance from which no
    probability is clipped (inf: none), whether a pair below its share of the bound is kept for
    certain, and whether a cell may not be its own source. Returns the number of pairs that are left
    open: place, target, source; random number, factor, distance.
    """
    targets, counts, sources, members, distances = pairs
    target_at, source_at, target_modules, source_modules = cells
    of_target, of_source, between = factors
    largest, unclipped, certain, alone = bound
    (opened, opened_target, opened_source), (opened_u, opened_factor, opened_distance) = left_open
    k0, k1 = key & np.uint64(0xFFFFFFFF), key >> SHIFT
    words = np.empty(CHUNK, np.uint64)
    target, source = np.empty(CHUNK, np.int64), np.empty(CHUNK, np.int64)
    number, owner, left = 0, -1, 0
    for begin in range(0, len(sources), CHUNK):
        size = min(CHUNK, len(sources) - begin)
        for i in range(size):
            while left == 0:
                owner += 1
                left = counts[owner]
            left -= 1
            target[i] = targets[owner]
            s = np.int64(sources[begin + i])
            source[i] = members[s] if len(members) else s
        for i in range(size):
            words[i] = _philox(np.uint64(source[i]), np.uint64(PAIR), np.uint64(target[i]), k0, k1)[
                0
            ]
        for i in range(size):
            at, t, s = begin + i, target[i], source[i]
            factor = 1.0
            if len(of_target):
                factor *= of_target[t]
            if len(of_source):
                factor *= of_source[s]
            if len(between):
                factor *= between[source_modules[s], target_modules[t]]
            u = _unit(words[i])
            share = factor / largest
            bits = np.uint64(np.float32(distances[at]).view(np.uint32))
            packed[at] = (np.uint64(s) << SHIFT) | bits
            if (alone and t == s) or (u > share * (1 + NEAR) and distances[at] > unclipped):
                packed[at] = NOTHING
            elif not (certain and u < share * (1 - NEAR)):
                dx = target_at[t, 0] - source_at[s, 0]
                dy = target_at[t, 1] - source_at[s, 1]
                opened[number], opened_target[number], opened_source[number] = at, t, s
                opened_u[number], opened_factor[number] = u, factor
                opened_distance[number] = np.sqrt(dx * dx + dy * dy)
                number += 1
    return number


@compiled_loop()
def count(start, targets, counts, packed, held):
    """Add up how many pairs each target keeps."""
    at = 0
    for i in range(len(targets)):
        kept = 0
        for _ in range(counts[i]):
            kept += packed[at] != NOTHING
            at += 1
        held[targets[i] - start] += kept


@compiled_loop()
def distribute(start, targets, counts, packed, ends, buffer):
    """Put pairs where those of their target belong: a counting sort. ``ends`` moves on."""
    at = 0
    for i in range(len(targets)):
        to = ends[targets[i] - start]
        for _ in range(counts[i]):
            if packed[at] != NOTHING:
                buffer[to] = packed[at]
                to += 1
            at += 1
        ends[targets[i] - start] = to
