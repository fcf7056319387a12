"""Relative density over a region: a gradient along x, y or the distance from the centroid, or an image."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from livn_core.culture.region import Part, Region, clipped_area
from livn_core.culture.spread import GradientConfig

__all__ = ["Gradient", "LinearGradient", "areas_in_grid"]

FloatArray = NDArray[np.float64]

#: Squares a side of the grid on which a density is summed over a part.
SQUARES = 64


class Gradient(ABC):
    """w(x, y) relative to its largest value."""

    @abstractmethod
    def weight(self, points: FloatArray) -> FloatArray:
        """Return the density at each point, (n,), from 0 to 1."""

    def means(self, region: Region, edges_x: FloatArray, edges_y: FloatArray) -> FloatArray:
        """Return its mean over what of a region is in each square of a grid, (columns, rows).

        As smooth as it is along a line, that is the density at the square's centre.
        """
        shape = len(edges_x) - 1, len(edges_y) - 1
        return self.weight(_centres(edges_x, edges_y)).reshape(shape)

    def over(self, part: Part) -> float:
        """Return the density summed over a part, um2."""
        return float(areas_in_grid(Region([part]), SQUARES, self)[2].sum())


class LinearGradient(Gradient):
    """A density that is linear between two ends of a region.

    Parameters
    ----------
    config
        What was asked for.
    region
        Between whose extremes the density is linear.
    """

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
    region: Region, side: int, gradient: Gradient | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the edges along x and y of a grid of ``side`` x ``side``, and the weight of each square.

    The weight is the area of the region in it, um2, times the mean density there: (side, side).
    """
    (x0, y0), (x1, y1) = region.bounds
    edges_x, edges_y = np.linspace(x0, x1, side + 1), np.linspace(y0, y1, side + 1)
    weight = clipped_area(region, edges_x, edges_y)
    if gradient is not None:
        weight = weight * gradient.means(region, edges_x, edges_y)
    return edges_x, edges_y, weight


def _centres(edges_x: FloatArray, edges_y: FloatArray) -> FloatArray:
    x, y = (edges_x[1:] + edges_x[:-1]) / 2, (edges_y[1:] + edges_y[:-1]) / 2
    return np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
