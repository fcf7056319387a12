"""Relative density over a region: a gradient along x, y or the distance from the centroid, or an image."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from livn_core.culture.region import Part, Region, clipped_area
from livn_core.culture.spread import GradientConfig

__all__ = ["Gradient", "LinearGradient", "areas_in_grid", "means"]

FloatArray = NDArray[np.float64]

#: Squares a side of the grid on which a density is summed over a part; and points a side, at most, at
#: which it is taken.
SQUARES, POINTS = 64, 1024


class Gradient(ABC):
    """w(x, y) relative to its largest value.

    Attributes
    ----------
    even
        Width of what is even in it, um; infinite where it is smooth.
    """

    even: float = math.inf

    @abstractmethod
    def weight(self, points: FloatArray) -> FloatArray:
        """Return the density at each point, (n,), from 0 to 1."""

    def over(self, part: Part) -> float:
        """Return the density summed over a part, um2."""
        return float(areas_in_grid(Region([part]), SQUARES, self)[2].sum())


class LinearGradient(Gradient):
    """A density that is linear between the extremes of a region."""

    def __init__(self, config: GradientConfig, region: Region) -> None:
        start, stop = config.start or 0.0, config.stop or 0.0
        self._ends = np.array([start, stop]) / max(start, stop)
        self._axis = {"x": 0, "y": 1}.get(config.along or "")
        self._centroid = np.zeros(2)
        if self._axis is None:
            edges_x, edges_y, area = areas_in_grid(region, SQUARES, None)
            self._centroid = area.ravel() @ _centres(edges_x, edges_y) / area.sum()
            corners = np.concatenate([ring for part in region.outline() for ring in part])
            away = np.hypot(*(corners - self._centroid).T)
            self._low, self._high = 0.0, float(away.max())
        else:
            self._low, self._high = (float(end) for end in region.bounds[:, self._axis])

    def weight(self, points: FloatArray) -> FloatArray:
        """Return the density at each point, (n,), from 0 to 1."""
        if self._axis is None:
            at = np.hypot(*(points - self._centroid).T)
        else:
            at = points[:, self._axis]
        share = np.clip((at - self._low) / (self._high - self._low), 0.0, 1.0)
        weight: FloatArray = self._ends[0] + share * (self._ends[1] - self._ends[0])
        return weight


def areas_in_grid(
    region: Region, side: int, gradient: Gradient | None, margin: float = 0.0
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the edges along x and y of a grid of ``side`` x ``side``, and the weight of each square.

    The weight is the area of the region in it, um2, times the mean density there: (side, side).
    Nearer to a wall than ``margin``, um, it is 0, and larger in the rest of that part.
    """
    (x0, y0), (x1, y1) = region.bounds
    edges_x, edges_y = np.linspace(x0, x1, side + 1), np.linspace(y0, y1, side + 1)
    weight = clipped_area(region, edges_x, edges_y)
    return edges_x, edges_y, weight * means(region, edges_x, edges_y, gradient, margin)


def means(
    region: Region,
    edges_x: FloatArray,
    edges_y: FloatArray,
    gradient: Gradient | None,
    margin: float = 0.0,
) -> FloatArray:
    """Return the mean density over what of a region is in each square of a grid, (columns, rows).

    One that is smooth is taken at the square's centre; otherwise the points of a finer grid that are
    in the region count, since an image may end where the region does.
    """
    columns, rows = len(edges_x) - 1, len(edges_y) - 1
    even = min(gradient.even if gradient is not None else math.inf, margin or math.inf)
    if even == math.inf:
        if gradient is None:
            return np.ones((columns, rows))
        return gradient.weight(_centres(edges_x, edges_y)).reshape(columns, rows)
    square = max(edges_x[1] - edges_x[0], edges_y[1] - edges_y[0])
    fine = max(1, min(math.ceil(2 * square / even), POINTS // max(columns, rows)))
    points = _centres(_finer(edges_x, fine), _finer(edges_y, fine))
    module = region.module_of(points)
    inside = np.flatnonzero(module >= 0)
    module, within = module[inside], points[inside]
    density = np.ones(len(inside)) if gradient is None else gradient.weight(within)
    if margin:
        # A part has its share of the cells, however much of it is near to walls.
        kept = density * (region.distance(within, margin) >= margin)
        share = np.bincount(module, density) / np.maximum(np.bincount(module, kept), 1e-300)
        density = kept * share[module]
    found = np.zeros((2, len(points)))
    found[0, inside], found[1, inside] = 1.0, density
    held, total = found.reshape(2, columns, fine, rows, fine).sum(axis=(2, 4))
    mean: FloatArray = total / np.maximum(held, 1.0)
    return mean


def _finer(edges: FloatArray, parts: int) -> FloatArray:
    """Return the edges of so many equal parts of each interval."""
    return np.linspace(edges[0], edges[-1], parts * (len(edges) - 1) + 1)


def _centres(edges_x: FloatArray, edges_y: FloatArray) -> FloatArray:
    x, y = (edges_x[1:] + edges_x[:-1]) / 2, (edges_y[1:] + edges_y[:-1]) / 2
    return np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
