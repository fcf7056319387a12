"""How likely a deviation is by chance: counts, sums of squared deviations, shares of an area.

Edges are independent Bernoulli trials with known probabilities p_i, so every count has the mean
sum p_i and the variance sum p_i (1 - p_i) exactly; nothing has to be fitted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = [
    "chi_square_p_value",
    "count_p_value",
    "interval",
    "merged",
    "normal_p_value",
    "scatter_p_value",
    "share_p_value",
    "uniform_p_value",
]

FloatArray = NDArray[np.float64]


def normal_p_value(z: float) -> float:
    """Return the two-sided p-value of a standard normal number."""
    return float(special.erfc(abs(z) / np.sqrt(2)))


def chi_square_p_value(statistic: float, freedom: float, smallest: float) -> float:
    """Return the chance of so large a chi-square, or a larger one.

    Parameters
    ----------
    statistic, freedom
        Chi-square, and its degrees of freedom.
    smallest
        The smallest expected count: the smaller, the likelier are large values.
    """
    return _squares_p_value(
        statistic, freedom, freedom * (2 + 1 / smallest), freedom * (8 + 22 / smallest)
    )


def _squares_p_value(statistic: float, mean: float, variance: float, third: float) -> float:
    """Return the upper tail of the Pearson type III law with these moments.

    For chi-square it is exact. For sums of (k - m)^2 / m of 2 to 80 Poisson numbers of mean 0.5 to
    12, simulated 400,000 times, tails of 1e-3 to 2e-5 are right to within a factor of 2 to 3 (with
    the chi-square law itself: 20).
    """
    skew = third / variance**1.5
    shape, scale = 4 / skew**2, 0.5 * np.sqrt(variance) * skew
    above = max(statistic - (mean - shape * scale), 0.0)
    return float(special.gammaincc(shape, above / scale))


def count_p_value(observed: float, mean: float, variance: float) -> float:
    """Return the two-sided p-value of a count with this mean and variance.

    The distribution is the one of its family that has both: binomial below the Poisson's variance
    (which a sum of Bernoulli trials always is), negative binomial above.
    """
    if mean <= 0:
        return 1.0 if observed == 0 else 0.0
    if variance < 1e-9 * max(mean, 1.0):
        return 1.0 if abs(observed - mean) < 0.5 else 0.0
    if variance > 1e6:
        return normal_p_value((observed - mean) / np.sqrt(variance))
    k, ratio = np.round(observed), variance / mean
    if ratio < 1 - 1e-9:
        trials = max(int(np.ceil(mean / (1 - ratio) - 1e-9)), 1)
        p = min(mean / trials, 1.0)
        if k > trials:
            return 0.0
        below = special.bdtr(k, trials, p)
        above = special.bdtrc(k - 1, trials, p) if k > 0 else 1.0
    elif ratio > 1 + 1e-9:
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
    observed: FloatArray,
    mean: FloatArray,
    variance: FloatArray,
    fourth: FloatArray,
    *,
    two_sided: bool = False,
) -> tuple[float, float]:
    """Test a sum of squared standardised deviations of independent counts.

    Parameters
    ----------
    observed, mean, variance
        (n,) of the counts; variances above 0.
    fourth
        (n,) fourth cumulants: counts scatter a little more than normal numbers.
    two_sided
        Too little scatter counts too.

    Returns
    -------
    statistic, p_value
        The sum has the mean n and a known variance; for normal counts it is chi-square with n
        degrees of freedom.
    """
    statistic = float(((observed - mean) ** 2 / variance).sum())
    count = float(len(observed))
    # Between those of a normal number (0) and of a Poisson number (1).
    like_poisson = np.clip(fourth / variance, 0.0, 1.0)
    spread = float((2 + like_poisson / variance).sum())
    # The third central moment of (k - m)^2 / m for a Poisson number is 8 + 22 / m + 1 / m^2.
    third = float((8 + like_poisson * (22 / variance + 1 / variance**2)).sum())
    above = _squares_p_value(statistic, count, spread, third)
    if not two_sided:
        return statistic, above
    # The lower tail of the gamma distribution with this mean and variance is too large, if anything.
    below = float(special.gammainc(count**2 / spread, statistic * count / spread))
    return statistic, min(1.0, 2 * min(above, below))


def merged(variance: FloatArray, *, least: float = 12.0, most: int = 24) -> NDArray[np.int64]:
    """Return where to cut bins, so that each part holds enough of the variance.

    Returns
    -------
    (parts,) int64
        First bin of each part, for :func:`numpy.add.reduceat`; empty where there is too little.
    """
    size = max(least, float(variance.sum()) / most)
    starts, held = [0], 0.0
    for bin_, value in enumerate(variance.tolist()):
        if held >= size:
            starts.append(bin_)
            held = 0.0
        held += value
    if held < least:  # the rest goes to the part before it
        starts.pop()
    return np.array(starts, dtype=np.int64)


def share_p_value(held: FloatArray, weight: FloatArray) -> tuple[float, float, int]:
    """Test whether counts in bins follow their weights: chi-square.

    Parameters
    ----------
    held
        (bins,) counts.
    weight
        (bins,) what their expectations are in proportion to. Bins that expect fewer than half of what
        is expected on average are joined with those that follow.

    Returns
    -------
    statistic, p_value, bins
    """
    expected = weight * (held.sum() / weight.sum())
    least = min(0.5 * held.sum() / len(held), 5.0)
    starts, room = [0], 0.0
    for bin_, value in enumerate(expected.tolist()):
        if room >= least:
            starts.append(bin_)
            room = 0.0
        room += value
    if room < least and len(starts) > 1:
        starts.pop()
    held, expected = np.add.reduceat(held, starts), np.add.reduceat(expected, starts)
    statistic = float(((held - expected) ** 2 / expected).sum())
    smallest = float(expected.min())
    return statistic, chi_square_p_value(statistic, len(held) - 1, smallest), len(held)


def uniform_p_value(unit: FloatArray) -> tuple[float, float, int]:
    """Test whether points cover the unit square evenly: chi-square over a grid.

    Parameters
    ----------
    unit
        (n, 2) points, in coordinates in which they should be uniform; n of at least 40.

    Returns
    -------
    statistic, p_value, bins
    """
    side = int(np.clip(np.sqrt(len(unit) / 10), 2, 32))
    cell = np.clip((unit * side).astype(np.int64), 0, side - 1)
    held = np.bincount(cell[:, 0] * side + cell[:, 1], minlength=side * side)
    return share_p_value(held.astype(np.float64), np.ones(side * side))
