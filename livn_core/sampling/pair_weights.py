"""The expected number of edges of a pair law whose weights depend on more than a distance.

Every pair is evaluated while there are few. Above, near pairs are counted by distance and factor in
a compiled loop, and what lies beyond is counted by a coarse grid, as if its factors were 1 on
average. A mask can only be asked pair by pair: then the pairs of some targets stand for all, and the
scatter between the targets says how well that is known.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.sampling.edge_counts import ExpectedEdges, Guess, reach_and_tail
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.projection import bounds
from livn_core.sampling.streams import stream
from livn_core.sampling.weight_histogram import WeightHistogram, binned

__all__ = ["expected_pair_edges"]

#: Pairs that are all evaluated; pairs of a sample, and at a time.
FEW_PAIRS, SAMPLED_PAIRS, BLOCK = 1 << 23, 1 << 27, 1 << 20
#: Pairs that are counted with their factors.
MOST_NEAR_PAIRS = 1 << 26
#: Bins of distance within the reach, and of the factor in each octave.
DISTANCES, PER_OCTAVE = 4096, 16
#: Relative error of what is counted in bins: measured against all pairs.
BINNED_ERROR = 1e-4
#: Targets, and sources, whose pairs stand for all that are far in space; the error with them: where a
#: cell lies changes how many it has around by some 30 %, and far ones are a part of the edges.
SAMPLED_CELLS, SAMPLED_ERROR = 10_000, 5e-3


def expected_pair_edges(law: PairLaw, guess: Guess) -> ExpectedEdges:
    """Return the expected number of edges as a function of the amplitude.

    ``guess`` says which amplitude matters: what is near is decided by it.
    """
    projection, smallest = law.projection, law.kernel.min_probability
    sources, targets = len(projection.source), len(projection.target)
    if sources * targets <= FEW_PAIRS:
        every = np.arange(targets)
        whole = binned((w, 1.0) for w in _weights(law, every))
        return ExpectedEdges([whole], smallest, "direct", 1e-4)
    if law.mask is None and projection.distance == "space":
        parts, error = _in_space(law, guess)
        return ExpectedEdges(parts, smallest, "near", error)
    if law.mask is None:
        # Without modules, factors do not depend on the distance: far pairs have them on average.
        most = MOST_NEAR_PAIRS if law.between is None else np.inf
        reach, far = reach_and_tail(projection, law.kernel, guess, most)
        return ExpectedEdges([_near(law, reach), far], smallest, "near", BINNED_ERROR)
    some = min(targets, max(32, SAMPLED_PAIRS // sources))
    chosen = np.sort(stream(0, "pair weights").choice(targets, some, replace=False))
    scale = targets / some
    # Two halves, told apart: their difference is the error of a sample.
    halves = [
        binned((w, scale) for w in _weights(law, part)) for part in (chosen[::2], chosen[1::2])
    ]

    def scatter(amplitude: float) -> float:
        first, second = (half.edges(amplitude, smallest) for half in halves)
        return abs(first - second)

    return ExpectedEdges(halves, smallest, "sampled", 1e-4, scatter)


def _near(law: PairLaw, reach: float) -> WeightHistogram:
    """Count the pairs within ``reach``, um, in bins of distance and factor."""
    return _weighed(law, reach, *_counted(law, reach))


def _in_space(law: PairLaw, guess: Guess) -> tuple[list[WeightHistogram], float]:
    """Count the pairs of a law of distances in space; return the counts and their relative error.

    All pairs within the cutoff, if they are not too many. Else those that are near, and beyond
    them the pairs of some targets and some sources for all.
    """
    source, target = law.projection.source, law.projection.target
    every = np.concatenate([source.positions, target.positions])
    farthest = float(np.linalg.norm(np.ptp(every, axis=0))) * (1 + 1e-9) + 1e-9
    reach = farthest if law.kernel.cutoff is None else min(law.kernel.cutoff, farthest)
    chosen = [
        np.sort(stream(0, "pair weights", side).permutation(len(cells))[:SAMPLED_CELLS])
        for side, cells in (("targets", target), ("sources", source))
    ]
    scale = len(target) * len(source) / (len(chosen[0]) * len(chosen[1]))
    counts, sums = _counted(law, reach, *chosen)
    whole = _weighed(law, reach, scale * counts, scale * sums)
    edges = whole.edges(guess(lambda a: whole.edges(a, law.kernel.min_probability)))
    within = scale * np.cumsum(counts.sum(axis=1))
    most = max(MOST_NEAR_PAIRS, 10 * edges)
    if scale == 1 or within[-1] <= most:
        return [_near(law, reach)], BINNED_ERROR
    near = max(int(np.searchsorted(within, most)), 1)
    counts[:near], sums[:near] = 0.0, 0.0
    far = _weighed(law, reach, scale * counts, scale * sums)
    return [_near(law, reach * near / DISTANCES), far], SAMPLED_ERROR


def _weighed(law: PairLaw, reach: float, counts: FloatArray, sums: FloatArray) -> WeightHistogram:
    """Return the weights of pairs that were counted in bins of distance and factor."""
    middle = (np.arange(DISTANCES, dtype=np.float64) + 0.5) * reach / DISTANCES
    weight, filled = law.kernel.weight(middle), counts > 0
    mean = np.divide(sums, counts, out=np.zeros_like(sums), where=filled)
    return binned([((weight[:, None] * mean)[filled], counts[filled])])


def _counted(
    law: PairLaw,
    reach: float,
    targets: NDArray[np.int64] | None = None,
    sources: NDArray[np.int64] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return the number of pairs, and the sum of their factors, in bins of distance and factor.

    Of all cells, or of some targets and sources.
    """
    from livn_core.sampling.near_loops import count_near

    projection = law.projection
    source, target = projection.source, projection.target
    to = np.arange(len(target)) if targets is None else targets
    by = np.arange(len(source)) if sources is None else sources
    low, extent = bounds(projection)
    side = max(reach / 3, float(np.sqrt(np.prod(extent + 1.0) / (1 << 22))))
    columns, rows = (int(n) for n in np.floor(extent / side).astype(int) + 1)
    column, row = np.floor((source.positions[by, :2] - low) / side).astype(np.int64).T
    order = np.argsort(row * columns + column, kind="stable")
    begins = np.searchsorted((row * columns + column)[order], np.arange(columns * rows + 1))
    by = by[order]
    factors = [
        np.ones(len(cells)) if factor is None else factor
        for factor, cells in ((law.target_factor, target), (law.source_factor, source))
    ]
    between = np.empty((0, 0)) if law.between is None else law.between
    modules = [
        np.zeros(len(cells), np.uint16) if cells.modules is None else cells.modules
        for cells in (target, source)
    ]
    octaves = [np.log2(f[f > 0]) for f in (*factors, between.ravel()) if (f > 0).any()]
    first = float(sum(o.min() for o in octaves)) - 1e-9
    bins = int((sum(o.max() for o in octaves) - first) * PER_OCTAVE) + 1
    counts, sums = np.zeros((DISTANCES, bins)), np.zeros((DISTANCES, bins))
    count_near(
        (target.positions[to], factors[0][to], modules[0][to], to),
        (source.positions[by], factors[1][by], modules[1][by], by),
        (float(low[0]), float(low[1]), side, columns, rows, begins),
        reach,
        projection.distance == "space",
        law.alone,
        between,
        (first, PER_OCTAVE),
        counts,
        sums,
    )  # fmt: skip
    return counts, sums


def _weights(law: PairLaw, targets: NDArray[np.int64]) -> Iterator[FloatArray]:
    """Yield the weights of all pairs of these targets, without autapses that are not allowed."""
    sources = np.arange(len(law.projection.source))
    rows = max(1, BLOCK // max(len(sources), 1))
    for start in range(0, len(targets), rows):
        part = targets[start : start + rows]
        yield law.weight(np.repeat(part, len(sources)), np.tile(sources, len(part)))
