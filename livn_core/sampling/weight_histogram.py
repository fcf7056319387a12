"""How many pairs have which kernel weight: all that a mean in-degree depends on.

With c_i pairs of weight k_i the expected number of edges is sum_i c_i min(1, A k_i), which for any A
is two look-ups in cumulative sums.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from livn_core.components import FloatArray

__all__ = ["WeightHistogram", "binned", "exact"]

#: Bits of the mantissa that tell two bins apart.
MANTISSA_BITS = 12


@dataclass(frozen=True, slots=True)
class WeightHistogram:
    """Pairs by weight.

    Parameters
    ----------
    weight
        (n,) k > 0, ascending.
    pairs
        (n + 1,) pairs with a smaller weight than entry i: cumulative, from 0.
    mass
        (n + 1,) their summed weight, from 0.
    """

    weight: FloatArray
    pairs: FloatArray
    mass: FloatArray

    def edges(self, amplitude: float, min_probability: float | None = None) -> float:
        """Return the expected number of edges at an amplitude > 0."""
        full = self.weight.searchsorted(1.0 / amplitude)
        low = np.intp(0)
        if min_probability is not None:
            low = self.weight.searchsorted(min(min_probability, 1.0) / amplitude)
        sure = self.pairs[-1] - self.pairs[full]
        return float(sure + amplitude * (self.mass[full] - self.mass[low]))

    def certain(self, amplitude: float) -> float:
        """Return the number of pairs with p = 1 at an amplitude > 0."""
        return float(self.pairs[-1] - self.pairs[np.searchsorted(self.weight, 1.0 / amplitude)])

    def saturated(self, amplitude: float) -> bool:
        """Whether every pair has p = 1, in floating point too."""
        return not len(self.weight) or bool(amplitude * self.weight[0] >= 1.0)


def _cumulated(weight: FloatArray, pairs: FloatArray, mass: FloatArray) -> WeightHistogram:
    return WeightHistogram(weight, *(np.concatenate(([0.0], np.cumsum(x))) for x in (pairs, mass)))


def exact(weights: FloatArray, multiplicity: float = 1.0) -> WeightHistogram:
    """Return the histogram of pairs given one by one; (n,) weights > 0, sorted in place."""
    weights.sort()
    return _cumulated(weights, np.full(len(weights), multiplicity), weights * multiplicity)


def binned(parts: Iterable[tuple[FloatArray, FloatArray | float]]) -> WeightHistogram:
    """Return the histogram of many pairs, in bins of a relative width of 2^-12.

    A bin counts as if all its pairs had its mean weight. Only the bin in which p reaches 1 is
    approximate then: by less than 2^-13 of the pairs in that bin.

    Parameters
    ----------
    parts
        (n,) weights >= 0, with the number of pairs that each stands for.
    """
    shift = 52 - MANTISSA_BITS
    # One bin for every exponent and leading mantissa of a double; few are ever touched.
    pairs, mass = np.zeros((2, 2047 << MANTISSA_BITS))
    lowest, highest = len(pairs), 0
    for weights, counts in parts:
        positive = weights > 0
        if not positive.all():
            weights = weights[positive]
            counts = counts[positive] if isinstance(counts, np.ndarray) else counts
        if not len(weights):
            continue
        # A positive double, read as an integer, grows with its value: exponent, then mantissa.
        key = weights.view(np.int64) >> shift
        lowest, highest = min(lowest, int(key.min())), max(highest, int(key.max()) + 1)
        # The bins that a part touches may lie far apart: none is looked at in between.
        np.add.at(pairs, key, counts)
        np.add.at(mass, key, counts * weights)
    pairs, mass = pairs[lowest:highest], mass[lowest:highest]
    filled = (pairs > 0) & (mass > 0)
    weight = mass[filled] / pairs[filled]
    # Rounding (and the small negative counts of a transform) may put neighbours out of order.
    return _cumulated(np.maximum.accumulate(weight), pairs[filled], mass[filled])
