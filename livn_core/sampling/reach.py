"""How many sources have a weight above 0 for a target: whether a degree can be had at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.near_sources import DISTANCES, NearSources, reach_of
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.projection import bounds
from livn_core.sampling.streams import stream

__all__ = ["certainly_near", "sources_in_reach"]

#: Pairs that are looked at at a time.
BLOCK = 1 << 20
#: Sources that are looked at first where a weight has no end.
FEWEST = 256
#: Bins along the radius of a target's reach, and most bins in all.
ALONG, MOST_BINS = 8, 1 << 22

Int = NDArray[np.int64]


def sources_in_reach(law: PairLaw, wanted: Int) -> Int:
    """Return for each target how many sources have a weight, up to what is wanted; (targets,) both."""
    unsure = np.arange(len(law.projection.target))
    if _distance_decides(law) and len(unsure):
        unsure = np.flatnonzero(certainly_near(law) < wanted)
    found = wanted.copy()
    if np.isfinite(reach_of(law)):
        found[unsure] = _near_with_a_weight(law, unsure)
    else:
        found[unsure] = _with_a_weight(law, unsure, wanted[unsure])
    return np.minimum(found, wanted)


def _near_with_a_weight(law: PairLaw, targets: Int) -> Int:
    """Count the sources with a weight among those that are near, (targets,)."""
    found = np.zeros(len(targets), np.int64)
    for part, counts, source in NearSources(law).blocks(targets):
        target = np.repeat(targets[part], counts)
        has = law.weight(target, source) > 0
        owner = np.repeat(np.arange(len(counts)), counts)
        found[part] = np.bincount(owner[has], minlength=len(counts))
    return found


def _with_a_weight(law: PairLaw, targets: Int, wanted: Int) -> Int:
    """Count sources with a weight among all of them until there are as many as wanted, (targets,).

    They come in an order that has nothing to do with where they are, more and more at a time: most
    targets have enough after some of them.
    """
    number = len(law.projection.source)
    found, unsure = np.zeros(len(targets), np.int64), np.arange(len(targets))
    order = stream(0, "sources in reach").permutation(number)
    begin, size = 0, FEWEST
    while begin < number and len(unsure):
        some = order[begin : begin + size]
        rows = max(1, BLOCK // len(some))
        for start in range(0, len(unsure), rows):
            part = unsure[start : start + rows]
            target, source = np.repeat(targets[part], len(some)), np.tile(some, len(part))
            has = law.weight(target, source) > 0
            found[part] += has.reshape(len(part), len(some)).sum(axis=1)
        unsure = unsure[found[unsure] < wanted[unsure]]
        begin, size = begin + size, 2 * size
    return found


def _distance_decides(law: PairLaw) -> bool:
    """Whether every source within the kernel's reach in the plane has a weight."""
    factor = law.source_factor
    return (
        law.between is None
        and law.mask is None
        and law.projection.distance == "plane"
        and (factor is None or bool(np.all(factor > 0)))
    )


def certainly_near(law: PairLaw) -> Int:
    """Return a number of sources that are within the kernel's reach for certain, (targets,).

    It is somewhat lower than the number itself, and 0 for a kernel that does not fall.
    """
    projection = law.projection
    # A kernel that does not fall may be 0 in between: only one that falls says where it ends.
    if not law.kernel.kernel.monotone or not len(projection.source):
        return np.zeros(len(projection.target), np.int64)
    low, extent = bounds(projection)
    alone, radius = int(law.alone), _certain_radius(law, float(np.hypot(*extent)) + 1.0)
    if np.isinf(radius):
        return np.full(len(projection.target), len(projection.source) - alone)
    if radius <= 0:
        return np.zeros(len(projection.target), np.int64)
    side = max(radius / ALONG, float(np.sqrt(np.prod(extent + 1.0) / MOST_BINS)))
    columns, rows = (int(n) for n in np.floor(extent / side).astype(int) + 1)
    column, row = np.floor((projection.source.positions[:, :2] - low) / side).astype(np.int64).T
    counts = np.bincount(row * columns + column, minlength=rows * columns).reshape(rows, columns)
    upto = np.zeros((rows, columns + 1), np.int64)
    np.cumsum(counts, axis=1, out=upto[:, 1:])
    column, row = np.floor((projection.target.positions[:, :2] - low) / side).astype(np.int64).T
    certain = np.full(len(column), -alone, np.int64)
    steps = int(radius / side) + 1
    for dy in range(-steps, steps + 1):
        # Bins of which every point is in reach of every point of the target's own bin.
        room = (radius / side) ** 2 - (abs(dy) + 1) ** 2
        if room < 1:
            continue
        dx = int(np.sqrt(room)) - 1
        inside = np.flatnonzero((row + dy >= 0) & (row + dy < rows))
        at = row[inside] + dy
        left = np.maximum(column[inside] - dx, 0)
        right = np.minimum(column[inside] + dx + 1, columns)
        certain[inside] += upto[at, right] - upto[at, left]
    return np.maximum(certain, 0)


def _certain_radius(law: PairLaw, farthest: float) -> float:
    """Return a distance up to which a falling kernel has a weight; inf where it has one everywhere."""
    ends = np.linspace(0.0, farthest, DISTANCES)
    positive = law.kernel.weight(ends) > 0
    if positive.all():
        return np.inf
    cutoff = law.kernel.cutoff
    if cutoff is not None and law.kernel.weight(np.array([cutoff]))[0] > 0:
        return float(cutoff)
    return float(ends[max(int(np.argmin(positive)) - 1, 0)])
