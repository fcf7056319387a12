"""The sampler's law against the exact probability of every pair, over many seeds."""

import numpy as np
import pytest
from livn_hexmea.ring import Ring
from sampling import check_law, drawn_pairs, reseeded, sampler, solve
from scipy import stats

from livn_core.components import RadialKernel
from livn_core.errors import PluginError
from livn_plugins.connectivity.exponential import Exponential
from livn_plugins.connectivity.gaussian import Gaussian

RNG = np.random.default_rng(20)
UNIFORM = RNG.uniform(0, 1000, (60, 2))
CLUSTERS = np.concatenate(
    [centre + RNG.normal(0, 8, (15, 2)) for centre in ([0, 0], [0, 900], [950, 40], [400, 420])]
)
#: Many cells exactly on the borders of bins, at every level.
LATTICE = np.stack(np.meshgrid(np.arange(8), np.arange(8)), axis=-1).reshape(-1, 2) * 128.0
ONE_POINT = np.full((30, 2), 77.0)
STRIP = np.stack([RNG.uniform(0, 5000, 60), RNG.uniform(0, 1, 60)], axis=1)
OUTLIER = np.concatenate([RNG.uniform(0, 100, (59, 2)), [[50_000.0, 20.0]]])


class Step(RadialKernel):
    """1 within sigma, else 0."""

    def weight(self, distance):
        return (distance < self.sigma).astype(float)


def repeated(between, sources, targets, kernel, amplitude, *, repeats, **law):
    """Which sources each target draws when every target is there ``repeats`` times.

    Returns (repeats, targets, sources) bool: independent draws of one and the same law.
    """
    projection = between(sources, np.tile(targets, (repeats, 1)), seed=5)
    block = sampler(projection, kernel, amplitude, **law).sample(0, len(projection.target))
    return drawn_pairs(block, len(sources)).reshape(repeats, len(targets), len(sources))


CASES = {
    "gaussian": (UNIFORM, Gaussian(sigma=150), 0.3, {}),
    "gaussian saturated": (UNIFORM, Gaussian(sigma=200), 3.0, {}),
    "gaussian tiny": (UNIFORM, Gaussian(sigma=1), 1e9, {}),
    "gaussian huge": (UNIFORM, Gaussian(sigma=1e9), 0.35, {}),
    "exponential": (UNIFORM, Exponential(sigma=120), 0.9, {}),
    "exponential cut": (UNIFORM, Exponential(sigma=120), 0.9, {"cutoff": 200.0}),
    "cut inside a bin": (UNIFORM, Exponential(sigma=600), 0.8, {"cutoff": 12.0}),
    "small probabilities dropped": (UNIFORM, Gaussian(sigma=300), 0.5, {"min_probability": 0.2}),
    "clusters": (CLUSTERS, Gaussian(sigma=20), 0.45, {}),
    "lattice": (LATTICE, Gaussian(sigma=128), 0.35, {}),
    "lattice cut": (LATTICE, Exponential(sigma=300), 0.4, {"cutoff": 256.0}),
    "one point": (ONE_POINT, Gaussian(sigma=100), 0.2, {}),
    "strip": (STRIP, Exponential(sigma=400), 0.5, {}),
    "outlier": (OUTLIER, Gaussian(sigma=40), 0.6, {}),
    "ring": (UNIFORM, Ring(radius=200, sigma=50), 0.3, {}),
    "step": (UNIFORM, Step(sigma=300), 0.25, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_every_pair_has_its_probability(case, between, exact):
    positions, kernel, amplitude, law = CASES[case]
    repeats = 400
    drawn = repeated(between, positions, positions, kernel, amplitude, repeats=repeats, **law)
    check_law(drawn, exact(between(positions, positions), kernel, amplitude, **law))


def test_over_seeds_and_without_autapses(recurrent, exact):
    projection = recurrent(UNIFORM)
    kernel, amplitude, seeds = Gaussian(sigma=150), 0.6, 150
    found = np.zeros((60, 60), dtype=np.int64)
    for seed in range(seeds):
        drawer = sampler(reseeded(projection, seed), kernel, amplitude)
        found += drawn_pairs(drawer.sample(0, 60), 60)
    p = exact(projection, kernel, amplitude)
    assert (np.diag(found) == 0).all()
    z = (found - seeds * p)[p > 0.03] / np.sqrt(seeds * p * (1 - p))[p > 0.03]
    assert abs(z).max() < 5
    assert abs((z**2).mean() - 1) < 5 * np.sqrt(2 / len(z))


def test_pairs_are_independent_of_each_other(between, exact):
    """The pair_counts of every two pairs of three targets is that of independent ones: none."""
    kernel, amplitude, repeats = Gaussian(sigma=500), 0.7, 20_000
    sources, targets = UNIFORM[:12], UNIFORM[20:23]
    drawn = repeated(between, sources, targets, kernel, amplitude, repeats=repeats)
    p = exact(between(sources, targets), kernel, amplitude)
    inner = (p > 0.02) & (p < 0.98)
    scores = (drawn[:, inner] - p[inner]) / np.sqrt(p[inner] * (1 - p[inner]))
    pair_counts = (scores.T @ scores / repeats)[np.triu_indices(inner.sum(), 1)]
    assert len(pair_counts) > 400
    assert abs(pair_counts).max() < 4.5 / np.sqrt(repeats)
    assert abs((pair_counts**2).mean() * repeats - 1) < 0.25


def test_populations_of_very_different_size(between, exact):
    many, few = RNG.uniform(0, 1000, (400, 2)), RNG.uniform(300, 1600, (3, 2))
    kernel, amplitude, repeats = Gaussian(sigma=250), 0.4, 100
    for sources, targets in ((many, few), (few, many)):
        found = repeated(between, sources, targets, kernel, amplitude, repeats=repeats).sum(axis=0)
        p = exact(between(sources, targets), kernel, amplitude)
        assert abs(found.sum() - repeats * p.sum()) < 4.5 * np.sqrt(repeats * (p * (1 - p)).sum())
        z = (found - repeats * p)[p > 0.1] / np.sqrt(repeats * p * (1 - p))[p > 0.1]
        assert len(z) > 100
        assert abs(z).max() < 5


def test_cells_of_one_population_far_from_the_other(between):
    projection = between(UNIFORM, UNIFORM + 1e5)
    block = sampler(projection, Gaussian(sigma=100), 1e3).sample(0, 60)
    assert len(block.sources) == 0


@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("compiled", [False, True])
def test_hardly_any_cells(count, compiled, recurrent, between):
    few = UNIFORM[:count]
    kernel = Gaussian(sigma=1e9)
    block = sampler(recurrent(few), kernel, 2.0, compiled=compiled).sample(0, count)
    assert block.counts.tolist() == [max(0, count - 1)] * count
    block = sampler(between(few, few), kernel, 2.0, compiled=compiled).sample(0, count)
    assert block.counts.tolist() == [count] * count
    block = sampler(between(few, UNIFORM), kernel, 2.0, compiled=compiled).sample(5, 9)
    assert block.counts.tolist() == [count] * 4


def test_autapses_only_when_allowed(recurrent):
    kernel = Gaussian(sigma=1e9)
    projection = recurrent(UNIFORM[:10], allow_autapses=True)
    assert sampler(projection, kernel, 2.0).sample(0, 10).counts.tolist() == [10] * 10
    projection = recurrent(UNIFORM[:10])
    assert sampler(projection, kernel, 2.0).sample(0, 10).counts.tolist() == [9] * 10


def test_amplitude_zero_connects_nothing(recurrent):
    block = sampler(recurrent(UNIFORM), Gaussian(sigma=100), 0.0).sample(0, 60)
    assert block.counts.tolist() == [0] * 60


class Bump(RadialKernel):
    """Grows with distance, but says that it does not."""

    def weight(self, distance):
        return 0.1 + np.exp(-(((distance - self.sigma) / 50) ** 2))


class Negative(RadialKernel):
    """Goes below zero."""

    def weight(self, distance):
        return 1 - distance / self.sigma


class Scalar(RadialKernel):
    """Forgets that it is given an array."""

    def weight(self, distance):
        return 1.0


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (Bump(sigma=300), "Bump grows with distance at .* though it says"),
        (Negative(sigma=300), "Negative.*negative or non-finite value at"),
        (Scalar(sigma=300), "Scalar.*shape"),
    ],
)
def test_a_kernel_that_breaks_its_contract_is_named(kernel, message, recurrent):
    with pytest.raises(PluginError, match=message):
        sampler(recurrent(UNIFORM), kernel, 0.4).sample(0, 60)


def test_distances_follow_the_law(recurrent, exact):
    """Chi-square of the distances of a larger culture, against the sum of p over its pairs."""
    projection = recurrent(RNG.uniform(0, 2000, (2000, 2)))
    kernel = Exponential(sigma=150)
    amplitude = solve(projection, kernel, 30).value
    block = sampler(projection, kernel, amplitude).sample(0, 2000)
    cells = projection.target.positions[:, :2]
    distance = np.sqrt(((cells[:, None] - cells) ** 2).sum(axis=2))
    p = exact(projection, kernel, amplitude)
    edges = np.append(np.linspace(0, 1200, 41), np.inf)
    expected = np.histogram(distance, bins=edges, weights=p)[0]
    observed = np.histogram(block.distances, bins=edges)[0]
    # Bernoulli pairs vary a little less than Poisson ones: the exact variance.
    variance = np.histogram(distance, bins=edges, weights=p * (1 - p))[0]
    chi2 = ((observed - expected) ** 2 / variance).sum()
    assert stats.chi2.sf(chi2, len(observed)) > 1e-4
    assert abs(block.counts.mean() - 30) < 4.5 * np.sqrt((p * (1 - p)).sum()) / 2000
    spread = (block.counts - p.sum(axis=1)) / np.sqrt((p * (1 - p)).sum(axis=1))
    assert abs(spread.var() - 1) < 5 * np.sqrt(2 / 2000)
