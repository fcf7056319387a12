"""The amplitude A at which p(d) = min(1, A k(d)) has the wanted mean in-degree.

The mean in-degree depends on how many pairs have which weight. Up to a few thousand cells every
pair is evaluated. Above, pairs that are near are evaluated one by one if there are few, else counted
by a grid (:mod:`~livn_core.sampling.pair_counts`); the tail, which holds a ten-thousandth of the
edges, is counted by a coarser one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from livn_core.components import RadialKernel
from livn_core.errors import DegreeError
from livn_core.sampling.pair_counts import PairCounts
from livn_core.sampling.pairs import all_distances, near_distances
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Projection, bounds
from livn_core.sampling.streams import stream
from livn_core.sampling.weight_histogram import WeightHistogram, binned, exact

__all__ = ["Amplitude", "solve_amplitude"]

#: No amplitude beyond this: a pair whose weight is below its inverse counts as unreachable.
LARGEST_AMPLITUDE = 1e300
#: Pairs that are evaluated one by one: all of them, or those that are near.
FEW_PAIRS, FEW_NEAR_PAIRS = 1 << 23, 1 << 22
#: As above, where the grid is too coarse; a larger error than this one says that it is.
MANY_NEAR_PAIRS, TOLERANCE = 1 << 28, 1e-4
#: Nodes along the longer side of the coarse grid, and fewest and most of the fine one.
COARSE_NODES, FINE_NODES = 256, (800, 3000)
#: The share of the edges that the coarse grid may count; less where it is coarser than the reach.
TAIL, TAIL_UNRESOLVED = 1e-4, 1e-7


@dataclass(frozen=True, slots=True)
class Amplitude:
    """The amplitude of a projection, and how well it is known.

    Parameters
    ----------
    value
        A in p(d) = min(1, A k(d)).
    expected_degree
        Expected mean in-degree with that A, after clip, cutoff and self-exclusion.
    method
        ``"direct"`` (every pair), ``"near"`` (every pair that is near) or ``"grid"``.
    relative_error
        Estimated relative error of ``expected_degree``.
    """

    value: float
    expected_degree: float
    method: str
    relative_error: float


@dataclass(frozen=True, slots=True)
class _Count:
    """Expected edges as a function of the amplitude, and its estimated relative error."""

    edges: Callable[[float], float]
    error: Callable[[float], float]
    saturated: Callable[[float], bool]
    method: str


def solve_amplitude(
    projection: Projection,
    kernel: RadialKernel,
    *,
    cutoff: float | None = None,
    min_probability: float | None = None,
) -> Amplitude:
    """Return the amplitude that gives the projection's ``mean_degree``.

    Parameters
    ----------
    projection
        Positions and the wanted mean in-degree.
    kernel
        k(d).
    cutoff
        k = 0 beyond, um; None for no cutoff.
    min_probability
        Pairs with a smaller p are dropped.

    Raises
    ------
    DegreeError
        No amplitude reaches that degree; says the largest reachable value.
    """
    sources, targets = len(projection.source_positions), len(projection.target_positions)
    if projection.mean_degree == 0 or targets == 0:
        return Amplitude(0.0, 0.0, "direct", 0.0)
    law = ConnectionProbability(kernel, cutoff, min_probability)
    if sources * targets <= FEW_PAIRS:
        count = _every_pair(projection, law)
    else:
        count = _near_and_far(projection, law)
        guess = _amplitude(count.edges, min(projection.mean_degree * targets, sources * targets))
        if count.error(guess) > TOLERANCE:
            # Much emptiness between few cells: what is near is finer than any grid over it all.
            count = _near_and_sampled(projection, law) or count
    value = _solve(projection, count)
    return Amplitude(value, count.edges(value) / targets, count.method, float(count.error(value)))


def _solve(projection: Projection, count: _Count) -> float:
    targets = len(projection.target_positions)
    wanted = projection.mean_degree * targets
    reachable = count.edges(LARGEST_AMPLITUDE)
    if wanted > reachable * (1 + max(1e-12, count.error(LARGEST_AMPLITUDE))):
        raise DegreeError(
            f"projection {projection.name}: a mean in-degree of {projection.mean_degree:g} cannot "
            f"be reached; the largest, with every probability at 1, is {reachable / targets:.6g}",
            reachable=reachable / targets,
            hint="lower mean_degree, raise the cutoff, add source cells, or take the largest with "
            "unreachable_degree: largest",
        )
    value = _amplitude(count.edges, min(wanted, reachable))
    # Upwards to 40 bits: the last ones are noise, which differs between machines.
    mantissa, exponent = np.frexp(value)
    value = float(np.ldexp(np.ceil(np.ldexp(mantissa, 40)), exponent - 40))
    if count.method != "direct" and wanted >= reachable * (1 - 1e-6):
        # All that can be reached: what is known of the smallest weight is not exact enough.
        return LARGEST_AMPLITUDE
    if wanted >= reachable and not count.saturated(value):
        value *= 1 + 2.0**-39
    return value


def _amplitude(edges: Callable[[float], float], wanted: float) -> float:
    """Return the smallest amplitude with at least so many edges, or the largest there is."""
    low, high = 1.0 / LARGEST_AMPLITUDE, LARGEST_AMPLITUDE
    while True:
        # By ratio while they are far apart, then by halves down to neighbouring numbers.
        middle = float(np.sqrt(low) * np.sqrt(high)) if high > 2 * low else 0.5 * (low + high)
        if not low < middle < high:
            return high
        if edges(middle) < wanted:
            low = middle
        else:
            high = middle


def _every_pair(projection: Projection, law: ConnectionProbability) -> _Count:
    weights = [np.empty(0)]
    for distance in all_distances(projection):
        weight = law.weight(distance)
        weights.append(weight[weight > 0])
    spectra = [exact(np.concatenate(weights), 2.0 if projection.recurrent else 1.0)]
    spectra += _autapses(projection, law)
    return _Count(
        lambda a: sum(s.edges(a, law.min_probability) for s in spectra),
        lambda a: 1e-12,
        lambda a: all(s.saturated(a) for s in spectra),
        "direct",
    )


def _autapses(projection: Projection, law: ConnectionProbability) -> list[WeightHistogram]:
    if not (projection.recurrent and projection.allow_autapses):
        return []
    weight = law.weight(np.zeros(1))
    return [exact(weight[weight > 0], float(len(projection.target_positions)))]


def _near_and_far(projection: Projection, law: ConnectionProbability) -> _Count:
    extent = float(bounds(projection)[1].max()) or 1.0
    everywhere = 2 * extent
    spacing = extent / COARSE_NODES
    coarse = PairCounts(projection, spacing, everywhere)
    autapses = _autapses(projection, law)
    smallest = law.min_probability

    def rough(inner: float, outer: float) -> WeightHistogram:
        return binned(coarse.weights(law, inner, outer))

    def counted(near: Callable[[float], float], far: WeightHistogram) -> Callable[[float], float]:
        parts = [far, *autapses]
        return lambda a: near(a) + sum(s.edges(a, smallest) for s in parts)

    whole = rough(0.0, everywhere)
    wanted = projection.mean_degree * len(projection.target_positions)
    guess = _amplitude(counted(lambda a: 0.0, whole), wanted)
    reach = _reach(coarse, law, guess, spacing, everywhere)
    far = rough(reach, everywhere)
    multiplicity = 2.0 if projection.recurrent else 1.0
    pairs = sum(float(n[d < reach + spacing].sum()) for d, n in coarse.distances()) / multiplicity
    if pairs <= FEW_NEAR_PAIRS:
        near = binned(
            (law.weight(distance), multiplicity) for distance in near_distances(projection, reach)
        )
        edges = counted(lambda a: near.edges(a, smallest), far)
        return _Count(
            edges, lambda a: 0.5 * far.edges(a, smallest) / edges(a) + 1e-5, lambda a: False, "near"
        )

    cells = len(projection.source_positions) + len(projection.target_positions)
    nodes = int(np.clip(2 * np.sqrt(cells), *FINE_NODES))
    # The reach adds nodes at the borders; the transform is as large as without.
    spacing = extent * (1 + min(1.0, reach / extent)) / nodes
    grid = PairCounts(projection, spacing, reach)
    spectra = [binned(grid.weights(law, 0.0, reach))]
    for factor in (2, 4):
        grid = PairCounts(projection, spacing * factor, reach, finer=grid)
        spectra.append(binned(grid.weights(law, 0.0, reach)))

    def romberg(a: float) -> tuple[float, float]:
        one, two, four = (s.edges(a, smallest) for s in spectra)
        first, second = (4 * one - two) / 3, (4 * two - four) / 3
        return first + (first - second) / 15, abs(first - second) / 15

    edges = counted(lambda a: romberg(a)[0], far)
    # Cells do not fill a grid evenly: measured, a jump of the kernel then counts with this error.
    scatter = 0.05 / np.sqrt(pairs)
    return _Count(
        edges,
        lambda a: (romberg(a)[1] + 0.5 * far.edges(a, smallest)) / edges(a) + scatter,
        lambda a: False,
        "grid",
    )


def _near_and_sampled(projection: Projection, law: ConnectionProbability) -> _Count | None:
    """Count near pairs one by one, and the tail from some targets; None where too many are near."""
    sources, targets = projection.source_positions, projection.target_positions
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
    guess = _amplitude(
        lambda a: whole.edges(a, law.min_probability), projection.mean_degree * len(targets)
    )
    order = np.argsort(distance)
    p = law.scaled(guess, weight[order])
    beyond = np.cumsum(p[::-1])[::-1]
    last = min(int(np.searchsorted(-beyond, -TAIL * beyond[:1].sum())), len(order) - 1)
    reach = 1.05 * float(distance[order[last]]) if len(order) else 0.0
    multiplicity = 2.0 if projection.recurrent else 1.0
    if not reach or (distance < reach).sum() * scale / multiplicity > MANY_NEAR_PAIRS:
        return None
    near = binned((law.weight(d), multiplicity) for d in near_distances(projection, reach))
    spectra = [near, exact(weight[distance >= reach], scale), *_autapses(projection, law)]

    def edges(a: float) -> float:
        return sum(s.edges(a, law.min_probability) for s in spectra)

    return _Count(edges, lambda a: 2e-5, lambda a: False, "near")


def _reach(
    coarse: PairCounts,
    law: ConnectionProbability,
    amplitude: float,
    spacing: float,
    everywhere: float,
) -> float:
    """Return the distance beyond which only a small share of the edges lies, um."""
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
    return float(1.05 * edges[enough[0]]) if len(enough) else everywhere
