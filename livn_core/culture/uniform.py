"""Points uniform over a shape of any dimension: proposals over its box, of which those inside are kept."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["uniform_points"]

FloatArray = NDArray[np.float64]
#: Proposals at a time, at most and at least.
MOST, LEAST = 1 << 22, 64


def uniform_points(
    box: FloatArray,
    share: float,
    contains: Callable[[FloatArray], NDArray[np.bool_]],
    count: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Return independent points of a shape within a box, (2, dimensions) um: (count, dimensions) um.

    The first ones do not depend on ``count``: proposals are one sequence, however many are made at
    a time, which the ``share`` of the box that is inside decides.

    Examples
    --------
    >>> box = np.array([[-1.0, -1.0], [1.0, 1.0]])
    >>> rng = np.random.Generator(np.random.Philox(1))
    >>> points = uniform_points(box, 0.785, lambda p: np.hypot(*p.T) <= 1, 100, rng)
    >>> len(points), bool((np.hypot(*points.T) <= 1).all())
    (100, True)
    """
    low, high = np.asarray(box, np.float64)
    found, left = [np.empty((0, len(low)))], count
    while left > 0:
        # So many that one round is nearly always enough.
        many = min(int(1.02 * left / max(share, 1e-9)) + LEAST, MOST)
        points = low + (high - low) * rng.random((many, len(low)))
        found.append(points[contains(points)][:left])
        left -= len(found[-1])
    return np.concatenate(found)
