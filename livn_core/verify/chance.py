"""How likely a deviation is by chance: counts, sums of squared deviations, shares of an area.

Edges are independent Bernoulli trials with known probabilities p_i, so the cumulants of every count
are known exactly, sum p_i (1 - p_i) the second of them; nothing has to be fitted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = [
    "area_p_value",
    "contrasts_p_value",
    "count_p_value",
    "cumulants",
    "interval",
    "merged",
    "pair_cumulants",
    "scatter_p_value",
    "share_p_value",
    "skewed_p_value",
    "some",
]

FloatArray = NDArray[np.float64]


def cumulants(p: FloatArray) -> FloatArray:
    """Return the cumulants 1, 2, 3, 4 and 6 of Bernoulli trials; they add up over trials.

    Returns
    -------
    (5, *p.shape) float64
        With v = p (1 - p): p, v, v (1 - 2 p), v (1 - 6 v), v (1 - 30 v + 120 v^2); each is
        p (1 - p) times the derivative of the one before it by p.
    """
    v = p * (1 - p)
    return np.stack([p, v, v * (1 - 2 * p), v * (1 - 6 * v), v * (1 - 30 * v + 120 * v * v)])


def pair_cumulants(p: FloatArray, both: FloatArray) -> FloatArray:
    """Return the share of each of its two directions in the cumulants of a pair's connections.

    ``p`` is the probability of either direction, ``both`` of both.

    Returns
    -------
    (5, *p.shape) float64
        Half the cumulants 1, 2, 3, 4 and 6 of their number, which is 0, 1 or 2: they add up over all
        directed pairs.
    """
    mean = 2 * p
    weight = np.stack([1 - 2 * p + both, 2 * (p - both), both])
    away = np.arange(3.0).reshape(3, *(1,) * p.ndim) - mean
    second, third, fourth, sixth = ((weight * away**n).sum(axis=0) for n in (2, 3, 4, 6))
    k4 = fourth - 3 * second**2
    k6 = sixth - 15 * fourth * second - 10 * third**2 + 30 * second**3
    return 0.5 * np.stack([mean, second, third, k4, k6])


def skewed_p_value(deviation: float, variance: float, third: float, *, room: float = 0.0) -> float:
    """Return the two-sided p-value of a sum of many small independent deviations.

    The law is the Pearson type III (a shifted gamma law, mirrored where the skewness is negative)
    with the variance and the third central moment of the sum, whose mean is 0; ``room`` is half the step
    of its values, the continuity correction.
    """
    sd, away = float(np.sqrt(variance)), max(abs(deviation) - room, 0.0)
    # The tail on the side of the deviation; the skewness as seen from there.
    skew = float(np.sign(deviation)) * third / sd**3
    if abs(skew) < 1e-3:  # the normal law, right to within 3 % down to 1e-7
        tail = float(special.ndtr(-away / sd))
    else:
        shape = 4 / skew**2
        at = max(shape + away / sd * 2 / skew, 0.0)
        tail = float((special.gammaincc if skew > 0 else special.gammainc)(shape, at))
    return min(1.0, 2 * tail)


def _above(statistic: float, mean: float, variance: float, third: float) -> float:
    """Return the upper tail of the Pearson type III law with these moments.

    For chi-square it is exact. For sums of (k - m)^2 / m of 2 to 80 Poisson numbers of mean 0.5 to
    12, simulated 400,000 times, tails of 1e-3 to 2e-5 are right to within a factor of 2 to 3 (with
    the chi-square law itself: 20).
    """
    skew = third / variance**1.5
    shape, scale = 4 / skew**2, 0.5 * np.sqrt(variance) * skew
    return float(special.gammaincc(shape, max(statistic - (mean - shape * scale), 0.0) / scale))


def contrasts_p_value(
    deviation: FloatArray, covariance: FloatArray, *, least: float = 12.0
) -> tuple[float, float, int]:
    """Test counts that depend on each other: draws of several kinds of cells, each with its shares.

    Chi-square, p-value and freedom of the (n,) counts less their expectation along the eigenvectors of
    their (n, n) covariance, of those directions in which chance leaves a variance of ``least``; in the
    others they are not told from 0. A freedom of 0 says that nothing could be tested.
    """
    variance, direction = np.linalg.eigh(covariance)
    used = variance >= least
    freedom = int(np.count_nonzero(used))
    if not freedom:
        return 0.0, 1.0, 0
    statistic = float(((deviation @ direction[:, used]) ** 2 / variance[used]).sum())
    # Each as skewed as a Poisson number of its variance: a little more than it is.
    more = float((1 / variance[used]).sum())
    p_value = _above(statistic, freedom, 2 * freedom + more, 8 * freedom + 22 * more)
    return statistic, p_value, freedom


def share_p_value(observed: FloatArray, share: FloatArray) -> tuple[float, float]:
    """Test (n,) counts of draws against (n,) shares that add up to 1: chi-square, and its p-value.

    Two shares: the exact binomial, two-sided. More: chi-square with its exact variance, Haldane
    1937, Biometrika 29:133.
    """
    total, kinds = float(observed.sum()), len(share)
    statistic = float(((observed - total * share) ** 2 / (total * share)).sum())
    if kinds == 2:
        k, p = observed[0], share[0]
        above = special.bdtrc(k - 1, int(total), p) if k > 0 else 1.0
        return statistic, float(min(1.0, 2 * min(special.bdtr(k, int(total), p), above)))
    freedom = kinds - 1.0
    spread = 2 * freedom + ((1 / share).sum() - kinds**2 - 2 * kinds + 2) / total
    return statistic, _above(statistic, freedom, spread, 4 * spread)


def count_p_value(observed: float, mean: float, variance: float) -> float:
    """Return the two-sided p-value of a count that scatters as a Poisson number does, or more.

    The law is Poisson's, or the negative binomial with this mean and variance. Of Bernoulli trials,
    which scatter less, :class:`~livn_core.verify.trials.Trials` knows the law.
    """
    if mean <= 0:
        return 1.0 if observed == 0 else 0.0
    if variance > 1e6:
        return skewed_p_value(observed - mean, variance, 0.0)
    k, ratio = np.round(observed), variance / mean
    if ratio > 1 + 1e-9:
        size = mean / (ratio - 1)
        below = special.betainc(size, k + 1, 1 / ratio)
        above = special.betainc(k, size, 1 - 1 / ratio) if k > 0 else 1.0
    else:
        below = special.pdtr(k, mean)
        above = special.pdtrc(k - 1, mean) if k > 0 else 1.0
    return float(min(1.0, 2 * min(below, above)))


def interval(observed: float, variance: float) -> tuple[float, float]:
    """Return the 95 % confidence interval of a count's expectation."""
    half = 1.959964 * float(np.sqrt(max(variance, 0.0)))
    return max(observed - half, 0.0), observed + half


def scatter_p_value(
    observed: FloatArray, expected: FloatArray, *, two_sided: bool = False
) -> tuple[float, float]:
    """Test a sum of squared standardised deviations of independent counts, and give its p-value.

    Parameters
    ----------
    observed, expected
        (n,) counts, and (5, n) their :func:`cumulants`; variances above 0. The sum has the mean n.
    two_sided
        Too little scatter counts too.

    Notes
    -----
    With the cumulants v, k3, k4, k6 of a count, (k - m)^2 has the mean v, the variance k4 + 2 v^2
    and the third central moment k6 + 12 k4 v + 10 k3^2 + 8 v^3. A power of a sum with these moments
    is nearly normal: Jensen and Solomon 1972, J Am Stat Assoc 67:898. Of sums over 16 to 300
    cells with variances from 1, simulated 400,000 times, tails of 0.1 to 1e-4 are right to within
    a factor of 1.3 (and of 2.7 where all variances are 1 and the cells few: on the safe side above,
    down to 1e-3 below).
    """
    mean, v, k3, k4, k6 = expected
    statistic = float(((observed - mean) ** 2 / v).sum())
    n = float(len(observed))
    variance = float(((k4 + 2 * v**2) / v**2).sum())
    third = float(((k6 + 12 * k4 * v + 10 * k3**2 + 8 * v**3) / v**3).sum())
    power = 1 - n * third / (3 * variance**2)
    power = power if abs(power) > 1e-3 else 1e-3
    middle = 1 - power * (1 - power) * variance / (2 * n * n)
    z = (max(statistic / n, 1e-9) ** power - middle) * n / (power * np.sqrt(variance))
    above, below = float(special.ndtr(-z)), float(special.ndtr(z))
    return statistic, min(1.0, 2 * min(above, below)) if two_sided else above


def merged(variance: FloatArray, *, least: float = 12.0, most: int = 24) -> NDArray[np.int64]:
    """Return where to cut bins, so that each part holds enough of the variance.

    Returns
    -------
    (parts,) int64
        First bin of each part, for :func:`numpy.add.reduceat`; empty where there is too little.
    """
    size = max(least, float(variance.sum()) / most)
    starts, rest = _joined(variance, size)
    if rest < least:
        starts.pop()
    return np.array(starts, dtype=np.int64)


def some(rng: np.random.Generator, total: int, most: int) -> NDArray[np.int64]:
    """Return the numbers below ``total``, or ``most`` of them at random; ascending."""
    if total <= most:
        return np.arange(total)
    return np.sort(rng.choice(total, most, replace=False))


def _joined(weights: FloatArray, least: float) -> tuple[list[int], float]:
    """Return the first bins of parts that hold ``least`` each, and what the last of them holds."""
    starts, held = [0], 0.0
    for bin_, value in enumerate(weights.tolist()):
        if held >= least:
            starts.append(bin_)
            held = 0.0
        held += value
    return starts, held


def area_p_value(held: FloatArray, weight: FloatArray) -> tuple[float, float, int]:
    """Test whether (bins,) counts follow the weights of the bins: chi-square, p-value, bins.

    Bins that expect fewer than half of what is expected on average are joined with those that follow.
    """
    expected = weight * (held.sum() / weight.sum())
    least = min(0.5 * held.sum() / len(held), 5.0)
    starts, rest = _joined(expected, least)
    if rest < least and len(starts) > 1:
        starts.pop()
    held, expected = np.add.reduceat(held, starts), np.add.reduceat(expected, starts)
    statistic, p = share_p_value(held, expected / expected.sum())
    return statistic, p, len(held)
