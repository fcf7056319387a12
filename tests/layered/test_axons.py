"""The law of the sources, whatever their number and the shape of the axons."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from livn_core.layered.axons import Axons
from livn_core.layered.models import AxonExtent
from livn_core.sampling.streams import stream


def law(u, v, at_u, at_v, width, offset):
    du, dv = np.abs(u - at_u), np.abs(v - at_v)
    s = [(w / 2 - o) / 3 for w, o in zip(width, offset, strict=True)]
    weight = np.exp(-0.5 * ((du - offset[0]) / s[0]) ** 2 - 0.5 * ((dv - offset[1]) / s[1]) ** 2)
    return weight * (du < width[0] / 2) * (dv < width[1] / 2)


def sources(count, side, name="u"):
    rng = stream(3, "sources", name, count)
    return rng.random(count) * side, rng.random(count) * side


def chi_square(drawn, weight):
    expected = weight / weight.sum() * len(drawn)
    observed = np.bincount(drawn, minlength=len(weight))
    assert not observed[weight == 0].any()
    large = expected >= 5
    rest = expected[~large].sum()
    value = ((observed - expected)[large] ** 2 / expected[large]).sum()
    if rest:
        value += (observed[~large].sum() - rest) ** 2 / rest
    return value, large.sum() - 1


@pytest.mark.parametrize(
    ("count", "side", "width", "offset"),
    [
        (80, 400, (1000, 1000), (0, 0)),  # S2: everything in a few grid cells
        (3000, 4000, (1000, 1000), (0, 0)),
        (3000, 2000, (800, 150), (0, 0)),
        (3000, 4000, (1500, 900), (300, 100)),
        (40, 4000, (3000, 2500), (0, 0)),  # fewer sources than grid cells
    ],
)
def test_draws_follow_the_gaussian_extents(count, side, width, offset):
    u, v = sources(count, side)
    axons = Axons(u, v, AxonExtent(width=width, offset=offset))
    at_u, at_v = (axis * 0.8 + 0.1 * side for axis in sources(12, side, "targets"))
    unreachable = axons.out_of_reach(at_u, at_v)
    kept = np.setdiff1d(np.arange(12), unreachable)
    assert len(kept) >= 6
    counts = np.full(len(kept), 20_000)
    drawn = axons.draw(counts, at_u[kept], at_v[kept], stream(3, "draw")).reshape(len(kept), -1)
    total, freedom = 0.0, 0
    for index, target in enumerate(kept):
        value, free = chi_square(drawn[index], law(u, v, at_u[target], at_v[target], width, offset))
        total, freedom = total + value, freedom + free
    if freedom:
        assert 1e-4 < chi2.sf(total, freedom) < 1 - 1e-4


def test_positions_of_draws_are_independent_of_the_source():
    # The draws are sorted inside; none of that order may be left in the result.
    u, v = sources(500, 1000)
    axons = Axons(u, v, AxonExtent(width=(1500, 1500)))
    drawn = axons.draw(np.array([40_000]), np.array([500.0]), np.array([500.0]), stream(3, "x"))
    a, b = drawn[:-1].astype(float), drawn[1:].astype(float)
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.02
    assert abs(np.corrcoef(np.arange(len(drawn)), drawn)[0, 1]) < 0.02


@pytest.mark.parametrize("scale", [1.0, 1e-3])  # cells of the grid above and below 1 um
def test_out_of_reach_is_exact(scale):
    u, v = (axis * scale for axis in sources(60, 4000))
    width, offset = (900 * scale, 500 * scale), (50 * scale, 0)
    axons = Axons(u, v, AxonExtent(width=width, offset=offset))
    at_u, at_v = (axis * scale for axis in sources(3000, 5000, "many"))
    weight = np.array(
        [law(u, v, x, y, width, offset).sum() for x, y in zip(at_u, at_v, strict=True)]
    )
    unreachable = axons.out_of_reach(at_u, at_v)
    np.testing.assert_array_equal(unreachable, np.flatnonzero(weight == 0))
    assert 500 < len(unreachable) < 2900
    nearest = axons.nearest(at_u[unreachable], at_v[unreachable])
    square = ((u - at_u[unreachable, None]) / 900) ** 2 + ((v - at_v[unreachable, None]) / 500) ** 2
    np.testing.assert_array_equal(nearest, square.argmin(axis=1))


def test_out_of_reach_of_axons_that_are_smaller_than_a_cell_of_the_grid():
    u, v = sources(400, 4000)
    axons = Axons(u, v, AxonExtent(width=(0.5, 0.5)))
    near_u, near_v = (axis - 0.5 for axis in sources(400, 1, "near"))
    reached = (abs(near_u) < 0.25) & (abs(near_v) < 0.25)
    unreachable = axons.out_of_reach(u + near_u, v + near_v)
    np.testing.assert_array_equal(unreachable, np.flatnonzero(~reached))
    assert 50 < reached.sum() < 150


def test_a_cell_can_be_kept_from_itself():
    u, v = sources(30, 300)
    axons = Axons(u, v, AxonExtent(width=(400, 400)))
    itself = np.arange(30)
    drawn = axons.draw(np.full(30, 500), u, v, stream(3, "x"), itself).reshape(30, -1)
    assert not (drawn == itself[:, None]).any()
    alone = Axons(np.array([0.0, 500.0]), np.zeros(2), AxonExtent(width=(400, 400)))
    unreachable = alone.out_of_reach(alone.u, alone.v, np.arange(2))
    np.testing.assert_array_equal(unreachable, [0, 1])
    np.testing.assert_array_equal(alone.nearest(alone.u, alone.v, np.arange(2)), [1, 0])


def test_draws_from_exact_weights_follow_the_same_law():
    u, v = sources(400, 1500)
    width, offset = (1200, 900), (200, 0)
    axons = Axons(u, v, AxonExtent(width=width, offset=offset))
    at = np.array([700.0, 200.0]), np.array([800.0, 300.0])
    counts = np.array([30_000, 30_000])
    drawn = axons.draw(counts, *at, stream(3, "x"), np.array([5, 9]), rounds=1)
    for index, (x, y) in enumerate(zip(*at, strict=True)):
        weight = law(u, v, x, y, width, offset)
        weight[(5, 9)[index]] = 0
        value, freedom = chi_square(drawn[index * 30_000 :][:30_000], weight)
        assert 1e-4 < chi2.sf(value, freedom) < 1 - 1e-4


@pytest.mark.parametrize(
    ("count", "side", "width", "offset"),
    [
        (60, 800, (100, 400), (40, 150)),  # weights from 1 down to 1e-50
        (40, 4000, (1000, 1000), (453, 453)),  # ... and to 0, where the source is near
    ],
)
def test_targets_whose_sources_all_lie_far_from_the_peak(count, side, width, offset):
    u, v = sources(count, side)
    axons = Axons(u, v, AxonExtent(width=width, offset=offset))
    at_u, at_v = (np.concatenate(pair) for pair in zip((u, v), sources(100, side), strict=True))
    weights = [law(u, v, x, y, width, offset) for x, y in zip(at_u, at_v, strict=True)]
    total = np.sum(weights, axis=1)
    np.testing.assert_array_equal(axons.out_of_reach(at_u, at_v), np.flatnonzero(total == 0))
    kept = np.flatnonzero(total)
    assert total[kept].min() < 1e-40
    assert total.max() > 1e-5
    drawn = axons.draw(np.full(len(kept), 2000), at_u[kept], at_v[kept], stream(3, "far"))
    value, freedom = np.sum(
        [
            chi_square(own, weights[target])
            for target, own in zip(kept, drawn.reshape(-1, 2000), strict=True)
        ],
        axis=0,
    )
    assert not freedom or 1e-4 < chi2.sf(value, freedom)


def test_the_cost_does_not_depend_on_the_number_of_sources(monkeypatch):
    at = np.full(4, 2000.0), np.full(4, 2000.0)
    counts = np.full(4, 5000)
    weight, weighed = Axons._weight, []

    def counting(self, source, u, v):
        weighed.append(len(source))
        return weight(self, source, u, v)

    monkeypatch.setattr(Axons, "_weight", counting)

    def pairs(count):
        axons = Axons(*sources(count, 4000), AxonExtent(width=(1000, 1000)))
        weighed.clear()
        axons.draw(counts, *at, stream(3, "x"))
        return sum(weighed)

    # As many as are drawn, and those that were rejected.
    assert 20_000 < pairs(400_000) < 1.5 * pairs(4_000) < 200_000
