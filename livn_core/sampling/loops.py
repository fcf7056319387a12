"""The inner loops of the sampler, compiled: the same numbers as :mod:`livn_core.sampling.numpy_draw`.

Only IEEE additions, multiplications, divisions and square roots, in the order in which the NumPy
twin does them: so both give the same edges, bit for bit.
"""

# Types here are numba's, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import numpy as np

from livn_core.sampling.jit import compiled_loop
from livn_core.sampling.philox import MASK, SHIFT

__all__ = ["draw"]


M0, M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
W0, W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
ELEVEN = np.uint64(11)
TO_UNIT = 2.0**-53
#: Where a squared distance's interval is in its bits: as in livn_core.sampling.probability_bounds.
INTERVAL = np.int64(46)
#: Random words are made this many at a time, which the compiler vectorises.
CHUNK = 256
#: The running sums are searched in two steps of comparisons without a branch.
GROUP = 32
LARGEST = np.int64(2**63 - 1)


@compiled_loop(inline="always")
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


@compiled_loop(inline="always")
def _unit(word):
    return np.float64(np.int64(word >> ELEVEN)) * TO_UNIT


@compiled_loop(inline="always")
def _multiply_high(a, b):
    a1, a0, b1, b0 = a >> SHIFT, a & MASK, b >> SHIFT, b & MASK
    middle = a1 * b0 + ((a0 * b0) >> SHIFT)
    return a1 * b1 + (middle >> SHIFT) + ((a0 * b1 + (middle & MASK)) >> SHIFT)


@compiled_loop()
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


@compiled_loop(inline="always")
def _interval(squared, first, last):
    return min(max((np.float64(squared).view(np.int64) >> INTERVAL) - first, 0), last)


@compiled_loop(inline="always")
def _packed(source, squared):
    return (np.uint64(source) << SHIFT) | np.uint64(np.float32(np.sqrt(squared)).view(np.uint32))


@compiled_loop()
def _settle(size, direct, tx, ty, near, first, limit, chunk, pairs, used, unsure, open_pairs):
    """Take a chunk of pairs whose thresholds are below the probability_bounds; return the new numbers.

    Without a branch on what is random, which a processor cannot foresee.
    """
    places, thresholds, bounds, squares, packed, taken, left_open, spots = chunk
    last = len(limit) - 1
    opened = 0
    # By itself, so that many cells are fetched from memory at the same time.
    for i in range(size):
        place = places[i]
        dx = tx - near[place, 0]
        dy = ty - near[place, 1]
        squared = dx * dx + dy * dy
        interval = np.uint64(_interval(squared, first, last))
        squares[i] = squared
        packed[i] = _packed(near[place, 2], squared)
        below = thresholds[i] < limit[interval, 1]
        is_open = below & (thresholds[i] >= limit[interval, 0])
        taken[i] = below
        left_open[i] = is_open
        opened += is_open
    for i in range(size):
        # Written in any case, and kept if it is taken.
        pairs[used] = packed[i]
        spots[i] = used
        used += taken[i]
    if opened:
        unsure_at, unsure_squared, unsure_threshold, unsure_bound, unsure_direct = unsure
        for i in range(size):
            if left_open[i]:
                unsure_at[open_pairs] = spots[i]
                unsure_squared[open_pairs] = squares[i]
                unsure_threshold[open_pairs] = thresholds[i]
                # The table states a bound, too: who exceeds either of them is found out.
                interval = np.uint64(_interval(squares[i], first, last))
                unsure_bound[open_pairs] = min(bounds[i], limit[interval, 1])
                unsure_direct[open_pairs] = direct != 0
                open_pairs += 1
    return used, open_pairs


@compiled_loop()
def draw(
    begin,
    targets,
    grid,
    cells,
    runs,
    unit,
    key,
    tables,
    probability_bounds,
    scratch,
    pairs,
    ends,
    unsure,
):
    """Draw the edges of the targets from ``begin`` on, until the buffers are full.

    ``pairs`` receives source and distance (float32 bits), packed, of what the probability_bounds takes or
    leaves open; ``ends[t]`` is where those of target ``t`` end. What it leaves open is listed in
    ``unsure``: its place in ``pairs``, squared distance, threshold, bound, whether direct.

    Returns the next target, how many pairs and how many unsure ones were written, and the room
    that the next target needs.
    """
    cell, column, row, x, y = targets
    columns, rows, base, start, count = grid
    order, cell_x, cell_y, near = cells
    first, run_dy, run_dx, run_entry, run_length, bound = runs
    k0, k1 = key & MASK, key >> SHIFT
    exp_table, series, inverse, piece_cdf = tables
    bounds_first, certain, limit_p, limit_rate = probability_bounds
    running, coarse, node_start, node_bound, direct_start, direct_count = scratch
    words, others = np.empty(CHUNK, np.uint64), np.empty(CHUNK, np.uint64)
    draws, places = np.empty(CHUNK, np.uint64), np.empty(CHUNK, np.uint64)
    thresholds, bounds, squares = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    packed, taken = np.empty(CHUNK, np.uint64), np.empty(CHUNK, np.int64)
    left_open, spots = np.empty(CHUNK, np.int64), np.empty(CHUNK, np.int64)
    settled = (places, thresholds, bounds, squares, packed, taken, left_open, spots)
    levels = (len(first) - 1) // 4
    # What the levels above each add up to: nodes, direct nodes, mass, direct pairs.
    above = np.zeros((levels, 4), np.int64)
    # Of one type throughout: a function is compiled once for each type that it is called with.
    used, open_pairs = np.int64(0), np.int64(0)
    indirect, direct = np.int64(0), np.int64(1)
    nodes, direct_nodes, total, direct_total = 0, 0, np.int64(0), 0
    held = np.int64(0)
    last_column, last_row, groups = -1, -1, 0
    for t in range(begin, len(cell)):
        if column[t] != last_column or row[t] != last_row:
            # Levels above the highest bit that changes are as they were for the target before.
            changed = (column[t] ^ last_column) | (row[t] ^ last_row)
            level = levels
            if last_column >= 0:
                level = 0
                while level < levels - 1 and changed >> (level + 1):
                    level += 1
                nodes, direct_nodes = above[level, 0], above[level, 1]
                total, direct_total = above[level, 2], above[level, 3]
                level += 1
            last_column, last_row = column[t], row[t]
            while level > 0:
                level -= 1
                above[level, 0], above[level, 1] = nodes, direct_nodes
                above[level, 2], above[level, 3] = total, direct_total
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
        # One more than can be taken: a pair is written before it is known whether it stays.
        need = n + direct_total + 1
        if used + need > len(pairs) or open_pairs + need > len(unsure[0]):
            return t, used, open_pairs, need
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
                inside = np.int64(np.uint64(value - before) // np.uint64(each))
                places[c] = np.uint64(node_start[low] + inside)
                bounds[c] = each * unit
                thresholds[c] = _unit(others[c]) * bounds[c]
            used, open_pairs = _settle(
                size,
                indirect,
                tx,
                ty,
                near,
                bounds_first,
                limit_rate,
                settled,
                pairs,
                used,
                unsure,
                open_pairs,
            )
        seen, node = 0, 0
        at = 0
        while node < direct_nodes:
            # Pairs that are certain need no random number; the others wait for a chunk of them.
            held = np.int64(0)
            while node < direct_nodes and held < CHUNK:
                stop = min(direct_count[node], at + CHUNK - held)
                place = direct_start[node]
                if certain > 0:
                    for i in range(at, stop):
                        dx = tx - cell_x[place + i]
                        dy = ty - cell_y[place + i]
                        squared = dx * dx + dy * dy
                        sure = squared < certain
                        pairs[used] = _packed(order[place + i], squared)
                        used += sure
                        places[held] = np.uint64(place + i)
                        draws[held] = np.uint64(seen + i)
                        held += not sure
                else:
                    for i in range(at, stop):
                        places[held] = np.uint64(place + i)
                        draws[held] = np.uint64(seen + i)
                        held += 1
                at = stop
                if at == direct_count[node]:
                    seen += at
                    node += 1
                    at = 0
            for i in range(held):
                thresholds[i] = _unit(_philox(draws[i], np.uint64(1), target, k0, k1)[0])
                bounds[i] = 1.0
            used, open_pairs = _settle(
                held,
                direct,
                tx,
                ty,
                near,
                bounds_first,
                limit_p,
                settled,
                pairs,
                used,
                unsure,
                open_pairs,
            )
        ends[t] = used
    return len(cell), used, open_pairs, 0
