"""The sampler's law against the exact probability of every pair, over many seeds."""

from dataclasses import replace

import numpy as np
import pytest

from livn_core.components import RadialKernel
from livn_core.engine.sampler import KernelSampler
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


class Ring(RadialKernel):
    """Grows up to sigma, then falls: a plugin's kernel in plain NumPy."""

    monotone = False

    def weight(self, distance):
        scaled = distance / self.sigma
        return scaled * np.exp(1 - scaled)

    def bound(self, nearest, farthest):
        return self.weight(np.clip(self.sigma, nearest, farthest))


class Step(RadialKernel):
    """1 within sigma, else 0."""

    def weight(self, distance):
        return (distance < self.sigma).astype(float)


def frequencies(projection, kernel, amplitude, *, seeds, **law):
    """How often each pair was drawn; (targets, sources)."""
    shape = len(projection.target_positions), len(projection.source_positions)
    found = np.zeros(shape, dtype=np.int64)
    degrees = np.empty((seeds, shape[0]), dtype=np.int64)
    for seed in range(seeds):
        drawn = replace(projection, seed=seed)
        block = KernelSampler(drawn, kernel, amplitude, **law).sample(0, shape[0])
        rows = np.repeat(np.arange(shape[0]), block.counts)
        np.add.at(found, (rows, block.sources), 1)
        degrees[seed] = block.counts
    return found, degrees


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
    "ring": (UNIFORM, Ring(sigma=200), 0.3, {}),
    "step": (UNIFORM, Step(sigma=300), 0.25, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_every_pair_has_its_probability(case, recurrent, exact):
    positions, kernel, amplitude, law = CASES[case]
    projection = recurrent(positions)
    seeds = 400
    found, degrees = frequencies(projection, kernel, amplitude, seeds=seeds, **law)
    p = exact(projection, kernel, amplitude, **law)

    assert (found[p == 1] == seeds).all()
    assert (found[p == 0] == 0).all()
    # Pairs are independent: the sum over pairs of squared standard scores has known moments.
    inner = (p > 1e-4) & (p < 1 - 1e-4)
    if inner.any():
        variance = seeds * p[inner] * (1 - p[inner])
        score = (found[inner] - seeds * p[inner]) ** 2 / variance
        # Var of a squared standardised binomial: 2 + (1 - 6 p q) / (n p q).
        spread = np.sqrt((2 + (1 - 6 * p[inner] * (1 - p[inner])) / variance).sum())
        assert abs(score.sum() - len(score)) < 4.5 * spread
    total = found.sum() - seeds * p.sum()
    assert abs(total) < 4.5 * np.sqrt(seeds * (p * (1 - p)).sum() + 1e-9) + 1e-9
    # In-degree of each target: variance of a sum of independent pairs.
    expected = (p * (1 - p)).sum(axis=1)
    many = expected > 0.5
    if many.any():
        ratio = degrees[:, many].var(axis=0, ddof=1) / expected[many]
        assert abs(ratio.mean() - 1) < 5 * np.sqrt(2 / seeds / many.sum()) + 0.02
