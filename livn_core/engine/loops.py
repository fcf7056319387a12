"""The inner loops of the sampler, compiled: the same numbers as :mod:`livn_core.engine.candidates`.

Imported late, and only for work that is worth it. Compiled code is kept beside the package, or in
the user's cache folder where the package cannot be written; where neither can, it is compiled anew.

Only IEEE additions, multiplications, divisions and square roots, in the order in which the NumPy
twin does them: so both give the same edges, bit for bit.
"""

# Types here are numba's, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

__all__ = ["fill"]


def _compile(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        try:
            compiled = numba.njit(cache=True, nogil=True, **options)(function)
        except RuntimeError:  # no folder to keep it in
            compiled = numba.njit(nogil=True, **options)(function)
        result: Callable[..., Any] = compiled
        return result

    return decorate


M0, M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
W0, W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
MASK, SHIFT, ELEVEN, ONE = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(11), np.uint64(1)
TO_UNIT, DIRECT_UNIT = 2.0**-53, -(2.0**-14)
#: Random words are made this many at a time, which the compiler vectorises.
CHUNK = 256
#: The running sums are searched in two steps of comparisons without a branch.
GROUP = 32
LARGEST = np.int64(2**63 - 1)


@_compile(inline="always")
def _philox(c0, c1, c2, k0, k1):
    c3 = np.uint64(0)
    for _ in range(10):
        low = c0 * M0
        high = c2 * M1
        c0 = (high >> SHIFT) ^ c1 ^ k0
        c1 = high & MASK
        c2 = (low >> SHIFT) ^ c3 ^ k1
        c3 = low & MASK
        k0 = (k0 + W0) & MASK
        k1 = (k1 + W1) & MASK
    return (c0 << SHIFT) | c1, (c2 << SHIFT) | c3


@_compile(inline="always")
def _unit(word):
    return np.float64(np.int64(word >> ELEVEN)) * TO_UNIT


@_compile(inline="always")
def _multiply_high(a, b):
    a1, a0, b1, b0 = a >> SHIFT, a & MASK, b >> SHIFT, b & MASK
    middle = a1 * b0 + ((a0 * b0) >> SHIFT)
    return a1 * b1 + (middle >> SHIFT) + ((a0 * b1 + (middle & MASK)) >> SHIFT)


@_compile()
def _poisson(mean, target, k0, k1, exp_table, series, inverse, piece_cdf):
    pieces = np.int64(np.floor(mean / 64.0))
    rest = mean - pieces * 64.0
    whole = np.int64(np.floor(rest))
    fraction = rest - whole
    term = series[0]
    for i in range(1, len(series)):
        term = term * fraction + series[i]
    term = exp_table[whole] * term
    total = term
    u = _unit(_philox(np.uint64(0), np.uint64(2), target, k0, k1)[0])
    number = 0
    while u >= total and number < len(inverse) - 1:
        number += 1
        term = term * rest * inverse[number]
        total = total + term
    for piece in range(1, pieces + 1):
        u = _unit(_philox(np.uint64(piece), np.uint64(2), target, k0, k1)[0])
        low, high = 0, len(piece_cdf)
        while low < high:
            middle = (low + high) >> 1
            if piece_cdf[middle] <= u:
                low = middle + 1
            else:
                high = middle
        number += low
    return number


@_compile()
def fill(begin, targets, grid, cells, runs, unit, key, tables, scratch, proposed, direct):
    """Fill the buffers with the candidates of the targets from ``begin`` on.

    Stops before the target whose candidates do not fit. Returns the next target, how many proposed
    and direct pairs were written, and how many of each that target needs.
    """
    place_of, cell, column, row, x, y = targets
    columns, rows, base, start, count = grid
    first, run_dy, run_dx, run_entry, run_length, bound = runs
    k0, k1 = key & MASK, key >> SHIFT
    exp_table, series, inverse, piece_cdf = tables
    running, coarse, node_start, node_bound, direct_start, direct_count, direct_bound = scratch
    pair, distance, threshold, rate = proposed
    direct_pair, direct_distance, direct_threshold, direct_rate = direct
    words, others = np.empty(CHUNK, np.uint64), np.empty(CHUNK, np.uint64)
    places = np.empty(CHUNK, np.int64)
    levels = (len(first) - 1) // 4
    used, direct_used = 0, 0
    nodes, direct_nodes, total, direct_total = 0, 0, np.int64(0), 0
    last_column, last_row, groups = -1, -1, 0
    for t in range(begin, len(cell)):
        if column[t] != last_column or row[t] != last_row:
            last_column, last_row = column[t], row[t]
            nodes, direct_nodes, total, direct_total = 0, 0, np.int64(0), 0
            for level in range(levels):
                own_column, own_row = last_column >> level, last_row >> level
                lst = 4 * level + (own_column & 1) + 2 * (own_row & 1)
                for run in range(first[lst], first[lst + 1]):
                    at_row = own_row + run_dy[run]
                    if at_row < 0 or at_row >= rows[level]:
                        continue
                    left = own_column + run_dx[run]
                    begin_run = max(left, 0)
                    end_run = min(left + run_length[run], columns[level])
                    entry = run_entry[run] - left
                    node = base[level] + at_row * columns[level]
                    if bound[run_entry[run]] < 0:
                        for at in range(begin_run, end_run):
                            n = np.int64(count[node + at])
                            if n > 0:
                                direct_start[direct_nodes] = start[node + at]
                                direct_count[direct_nodes] = n
                                direct_bound[direct_nodes] = bound[entry + at]
                                direct_nodes += 1
                                direct_total += n
                        continue
                    for at in range(begin_run, end_run):
                        n = np.int64(count[node + at])
                        b = bound[entry + at]
                        total += n * b
                        running[nodes] = total
                        node_start[nodes] = start[node + at]
                        node_bound[nodes] = b
                        nodes += n > 0
            groups = (nodes + GROUP - 1) // GROUP
            for i in range(nodes, groups * GROUP):
                running[i] = LARGEST
            for i in range(groups):
                coarse[i] = running[i * GROUP + GROUP - 1]
        target = np.uint64(cell[t])
        n = _poisson(total * unit, target, k0, k1, exp_table, series, inverse, piece_cdf)
        if used + n > len(pair) or direct_used + direct_total >= len(direct_pair):
            return t, used, direct_used, n, direct_total
        upper = np.uint64(place_of[t]) << SHIFT
        tx, ty = x[t], y[t]
        mass = np.uint64(total)
        for chunk in range(0, n, CHUNK):
            size = min(CHUNK, n - chunk)
            for i in range(size):
                words[i], others[i] = _philox(np.uint64(chunk + i), np.uint64(0), target, k0, k1)
            for c in range(size):
                value = np.int64(_multiply_high(words[c], mass))
                group = 0
                for i in range(groups):
                    group += coarse[i] <= value
                low = group * GROUP
                inside = 0
                for i in range(low, low + GROUP):
                    inside += running[i] <= value
                low += inside
                before = running[low - 1] if low > 0 else 0
                each = node_bound[low]
                places[c] = node_start[low] + np.int64(np.uint64(value - before) // np.uint64(each))
                q = each * unit
                threshold[used + c] = _unit(others[c]) * q
                rate[used + c] = q
            # By itself, so that many cells are fetched from memory at the same time.
            for c in range(size):
                place = places[c]
                dx = tx - cells[place, 0]
                dy = ty - cells[place, 1]
                pair[used + c] = upper | np.uint64(cells[place, 2])
                distance[used + c] = np.sqrt(dx * dx + dy * dy)
            used += size
        draw = 0
        for node in range(direct_nodes):
            highest = direct_bound[node] * DIRECT_UNIT
            first_place = direct_start[node]
            for place in range(first_place, first_place + direct_count[node]):
                u = _unit(_philox(np.uint64(draw), np.uint64(1), target, k0, k1)[0])
                dx = tx - cells[place, 0]
                dy = ty - cells[place, 1]
                # Written in any case, and kept if u is below the bound: no branch to mispredict.
                direct_pair[direct_used] = upper | np.uint64(cells[place, 2])
                direct_distance[direct_used] = np.sqrt(dx * dx + dy * dy)
                direct_threshold[direct_used] = u
                direct_rate[direct_used] = highest
                direct_used += u < highest
                draw += 1
    return len(cell), used, direct_used, 0, 0
