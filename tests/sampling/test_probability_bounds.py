"""The table of bounds, against the kernels themselves."""

import numpy as np
import pytest
from livn_hexmea.ring import Ring
from sampling import sampler

from livn_core.components import RadialKernel
from livn_core.errors import PluginError
from livn_core.sampling import compiled_draw as compiled_module
from livn_core.sampling import probability_bounds as bounds_module
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.probability_bounds import SHIFT, ProbabilityBounds
from livn_plugins.connectivity.exponential import Exponential
from livn_plugins.connectivity.gaussian import Gaussian

RNG = np.random.default_rng(5)


class Lie(RadialKernel):
    """Has a narrow peak, and says that it falls."""

    def weight(self, distance):
        return 0.5 + 0.4 * (np.abs(distance - 700) < 4)


LAWS = {
    "gaussian": (ConnectionProbability(Gaussian(sigma=150), None, None), 0.7),
    "saturated": (ConnectionProbability(Gaussian(sigma=150), None, None), 40.0),
    "a tail of denormals": (ConnectionProbability(Gaussian(sigma=30), None, None), 1e300),
    "cut": (ConnectionProbability(Exponential(sigma=400), 900.0, None), 0.9),
    "no small p": (ConnectionProbability(Exponential(sigma=400), None, 0.05), 0.9),
    "all certain": (ConnectionProbability(Exponential(sigma=1e9), None, None), 2.0),
    "ring": (ConnectionProbability(Ring(radius=300, sigma=50), None, 0.02), 0.8),
}


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("farthest", [0.0, 1.0, 3000.0])
def test_the_bounds_hold(name, farthest):
    law, amplitude = LAWS[name]
    probability_bounds = ProbabilityBounds.build(law, amplitude, farthest)
    squared = farthest**2 * np.concatenate(([0, 1], RNG.random(20_000), RNG.random(20_000) ** 20))
    interval = np.clip(
        (squared.view(np.int64) >> SHIFT) - probability_bounds.first,
        0,
        len(probability_bounds.p) - 1,
    )
    p = law.probability(amplitude, np.sqrt(squared))
    assert (probability_bounds.p[interval, 0] <= p).all()
    assert (probability_bounds.p[interval, 1] >= p).all()
    with np.errstate(divide="ignore"):
        rate = -np.log1p(-p)
    assert (probability_bounds.rate[interval, 0] <= rate).all()
    assert (probability_bounds.rate[interval, 1] >= rate).all()
    assert (p[squared < probability_bounds.certain] == 1).all()


def test_certain_pairs_are_found_and_few_are_left_open():
    law, amplitude = LAWS["saturated"]
    probability_bounds = ProbabilityBounds.build(law, amplitude, 3000.0)
    radius = 150 * np.sqrt(2 * np.log(amplitude))
    assert 0.99 * radius**2 < probability_bounds.certain <= radius**2
    assert ProbabilityBounds.build(*LAWS["gaussian"], 3000.0).certain == 0
    assert ProbabilityBounds.build(*LAWS["ring"], 3000.0).certain == 0
    everywhere = ConnectionProbability(Gaussian(sigma=1e9))
    assert ProbabilityBounds.build(everywhere, 2.0, 3000.0).certain >= 3000.0**2
    # The share of random thresholds that the kernel has to be asked for, over the plane.
    squared = 3000.0**2 * RNG.random(10_000)
    interval = (squared.view(np.int64) >> SHIFT) - probability_bounds.first
    width = probability_bounds.p[interval, 1] - probability_bounds.p[interval, 0]
    assert width.mean() < 0.02 * probability_bounds.p[interval, 1].mean()


def test_compiled_code_reads_the_table_as_it_is_made():
    from livn_core.sampling import loops

    assert loops.INTERVAL == SHIFT


class Louder(Ring):
    """States the bound of a ring, and exceeds it."""

    def weight(self, distance):
        return 1.2 * super().weight(distance)

    def bound(self, nearest, farthest):
        return super().bound(nearest, farthest) / 1.2


@pytest.mark.parametrize("compiled", [False, True])
def test_a_bound_that_is_too_low_is_told_before_drawing(compiled, recurrent):
    projection = recurrent(RNG.uniform(0, 1500, (400, 2)))
    with pytest.raises(PluginError, match="Louder exceeds its own bound"):
        sampler(projection, Louder(radius=400, sigma=50), 0.2, compiled=compiled)


@pytest.mark.parametrize("amplitude", [0.2, 0.8])
@pytest.mark.parametrize("compiled", [False, True])
def test_a_bound_that_is_too_low_is_told_while_drawing(compiled, amplitude, recurrent):
    """Where nothing that was looked at before showed it; proposed pairs, and direct ones."""
    projection = recurrent(RNG.uniform(0, 1500, (400, 2)))
    ring = Ring(radius=400, sigma=50)
    drawer = sampler(projection, ring, amplitude, compiled=compiled)
    directs = (drawer._candidates.bound < 0).sum()
    assert directs > 0 if amplitude == 0.8 else directs == 0
    drawer.sample(0, 400)
    law = ConnectionProbability(Louder(radius=400, sigma=50), None, None)
    drawer._draw._law = law
    with pytest.raises(PluginError, match="Louder exceeds its own bound"):
        drawer.sample(0, 400)


def test_a_kernel_that_grows_against_its_word_is_told():
    with pytest.raises(PluginError, match=r"Lie grows with distance at .* though it says"):
        ProbabilityBounds.build(ConnectionProbability(Lie(sigma=1), None, None), 0.9, 3000.0)


@pytest.mark.parametrize("batch", [1, 40, 1000])
@pytest.mark.parametrize("octaves", [1, 40])
def test_edges_depend_on_neither_buffers_nor_table(batch, octaves, recurrent, monkeypatch):
    """Buffers too small for a target; a table that leaves nearly everything to the kernel."""
    projection = recurrent(RNG.uniform(0, 1500, (400, 2)))
    kernel, amplitude = Gaussian(sigma=200), 3.0
    wanted = sampler(projection, kernel, amplitude, compiled=False).sample(0, 400)
    monkeypatch.setattr(compiled_module, "BATCH", batch)
    monkeypatch.setattr(bounds_module, "OCTAVES", octaves)
    made = sampler(projection, kernel, amplitude, compiled=True).sample(0, 400)
    for name in ("counts", "sources", "distances"):
        assert np.array_equal(getattr(made, name), getattr(wanted, name))


@pytest.mark.parametrize("sources", [1, 2, 200, 70_000])
def test_sources_of_any_number_of_digits_are_sorted(sources, recurrent):
    """Up to three passes of the sorter, and by insertion where there are few."""
    projection = recurrent(RNG.uniform(0, 100 * np.sqrt(sources), (sources, 2)))
    for amplitude in (0.05, 1.0):
        a, b = (
            sampler(projection, Gaussian(sigma=400), amplitude, compiled=c).sample(0, 60)
            for c in (False, True)
        )
        assert np.array_equal(a.counts, b.counts)
        assert np.array_equal(a.sources, b.sources)
        assert np.array_equal(a.distances, b.distances)
