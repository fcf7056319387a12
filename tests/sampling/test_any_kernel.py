"""Kernels of plugins, of any scale and shape: the degree is met, or an error says what is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from sampling import cells_at, sampler

from livn_core.components import Kernel, RadialKernel
from livn_core.errors import PluginError
from livn_core.sampling.projection import Culture, Projection
from livn_plugins.connectivity.pairwise_bernoulli import PairwiseBernoulli

RNG = np.random.default_rng(5)


class Bell(RadialKernel):
    """Falls, at any scale."""

    sigma: float = 100.0
    scale: float = 1.0

    def weight(self, distance):
        return self.scale * np.exp(-0.5 * (distance / self.sigma) ** 2)


class Band(Kernel):
    """Zero near the soma and far away, and says that it falls."""

    scale: float = 1.0
    low: float = 100.0
    high: float = 200.0

    def weight(self, distance):
        return self.scale * ((distance >= self.low) & (distance <= self.high))


class Ring(Band):
    """The same with the bound that it needs."""

    monotone = False

    def bound(self, nearest, farthest):
        return self.scale * ((farthest >= self.low) & (nearest <= self.high))


class Unbounded(Band):
    """The same without one."""

    monotone = False


class TooLow(Unbounded):
    """The same with that of a kernel that falls."""

    def bound(self, nearest, farthest):
        return self.weight(nearest)


class TooLowNearby(Bell):
    """The bound of what is near is too low, between nodes that touch alone."""

    monotone = False

    def bound(self, nearest, farthest):
        return np.where((nearest == 0) & (farthest < 1000), 0.5, 1.0) * self.weight(nearest)


def connect(kernel, count=400, **parameters):
    positions = np.random.default_rng(3).uniform(0, 1000, (count, 2))
    cells = cells_at("EXC", positions)
    projection = Projection(Culture({"EXC": cells}, 1), cells, cells)
    made = PairwiseBernoulli(kernel=kernel, **({"mean_degree": 10} | parameters)).connect(
        projection
    )
    return made, made.sources(0, count)


@pytest.mark.parametrize("count", [400, 4000])
@pytest.mark.parametrize("kind", [Bell, Ring])
@pytest.mark.parametrize("scale", [1e300, 1e308, 1e-300])
def test_the_scale_of_a_kernel_does_not_matter(kind, scale, count):
    made, edges = connect(kind(scale=scale), count)
    _, usual = connect(kind(), count)
    assert made.amplitude.expected_degree == pytest.approx(10, rel=1e-6)
    assert made.warnings == ()
    np.testing.assert_array_equal(edges.sources, usual.sources)


def test_an_amplitude_that_is_given_means_the_kernel_as_it_is():
    strength = {"mean_degree": None}
    made, edges = connect(Bell(scale=1e300), amplitude=0.2e-300, **strength)
    plain, usual = connect(Bell(), amplitude=0.2, **strength)
    np.testing.assert_array_equal(edges.sources, usual.sources)
    factor = np.ldexp(1.0, made.details["kernel_exponent"])
    assert made.details["amplitude"] / factor == pytest.approx(0.2e-300)
    assert plain.details["amplitude"] == 0.2
    assert "kernel_exponent" not in plain.details


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (Band(), r"Band grows with distance at 100\..* um, though it says that it never does"),
        (Band(scale=1e300), r"Band grows with distance at 100\."),
        (Unbounded(), r"Unbounded grows with distance somewhere: it must override bound\(\)"),
        (TooLow(), r"TooLow exceeds its own bound at a distance of 100\."),
    ],
)
def test_a_kernel_that_is_not_what_it_says_is_named(kernel, message):
    with pytest.raises(PluginError, match=message):
        connect(kernel)


def test_a_bound_that_is_too_low_nearby_is_told_before_anything_is_drawn():
    projection = Projection.within(cells_at("EXC", RNG.uniform(0, 1000, (400, 2))))
    with pytest.raises(PluginError, match="TooLowNearby exceeds its own bound at a distance of"):
        sampler(projection, TooLowNearby(), 0.1, compiled=False)


@pytest.mark.parametrize("count", [400, 4000])
def test_a_band_that_no_pair_is_in_is_told(count):
    made, edges = connect(Ring(low=3000, high=4000), count)
    assert len(edges.sources) == 0
    assert "cannot be reached; it is 0" in made.warnings[0]
