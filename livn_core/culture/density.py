"""Relative density over a region: a gradient along x, y or the distance from the centroid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livn_core.culture.parts import GradientConfig
from livn_core.culture.region import Part, Region, clipped_area

__all__ = ["Gradient", "areas_in_grid"]

FloatArray = NDArray[np.float64]

#: Squares a side of the grid on which a density is summed over a part.
SQUARES = 64


class Gradient:
    """w(x, y) relative to its largest value.

    Parameters
    ----------
    config
        What was asked for.
    region
        Between whose extremes the density is linear.
    """

    def __init__(self, config: GradientConfig, region: Region) -> None:
        self._ends = np.array([config.start, config.stop]) / max(config.start, config.stop)
        self._axis = {"x": 0, "y": 1, "radius": None}[config.along]
        self._centroid = np.zeros(2)
        if self._axis is None:
            area, centres = _grid(region)
            self._centroid = area.ravel() @ centres / area.sum()
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

    def over(self, part: Part) -> float:
        """Return the density summed over a part, um2."""
        area, centres = _grid(Region([part]))
        return float(area.ravel() @ self.weight(centres))


def areas_in_grid(
    region: Region, side: int, gradient: Gradient | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the edges along x and y of a grid of ``side`` x ``side``, and the weight of each square.

    The weight is the area of the region in it, um2, times the density at its centre: (side, side).
    """
    (x0, y0), (x1, y1) = region.bounds
    edges_x, edges_y = np.linspace(x0, x1, side + 1), np.linspace(y0, y1, side + 1)
    weight = clipped_area(region, edges_x, edges_y)
    if gradient is not None:
        weight = weight * gradient.weight(_centres(edges_x, edges_y)).reshape(weight.shape)
    return edges_x, edges_y, weight


def _grid(region: Region) -> tuple[FloatArray, FloatArray]:
    edges_x, edges_y, area = areas_in_grid(region, SQUARES, None)
    return area, _centres(edges_x, edges_y)


def _centres(edges_x: FloatArray, edges_y: FloatArray) -> FloatArray:
    x, y = (edges_x[1:] + edges_x[:-1]) / 2, (edges_y[1:] + edges_y[:-1]) / 2
    return np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
