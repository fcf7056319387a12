"""The expected number of edges of p(d) = min(1, A k(d)), as a function of the amplitude A.

It depends on how many pairs have which weight. Up to a few thousand cells every pair is evaluated.
Above, pairs that are near are evaluated one by one if there are few, else counted by a grid
(:mod:`~livn_core.sampling.pair_counts`); the tail, which holds a ten-thousandth of the edges, is
counted by a coarser one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from livn_core.sampling.pair_counts import PairCounts
from livn_core.sampling.pairs import all_distances, near_distances
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Projection, bounds
from livn_core.sampling.streams import stream
from livn_core.sampling.weight_histogram import WeightHistogram, binned, exact

__all__ = ["ExpectedEdges", "Guess", "expected_edges", "reach_and_tail"]

#: Pairs that are evaluated one by one: all of them, or those that are near.
FEW_PAIRS, FEW_NEAR_PAIRS = 1 << 23, 1 << 22
#: As above, where the grid is too coarse; a larger error than this one says that it is.
MANY_NEAR_PAIRS, TOLERANCE = 1 << 28, 1e-4
#: Nodes along the longer side of the coarse grid, and fewest and most of the fine one.
COARSE_NODES, FINE_NODES = 256, (800, 3000)
#: The share of the edges that the coarse grid may count; less where it is coarser than the reach.
TAIL, TAIL_UNRESOLVED = 1e-4, 1e-7

#: Chooses an amplitude, given the expected number of edges as a function of it.
Guess = Callable[[Callable[[float], float]], float]


@dataclass(frozen=True, slots=True)
class ExpectedEdges:
    """What is expected at an amplitude > 0.

    Parameters
    ----------
    parts
        The pairs, cut in any way.
    smallest
        Pairs of a smaller p do not count; None: all do.
    method
        ``"direct"`` (every pair), ``"near"`` (every pair that is near), ``"grid"`` or ``"sampled"``.
    relative, absolute
        Estimated error of the number of edges: a part of them, and a number by amplitude.
    """

    parts: Sequence[WeightHistogram]
    smallest: float | None
    method: str
    relative: float
    absolute: Callable[[float], float] = lambda amplitude: 0.0

    def edges(self, amplitude: float) -> float:
        """Return the number of edges."""
        return sum(part.edges(amplitude, self.smallest) for part in self.parts)

    def error(self, amplitude: float) -> float:
        """Return its estimated relative error."""
        return self.absolute(amplitude) / (self.edges(amplitude) or 1.0) + self.relative

    def certain(self, amplitude: float) -> float:
        """Return the number of pairs with p = 1."""
        return sum(part.certain(amplitude) for part in self.parts)

    def saturated(self, amplitude: float) -> bool:
        """Whether every pair has p = 1."""
        return all(part.saturated(amplitude) for part in self.parts)


@dataclass(frozen=True)
class _Romberg(WeightHistogram):
    """Pairs that a grid has counted, and grids of twice and four times its spacing."""

    coarser: tuple[WeightHistogram, ...]

    def _steps(self, amplitude: float, smallest: float | None) -> tuple[float, float]:
        one = super().edges(amplitude, smallest)
        two, four = (grid.edges(amplitude, smallest) for grid in self.coarser)
        return (4 * one - two) / 3, (4 * two - four) / 3

    def edges(self, amplitude: float, min_probability: float | None = None) -> float:
        first, second = self._steps(amplitude, min_probability)
        return first + (first - second) / 15

    def error(self, amplitude: float, smallest: float | None) -> float:
        first, second = self._steps(amplitude, smallest)
        return abs(first - second) / 15


def expected_edges(
    projection: Projection, law: ConnectionProbability, guess: Guess
) -> ExpectedEdges:
    """Return the expected number of edges as a function of the amplitude.

    ``guess`` says which amplitude matters: what is near is decided by it.
    """
    if len(projection.source) * len(projection.target) <= FEW_PAIRS:
        return _every_pair(projection, law)
    count = _near_and_far(projection, law, guess)
    if count.error(guess(count.edges)) > TOLERANCE:
        # Much emptiness between few cells: what is near is finer than any grid over it all.
        count = _near_and_sampled(projection, law, guess) or count
    return count


def _every_pair(projection: Projection, law: ConnectionProbability) -> ExpectedEdges:
    weights = [np.empty(0)]
    for distance in all_distances(projection):
        weight = law.weight(distance)
        weights.append(weight[weight > 0])
    pairs = exact(np.concatenate(weights), 2.0 if projection.recurrent else 1.0)
    parts = [pairs, *_autapses(projection, law)]
    return ExpectedEdges(parts, law.min_probability, "direct", 1e-12)


def _autapses(projection: Projection, law: ConnectionProbability) -> list[WeightHistogram]:
    if not (projection.recurrent and projection.allow_autapses):
        return []
    weight = law.weight(np.zeros(1))
    return [exact(weight[weight > 0], float(len(projection.target)))]


def reach_and_tail(
    projection: Projection, law: ConnectionProbability, guess: Guess, most: float
) -> tuple[float, WeightHistogram]:
    """Return the distance beyond which few edges lie, um, and the pairs beyond it.

    Within it there are at most about ``most`` pairs, or ten times as many as there are edges: where
    probabilities are clipped at 1, a pair counts by itself.
    """
    reach, far, coarse, edges = _coarsely(projection, law, guess)
    if law.cutoff is not None:
        reach = min(reach, law.cutoff)
    area = float(np.prod(bounds(projection)[1] + 1.0))
    pairs = len(projection.source) * len(projection.target)
    nearer = float(np.sqrt(max(most, 10 * edges) / pairs * area / np.pi))
    if nearer < reach:
        reach = nearer
        far = binned(coarse.weights(law, reach, np.inf))
    return reach, far


def _coarsely(
    projection: Projection, law: ConnectionProbability, guess: Guess
) -> tuple[float, WeightHistogram, PairCounts, float]:
    """Return the distance beyond which few edges lie, the pairs beyond, all of them, and the edges."""
    extent = float(bounds(projection)[1].max()) or 1.0
    everywhere = 2 * extent
    spacing = extent / COARSE_NODES
    coarse = PairCounts(projection, spacing, everywhere)
    parts = [binned(coarse.weights(law, 0.0, everywhere)), *_autapses(projection, law)]
    whole = ExpectedEdges(parts, law.min_probability, "grid", 0.0)
    amplitude = guess(whole.edges)
    bins = np.zeros(4 * COARSE_NODES)
    width = everywhere / len(bins)
    for distance, pairs in coarse.distances():
        p = law.probability(amplitude, distance)
        place = np.minimum((distance / width).astype(np.int64), len(bins) - 1)
        bins += np.bincount(place, p * pairs, len(bins))
    beyond = np.cumsum(bins[::-1])[::-1]
    edges = np.arange(len(bins)) * width
    share = np.where(edges >= 4 * spacing, TAIL, TAIL_UNRESOLVED)
    enough = np.flatnonzero(beyond <= share * beyond[0])
    # The margin is for the amplitude, which is known roughly.
    reach = float(1.05 * edges[enough[0]]) if len(enough) else everywhere
    far = binned(coarse.weights(law, reach, everywhere))
    return reach, far, coarse, whole.edges(amplitude)


def _near_and_far(
    projection: Projection, law: ConnectionProbability, guess: Guess
) -> ExpectedEdges:
    extent = float(bounds(projection)[1].max()) or 1.0
    reach, far, coarse, _ = _coarsely(projection, law, guess)
    spacing = coarse.spacing
    beyond = [far, *_autapses(projection, law)]
    smallest = law.min_probability
    multiplicity = 2.0 if projection.recurrent else 1.0
    pairs = sum(float(n[d < reach + spacing].sum()) for d, n in coarse.distances()) / multiplicity
    if pairs <= FEW_NEAR_PAIRS:
        near = binned(
            (law.weight(distance), multiplicity) for distance in near_distances(projection, reach)
        )
        return ExpectedEdges(
            [*beyond, near], smallest, "near", 1e-5, lambda a: 0.5 * far.edges(a, smallest)
        )

    cells = len(projection.source) + len(projection.target)
    nodes = int(np.clip(2 * np.sqrt(cells), *FINE_NODES))
    # The reach adds nodes at the borders; the transform is as large as without.
    spacing = extent * (1 + min(1.0, reach / extent)) / nodes
    grid = PairCounts(projection, spacing, reach)
    finest, coarser = binned(grid.weights(law, 0.0, reach)), []
    for factor in (2, 4):
        grid = PairCounts(projection, spacing * factor, reach, finer=grid)
        coarser.append(binned(grid.weights(law, 0.0, reach)))
    romberg = _Romberg(finest.weight, finest.pairs, finest.mass, tuple(coarser))
    # Cells do not fill a grid evenly: measured, a jump of the kernel then counts with this error.
    scatter = 0.05 / np.sqrt(pairs)
    return ExpectedEdges(
        [*beyond, romberg],
        smallest,
        "grid",
        scatter,
        lambda a: romberg.error(a, smallest) + 0.5 * far.edges(a, smallest),
    )


def _near_and_sampled(
    projection: Projection, law: ConnectionProbability, guess: Guess
) -> ExpectedEdges | None:
    """Count near pairs one by one, and the tail from some targets; None where too many are near."""
    sources, targets = projection.source.positions, projection.target.positions
    some = min(len(targets), max(32, FEW_PAIRS // len(sources)))
    chosen = stream(0, "amplitude").choice(len(targets), some, replace=False)
    weights, distances = [], []
    for target in chosen:
        offset = targets[target, :2] - sources[:, :2]
        distance = np.hypot(offset[:, 0], offset[:, 1])
        weight = law.weight(distance)
        if projection.recurrent:
            weight[target] = 0.0
        found = np.flatnonzero(weight)
        weights.append(weight[found])
        distances.append(distance[found])
    weight, distance = np.concatenate(weights), np.concatenate(distances)
    scale = len(targets) / some
    whole = exact(weight.copy(), scale)
    amplitude = guess(lambda a: whole.edges(a, law.min_probability))
    order = np.argsort(distance)
    p = law.scaled(amplitude, weight[order])
    beyond = np.cumsum(p[::-1])[::-1]
    last = min(int(np.searchsorted(-beyond, -TAIL * beyond[:1].sum())), len(order) - 1)
    reach = 1.05 * float(distance[order[last]]) if len(order) else 0.0
    multiplicity = 2.0 if projection.recurrent else 1.0
    if not reach or (distance < reach).sum() * scale / multiplicity > MANY_NEAR_PAIRS:
        return None
    near = binned((law.weight(d), multiplicity) for d in near_distances(projection, reach))
    parts = [near, exact(weight[distance >= reach], scale), *_autapses(projection, law)]
    return ExpectedEdges(parts, law.min_probability, "near", 2e-5)
