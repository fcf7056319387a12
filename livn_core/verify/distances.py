"""Pairs of a projection of a flat culture: what its law expects of some targets, and what is there.

All targets of a small system, a seeded sample of a large one: the pairs that are looked at are
bounded, so that a million cells take no longer than ten thousand.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Projection
from livn_core.system.reader import System

__all__ = ["PAIRS", "Expected", "Observed", "expect", "observe"]

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
    mean, variance, fourth
        (m,) of the in-degree of each target: its first, second and fourth cumulant.
    pairs, distance, bin_mean, bin_variance, bin_fourth
        (bins,): number of pairs, sum of their distances, cumulants of their number of edges.
    out_mean, out_variance, out_fourth
        (n_source,) of the out-degrees; empty where not all targets are sampled.
    certain
        Pairs with p = 1.
    """

    targets: NDArray[np.int64]
    width: float
    mean: FloatArray
    variance: FloatArray
    fourth: FloatArray
    pairs: FloatArray = field(default_factory=lambda: np.zeros(BINS))
    distance: FloatArray = field(default_factory=lambda: np.zeros(BINS))
    bin_mean: FloatArray = field(default_factory=lambda: np.zeros(BINS))
    bin_variance: FloatArray = field(default_factory=lambda: np.zeros(BINS))
    bin_fourth: FloatArray = field(default_factory=lambda: np.zeros(BINS))
    out: FloatArray = field(default_factory=lambda: np.empty((3, 0)))
    certain: int = 0


def expect(
    projection: Projection, law: ConnectionProbability, amplitude: float, rng: np.random.Generator
) -> Expected:
    """Return what is expected of a sample of the targets; time and memory are bounded."""
    sources, targets = projection.source_positions[:, :2], projection.target_positions[:, :2]
    number = min(len(targets), max(int(PAIRS / max(len(sources), 1)), 48))
    chosen = np.arange(len(targets))
    if number < len(targets):
        chosen = np.sort(rng.choice(len(targets), number, replace=False))
    both = np.concatenate((sources, targets))
    longest = float(np.hypot(*np.ptp(both, axis=0))) or 1.0
    width = longest * (1 + 1e-9) / BINS
    if law.cutoff is not None and law.cutoff < longest:
        width = law.cutoff / (
            BINS - 1
        )  # no bin has both sides of the cutoff; the last has the rest
    found = Expected(chosen, width, *np.zeros((3, number)))
    if number == len(targets):
        found.out = np.zeros((3, len(sources)))
    rows = max(1, _BATCH // max(len(sources), 1))
    for start in range(0, number, rows):
        part = chosen[start : start + rows]
        dx = targets[part, :1] - sources[None, :, 0]
        dy = targets[part, 1:] - sources[None, :, 1]
        distance = np.sqrt(dx * dx + dy * dy)
        p = law.probability(amplitude, distance.ravel()).reshape(distance.shape)
        counted = np.ones(distance.shape)
        if projection.recurrent and not projection.allow_autapses:
            itself = (np.arange(len(part)), part)
            p[itself], counted[itself] = 0.0, 0.0
        variance = p * (1 - p)
        fourth = variance * (1 - 6 * variance)
        at = slice(start, start + len(part))
        found.mean[at], found.variance[at] = p.sum(axis=1), variance.sum(axis=1)
        found.fourth[at] = fourth.sum(axis=1)
        found.certain += int(np.count_nonzero(p >= 1))
        if found.out.size:
            found.out += np.stack([p.sum(axis=0), variance.sum(axis=0), fourth.sum(axis=0)])
        bins = np.minimum((distance / found.width).astype(np.int64), BINS - 1).ravel()
        for total, weights in (
            (found.pairs, counted),
            (found.distance, distance * counted),
            (found.bin_mean, p),
            (found.bin_variance, variance),
            (found.bin_fourth, fourth),
        ):
            total += np.bincount(bins, weights.ravel(), BINS)
    return found


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
    """

    in_degrees: NDArray[np.int64]
    out_degrees: NDArray[np.int64]
    bins: FloatArray
    certain: int = 0
    impossible: int = 0


def observe(
    system: System,
    projection: Projection,
    law: ConnectionProbability,
    amplitude: float,
    expected: Expected,
) -> Observed:
    """Return the edges onto the targets that ``expected`` was worked out for."""
    pair = projection.source, projection.target
    sources, targets = projection.source_positions, projection.target_positions
    degrees = system.in_degrees(*pair)[expected.targets]
    found = Observed(degrees, np.zeros(len(sources), np.int64), np.zeros(BINS))
    for slab in system.edges(*pair, columns=(), targets=expected.targets):
        a, b = targets[slab.targets], sources[slab.sources]
        dx, dy = a[:, 0] - b[:, 0], a[:, 1] - b[:, 1]
        distance = np.sqrt(dx * dx + dy * dy)
        p = law.probability(amplitude, distance)
        # The last bit of a distance may differ between machines, so one at the limit is allowed.
        inside = law.probability(amplitude, distance * (1 - 1e-9))
        found.impossible += int(np.count_nonzero((p <= 0) & (inside <= 0)))
        found.certain += int(np.count_nonzero(p >= 1))
        bins = np.minimum((distance / expected.width).astype(np.int64), BINS - 1)
        found.bins += np.bincount(bins, minlength=BINS)
        found.out_degrees += np.bincount(slab.sources, minlength=len(sources))
    return found
