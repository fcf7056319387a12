"""The inner loops of the race for a fixed in-degree, compiled."""

# Types here are numba's, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import numpy as np

from livn_core.sampling.jit import compiled_loop
from livn_core.sampling.loops import _interval, _multiply_high, _philox, _unit
from livn_core.sampling.philox import MASK, SHIFT

__all__ = ["ACCEPTED", "REFUSED", "UNSURE", "candidates", "first_distinct"]

REFUSED, ACCEPTED, UNSURE = 0, 1, 2
#: Spreads the numbers of cells over a hash table (Knuth, "The Art of Computer Programming" 6.4).
SPREAD = np.uint64(0x9E3779B97F4A7C15)


@compiled_loop(inline="always")
def _slot(table, value, mine, mask):
    """Return where a value is in a hash table, or the free slot that it would get."""
    spot = ((np.uint64(value) * SPREAD) >> np.uint64(32)) & mask
    while table[spot, 1] == mine and table[spot, 0] != value:
        spot = (spot + np.uint64(1)) & mask
    return spot


@compiled_loop()
def candidates(begin, targets, grid, near, runs, unit, key, bounds, scratch, wanted, seen, out):
    """Let candidates arrive at the targets from ``begin`` on, until ``out`` is full.

    A target has enough once a few more than ``wanted`` of its candidates are surely accepted. ``seen`` counts its
    candidates over all rounds: the next one has that number. ``out`` is (source, squared distance,
    threshold, state, ends): the candidates of target ``t`` end at ``ends[t]``.

    Returns the next target.
    """
    cell, column, row, x, y = targets
    columns, rows, base, start, count = grid
    first, run_dy, run_dx, run_entry, run_length, bound = runs
    k0, k1 = key & MASK, key >> SHIFT
    bounds_first, limit = bounds
    running, node_start, node_bound = scratch
    source, squares, thresholds, state, ends = out
    levels = (len(first) - 1) // 4
    # Nodes and mass that the levels above each add up to.
    above = np.zeros((levels, 2), np.int64)
    last = len(limit) - 1
    used = np.int64(0)
    nodes, total = np.int64(0), np.int64(0)
    last_column, last_row = -1, -1
    for t in range(begin, len(cell)):
        most = 8 * wanted[t] + 256
        if used + most > len(source):
            return t
        if column[t] != last_column or row[t] != last_row:
            changed = (column[t] ^ last_column) | (row[t] ^ last_row)
            level = levels
            if last_column >= 0:
                level = 0
                while level < levels - 1 and changed >> (level + 1):
                    level += 1
                nodes, total = above[level, 0], above[level, 1]
                level += 1
            last_column, last_row = column[t], row[t]
            while level > 0:
                level -= 1
                above[level, 0], above[level, 1] = nodes, total
                own_column, own_row = last_column >> level, last_row >> level
                lst = 4 * level + (own_column & 1) + 2 * (own_row & 1)
                for run in range(first[lst], first[lst + 1]):
                    at_row = own_row + run_dy[run]
                    if at_row < 0 or at_row >= rows[level]:
                        continue
                    left = own_column + run_dx[run]
                    entry = run_entry[run] - left
                    node = base[level] + at_row * columns[level]
                    for at in range(max(left, 0), min(left + run_length[run], columns[level])):
                        n = np.int64(count[node + at])
                        b = bound[entry + at]
                        total += n * b
                        running[nodes] = total
                        node_start[nodes] = start[node + at]
                        node_bound[nodes] = b
                        nodes += n > 0
        # Some arrive twice: a few more save another round.
        sufficient = wanted[t] + wanted[t] // 4 + 8
        enough = np.int64(0)
        number = np.int64(0)
        target = np.uint64(cell[t])
        mass = np.uint64(total)
        while total > 0 and number < most and enough < sufficient:
            word, other = _philox(np.uint64(seen[t] + number), np.uint64(0), target, k0, k1)
            value = np.int64(_multiply_high(word, mass))
            low, high = np.int64(0), nodes
            while low < high:
                middle = (low + high) >> 1
                if running[middle] <= value:
                    low = middle + 1
                else:
                    high = middle
            before = running[low - 1] if low > 0 else np.int64(0)
            each = node_bound[low]
            place = node_start[low] + (value - before) // each
            dx = x[t] - near[place, 0]
            dy = y[t] - near[place, 1]
            squared = dx * dx + dy * dy
            threshold = _unit(other) * (np.float64(each) * unit)
            interval = _interval(squared, bounds_first, last)
            found = REFUSED
            if threshold < limit[interval, 0]:
                found = ACCEPTED
                enough += 1
            elif threshold < limit[interval, 1]:
                found = UNSURE
            source[used] = np.int64(near[place, 2])
            squares[used] = squared
            thresholds[used] = threshold
            state[used] = found
            used += found != REFUSED
            number += 1
        seen[t] += number
        ends[t] = used
    return len(cell)


@compiled_loop()
def first_distinct(begin, end, arrived, ends, own, wanted, found, offsets, held, table, mark):
    """Take the accepted candidates of each target in their order of arrival, each source once.

    ``found`` has the sources of target ``t`` from ``offsets[t]`` on, ``held[t]`` of them; up to
    ``wanted[t]`` more are taken, and counted off. ``own`` is the source that a target must not have.
    ``table`` is a hash table, (slots, 2): a source, and the mark of the target that put it there;
    marks from ``mark`` on are new.
    """
    source, state = arrived
    mask = np.uint64(len(table) - 1)
    at = np.int64(0)
    for t in range(begin, end):
        mine = mark + t - begin
        for i in range(held[t]):
            spot = _slot(table, np.int64(found[offsets[t] + i]), mine, mask)
            table[spot, 0] = found[offsets[t] + i]
            table[spot, 1] = mine
        while at < ends[t]:
            value = source[at]
            if wanted[t] > 0 and state[at] == ACCEPTED and value != own[t]:
                spot = _slot(table, value, mine, mask)
                if table[spot, 1] != mine:
                    table[spot, 0] = value
                    table[spot, 1] = mine
                    found[offsets[t] + held[t]] = value
                    held[t] += 1
                    wanted[t] -= 1
            at += 1
