"""The amplitude against the direct sum over all pairs, and the ends of its range."""

import numpy as np
import pytest
from livn_hexmea.ring import Ring
from sampling import sampler, solve

from livn_core.errors import DegreeError
from livn_core.sampling import edge_counts as module
from livn_core.sampling import pairs
from livn_core.sampling.amplitude import total_weight
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.probability import ConnectionProbability
from livn_plugins.connectivity.exponential import Exponential
from livn_plugins.connectivity.gaussian import Gaussian

RNG = np.random.default_rng(11)
UNIFORM = RNG.uniform(0, 4000, (1500, 2))
CLUSTERS = np.concatenate([c + RNG.normal(0, 40, (150, 2)) for c in RNG.uniform(0, 4000, (10, 2))])
STRIP = np.stack([RNG.uniform(0, 20_000, 1500), RNG.uniform(0, 100, 1500)], axis=1)


CASES = {
    "gaussian": (UNIFORM, Gaussian(sigma=300), 10, {}),
    "gaussian cut": (UNIFORM, Gaussian(sigma=300), 10, {"cutoff": 900.0}),
    "gaussian saturated": (UNIFORM, Gaussian(sigma=200), 60, {}),
    "gaussian, small p dropped": (UNIFORM, Gaussian(sigma=300), 20, {"min_probability": 0.01}),
    "exponential": (UNIFORM, Exponential(sigma=600), 20, {}),
    "exponential saturated": (UNIFORM, Exponential(sigma=100), 30, {}),
    "clusters, gaussian": (CLUSTERS, Gaussian(sigma=200), 20, {}),
    "clusters, exponential": (CLUSTERS, Exponential(sigma=150), 100, {}),
    "clusters, cut": (CLUSTERS, Exponential(sigma=600), 20, {"cutoff": 600.0}),
    "strip": (STRIP, Gaussian(sigma=1000), 30, {}),
    "ring": (UNIFORM, Ring(radius=300, sigma=100), 30, {}),
    "flat": (UNIFORM, Gaussian(sigma=1e9), 100, {}),
}


@pytest.mark.parametrize("way", ["direct", "near", "grid"])
@pytest.mark.parametrize("case", CASES)
def test_the_expected_degree_is_the_wanted_one(case, way, recurrent, exact, monkeypatch):
    positions, kernel, degree, law = CASES[case]
    if way != "direct":
        monkeypatch.setattr(module, "FEW_PAIRS", 1)
        monkeypatch.setattr(module, "FEW_NEAR_PAIRS", 1 << 40 if way == "near" else 1)
        # Pairs are so few here that the grid would not be trusted.
        monkeypatch.setattr(module, "TOLERANCE", 1.0)
    projection = recurrent(positions)
    solved = solve(projection, kernel, degree, **law)
    reached = exact(projection, kernel, solved.value, **law).sum() / len(positions)
    assert solved.method == way
    assert abs(reached / degree - 1) < (1e-10 if way == "direct" else 1e-4)
    assert abs(solved.expected_degree / degree - 1) < 1e-9
    # Much of what is stated is for how few the pairs are here.
    assert abs(reached / degree - 1) < max(solved.relative_error, 1e-10)
    assert solved.relative_error < 2e-4
    assert (
        type(solved.value) is type(solved.relative_error) is type(solved.expected_degree) is float
    )


@pytest.mark.parametrize("most_near", [1 << 40, 1])
def test_the_error_has_half_of_what_is_counted_coarsely(most_near, recurrent, monkeypatch):
    """Where that may be a tenth of the edges, and is hardly less."""
    monkeypatch.setattr(module, "FEW_PAIRS", 1)
    monkeypatch.setattr(module, "FEW_NEAR_PAIRS", most_near)
    monkeypatch.setattr(module, "TOLERANCE", 1.0)
    monkeypatch.setattr(module, "TAIL", 0.1)
    solved = solve(recurrent(UNIFORM), Exponential(sigma=200), 6)
    assert 0.04 < solved.relative_error < 0.0502


@pytest.mark.parametrize("way", ["direct", "near", "grid"])
def test_between_two_populations_and_with_autapses(way, between, recurrent, exact, monkeypatch):
    if way != "direct":
        monkeypatch.setattr(module, "FEW_PAIRS", 1)
        monkeypatch.setattr(module, "FEW_NEAR_PAIRS", 1 << 40 if way == "near" else 1)
    kernel = Gaussian(sigma=250)
    projections = (
        (between(UNIFORM[:1200], UNIFORM[1200:]), 15),
        (between(UNIFORM[1300:], CLUSTERS), 3),
        (recurrent(CLUSTERS, allow_autapses=True), 15),
    )
    for projection, degree in projections:
        p = exact(projection, kernel, solve(projection, kernel, degree).value)
        assert abs(p.sum() / len(p) / degree - 1) < 1e-4


def test_a_tail_of_few_targets_is_that_of_all_of_them(between, exact, monkeypatch):
    monkeypatch.setattr(module, "FEW_PAIRS", 1)
    monkeypatch.setattr(module, "TOLERANCE", -1.0)  # no grid is trusted
    kernel, projection = Exponential(sigma=300), between(UNIFORM, CLUSTERS[:30])
    solved = solve(projection, kernel, 20)
    assert solved.method == "near"
    assert exact(projection, kernel, solved.value).sum() / 30 == pytest.approx(20, rel=1e-9)


@pytest.mark.parametrize("recurs", [True, False])
def test_near_pairs_are_the_same_in_blocks(recurs, recurrent, between, monkeypatch):
    monkeypatch.setattr(pairs, "BLOCK", 100)
    projection = recurrent(CULTURE) if recurs else between(CULTURE, UNIFORM[:300])
    every = np.concatenate(list(pairs.all_distances(projection)))
    near = np.concatenate(list(pairs.near_distances(projection, 700.0)))
    assert len(near) > 1000
    np.testing.assert_array_equal(np.sort(near), np.sort(every[every < 700]))


def test_a_total_weight_with_a_large_factor_is_the_sum_over_all_pairs(between):
    law = PairLaw(
        between(CULTURE, UNIFORM[:20]),
        ConnectionProbability(Gaussian(sigma=300)),
        source_factor=np.where(np.arange(200) == 7, 1e6, 1.0),
    )
    weight = law.weight(np.repeat(np.arange(20), 200), np.tile(np.arange(200), 20))
    assert total_weight(law) == pytest.approx(weight.sum(), rel=1e-9)


CULTURE = np.random.default_rng(1).uniform(0, 4000, (200, 2))


@pytest.mark.parametrize(
    ("kernel", "law"),
    [
        (Exponential(sigma=50), {}),
        (Gaussian(sigma=50), {}),
        (Exponential(sigma=600), {"cutoff": 600 * np.log(10)}),
        (Exponential(sigma=600), {"cutoff": 900.0}),
    ],
)
def test_the_degree_is_met_after_clip_and_cutoff(kernel, law, recurrent, exact):
    projection = recurrent(CULTURE)
    amplitude = solve(projection, kernel, 20, **law).value
    p = exact(projection, kernel, amplitude, **law)
    assert abs(p.sum() / 200 - 20) < 1e-8
    block = sampler(projection, kernel, amplitude, **law).sample(0, 200)
    assert abs(block.counts.mean() - 20) < 4.5 * np.sqrt((p * (1 - p)).sum()) / 200 + 1e-9


@pytest.mark.parametrize("cutoff", [60.0, 300.0])
def test_a_degree_out_of_reach_says_the_largest(cutoff, recurrent):
    difference = CULTURE[:, None].astype(np.float32) - CULTURE.astype(np.float32)
    distance = np.sqrt((difference.astype(float) ** 2).sum(axis=2))
    largest = ((distance <= cutoff).sum() - 200) / 200
    with pytest.raises(DegreeError, match=rf"EXC->EXC.*20 cannot be reached.*is {largest:.4g}"):
        solve(recurrent(CULTURE), Exponential(sigma=600), 20, cutoff=cutoff)


def test_the_largest_degree_connects_every_pair(recurrent):
    cells = RNG.uniform(0, 4000, (5, 2))
    for kernel in (Gaussian(sigma=1e9), Exponential(sigma=1e9), Exponential(sigma=900)):
        for seed in range(1, 201, 3):
            projection = recurrent(cells, seed=seed)
            amplitude = solve(projection, kernel, 4).value
            assert len(sampler(projection, kernel, amplitude).sample(0, 5).sources) == 20
    with pytest.raises(DegreeError, match="is 4"):
        solve(recurrent(cells), Gaussian(sigma=1e9), 4.001)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_cells(count, recurrent, between):
    few = CULTURE[:count]
    projection = recurrent(few)
    assert solve(projection, Gaussian(sigma=100), 0).value == 0
    if count == 1:
        with pytest.raises(DegreeError, match="is 0"):
            solve(projection, Gaussian(sigma=100), 1)
    else:
        amplitude = solve(projection, Gaussian(sigma=1000), 1).value
        block = sampler(projection, Gaussian(sigma=1000), amplitude).sample(0, count)
        assert block.counts.tolist() == [1] * count
    if count == 0:
        with pytest.raises(DegreeError, match="is 0"):
            solve(between(few, CULTURE), Gaussian(sigma=100), 1)


def test_all_cells_at_one_point(recurrent, monkeypatch):
    projection = recurrent(np.full((300, 2), 5.0))
    for few_pairs, few_near in ((1 << 24, 1), (1, 1 << 24), (1, 1)):
        monkeypatch.setattr(module, "FEW_PAIRS", few_pairs)
        monkeypatch.setattr(module, "FEW_NEAR_PAIRS", few_near)
        value = solve(projection, Gaussian(sigma=100), 50).value
        assert abs(value / (50 / 299) - 1) < 1e-4


def test_in_degrees_belong_to_the_target(between):
    """100 sources, 10 targets: 20 edges arrive at a target, 2 leave a source."""
    projection = between(CULTURE[:100], CULTURE[100:110])
    kernel = Gaussian(sigma=1e6)
    block = sampler(projection, kernel, solve(projection, kernel, 20).value).sample(0, 10)
    assert len(block.counts) == 10
    assert abs(len(block.sources) - 200) < 4.5 * np.sqrt(200 * 0.8)
    assert block.sources.max() >= 90
    with pytest.raises(DegreeError, match="is 100"):
        solve(projection, kernel, 101)


TIGHT = np.concatenate([c + RNG.normal(0, 2, (100, 2)) for c in RNG.uniform(0, 40_000, (15, 2))])
STRAY = np.concatenate([UNIFORM[:1400], [[2e6, -3e5]]])


@pytest.mark.parametrize(
    ("positions", "kernel", "degree"),
    [(TIGHT, Gaussian(sigma=1.5), 5), (STRAY, Gaussian(sigma=200), 10)],
)
def test_much_emptiness_between_few_cells(positions, kernel, degree, recurrent, exact, monkeypatch):
    """No grid over all of it can be fine enough: pairs that are near are found otherwise."""
    monkeypatch.setattr(module, "FEW_PAIRS", 100_000)
    monkeypatch.setattr(module, "FEW_NEAR_PAIRS", 1)
    projection = recurrent(positions)
    amplitude = solve(projection, kernel, degree).value
    reached = exact(projection, kernel, amplitude).sum() / len(positions)
    assert abs(reached / degree - 1) < 1e-4


@pytest.mark.parametrize("few", [1 << 40, 1])
def test_the_largest_degree_of_many_cells_connects_every_pair(few, recurrent, monkeypatch):
    monkeypatch.setattr(module, "FEW_PAIRS", 1)
    monkeypatch.setattr(module, "FEW_NEAR_PAIRS", few)
    for kernel in (Gaussian(sigma=1e9), Exponential(sigma=600)):
        projection = recurrent(UNIFORM[:400])
        amplitude = solve(projection, kernel, 399).value
        block = sampler(projection, kernel, amplitude).sample(0, 400)
        assert block.counts.tolist() == [399] * 400
