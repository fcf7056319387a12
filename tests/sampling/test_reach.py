"""How many sources a target can have, against every pair."""

import numpy as np
import pytest
from livn_hexmea.ring import Ring
from sampling import cells_at

from livn_core.components import Kernel, RadialKernel
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Projection
from livn_core.sampling.reach import certainly_near, sources_in_reach
from livn_plugins.connectivity.exponential import Exponential
from livn_plugins.connectivity.gaussian import Gaussian

RNG = np.random.default_rng(51)
UNIFORM = RNG.uniform(0, 4000, (700, 2))
CLUSTERS = np.concatenate([c + RNG.normal(0, 40, (70, 2)) for c in RNG.uniform(0, 4000, (10, 2))])


class Disk(RadialKernel):
    """1 within sigma, else 0."""

    def weight(self, distance):
        return (distance <= self.sigma).astype(float)


class Nowhere(RadialKernel):
    """0 at every distance."""

    def weight(self, distance):
        return np.zeros_like(distance)


class Hole(Kernel):
    """0 at distances within a narrow interval alone."""

    monotone = False

    def weight(self, distance):
        return 1.0 - ((distance > 700) & (distance < 700.1))

    def bound(self, nearest, farthest):
        return np.ones_like(nearest)


KERNELS = {
    "gaussian": (Gaussian(sigma=300), None),
    "a gaussian that ends in 0": (Gaussian(sigma=20), None),
    "a cut gaussian": (Gaussian(sigma=300), 500.0),
    "a cutoff at no cell": (Exponential(sigma=300), 0.01),
    "a cutoff beyond all": (Exponential(sigma=300), 1e5),
    "disk": (Disk(sigma=450), None),
    "a disk cut beyond its end": (Disk(sigma=450), 800.0),
    "ring": (Ring(radius=600, sigma=10), None),
    "a cut ring": (Ring(radius=600, sigma=10), 620.0),
    "hole": (Hole(), None),
    "nowhere": (Nowhere(sigma=1), None),
}


def every_pair(law):
    """Return how many sources have a weight for each target."""
    projection = law.projection
    cells = [part.positions[:, :2] for part in (projection.target, projection.source)]
    distance = np.sqrt(((cells[0][:, None] - cells[1]) ** 2).sum(axis=2))
    within = law.kernel.kernel.weight(distance) > 0
    if law.kernel.cutoff is not None:
        within &= distance <= law.kernel.cutoff
    if projection.recurrent and not projection.allow_autapses:
        np.fill_diagonal(within, False)
    return within.sum(axis=1)


def projections():
    """Yield within a population, with autapses and without, and between two."""
    for positions in (UNIFORM, CLUSTERS):
        yield Projection.within(cells_at("EXC", positions))
    yield Projection.within(cells_at("EXC", UNIFORM), allow_autapses=True)
    yield Projection.within(cells_at("EXC", CLUSTERS[:300]), cells_at("INH", UNIFORM[:90]))


@pytest.mark.parametrize("name", KERNELS)
def test_as_many_as_there_are_up_to_what_is_wanted(name):
    kernel, cutoff = KERNELS[name]
    for projection in projections():
        law = PairLaw(projection, ConnectionProbability(kernel, cutoff))
        sources, targets = len(projection.source), len(projection.target)
        there = every_pair(law)
        for wanted in (
            np.zeros(targets, np.int64),
            np.full(targets, 5),
            np.random.default_rng(7).integers(0, sources + 2, targets),
            np.full(targets, sources - 1),
            np.full(targets, sources + 1),
        ):
            given = wanted.copy()
            assert np.array_equal(sources_in_reach(law, wanted), np.minimum(there, wanted))
            assert np.array_equal(wanted, given)


@pytest.mark.parametrize("name", ["a cut gaussian", "disk", "a gaussian that ends in 0"])
def test_pairs_are_looked_at_only_where_it_is_in_doubt(name):
    """What a grid counts is never too much, and most of what there is."""
    kernel, cutoff = KERNELS[name]
    for projection in projections():
        law = PairLaw(projection, ConnectionProbability(kernel, cutoff))
        certain, there = certainly_near(law), every_pair(law)
        assert (certain <= there).all()
        assert certain.sum() > 0.6 * there.sum()


def test_a_mask_and_factors_of_zero():
    projection = Projection.within(cells_at("EXC", UNIFORM))
    law = PairLaw(
        projection,
        ConnectionProbability(Gaussian(sigma=300)),
        source_factor=np.arange(700) % 2.0,
        mask=lambda targets, sources: sources < 100 + targets % 3,
    )
    targets = np.arange(700)
    sources = np.arange(1, 102, 2)
    there = (sources < 100 + targets[:, None] % 3) & (sources != targets[:, None])
    wanted = np.full(700, 700)
    assert np.array_equal(sources_in_reach(law, wanted), there.sum(axis=1))
