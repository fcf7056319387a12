"""The laws behind the p-values, against the exact ones."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest
from scipy import stats

from livn_core.sampling.probability import ConnectionProbability
from livn_core.verify import trials as trials_module
from livn_core.verify.chance import (
    area_p_value,
    contrasts_p_value,
    count_p_value,
    cumulants,
    interval,
    merged,
    scatter_p_value,
    share_p_value,
    skewed_p_value,
)
from livn_core.verify.distances import BINS, Expected
from livn_core.verify.sigma import fit_sigma
from livn_core.verify.strata import density_variance
from livn_core.verify.trials import Trials
from livn_plugins.connectivity.gaussian import Gaussian

RNG = np.random.Generator(np.random.PCG64(8))
PROBABILITIES = {
    "any": RNG.random(30),
    "many certain, few open": np.r_[np.ones(20), RNG.random(5)],
    "nearly certain or nearly impossible": RNG.beta(0.2, 0.2, 200),
    "rare": RNG.beta(0.1, 3, 3000),
    "beyond the variance of the law": RNG.beta(1, 1, 16_000),
    "one of them": np.array([0.25]),
    "none": np.zeros(3),
}


def exact_law(p: np.ndarray) -> np.ndarray:
    """Return the law of the number of successes, trial by trial."""
    law = np.ones(1)
    for one in p:
        law = np.convolve(law, [1 - one, one])
    return law


@pytest.mark.parametrize("name", PROBABILITIES)
def test_a_count_of_trials_has_its_exact_law(name: str) -> None:
    p = PROBABILITIES[name]
    law = exact_law(p)
    sides = np.minimum(np.cumsum(law), np.cumsum(law[::-1])[::-1])
    wanted = np.minimum(2 * sides, 1)
    trials = Trials()
    for part in np.array_split(p, 3):
        trials.add(part)
    assert trials.mean == pytest.approx(p.sum())
    looked = np.flatnonzero(wanted > 1e-6)
    step = max(len(looked) // 200, 1)
    beyond = float((p * (1 - p)).sum()) > trials_module.LARGEST
    for k in looked[::step]:
        assert trials.p_value(k) == pytest.approx(wanted[k], rel=0.01 if beyond else 1e-3)
    assert trials.p_value(len(p) + 1) == 0
    assert trials.p_value(trials.certain - 1) == 0
    assert 0 <= trials.p_value(len(p)) <= 1


def test_a_count_between_two_numbers_counts_as_either() -> None:
    trials = Trials()
    trials.add(np.full(4, 0.5))
    # Of 0 to 4 successes 1, 4, 6, 4, 1 in 16.
    assert trials.p_value(1) == pytest.approx(2 * 5 / 16)
    assert trials.p_value(0.5) == pytest.approx(2 * 5 / 16)
    assert trials.p_value(0) == pytest.approx(2 * 1 / 16)
    assert trials.p_value(3.5) == pytest.approx(2 * 5 / 16)


def test_cumulants_of_a_trial() -> None:
    p = np.array([0.1, 0.5, 0.93, 0.0, 1.0])
    mean, variance, third, fourth, sixth = cumulants(p)

    def central(order: int) -> np.ndarray:
        return p * (1 - p) ** order + (1 - p) * (-p) ** order

    np.testing.assert_allclose(mean, p)
    np.testing.assert_allclose(variance, central(2), atol=1e-15)
    np.testing.assert_allclose(third, central(3), atol=1e-15)
    np.testing.assert_allclose(fourth, central(4) - 3 * central(2) ** 2, atol=1e-15)
    np.testing.assert_allclose(
        sixth,
        central(6) - 15 * central(4) * central(2) - 10 * central(3) ** 2 + 30 * central(2) ** 3,
        atol=1e-15,
    )


@pytest.mark.parametrize("skew", [0.3, -0.3, 0.0, 5e-4])
@pytest.mark.parametrize("z", [-4.0, -1.0, 0.5, 3.0])
def test_a_skewed_sum(skew: float, z: float) -> None:
    # scipy's Pearson type III has mean 0 and variance 1, too.
    law = stats.pearson3(skew)
    wanted = 2 * (law.sf(z) if z > 0 else law.cdf(z))
    assert skewed_p_value(3 * z, 9.0, 27 * skew) == pytest.approx(min(wanted, 1), rel=0.02)
    closer = 3 * z - np.sign(z)
    assert skewed_p_value(3 * z, 9.0, 27 * skew, room=1.0) == pytest.approx(
        skewed_p_value(closer, 9.0, 27 * skew)
    )


def test_p_values_of_scatter_are_uniform_on_both_sides() -> None:
    p = RNG.beta(0.5, 4.5, (16, 50))
    expected = cumulants(p).sum(axis=2)
    found = []
    for _ in range(1500):
        degrees = (RNG.random(p.shape) < p).sum(axis=1)
        found.append(
            [
                scatter_p_value(degrees, expected)[1],
                scatter_p_value(degrees, expected, two_sided=True)[1],
            ]
        )
    for values in np.array(found).T:
        assert stats.kstest(values, "uniform").pvalue > 1e-3
    # Right on average, without any scatter: only the two-sided test minds.
    assert scatter_p_value(expected[0], expected)[1] > 0.99
    assert scatter_p_value(expected[0], expected, two_sided=True)[1] < 1e-6


def test_shares() -> None:
    share = np.array([0.3, 0.7])
    _, p = share_p_value(np.array([2.0, 18.0]), share)
    assert p == pytest.approx(2 * stats.binom.cdf(2, 20, 0.3))
    _, p = share_p_value(np.array([12.0, 8.0]), share)
    assert p == pytest.approx(2 * stats.binom.sf(11, 20, 0.3))
    assert share_p_value(np.array([0.0, 20.0]), share)[1] == pytest.approx(2 * 0.7**20)
    share = np.array([0.2, 0.3, 0.5])
    counts = RNG.multinomial(200, share, size=2000).astype(float)
    values = [share_p_value(row, share)[1] for row in counts]
    assert stats.kstest(values, "uniform", alternative="greater").pvalue > 1e-3
    statistic, _ = share_p_value(counts[0], share)
    assert statistic == pytest.approx(stats.chisquare(counts[0], 200 * share).statistic)


def test_the_statistic_of_few_draws_has_its_exact_variance() -> None:
    """Of all ways in which 6 draws may fall on three kinds; the tail by the law of that variance."""
    share, total = np.array([0.2, 0.3, 0.5]), 6
    ways = np.array([c for c in itertools.product(range(7), repeat=3) if sum(c) == total])
    statistic = ((ways - total * share) ** 2 / (total * share)).sum(axis=1)
    chance = stats.multinomial.pmf(ways, total, share)
    variance = np.average((statistic - 2) ** 2, weights=chance)
    law = stats.pearson3(4 / np.sqrt(variance), loc=2, scale=np.sqrt(variance))
    found = [share_p_value(row.astype(float), share)[1] for row in ways]
    assert found == pytest.approx(law.sf(statistic))


def test_an_interval_of_a_count_ends_at_none() -> None:
    assert interval(100, 25.0) == pytest.approx((90.2002, 109.7998))
    assert interval(2, 4.0) == pytest.approx((0, 5.919928))
    assert interval(3, -1.0) == (3, 3)


def test_a_count_that_scatters_more_than_a_poisson_number() -> None:
    assert count_p_value(3, 9.0, 9.0) == pytest.approx(2 * stats.poisson.cdf(3, 9))
    assert count_p_value(17, 9.0, 9.0) == pytest.approx(2 * stats.poisson.sf(16, 9))
    law = stats.nbinom(9 / 2, 1 / 3)  # mean 9, variance 27
    assert count_p_value(1, 9.0, 27.0) == pytest.approx(2 * law.cdf(1))
    assert count_p_value(30, 9.0, 27.0) == pytest.approx(2 * law.sf(29))
    assert count_p_value(0, 0.0, 0.0) == 1
    assert count_p_value(1, 0.0, 0.0) == 0
    assert count_p_value(4e6 + 4000, 4e6, 4e6) == pytest.approx(2 * stats.norm.sf(2), rel=1e-3)


def test_draws_of_several_cells() -> None:
    # Cells that hardly share a kind: expectations alone would make chance look far too large.
    shares = np.array([[0.97, 0.03, 0, 0], [0, 0.05, 0.95, 0], [0, 0, 0.5, 0.5]])
    draws = np.array([900, 500, 200])
    expected = draws @ shares
    covariance = sum(n * (np.diag(s) - np.outer(s, s)) for n, s in zip(draws, shares, strict=True))
    values, freedoms = [], set()
    for _ in range(2000):
        counts = sum(RNG.multinomial(n, s) for n, s in zip(draws, shares, strict=True))
        _, p, freedom = contrasts_p_value(counts - expected, covariance)
        values.append(p)
        freedoms.add(freedom)
    assert freedoms == {3}
    assert stats.kstest(values, "uniform", alternative="greater").pvalue > 1e-3
    assert np.mean(np.array(values) < 0.05) > 0.035
    assert contrasts_p_value(np.array([-30.0, 30, 0, 0]), covariance)[1] < 1e-6
    assert contrasts_p_value(np.zeros(4), covariance / 1000) == (0.0, 1.0, 0)


def test_even_points_are_even() -> None:
    def p_value(points: np.ndarray) -> float:
        held = np.histogram2d(*points.T, bins=2, range=[[0, 1], [0, 1]])[0].ravel()
        return area_p_value(held, np.ones(4))[1]

    values = [p_value(RNG.random((40, 2))) for _ in range(2000)]
    assert stats.kstest(values, "uniform", alternative="greater").pvalue > 1e-3
    assert np.mean(np.array(values) < 0.05) > 0.025
    corner = RNG.random((40, 2)) * [1, 0.4]
    assert p_value(corner) < 1e-6


def test_bins_are_merged_until_they_hold_enough() -> None:
    assert merged(np.full(10, 6.0)).tolist() == [0, 2, 4, 6, 8]
    assert merged(np.array([12.0, 1.0, 11.0, 11.9])).tolist() == [0, 1]
    assert merged(np.array([12.0, 12.0])).tolist() == [0, 1]
    assert merged(np.array([5.0])).tolist() == []


def expected_of(law: ConnectionProbability, amplitude: float) -> tuple[Expected, np.ndarray]:
    """Return 60 pairs in each of 300 bins, 1 um wide, and the probability of each bin."""
    distance = np.arange(BINS) + 0.5
    p = np.where(distance < 300, np.minimum(amplitude * law.weight(distance), 1), 0)
    pairs = np.where(distance < 300, 60.0, 0.0)
    found = Expected(np.arange(1), 1.0, np.zeros((5, 1)), np.zeros((5, 0)))
    found.binned, found.pairs, found.distance = cumulants(p) * 60, pairs, pairs * distance
    return found, p


def test_sigma_is_found_again() -> None:
    law = ConnectionProbability(Gaussian(sigma=100), None, None)
    expected, p = expected_of(law, 0.5)
    fit = fit_sigma(law, expected, 60 * p)
    assert fit is not None
    assert fit.sigma == pytest.approx(100, rel=1e-3)
    assert fit.p_value == pytest.approx(1)
    _, wider = expected_of(ConnectionProbability(Gaussian(sigma=110), None, None), 0.5)
    fit = fit_sigma(law, expected, 60 * wider)
    assert fit is not None
    assert fit.sigma == pytest.approx(110, rel=0.02)
    assert fit.p_value < 1e-4
    assert 1 < fit.error < 4


def test_sigma_of_edges_that_do_not_tell() -> None:
    law = ConnectionProbability(Gaussian(sigma=100), None, None)
    expected, _ = expected_of(law, 0.5)
    # Without a single edge no amplitude makes one sigma likelier than another.
    assert fit_sigma(law, expected, np.zeros(BINS)) is None
    few, p = expected_of(law, 0.005)
    assert fit_sigma(law, few, 60 * p) is None
    flat, p = expected_of(ConnectionProbability(Gaussian(sigma=1e5), None, None), 0.5)
    wide = ConnectionProbability(Gaussian(sigma=1e5), None, None)
    assert fit_sigma(wide, flat, 60 * p) is None


@pytest.mark.parametrize("freedom", [1, 3, 40])
def test_contrasts_of_many_draws_are_chi_square(freedom):
    deviation = np.full(freedom, 1.7) * 1e6
    found = contrasts_p_value(deviation, np.eye(freedom) * 1e12)
    assert found[::2] == (pytest.approx(1.7**2 * freedom), freedom)
    assert found[1] == pytest.approx(stats.chi2.sf(1.7**2 * freedom, freedom), rel=1e-6)


@pytest.mark.parametrize("freedom", [1, 5, 20])
def test_contrasts_of_few_draws_have_the_tail_of_poisson_numbers(freedom):
    """Squares of 12 draws each, summed: the exact tail of 1 in 1,000, to within a factor of 1.5."""
    k = np.arange(80)
    one = np.bincount((k - 12) ** 2, stats.poisson.pmf(k, 12))
    law = functools.reduce(np.convolve, [one] * freedom)
    tail = np.cumsum(law[::-1])[::-1]
    at = int(np.argmax(tail < 1e-3))
    deviation = np.full(freedom, np.sqrt(at / freedom))
    found = contrasts_p_value(deviation, np.eye(freedom) * 12)[1]
    assert abs(np.log(found / tail[at])) < np.log(1.5)


@pytest.mark.parametrize(("location", "sd"), [(0.3, 0.1), (0.05, 0.2), (-0.4, 0.1), (1.0, 0.0)])
def test_the_variance_of_a_density_is_that_of_the_positive_part(location, sd):
    due = stats.truncnorm(-location / sd, np.inf, location, sd).var() if sd else 0.0
    assert density_variance(location, sd) == pytest.approx(due, rel=1e-6)


@pytest.mark.parametrize("cut", [29.0, 31.0, 1e3, 1e9, 1e100, 1e300])
def test_far_above_its_location_a_density_varies_as_an_exponential_one(cut):
    """Integrated: the density beyond the cut is that of cut * x, exp(-x - x^2 / 2 cut^2)."""
    x = np.linspace(0, 60, 200_001)
    weight = np.exp(-x - (x / cut) ** 2 / 2)
    mean = np.average(x, weights=weight)
    due = np.average((x - mean) ** 2, weights=weight) / cut / cut
    assert density_variance(-cut * 3.0, 3.0) == pytest.approx(9 * due, rel=2e-6, abs=0)
