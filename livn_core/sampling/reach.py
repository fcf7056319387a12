"""How many sources have a weight above 0 for a target: whether a degree can be had at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.projection import bounds

__all__ = ["sources_in_reach"]

#: Pairs that are looked at at a time; distances at which a kernel is asked where it ends.
BLOCK, DISTANCES = 1 << 20, 4097
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
    targets = np.arange(len(law.projection.target))
    found = wanted.copy()
    unsure = targets
    number = len(law.projection.source)
    if law.plain and number and len(targets):
        unsure = np.flatnonzero(_certain(law) < wanted)
    rows = max(1, BLOCK // max(number, 1))
    for start in range(0, len(unsure), rows):
        part = unsure[start : start + rows]
        target, source = np.repeat(part, number), np.tile(np.arange(number), len(part))
        has = law.weight(target, source) > 0
        if law.projection.recurrent and not law.projection.allow_autapses:
            has &= target != source
        found[part] = np.minimum(has.reshape(len(part), number).sum(axis=1), wanted[part])
    return found


def _certain(law: PairLaw) -> Int:
    """Return a number of sources that are in reach of each target for certain, (targets,)."""
    projection = law.projection
    low, extent = bounds(projection)
    farthest = float(np.hypot(*extent)) + 1.0
    ends = np.linspace(0.0, farthest, DISTANCES)
    positive = law.kernel.weight(ends) > 0
    alone = int(projection.recurrent and not projection.allow_autapses)
    if positive.all():
        return np.full(len(projection.target), len(projection.source) - alone)
    # A kernel that does not fall may be 0 in between: only one that falls says where it ends.
    last = max(int(np.argmin(positive)) - 1, 0)
    radius = float(ends[last]) if law.kernel.kernel.monotone else 0.0
    cutoff = law.kernel.cutoff
    if cutoff is not None and law.kernel.weight(np.array([cutoff]))[0] > 0:
        radius = cutoff if law.kernel.kernel.monotone else 0.0
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
