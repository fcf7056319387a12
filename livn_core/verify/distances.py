"""Pairs of a projection of a flat culture: what its law expects of some targets, and what is there.

All targets of a small system, a seeded sample of a large one: the pairs that are looked at are
bounded, so that a million cells take no longer than ten thousand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.projection import Projection
from livn_core.system.reader import System
from livn_core.verify.chance import cumulants, pair_cumulants, some
from livn_core.verify.trials import Trials

__all__ = ["PAIRS", "Expected", "Observed", "Probability", "expect", "observe"]

FloatArray = NDArray[np.float64]

#: Pairs of a projection that are looked at, and at a time.
PAIRS, _BATCH = 20_000_000, 1 << 20
#: Bins of distance.
BINS = 1024


@dataclass(slots=True)
class Expected:
    """What the law expects of the sampled targets.

    Parameters
    ----------
    targets
        (m,) int64, ascending.
    width
        um, of a bin of distance.
    into, out, binned
        (5, m), (5, n_source), (5, bins): :func:`~livn_core.verify.chance.cumulants` of the
        in-degrees, of the out-degrees (no column where not all targets are sampled), and of the
        number of edges by distance.
    pairs, distance
        (bins,): number of pairs, sum of their distances.
    trials
        All pairs.
    total
        (5,) cumulants of the number of all edges onto these targets.
    mutual, by_chance
        Pairs of these targets that may be connected both ways, and how many would be by chance; None
        where the two directions are independent.
    """

    targets: NDArray[np.int64]
    width: float
    into: FloatArray
    out: FloatArray
    binned: FloatArray = field(default_factory=lambda: np.zeros((5, BINS)))
    pairs: FloatArray = field(default_factory=lambda: np.zeros(BINS))
    distance: FloatArray = field(default_factory=lambda: np.zeros(BINS))
    trials: Trials = field(default_factory=Trials)
    total: FloatArray = field(default_factory=lambda: np.zeros(5))
    mutual: Trials | None = None
    by_chance: float = 0.0


#: Probabilities of the pairs ``(targets[i], sources[i])``, (n,); and those of both directions.
Probability = Callable[[NDArray[np.int64], NDArray[np.int64]], FloatArray]
Both = Callable[[NDArray[np.int64], NDArray[np.int64]], FloatArray | None]


def expect(
    projection: Projection,
    probability: Probability,
    cutoff: float | None,
    rng: np.random.Generator,
    both: Both | None = None,
) -> Expected:
    """Return what is expected of a sample of the targets; time and memory are bounded.

    At ``cutoff``, um, the law breaks off: no bin has both sides of it. ``both`` is P(both ways), where
    the two directions of a pair are not independent.
    """
    sources, targets = projection.source.positions[:, :2], projection.target.positions[:, :2]
    chosen = some(rng, len(targets), max(int(PAIRS / max(len(sources), 1)), 48))
    number = len(chosen)
    every = np.concatenate((sources, targets))
    longest = float(np.hypot(*np.ptp(every, axis=0))) or 1.0
    width = longest * (1 + 1e-9) / BINS
    if cutoff is not None and cutoff < longest:
        width = cutoff / (BINS - 1)  # the last bin has the rest
    out = np.zeros((5, len(sources) if number == len(targets) else 0))
    found = Expected(chosen, width, np.zeros((5, number)), out)
    sampled = np.zeros(len(targets), np.bool_)
    sampled[chosen] = True
    rows = max(1, _BATCH // max(len(sources), 1))
    for start in range(0, number, rows):
        part = chosen[start : start + rows]
        pairs = np.repeat(part, len(sources)), np.tile(np.arange(len(sources)), len(part))
        distance = projection.distances(*pairs).reshape(len(part), len(sources))
        p = probability(*pairs).reshape(distance.shape)
        counted = np.ones(distance.shape)
        if projection.recurrent and not projection.allow_autapses:
            itself = (np.arange(len(part)), part)
            p[itself], counted[itself] = 0.0, 0.0
        of_pairs = cumulants(p)
        found.trials.add(p)
        found.into[:, start : start + len(part)] = of_pairs.sum(axis=2)
        if found.out.size:
            found.out += of_pairs.sum(axis=1)
        mutual = None if both is None else both(*pairs)
        if mutual is None:
            found.total += of_pairs.sum(axis=(1, 2))
        else:
            of_pairs = _mutual(found, of_pairs, p, mutual.reshape(p.shape), sampled, part)
        # Before it is a whole number: a width of nearly 0 has bins beyond any.
        with np.errstate(over="ignore"):
            bins = np.minimum(distance / found.width, BINS - 1).astype(np.int64).ravel()
        for total, weights in (
            (found.pairs, counted),
            (found.distance, distance * counted),
            *zip(found.binned, of_pairs, strict=True),
        ):
            total += np.bincount(bins, weights.ravel(), BINS)
    return found


def _mutual(
    found: Expected,
    alone: FloatArray,
    p: FloatArray,
    both: FloatArray,
    sampled: NDArray[np.bool_],
    part: NDArray[np.int64],
) -> FloatArray:
    """Return the cumulants of directed pairs, each with its share of what it does with its reverse.

    Where both ends of a pair are among the targets: of others only one direction is looked at.
    """
    other = np.arange(p.shape[1])
    joint = np.where(other != part[:, None], pair_cumulants(p, both), alone)
    found.total += joint.sum(axis=(1, 2))
    once = sampled & (other < part[:, None])
    found.mutual = found.mutual or Trials()
    found.mutual.add(both[once])
    found.by_chance += float((p[once] ** 2).sum())
    return np.where(sampled, joint, alone)


@dataclass(slots=True)
class Observed:
    """The edges onto the sampled targets.

    Parameters
    ----------
    in_degrees
        (m,) int64.
    out_degrees
        (n_source,) int64, of these edges.
    bins
        (bins,) float64, edges by distance.
    certain, impossible
        Edges whose pairs have p = 1, and p = 0.
    mutual
        Pairs of the sampled targets that are connected both ways, where that is looked for.
    """

    in_degrees: NDArray[np.int64]
    out_degrees: NDArray[np.int64]
    bins: FloatArray
    certain: int = 0
    impossible: int = 0
    mutual: int = 0


def observe(
    system: System, projection: Projection, probability: Probability, expected: Expected
) -> Observed:
    """Return the edges onto the targets that ``expected`` was worked out for."""
    pair = projection.source.name, projection.target.name
    sources = projection.source
    degrees = system.in_degrees(*pair)[expected.targets]
    found = Observed(degrees, np.zeros(len(sources), np.int64), np.zeros(BINS))
    one_way, other_way = [], []
    for slab in system.edges(*pair, columns=(), targets=expected.targets):
        pairs = slab.targets.astype(np.int64), slab.sources.astype(np.int64)
        distance = projection.distances(*pairs)
        p = probability(*pairs)
        found.impossible += int(np.count_nonzero(p <= 0))
        found.certain += int(np.count_nonzero(p >= 1))
        bins = np.minimum(distance / expected.width, BINS - 1).astype(np.int64)
        found.bins += np.bincount(bins, minlength=BINS)
        found.out_degrees += np.bincount(slab.sources, minlength=len(sources))
        if expected.mutual is not None:
            high, low = np.maximum(*pairs), np.minimum(*pairs)
            key = high * len(sources) + low
            one_way.append(key[pairs[0] < pairs[1]])
            other_way.append(key[pairs[0] > pairs[1]])
    if one_way:
        found.mutual = len(np.intersect1d(np.concatenate(one_way), np.concatenate(other_way)))
    return found
