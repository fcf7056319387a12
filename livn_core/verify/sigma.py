"""The length scale that a projection's edges have, from the mean distance of its edges.

Under the law that was asked for, the edges of a pair of cells at distance d are Bernoulli trials of
known p(d), so the sum of (d - d0) over the edges has a known mean and variance, whatever the clip
at 1; d0 is chosen so that the sum does not depend on the number of edges. The fitted sigma is the
one whose law, with as many edges, has their mean distance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from livn_core.sampling.probability import ConnectionProbability
from livn_core.verify.chance import skewed_p_value
from livn_core.verify.distances import Expected

__all__ = ["Fit", "fit_sigma"]

FloatArray = NDArray[np.float64]

#: Sigma is looked for within this factor of the asked one.
RANGE = 5.0
#: Edges whose pair is left to chance, from which on a fit is made.
FEWEST = 100
#: Relative error of a fit that says nothing.
VAGUE = 0.25


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted length scale.

    Parameters
    ----------
    sigma, error
        um; the error is the standard deviation of the estimate, infinite where it is at the end of
        the range that was searched.
    statistic, p_value
        Of the edges' mean distance against that of the law, in standard deviations.
    """

    sigma: float
    error: float
    statistic: float
    p_value: float


def fit_sigma(law: ConnectionProbability, expected: Expected, edges: FloatArray) -> Fit | None:
    """Fit sigma to (bins,) edges by distance; the amplitude is fitted along with it, the cutoff stays.

    None where the edges do not tell: too few, or nearly every pair is connected.
    """
    used = expected.binned[0] > 0
    if law.min_probability is not None and used.any():
        used[np.flatnonzero(used)[-1]] = False  # where the law breaks off within a bin
    pairs, edges, (mean, variance, third) = (
        values[..., used] for values in (expected.pairs, edges, expected.binned[:3])
    )
    asked = law.kernel.length_scale
    if asked is None or variance.sum() < FEWEST:
        return None
    distance = expected.distance[used] / pairs
    middle = float((variance * distance).sum() / variance.sum())
    away = distance - middle
    deviation = float(((edges - mean) * away).sum())
    sd, skewed = float(np.sqrt((variance * away**2).sum())), float((third * away**3).sum())
    if sd <= 0:
        return None
    total = float(edges.sum())

    def moment(log_sigma: float) -> float:
        """Return the sum of (d - d0) that a sigma leads to, with as many edges as there are."""
        return float((_law_of(law, float(np.exp(log_sigma)), distance, pairs, total) * away).sum())

    here = np.log(asked)
    slope = (moment(here + 0.01) - moment(here - 0.01)) / 0.02
    if slope <= 0 or sd / slope > VAGUE:
        return None
    z = deviation / sd
    wanted = moment(here) + deviation
    low, high = here - np.log(RANGE), here + np.log(RANGE)
    if moment(low) > wanted or moment(high) < wanted:
        sigma, error = asked * (RANGE if z > 0 else 1 / RANGE), np.inf
    else:
        sigma = float(np.exp(optimize.brentq(lambda x: moment(x) - wanted, low, high, xtol=1e-6)))
        error = sigma * sd / slope
    return Fit(sigma, error, z, skewed_p_value(deviation, sd**2, skewed))


def _law_of(
    law: ConnectionProbability, sigma: float, distance: FloatArray, pairs: FloatArray, total: float
) -> FloatArray:
    """Return the edges by distance of a law with this sigma and so many edges."""
    kernel = law.kernel.model_copy(update={"sigma": sigma})
    weight = replace(law, kernel=kernel).weight(distance)
    positive = weight[weight > 0]
    if not len(positive):
        return np.zeros_like(weight)

    def surplus(log_amplitude: float) -> float:
        return float((pairs * np.minimum(np.exp(log_amplitude) * weight, 1)).sum() - total)

    begin, end = -np.log(positive.max()) - 40.0, min(-np.log(positive.min()), 600.0)
    amplitude = end
    if surplus(begin) < 0 < surplus(end):
        amplitude = optimize.brentq(surplus, begin, end, xtol=1e-10)
    edges: FloatArray = pairs * np.minimum(np.exp(amplitude) * weight, 1)
    return edges
