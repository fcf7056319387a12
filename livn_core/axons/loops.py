"""The inner loops of growing axons and of finding what they touch, compiled."""

# Types here are numba's, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import numpy as np

from livn_core.axons.wall_loops import near_walls, visible
from livn_core.sampling.jit import compiled_loop
from livn_core.sampling.loops import _philox, _unit
from livn_core.sampling.philox import MASK, SHIFT

__all__ = [
    "arc_of_contact",
    "grow_paths",
    "index_segments",
    "inside_pairs",
    "path_lengths",
    "touched",
]

#: Second word of a segment's counter; below are the draws of a whole cell.
STEP = np.uint64(2)
#: A segment of less than this share of the usual length is the rest at an axon's tip.
WHOLE = 0.999
#: Points of which the first one's axon is known.
OWNED = 32
#: Points are rounded to float32: a segment may be longer by so much, squared.
ROOM = 1.001


@compiled_loop()
def grow_paths(cells, x, y, heading, length, first, segment, angle, start, key, paths):
    """Fill in the points of the axons of some cells; ``cells`` are their numbers."""
    k0, k1 = key & MASK, key >> SHIFT
    for cell in range(len(x)):
        phi = heading[cell]
        px = x[cell] + start * np.cos(phi)
        py = y[cell] + start * np.sin(phi)
        paths[first[cell], 0] = px
        paths[first[cell], 1] = py
        left = length[cell]
        for point in range(first[cell] + 1, first[cell + 1]):
            step = min(segment, left)
            left -= step
            number = np.uint64(point - first[cell])
            a, b = _philox(cells[cell], STEP, number, k0, k1)
            normal = np.sqrt(-2.0 * np.log1p(-_unit(a))) * np.cos(2.0 * np.pi * _unit(b))
            phi += angle * np.sqrt(step / segment) * normal
            px += step * np.cos(phi)
            py += step * np.sin(phi)
            paths[point, 0] = px
            paths[point, 1] = py


@compiled_loop()
def index_segments(points, first, low_x, low_y, side, columns, begins, segments):
    """Sort the segments by the grid cell of their middle: a counting sort, in two passes."""
    for fill in range(2):
        for cell in range(len(first) - 1):
            for s in range(first[cell], first[cell + 1] - 1):
                x = 0.5 * (np.float64(points[s, 0]) + np.float64(points[s + 1, 0]))
                y = 0.5 * (np.float64(points[s, 1]) + np.float64(points[s + 1, 1]))
                place = np.int64((y - low_y) / side) * columns + np.int64((x - low_x) / side)
                if fill == 0:
                    begins[place + 1] += 1
                else:
                    segments[begins[place]] = s
                    begins[place] += 1
        if fill == 0:
            for place in range(1, len(begins)):
                begins[place] += begins[place - 1]
    # Each begin has moved to its end, which is the next one's begin.
    for place in range(len(begins) - 1, 0, -1):
        begins[place] = begins[place - 1]
    begins[0] = 0


@compiled_loop()
def path_lengths(points, first, lengths):
    """Fill in the length of each axon."""
    for cell in range(len(first) - 1):
        for s in range(first[cell], first[cell + 1] - 1):
            dx = np.float64(points[s + 1, 0]) - np.float64(points[s, 0])
            dy = np.float64(points[s + 1, 1]) - np.float64(points[s, 1])
            lengths[cell] += np.sqrt(dx * dx + dy * dy)


@compiled_loop(inline="always")
def _chord(ax, ay, bx, by, cx, cy, squared):
    """Return the entry and the exit of a segment in a disc, as shares of its length; 0, 0 for none."""
    dx, dy = bx - ax, by - ay
    fx, fy = ax - cx, ay - cy
    a = dx * dx + dy * dy
    if a == 0.0:
        return 0.0, 0.0
    half = fx * dx + fy * dy
    c = fx * fx + fy * fy - squared
    discriminant = half * half - a * c
    if discriminant <= 0.0:
        return 0.0, 0.0
    root = np.sqrt(discriminant)
    enter = max((-half - root) / a, 0.0)
    leave = min((-half + root) / a, 1.0)
    if leave <= enter:
        return 0.0, 0.0
    return enter, leave


@compiled_loop(inline="always")
def _whole(s, end, step, segment):
    """Return whether a segment is a whole one: all but the rest at an axon's tip are."""
    return step > WHOLE * segment or (s + 2 < end and step > 0.0)


@compiled_loop()
def touched(
    begin, targets, x, y, radius, points, first, grid, index, scratch, own, walls, hidden, out
):
    """Find the axons that enter the discs of the targets from ``begin`` on.

    Of a segment that the ``walls`` hide from the soma, judged by the middle of what is inside, and of
    one that is ``hidden`` from all, nothing counts.

    ``scratch`` is one value a source cell, all 0: length of the path inside, and ends of whole segments
    inside. ``out`` is (counts, source, length, number), filled target after target,
    sources ascending. Returns where in ``targets`` it stopped: ``out`` may be too short for all.
    """
    low_x, low_y, side, columns, rows, segment = grid
    begins, segments, owners = index
    length, number = scratch
    counts, out_source, out_length, out_number = out
    used = 0
    sources = len(first) - 1
    seen = np.empty(sources, np.int64)
    hides = len(hidden) > 0
    stamp, near = np.full(len(walls[0]), -1), np.empty((len(walls[0]), 7))
    for place in range(begin, len(targets)):
        t = targets[place]
        # In registers: a compiler cannot know that ``out`` is another memory than ``x``.
        tx, ty, around = x[t], y[t], radius[t]
        blocks = near_walls(tx, ty, around, walls, stamp, place, near)
        reach = around + 0.5 * segment
        squared = around * around
        # Beyond that a segment of usual length cannot enter.
        far = (around + segment) * (around + segment) * ROOM
        left = max(int(np.floor((tx - reach - low_x) / side)), 0)
        right = min(int(np.floor((tx + reach - low_x) / side)), columns - 1)
        bottom = max(int(np.floor((ty - reach - low_y) / side)), 0)
        top = min(int(np.floor((ty + reach - low_y) / side)), rows - 1)
        found = 0
        # The source of the last segment, its segments, and what of it is inside so far.
        low, its_first, its_end = np.int64(-1), np.int64(0), np.int64(0)
        inside, ends = 0.0, np.int64(0)
        for row in range(bottom, top + 1):
            if right < left:
                break
            # The row's nearest edge to the soma, and how wide what is in reach can be there.
            away = max(low_y + row * side - ty, ty - low_y - (row + 1) * side, 0.0)
            wide = np.sqrt(max(reach * reach * ROOM - away * away, 0.0))
            begin_at = max(np.int64(np.floor((tx - wide - low_x) / side)), left)
            end_at = min(np.int64(np.floor((tx + wide - low_x) / side)), right)
            if end_at < begin_at:
                continue
            for at in range(begins[row * columns + begin_at], begins[row * columns + end_at + 1]):
                s = np.int64(segments[at])
                ax, ay = np.float64(points[s, 0]), np.float64(points[s, 1])
                from_a = (ax - tx) * (ax - tx) + (ay - ty) * (ay - ty)
                if from_a > far:
                    continue
                bx, by = np.float64(points[s + 1, 0]), np.float64(points[s + 1, 1])
                from_b = (bx - tx) * (bx - tx) + (by - ty) * (by - ty)
                if from_a <= squared and from_b <= squared:
                    enter, leave = 0.0, 1.0
                else:
                    enter, leave = _chord(ax, ay, bx, by, tx, ty, squared)
                    if leave <= enter:
                        continue
                if hides and hidden[s]:
                    continue
                if blocks:
                    half = 0.5 * (enter + leave)
                    at_x, at_y = ax + half * (bx - ax), ay + half * (by - ay)
                    if not visible(at_x, at_y, tx, ty, near, blocks):
                        continue
                # Segments of one axon follow each other in a grid cell.
                if not its_first <= s < its_end:
                    if low >= 0:
                        length[low], number[low] = inside, ends
                    low = np.int64(owners[s // OWNED])
                    while first[low + 1] <= s:
                        low += 1
                    its_first, its_end = first[low], first[low + 1]
                    inside, ends = length[low], number[low]
                step = np.sqrt((bx - ax) * (bx - ax) + (by - ay) * (by - ay))
                # An axon that is stuck ends with a segment of no length, which touches nothing.
                if step == 0.0 or (own and low == t):
                    continue
                if inside == 0.0:
                    seen[found] = low
                    found += 1
                inside += (leave - enter) * step
                ends += leave == 1.0 and _whole(s, its_end, step, segment)
        if low >= 0:
            length[low], number[low] = inside, ends
        if used + found > len(out_source):
            for i in range(found):
                length[seen[i]] = 0.0
                number[seen[i]] = 0
            return place
        some = np.sort(seen[:found])
        for i in range(found):
            source = some[i]
            out_source[used] = source
            out_length[used] = length[source]
            out_number[used] = number[source]
            length[source] = 0.0
            number[source] = 0
            used += 1
        counts[place] = found
    return len(targets)


@compiled_loop()
def inside_pairs(
    targets, sources, x, y, radius, points, first, segment, walls, hidden, length, number
):
    """Fill in the length of the path inside, and the segment ends inside, of given pairs."""
    stamp, near = np.full(len(walls[0]), -1), np.empty((len(walls[0]), 7))
    for i in range(len(targets)):
        t, source = targets[i], sources[i]
        squared = radius[t] * radius[t]
        blocks = near_walls(x[t], y[t], radius[t], walls, stamp, i, near)
        inside, ends = 0.0, 0
        for s in range(first[source], first[source + 1] - 1):
            ax, ay = np.float64(points[s, 0]), np.float64(points[s, 1])
            bx, by = np.float64(points[s + 1, 0]), np.float64(points[s + 1, 1])
            enter, leave = _chord(ax, ay, bx, by, x[t], y[t], squared)
            if leave > enter and not (len(hidden) and hidden[s]):
                half = 0.5 * (enter + leave)
                at_x, at_y = ax + half * (bx - ax), ay + half * (by - ay)
                if blocks and not visible(at_x, at_y, x[t], y[t], near, blocks):
                    continue
                step = np.hypot(bx - ax, by - ay)
                inside += (leave - enter) * step
                ends += leave == 1.0 and _whole(s, first[source + 1], step, segment)
        length[i] = inside
        number[i] = ends


@compiled_loop()
def arc_of_contact(targets, sources, wanted, x, y, radius, points, first, walls, hidden, arc, way):
    """Fill in how far along the axon each contact lies, and how far from there to the soma.

    The contact is where so much (``wanted``) of the path inside the disc lies behind it.
    """
    stamp, near = np.full(len(walls[0]), -1), np.empty((len(walls[0]), 7))
    for i in range(len(targets)):
        t, source = targets[i], sources[i]
        squared = radius[t] * radius[t]
        blocks = near_walls(x[t], y[t], radius[t], walls, stamp, i, near)
        left, along = wanted[i], 0.0
        for s in range(first[source], first[source + 1] - 1):
            ax, ay = np.float64(points[s, 0]), np.float64(points[s, 1])
            bx, by = np.float64(points[s + 1, 0]), np.float64(points[s + 1, 1])
            step = np.hypot(bx - ax, by - ay)
            enter, leave = _chord(ax, ay, bx, by, x[t], y[t], squared)
            if leave > enter and not (len(hidden) and hidden[s]):
                half = 0.5 * (enter + leave)
                at_x, at_y = ax + half * (bx - ax), ay + half * (by - ay)
                if not blocks or visible(at_x, at_y, x[t], y[t], near, blocks):
                    share = min(enter + left / step, leave)
                    arc[i] = along + share * step
                    way[i] = np.hypot(ax + share * (bx - ax) - x[t], ay + share * (by - ay) - y[t])
                    left -= (leave - enter) * step
                    if left <= 0.0:
                        break
            along += step
