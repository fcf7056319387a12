"""Patterns of points whose R and K are known."""

import numpy as np
import pytest
from livn_measures.points import clark_evans, ripley

LOW, HIGH = np.array([-500.0, 100.0]), np.array([1500.0, 1100.0])


def poisson(count, seed):
    rng = np.random.Generator(np.random.Philox(seed))
    return LOW + rng.random((count, 2)) * (HIGH - LOW)


def thomas(parents, mean, sigma, seed):
    """Clusters of Gaussian offspring; parents also beyond the edge, so that the pattern is even."""
    rng = np.random.Generator(np.random.Philox(seed))
    margin = 5 * sigma
    size = HIGH - LOW + 2 * margin
    number = rng.poisson(parents * np.prod(size) / np.prod(HIGH - LOW))
    centres = LOW - margin + rng.random((number, 2)) * size
    points = np.repeat(centres, rng.poisson(mean, number), axis=0)
    points = points + sigma * rng.standard_normal(points.shape)
    return points[((points > LOW) & (points < HIGH)).all(axis=1)]


@pytest.fixture(scope="module")
def random_patterns():
    return [poisson(2000, seed) for seed in range(20)]


def test_k_of_a_random_pattern_is_that_of_a_disc(random_patterns):
    """The translation correction is unbiased: the mean of 20 patterns lies at pi r^2."""
    found = [ripley(points, LOW, HIGH) for points in random_patterns]
    radii = np.array(found[0]["radius"])
    mean = np.mean([one["K"] for one in found], axis=0)
    spread = np.std([one["K"] for one in found], axis=0, ddof=1) / np.sqrt(20)
    assert (abs(mean - np.pi * radii**2) < 4 * spread).all()
    np.testing.assert_allclose(mean[4:], np.pi * radii[4:] ** 2, rtol=0.03)
    np.testing.assert_allclose(
        np.mean([one["L"] for one in found], axis=0)[4:], radii[4:], rtol=0.02
    )


def test_without_the_correction_it_would_fail(random_patterns):
    """At the largest radius a tenth of the neighbours lie outside."""
    from scipy.spatial import cKDTree

    radius = ripley(random_patterns[0], LOW, HIGH)["radius"][-1]
    counts = [len(cKDTree(points).query_pairs(radius)) for points in random_patterns]
    raw = np.mean(counts) * 2 * np.prod(HIGH - LOW) / (2000 * 1999)
    assert raw < 0.93 * np.pi * radius**2


def test_k_of_clusters():
    """Thomas process: K = pi r^2 + (1 - exp(-r^2 / (4 sigma^2))) / kappa, mean of 20 patterns."""
    found = [ripley(thomas(60, 20, 20.0, seed), LOW, HIGH) for seed in range(20)]
    largest = min(one["radius"][-1] for one in found)
    radii = np.linspace(largest / 4, largest, 5)
    mean = np.mean([np.interp(radii, one["radius"], one["K"]) for one in found], axis=0)
    kappa = 60 / np.prod(HIGH - LOW)
    known = np.pi * radii**2 + (1 - np.exp(-(radii**2) / (4 * 20.0**2))) / kappa
    np.testing.assert_allclose(mean, known, rtol=0.1)


def test_k_of_few_points_by_hand():
    points = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 20.0]])
    found = ripley(points, np.zeros(2), np.array([100.0, 40.0]), steps=10)
    assert found["radius"][0] == pytest.approx(1)
    assert found["radius"][-1] == pytest.approx(10)
    k = 4000**2 / 6 * 2 / (97 * 36)
    np.testing.assert_allclose(found["K"], [0] * 4 + [k] * 6)  # at r = 5 the pair counts
    np.testing.assert_allclose(found["L"][-1], np.sqrt(k / np.pi))


def test_r_of_a_random_pattern_is_one(random_patterns):
    found = [clark_evans(points, LOW, HIGH) for points in random_patterns]
    assert np.mean([one["R"] for one in found]) == pytest.approx(1, abs=0.01)
    scores = [one["z"] for one in found]
    assert abs(np.mean(scores)) < 4 / np.sqrt(20)
    assert 0.5 < np.std(scores) < 1.7


def test_r_without_the_edge_would_be_too_large():
    """Few points, where it counts: Donnelly's expectation holds, Clark and Evans' own does not."""
    found = [clark_evans(poisson(30, seed), LOW, HIGH) for seed in range(400)]
    assert np.mean([one["R"] for one in found]) == pytest.approx(1, abs=0.02)
    plain = 0.5 * np.sqrt(np.prod(HIGH - LOW) / 30)
    assert np.mean([one["mean"] for one in found]) > 1.08 * plain


def test_r_of_a_hexagonal_lattice():
    """2 / (3^(1/4)) * sqrt(2) = 2.149 without an edge (Clark and Evans 1954)."""
    pitch = 10.0
    rows, columns = np.mgrid[0:116, 0:100]
    points = np.stack([(columns + rows % 2 / 2) * pitch, rows * pitch * np.sqrt(3) / 2], axis=-1)
    points = points.reshape(-1, 2)
    high = np.array([100 * pitch, 116 * pitch * np.sqrt(3) / 2])
    found = clark_evans(points, np.zeros(2), high)
    assert found["mean"] == pytest.approx(pitch)
    assert found["R"] == pytest.approx(2.149, rel=0.01)
    assert found["z"] > 100


def test_r_of_clusters():
    found = clark_evans(thomas(60, 20, 20.0, 1), LOW, HIGH)
    assert found["R"] < 0.8
    assert found["z"] < -10


@pytest.mark.parametrize("measure", [clark_evans, ripley])
def test_too_few_points_and_no_area(measure):
    assert measure(np.zeros((1, 2)), LOW, HIGH) is None
    assert measure(np.zeros((5, 2)), LOW, LOW) is None
