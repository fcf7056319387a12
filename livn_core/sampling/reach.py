"""How many sources have a weight above 0 for a target: whether a degree can be had at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.projection import bounds
from livn_core.sampling.streams import stream

__all__ = ["sources_in_reach"]

#: Pairs that are looked at at a time; distances at which a kernel is asked where it ends.
BLOCK, DISTANCES = 1 << 20, 4097
#: Sources that are looked at first.
FEWEST = 256
#: Bins along the radius of a target's reach, and most bins in all.
ALONG, MOST_BINS = 8, 1 << 22

Int = NDArray[np.int64]


def sources_in_reach(law: PairLaw, wanted: Int) -> Int:
    """Return for each target how many sources have a weight, up to what is wanted, (targets,).

    Parameters
    ----------
    law
        The weights.
    wanted
        (targets,) how many are wanted; where there are certainly enough, that number is returned.
    """
    number, alone = len(law.projection.source), _alone(law)
    unsure = np.arange(len(law.projection.target))
    if law.plain and number and len(unsure):
        unsure = np.flatnonzero(_certain(law) < wanted)
    found = wanted.copy()
    found[unsure] = 0
    # Sources in an order that has nothing to do with where they are, more and more at a time: most
    # targets have enough after some of them.
    order = stream(0, "sources in reach").permutation(number)
    begin, size = 0, FEWEST
    while begin < number and len(unsure):
        some = order[begin : begin + size]
        rows = max(1, BLOCK // len(some))
        for start in range(0, len(unsure), rows):
            part = unsure[start : start + rows]
            target, source = np.repeat(part, len(some)), np.tile(some, len(part))
            has = law.weight(target, source) > 0
            if alone:
                has &= target != source
            found[part] += has.reshape(len(part), len(some)).sum(axis=1)
        unsure = unsure[found[unsure] < wanted[unsure]]
        begin, size = begin + size, 2 * size
    return np.minimum(found, wanted)


def _alone(law: PairLaw) -> bool:
    return law.projection.recurrent and not law.projection.allow_autapses


def _certain(law: PairLaw) -> Int:
    """Return a number of sources that are in reach of each target for certain, (targets,)."""
    projection = law.projection
    low, extent = bounds(projection)
    farthest = float(np.hypot(*extent)) + 1.0
    ends = np.linspace(0.0, farthest, DISTANCES)
    # A kernel that does not fall may be 0 in between: only one that falls says where it ends.
    if not law.kernel.kernel.monotone:
        return np.zeros(len(projection.target), np.int64)
    positive, alone = law.kernel.weight(ends) > 0, int(_alone(law))
    if positive.all():
        return np.full(len(projection.target), len(projection.source) - alone)
    last = max(int(np.argmin(positive)) - 1, 0)
    radius = float(ends[last])
    cutoff = law.kernel.cutoff
    if cutoff is not None and law.kernel.weight(np.array([cutoff]))[0] > 0:
        radius = cutoff
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
