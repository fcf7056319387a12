"""Turning cells about the depth axis, so that a population is not one cell copied."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livn_core.morphology.layers import Axis, axis_index
from livn_core.morphology.morphology import Morphology

__all__ = ["rotated"]


def rotated(morphology: Morphology, angle: ArrayLike, *, axis: Axis = "y") -> NDArray[np.float32]:
    """Return a cell's points turned about the depth axis through its soma.

    Depths, lengths and section locations stay as they are.

    Parameters
    ----------
    morphology
        The cells' morphology.
    angle
        Radians, of one cell or (cells,) of many.
    axis
        The file's depth axis.

    Returns
    -------
    numpy.ndarray
        float32, (points, 3) or (cells, points, 3), um.
    """
    up = axis_index(axis)
    first, second = (up + 1) % 3, (up + 2) % 3
    turn = np.asarray(angle, dtype=np.float64)[..., None]
    centre = morphology.soma
    a = morphology.xyz[:, first] - centre[first]
    b = morphology.xyz[:, second] - centre[second]
    points = np.empty((*turn.shape[:-1], len(morphology), 3), dtype=np.float32)
    points[..., up] = morphology.xyz[:, up]
    points[..., first] = centre[first] + np.cos(turn) * a - np.sin(turn) * b
    points[..., second] = centre[second] + np.sin(turn) * a + np.cos(turn) * b
    return points
