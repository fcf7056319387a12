"""Axons that grow between walls, and what dendrites see past them: the inner loops, compiled.

Every point is a float32 value from the start, and a way counts only once it is known to meet no wall
between two such points: what is stored lies where the axon was, and tunnels through nothing.
"""

# Types here are numba's, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import numpy as np

from livn_core.axons.walls import CLEAR
from livn_core.culture.boundary_loops import _to_wall, crosses, first_wall
from livn_core.sampling.jit import compiled_loop
from livn_core.sampling.loops import _philox, _unit
from livn_core.sampling.philox import MASK, SHIFT

__all__ = ["grow_between", "near_walls", "visible"]

#: How far the way along a wall must be free, um.
PROBE = 1.0
#: An axon that meets a wall at 30 degrees or less follows it without an encounter (Houben et al. 2025,
#: PLOS Computational Biology 21, e1012727).
GRAZING = 0.5
#: Encounters in a segment before an axon stops.
MOST = 8
#: With ``redraw``: how much wider the turn is drawn again, at least, rad, and how often (Yamamoto et al.
#: 2023, Science Advances 9, eade1755).
LOOSEN, WIDEST, REDRAWS = 5.0, 0.5, 5000
#: How often an axon is then begun anew, in another direction.
RESTARTS = 100
#: Second word of a counter: a segment's turn, the start of a bridge, what happens at a segment's
#: encounters, and its turns that are drawn again.
STEP, START, ENCOUNTER, AGAIN = np.uint64(2), np.uint64(3), np.uint64(4), np.uint64(5)
#: How far inside its aim a bridge ends, um.
ARRIVED = 5.0


@compiled_loop(inline="always")
def _rounded(value):
    return np.float64(np.float32(value))


@compiled_loop()
def _normal(cell, purpose, number, k0, k1):
    a, b = _philox(cell, purpose, number, k0, k1)
    return np.sqrt(-2.0 * np.log1p(-_unit(a))) * np.cos(2.0 * np.pi * _unit(b))


@compiled_loop()
def _free(x, y, to_x, to_y, grid):
    return first_wall(x, y, to_x, to_y, *grid)[1] < 0


@compiled_loop()
def _side(x, y, wall):
    """Return the unit vector along a wall, and the normal on the side of a point."""
    along_x, along_y = wall[2] - wall[0], wall[3] - wall[1]
    long = np.hypot(along_x, along_y)
    along_x, along_y = along_x / long, along_y / long
    left = along_x * (y - wall[1]) - along_y * (x - wall[0]) > 0
    if left:
        return along_x, along_y, -along_y, along_x
    return along_x, along_y, along_y, -along_x


@compiled_loop()
def _beyond(x, y, met_x, met_y, phi, into, number, grid):
    """Return a point behind a wall, and whether there is nothing but that wall in between."""
    away = CLEAR / into
    to_x, to_y = _rounded(met_x + away * np.cos(phi)), _rounded(met_y + away * np.sin(phi))
    return to_x, to_y, first_wall(to_x, to_y, x, y, *grid)[1] == number


@compiled_loop()
def _along(x, y, phi, wall, coin, grid):
    """Return the heading along a wall: the nearest that is free, of two alike either."""
    along_x, along_y, _, _ = _side(x, y, wall)
    same = np.cos(phi) * along_x + np.sin(phi) * along_y
    sign = 1.0 if same > 0 else -1.0
    if abs(same) < 1e-3:
        sign = 1.0 if coin < 0.5 else -1.0
    step = sign * PROBE
    if not _free(x, y, x + step * along_x, y + step * along_y, grid) and _free(
        x, y, x - step * along_x, y - step * along_y, grid
    ):
        sign = -sign
    return np.arctan2(sign * along_y, sign * along_x)


@compiled_loop()
def _follow(x, y, phi, step, cell, number, k0, k1, cross, grid):
    """Grow a segment that follows the walls which it meets.

    Returns its end, the heading there, the encounters, and whether it is stuck. The segment is
    stored as the chord of its way: the way ends earlier where the chord would meet a wall.
    """
    from_x, from_y = x, y
    rest, turns, encounters, passed = step, 0, 0, False
    walls = grid[0]
    while True:
        to_x, to_y = _rounded(x + rest * np.cos(phi)), _rounded(y + rest * np.sin(phi))
        share, found = first_wall(x, y, to_x, to_y, *grid)
        if found < 0:
            if turns == 0 or _free(from_x, from_y, to_x, to_y, grid):
                x, y = to_x, to_y
            return x, y, phi, encounters, False
        if passed:
            return x, y, phi, encounters, False
        met_x, met_y = x + share * (to_x - x), y + share * (to_y - y)
        way = share * np.hypot(to_x - x, to_y - y)
        _, _, normal_x, normal_y = _side(x, y, walls[found])
        into = -(np.cos(phi) * normal_x + np.sin(phi) * normal_y)
        a, b = _philox(cell, ENCOUNTER + (np.uint64(encounters) << np.uint64(16)), number, k0, k1)
        if into > GRAZING:
            encounters += 1
            if turns == 0 and _unit(a) < cross[found]:
                behind_x, behind_y, passed = _beyond(x, y, met_x, met_y, phi, into, found, grid)
                if passed:
                    x, y, rest = behind_x, behind_y, max(rest - way - CLEAR / into, 0.0)
                    continue
        elif way < CLEAR:
            encounters += 1
        if encounters > MOST:
            return x, y, phi, encounters, True
        to_x, to_y = _rounded(met_x + CLEAR * normal_x), _rounded(met_y + CLEAR * normal_y)
        if _free(x, y, to_x, to_y, grid):
            if turns and not _free(from_x, from_y, to_x, to_y, grid):
                return x, y, phi, encounters, False
            x, y = to_x, to_y
            rest = max(rest - way, 0.0)
        elif into <= GRAZING and way >= CLEAR:
            encounters += 1
        phi = _along(x, y, phi, walls[found], _unit(b), grid)
        turns += 1


@compiled_loop()
def _redraw(x, y, phi, turn, step, cell, number, k0, k1, cross, grid):
    """Grow a segment whose turn is drawn again until it meets no wall; see :func:`_follow`."""
    walls = grid[0]
    heading = phi + turn * _normal(cell, STEP, number, k0, k1)
    to_x, to_y = _rounded(x + step * np.cos(heading)), _rounded(y + step * np.sin(heading))
    share, found = first_wall(x, y, to_x, to_y, *grid)
    if found < 0:
        return to_x, to_y, heading, 0, False
    _, _, normal_x, normal_y = _side(x, y, walls[found])
    into = -(np.cos(heading) * normal_x + np.sin(heading) * normal_y)
    encounters = 1 if into > GRAZING else 0
    if encounters and _unit(_philox(cell, ENCOUNTER, number, k0, k1)[0]) < cross[found]:
        met_x, met_y = x + share * (to_x - x), y + share * (to_y - y)
        behind_x, behind_y, passed = _beyond(x, y, met_x, met_y, heading, into, found, grid)
        if passed:
            if _free(behind_x, behind_y, to_x, to_y, grid):
                return to_x, to_y, heading, 1, False
            return behind_x, behind_y, heading, 1, False
    for again in range(REDRAWS):
        draw = _normal(cell, AGAIN + (np.uint64(again) << np.uint64(16)), number, k0, k1)
        heading = phi + max(LOOSEN * turn, WIDEST) * draw
        to_x, to_y = _rounded(x + step * np.cos(heading)), _rounded(y + step * np.sin(heading))
        if _free(x, y, to_x, to_y, grid):
            return to_x, to_y, heading, encounters, False
    return x, y, phi, encounters, True


@compiled_loop()
def _arrived(x, y, rings):
    """Return whether a point is inside closed rings, and far enough from all of their walls."""
    inside, nearest = False, np.inf
    for wall in rings:
        nearest = min(nearest, _to_wall(x, y, wall))
        if (wall[1] > y) != (wall[3] > y):
            met = wall[0] + (y - wall[1]) * (wall[2] - wall[0]) / (wall[3] - wall[1])
            inside ^= x < met
    return inside and nearest >= ARRIVED * ARRIVED


@compiled_loop()
def _towards(phi, x, y, aim_x, aim_y, most):
    """Return a heading turned so far that it is within ``most`` rad of the direction to a point."""
    direction = np.arctan2(aim_y - y, aim_x - x)
    off = (phi - direction + np.pi) % (2 * np.pi) - np.pi
    return direction + min(max(off, -most), most)


@compiled_loop()
def _grow(
    one, attempt, cells, x, y, heading, length, first, law, key, redraw, cross, grid, bridges, paths,
    told,
):  # fmt: skip
    """Grow one axon; see :func:`grow_between`."""
    segment, angle, start = law
    aim, leg_first, legs, passes, ring_first, rings, most = bridges
    points, met, stuck, arrived = told
    k0, k1 = key
    reached = 0.5 * segment
    cell = cells[one]
    again = np.uint64(attempt) << np.uint64(24)
    px, py, phi = x[one], y[one], heading[one]
    u = _unit(_philox(cell, START, again, k0, k1)[0])
    if attempt:
        phi = 2 * np.pi * u
    points[one], met[one], stuck[one], arrived[one] = 0, 0, False, False
    leg, last = leg_first[one], leg_first[one + 1] - 1
    leads = aim[one] >= 0
    own = rings[ring_first[aim[one]] : ring_first[aim[one] + 1]] if leads else rings[:0]
    if leads:
        phi = np.arctan2(legs[leg, 1] - py, legs[leg, 0] - px) + most * (2 * u - 1)
    left = length[one]
    for point in range(first[one], first[one + 1]):
        number = np.uint64(point - first[one]) + again
        begin = point == first[one]
        step = start if begin else min(segment, left)
        turn = 0.0 if begin else angle * np.sqrt(step / segment)
        if not begin:
            left -= step
        if leads:
            while leg < last and np.hypot(legs[leg, 0] - px, legs[leg, 1] - py) <= reached:
                leg += 1
            phi += turn * _normal(cell, STEP, number, k0, k1)
            near = leg < last and np.hypot(legs[leg, 0] - px, legs[leg, 1] - py) <= 4 * reached
            # The last step to a mouth leads into it.
            phi = _towards(phi, px, py, legs[leg, 0], legs[leg, 1], 0.0 if near else most)
            turn = 0.0
        count, stop = 0, False
        if leads and passes[one]:
            px, py = _rounded(px + step * np.cos(phi)), _rounded(py + step * np.sin(phi))
        elif redraw and not leads:
            px, py, phi, count, stop = _redraw(
                px, py, phi, turn, step, cell, number, k0, k1, cross, grid
            )
        else:
            if turn > 0.0:
                phi += turn * _normal(cell, STEP, number, k0, k1)
            px, py, phi, count, stop = _follow(px, py, phi, step, cell, number, k0, k1, cross, grid)
        met[one] += count
        paths[point, 0], paths[point, 1] = px, py
        points[one] += 1
        if leads and leg == last and _arrived(px, py, own):
            arrived[one], leads = True, False
        if stop:
            stuck[one] = True
            break


@compiled_loop()
def grow_between(
    cells, x, y, heading, length, first, law, key, redraw, cross, grid, bridges, paths, told
):
    """Fill in the points of axons, and how they fared: points, encounters, stuck, arrived.

    ``cells`` are the numbers of the cells, which key their random numbers; the rest is by place.
    ``law`` is (segment, sd of its turn, distance of the start). ``bridges`` is (aim of each cell or
    -1, begin of its legs, legs, whether it passes walls, begin of the walls of each aim, these
    walls, angle): an axon with legs is led from one to the next, and then into its aim.
    """
    stuck = told[2]
    k0, k1 = key & MASK, key >> SHIFT
    for one in range(len(x)):
        for attempt in range(RESTARTS if redraw else 1):
            _grow(
                one, attempt, cells, x, y, heading, length, first, law, (k0, k1), redraw, cross,
                grid, bridges, paths, told,
            )  # fmt: skip
            if not stuck[one]:
                break


@compiled_loop()
def near_walls(x, y, reach, grid, stamp, mark, near):
    """Fill in ``near`` with the walls within ``reach`` of a point; return how many there are.

    Its rows are a wall, and on which side of it the point is.
    """
    walls, low_x, low_y, side, columns, rows, starts, entries = grid
    count = 0
    left = max(int(np.floor((x - reach - low_x) / side)), 0)
    right = min(int(np.floor((x + reach - low_x) / side)), columns - 1)
    bottom = max(int(np.floor((y - reach - low_y) / side)), 0)
    top = min(int(np.floor((y + reach - low_y) / side)), rows - 1)
    for row in range(bottom, top + 1):
        if right < left:
            break
        for entry in range(starts[row * columns + left], starts[row * columns + right + 1]):
            number = entries[entry]
            if stamp[number] != mark:
                stamp[number] = mark
                wall = walls[number]
                if _to_wall(x, y, wall) <= reach * reach:
                    near[count, :6] = wall
                    near[count, 6] = _across(x, y, wall)
                    count += 1
    return count


@compiled_loop(inline="always")
def _across(x, y, wall):
    return (wall[2] - wall[0]) * (y - wall[1]) - (wall[3] - wall[1]) * (x - wall[0])


@compiled_loop()
def visible(x, y, to_x, to_y, near, count):
    """Return whether no near wall lies between a point and the one that they are near to."""
    for i in range(count):
        # On the same side of a wall there is nothing to look for.
        if _across(x, y, near[i]) * near[i, 6] < 0 and crosses(x, y, to_x, to_y, near[i]):
            return False
    return True
