"""The pattern of somata in the plane: Clark and Evans' R and Ripley's K, in a rectangle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

__all__ = ["clark_evans", "ripley"]

#: Neighbours within the largest radius of K, on average: keeps the pairs of a large culture few.
NEIGHBOURS = 100.0


def clark_evans(points: NDArray[np.float64], low: NDArray, high: NDArray) -> dict[str, Any] | None:
    """Return the mean distance to the nearest neighbour over that of a random pattern.

    R is 1 for a random (Poisson) pattern, less for clusters, up to 2.149 for a hexagonal lattice
    (Clark and Evans 1954, Ecology 35:445). In a rectangle of area A and perimeter P the expected
    mean of N random points and its standard error are, after Donnelly (1978, in Hodder, Simulation
    Studies in Archaeology),

        0.5 sqrt(A / N) + (0.0514 + 0.041 / sqrt(N)) P / N
        sqrt(0.0703 A + 0.037 P sqrt(A / N)) / N

    which corrects for the points near the edge, whose nearest neighbour may lie outside.

    Parameters
    ----------
    points
        (n, 2) somata, um.
    low, high
        (2,) corners of the rectangle, um.

    Returns
    -------
    ``mean`` distance (um), ``expected`` (um), ``R``, and ``z``, the standard score of the mean; None
    for fewer than two points or a rectangle without an area.
    """
    size = np.asarray(high, float) - np.asarray(low, float)
    area, perimeter, count = float(np.prod(size)), float(2 * size.sum()), len(points)
    if count < 2 or area <= 0:
        return None
    mean = float(cKDTree(points).query(points, k=2)[0][:, 1].mean())
    expected = 0.5 * np.sqrt(area / count) + (0.0514 + 0.041 / np.sqrt(count)) * perimeter / count
    error = np.sqrt(0.0703 * area + 0.037 * perimeter * np.sqrt(area / count)) / count
    return {
        "mean": mean,
        "expected": float(expected),
        "R": mean / float(expected),
        "z": float((mean - expected) / error),
    }


def ripley(
    points: NDArray[np.float64], low: NDArray, high: NDArray, *, steps: int = 20
) -> dict[str, Any] | None:
    """Return Ripley's K and L with the translation correction, in a rectangle.

    K(r) is the expected number of further points within r of a point, over the density:

        K(r) = A^2 / (N (N - 1)) sum over pairs i != j of [d_ij <= r] / ((a - |x_ij|)(b - |y_ij|))

    for a rectangle with edges a, b and A = a b: each pair counts for the share of the rectangle in
    which a pair with this offset fits (Ohser 1983, Mathematische Operationsforschung und Statistik
    14:63; Ripley 1977, Journal of the Royal Statistical Society B 39:172). It is pi r^2 for a random
    pattern; L(r) = sqrt(K(r) / pi) is r then, more for clusters, less where points keep apart.

    Parameters
    ----------
    points
        (n, 2) somata, um.
    low, high
        (2,) corners of the rectangle, um.
    steps
        Number of radii: equal steps up to a quarter of the shorter edge, or to the radius within
        which a random pattern has :data:`NEIGHBOURS` points, if that is less.

    Returns
    -------
    ``radius`` (um), ``K`` (um2), ``L`` (um), lists of ``steps``; None for fewer than two points or a
    rectangle without an area.
    """
    size = np.asarray(high, float) - np.asarray(low, float)
    area, count = float(np.prod(size)), len(points)
    if count < 2 or area <= 0:
        return None
    largest = min(size.min() / 4, np.sqrt(NEIGHBOURS * area / (np.pi * count)))
    radii = largest * np.arange(1, steps + 1) / steps
    first, second = cKDTree(points).query_pairs(largest, output_type="ndarray").T
    offsets = np.abs(points[first] - points[second])
    shares = 2 / np.prod(size - offsets, axis=1)
    at = np.searchsorted(radii, np.linalg.norm(offsets, axis=1) * (1 - 1e-12))
    sums = np.bincount(np.minimum(at, steps - 1), weights=shares, minlength=steps)
    k = area**2 / (count * (count - 1)) * np.cumsum(sums)
    return {
        "radius": radii.tolist(),
        "K": k.tolist(),
        "L": np.sqrt(k / np.pi).tolist(),
    }
