"""The parts of a region from the lines of a drawing: which are pieces, which holes, which channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from livn_core.culture.boundary import Boundary
from livn_core.culture.region import Part, signed_area
from livn_core.errors import PlacementError
from livn_core.suggest import did_you_mean
from livn_plugins.drawings.joined import joined
from livn_plugins.drawings.outlines import FloatArray, Outline

__all__ = ["DIGITS", "fitting", "parts_of"]

#: Most modules of a culture: a cell's is stored as uint16.
MOST_PIECES = 65_536
#: Digits of a um that are kept: units that were computed differently then agree.
DIGITS = 6


#: What -> globs of the ids, classes and layers of the lines that are it. Pieces of None are all lines
#: that are nothing else; electrodes are left out.
Choice = Mapping[str, tuple[str, ...] | None]


def _sorted(outlines: Sequence[Outline], choice: Choice, origin: str) -> dict[str, list[Outline]]:
    """Return what the lines are: ``pieces``, ``holes``, ``channels``."""
    globs = {key: choice.get(key) or () for key in ("electrodes", "holes", "channels", "pieces")}
    for key in ("pieces", "holes", "channels", "electrodes"):
        fitting(outlines, globs[key], key, origin)
    found: dict[str, list[Outline]] = {"pieces": [], "holes": [], "channels": []}
    rest = "pieces" if choice.get("pieces") is None else ""
    for each in outlines:
        fits = (key for key in globs if any(_fits(label, globs[key]) for label in each.labels))
        what = next(fits, rest)
        if each.hole and what == "pieces":
            what = "holes"
        if what in found:
            found[what].append(each)
    return found


def fitting(
    outlines: Sequence[Outline], globs: tuple[str, ...], key: str, origin: str
) -> list[Outline]:
    """Return the lines that fit a glob; one that fits none is an error with those that are there."""
    known = list(dict.fromkeys(label for each in outlines for label in each.labels))
    for glob in globs:
        if not any(_fits(label, (glob,)) for label in known):
            there = ", ".join(known[:20]) or "none"
            raise PlacementError(
                f"{origin} has no layer, id or class '{glob}' ({key})"
                f"{did_you_mean(glob, known)}; there are {there}"
            )
    return [each for each in outlines if any(_fits(label, globs) for label in each.labels)]


def _fits(label: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(label.casefold(), glob.casefold()) for glob in globs)


def parts_of(
    outlines: Sequence[Outline], choice: Choice, unit: float, gap: float, origin: str
) -> tuple[Part, ...]:
    """Return the pieces and the channels that a drawing shows, um.

    Of pieces within each other every second one is a hole (the even-odd rule). Where a channel lies
    over a piece, the piece stands. Outlines are in the drawing's unit, of which one is ``unit`` um;
    ends that are joined are up to ``gap`` um from each other.

    Raises
    ------
    PlacementError
        An outline is open, crosses itself or another one; no piece; a label that is not there; a
        hole that swallows its piece. With coordinates in the drawing's unit.
    """
    found = {
        key: [_rounded(each, unit, origin) for each in joined(lines, gap / unit)]
        for key, lines in _sorted(outlines, choice, origin).items()
    }
    if not found["pieces"]:
        raise PlacementError(f"{origin} shows no closed piece")
    rings = [each.points for key in ("pieces", "holes") for each in found[key]]
    _refuse_crossings(rings, unit, origin)
    for each in found["channels"]:
        _refuse_crossings([each.points], unit, origin)
    for points in (*rings, *(each.points for each in found["channels"])):
        if not signed_area(points):
            raise PlacementError(f"{origin}: {_at(_bounds(points), unit)}: an outline without area")
    pieces = _nested(found["pieces"], found["holes"], unit, origin)
    names = _names([each for each, _ in pieces], origin)
    parts = [
        Part(_turned(each.points, 1), tuple(_turned(hole, -1) for hole in holes), name)
        for (each, holes), name in zip(pieces, names, strict=True)
    ]
    for part in parts:
        if part.area <= 0:
            raise PlacementError(
                f"{origin}: {_at(part.bounds, unit)}: the holes leave nothing of it"
            )
    channels = [
        Part(_turned(each.points, 1), name=each.name, kind="channel") for each in found["channels"]
    ]
    return (*parts, *channels)


def _rounded(outline: Outline, unit: float, origin: str) -> Outline:
    """Return a closed outline in um, without vertices that stand twice."""
    ends, points = outline.points[[0, -1]], np.round(outline.points * unit, DIGITS) + 0.0
    what = f"the outline '{outline.name}'" if outline.name else "an outline"
    if not outline.closed:
        (x1, y1), (x2, y2) = ends
        raise PlacementError(
            f"{origin}: {what} is open: it begins at ({x1:.6g}, {y1:.6g}) and ends at "
            f"({x2:.6g}, {y2:.6g}); close it, or let 'gap' bridge the "
            f"{unit * np.hypot(x2 - x1, y2 - y1):.3g} um"
        )
    points = points[(points != np.roll(points, 1, axis=0)).any(axis=1)]
    if len(points) < 3:
        raise PlacementError(
            f"{origin}: {what} at ({ends[0][0]:.6g}, {ends[0][1]:.6g}) has no area"
        )
    return replace(outline, points=points)


def _refuse_crossings(rings: Sequence[FloatArray], unit: float, origin: str) -> None:
    for ring in rings:
        order = ring[np.lexsort(ring.T)]
        twice = np.flatnonzero((order[1:] == order[:-1]).all(axis=1))
        if len(twice):
            x, y = order[twice[0]] / unit
            raise PlacementError(f"{origin}: an outline touches itself at ({x:.6g}, {y:.6g})")
    boundary = Boundary(rings)
    walls = boundary.walls
    crossed = np.flatnonzero(boundary.crossed(walls[:, :2].copy(), walls[:, 2:].copy()))
    if not len(crossed):
        return
    wall = walls[crossed[0]]
    # The others as walls of their own, so that the point comes from the same arithmetic.
    along, others = wall[2:] - wall[:2], walls[:, 2:] - walls[:, :2]
    turn = along[0] * others[:, 1] - along[1] * others[:, 0]
    away = walls[:, :2] - wall[:2]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (away[:, 0] * others[:, 1] - away[:, 1] * others[:, 0]) / turn
        other = (away[:, 0] * along[1] - away[:, 1] * along[0]) / turn
    met = share[(share > 0) & (share < 1) & (other >= 0) & (other <= 1)]
    x, y = (wall[:2] + (met[0] if len(met) else 0.5) * along) / unit
    number = int(np.searchsorted(np.cumsum([len(ring) for ring in rings]), crossed[0], "right"))
    alone = Boundary([rings[number]])
    own = alone.walls
    itself = alone.crossed(own[:, :2].copy(), own[:, 2:].copy()).any()
    what = "an outline crosses itself" if itself else "two outlines cross"
    raise PlacementError(f"{origin}: {what} at ({x:.6g}, {y:.6g})")


def _nested(
    pieces: Sequence[Outline], holes: Sequence[Outline], unit: float, origin: str
) -> list[tuple[Outline, list[FloatArray]]]:
    """Return each piece with its holes."""
    every = [*pieces, *holes]
    within = _within([each.points for each in every])
    number = len(pieces)
    areas = np.array([abs(signed_area(each.points)) for each in every])
    depth = within[:number, :number].sum(axis=1)
    found: dict[int, list[FloatArray]] = {at: [] for at in np.flatnonzero(depth % 2 == 0).tolist()}
    if len(found) > MOST_PIECES:
        raise PlacementError(
            f"{origin} shows {len(found):,} pieces: {MOST_PIECES:,} can be modules"
        )
    for at, each in enumerate(every):
        if at in found:
            continue
        around = np.flatnonzero(within[at, :number])
        if at >= number:
            swallowed = np.flatnonzero(within[list(found), at])
            if len(swallowed):
                piece = every[list(found)[swallowed[0]]]
                raise PlacementError(
                    f"{origin}: a hole swallows the piece '{piece.name or swallowed[0] + 1}', "
                    f"{_at(_bounds(piece.points), unit)}"
                )
            if each.hole and not len(around):
                x, y = each.points[0] / unit
                raise PlacementError(f"{origin}: the hole at ({x:.6g}, {y:.6g}) lies in no piece")
            # Outside of every piece, in a hole of one, or in another hole: nothing is there anyway.
            if len(around) % 2 == 0 or within[at, number:].any():
                continue
        found[int(around[np.argmin(areas[around])])].append(each.points)
    return [(every[at], own) for at, own in found.items()]


def _within(rings: Sequence[FloatArray]) -> NDArray[np.bool_]:
    """Return whether each ring lies within each other one, (rings, rings); none cross.

    A ring that equals another one lies within it, and not the other way round.
    """
    points = np.array([_point_in(ring) for ring in rings])
    areas = np.array([abs(signed_area(ring)) for ring in rings])
    order = np.arange(len(rings))
    found = np.zeros((len(rings), len(rings)), bool)
    for at, ring in enumerate(rings):
        low, high = _bounds(ring)
        smaller = (areas < areas[at]) | ((areas == areas[at]) & (order < at))
        near = np.flatnonzero(smaller & ((points > low) & (points < high)).all(axis=1))
        if len(near):
            found[near, at] = Boundary([ring]).inside(points[near])
    return found


def _point_in(ring: FloatArray) -> FloatArray:
    """Return a point in a ring: in the middle of the first stretch on a line between two vertices."""
    heights = np.unique(ring[:, 1])
    gaps = np.diff(heights)
    y = heights[np.argmax(gaps)] + gaps.max() / 2
    after = np.roll(ring, -1, axis=0)
    met = (ring[:, 1] > y) != (after[:, 1] > y)
    (x1, y1), (x2, y2) = ring[met].T, after[met].T
    x = np.sort(x1 + (y - y1) * (x2 - x1) / (y2 - y1))
    return np.array([(x[0] + x[1]) / 2, y])


def _names(pieces: Sequence[Outline], origin: str) -> list[str]:
    """Return the names of the modules: ids, else 1, 2 ...; of several with one id: id-2, id-3."""
    found: dict[str, None] = {}
    for number, each in enumerate(pieces, 1):
        if "->" in each.name:
            raise PlacementError(
                f"{origin}: a piece may not be called '{each.name}': '->' joins two"
            )
        name, again = each.name or str(number), 2
        while name in found:
            name, again = f"{each.name or number}-{again}", again + 1
        found[name] = None
    return list(found)


def _turned(ring: FloatArray, sense: Literal[1, -1]) -> FloatArray:
    """Return a ring from its lowest vertex, counter-clockwise (1) or clockwise.

    However a drawing has it, so that one shape gives the same culture.
    """
    ring = ring if sense * signed_area(ring) > 0 else ring[::-1]
    return np.ascontiguousarray(np.roll(ring, -int(np.lexsort(ring.T)[0]), axis=0))


def _bounds(ring: FloatArray) -> FloatArray:
    return np.stack([ring.min(axis=0), ring.max(axis=0)])


def _at(bounds: FloatArray, unit: float) -> str:
    (x0, y0), (x1, y1) = bounds / unit
    return f"from ({x0:.6g}, {y0:.6g}) to ({x1:.6g}, {y1:.6g})"
