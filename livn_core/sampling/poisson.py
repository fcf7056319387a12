"""Poisson numbers that come out the same from NumPy and from compiled code.

A mean is cut into pieces of :data:`PIECE` and a rest. Each piece is looked up in one table of the
cumulative distribution; the rest is found by inversion, term by term. Only additions and
multiplications are used, in one stated order: IEEE arithmetic gives the same bits everywhere,
which a library's ``exp`` does not promise.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.philox import COUNT, philox, unit

__all__ = ["EXP_TABLE", "INVERSE", "PIECE", "PIECE_CDF", "SERIES", "poisson"]

#: Mean of a piece.
PIECE = 64.0
#: Inversion ends here: for means below 64 the tail beyond is far below 2^-53.
TERMS = 256

#: exp(-i), and the Taylor coefficients of exp(-f) for f in [0, 1), highest order first.
EXP_TABLE = np.array([math.exp(-i) for i in range(int(PIECE))])
SERIES = np.array([(-1.0) ** k / math.factorial(k) for k in range(20, -1, -1)])
#: 1 / k; entry 0 is not used.
INVERSE = np.array([0.0, *(1.0 / k for k in range(1, TERMS + 1))])


def _piece_cdf() -> NDArray[np.float64]:
    log = [k * math.log(PIECE) - PIECE - math.lgamma(k + 1) for k in range(TERMS)]
    return np.minimum(np.cumsum(np.exp(log)), 1.0)


#: P(X <= k) for a mean of :data:`PIECE`.
PIECE_CDF = _piece_cdf()


def poisson(mean: NDArray[np.float64], target: NDArray[np.int64], key: int) -> NDArray[np.int64]:
    """Return a Poisson number for each target; means (n,) >= 0."""
    pieces = np.floor(mean / PIECE).astype(np.int64)
    rest = mean - pieces * PIECE
    u = unit(philox(np.zeros_like(target), COUNT, target, key)[0])
    if len(rest) and rest.min() == rest.max():
        number = _inverted(float(rest[0]), u)
    else:
        number = _each_inverted(rest, u)
    if pieces.any():
        row = np.repeat(np.arange(len(mean)), pieces)
        draw = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 1
        u = unit(philox(draw, COUNT, target[row], key)[0])
        np.add.at(number, row, np.searchsorted(PIECE_CDF, u, side="right"))
    return number


def _inverted(mean: float, u: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the numbers of one mean below :data:`PIECE`: as :func:`_each_inverted` does."""
    term, fraction = float(SERIES[0]), mean - math.floor(mean)
    for coefficient in SERIES[1:].tolist():
        term = term * fraction + coefficient
    term = float(EXP_TABLE[math.floor(mean)]) * term
    total, most, totals = term, float(u.max()), [term]
    for inverse in INVERSE[1:].tolist():
        if most < total:
            break
        term = term * mean * inverse
        total += term
        totals.append(total)
    return np.minimum(np.searchsorted(totals, u, side="right"), TERMS)


def _each_inverted(rest: NDArray[np.float64], u: NDArray[np.float64]) -> NDArray[np.int64]:
    whole = np.floor(rest).astype(np.int64)
    fraction = rest - whole
    term = np.full_like(rest, SERIES[0])
    for coefficient in SERIES[1:]:
        term = term * fraction + coefficient
    term = EXP_TABLE[whole] * term
    total = term.copy()
    number = np.zeros(len(rest), dtype=np.int64)
    open_ = np.flatnonzero(u >= total)
    for k in range(1, TERMS + 1):
        if not open_.size:
            break
        number[open_] = k
        term[open_] = term[open_] * rest[open_] * INVERSE[k]
        total[open_] = total[open_] + term[open_]
        open_ = open_[u[open_] >= total[open_]]
    return number
