"""How the layers' boxes of a system lie in space: ``Rotation`` of a layered configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["depths", "rotation_matrix", "rotation_of", "turned"]

FloatArray = NDArray[np.float64]


def rotation_matrix(degrees: Sequence[float]) -> FloatArray:
    """Return the rotation about the x, then the y, then the z axis through the origin."""
    matrix = np.eye(3)
    for axis, angle in enumerate(np.deg2rad(degrees)):
        if angle == 0:
            continue
        i, j = (axis + 1) % 3, (axis + 2) % 3
        turn = np.eye(3)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        matrix = turn @ matrix
    return matrix


def rotation_of(config: Any) -> FloatArray | None:
    """Return the rotation in a ``config`` of graph.json; None where the boxes are not turned."""
    given = config.get("rotation") if isinstance(config, Mapping) else None
    try:
        degrees = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    if degrees.shape != (3,) or not np.isfinite(degrees).all() or not degrees.any():
        return None
    return rotation_matrix(degrees.tolist())


def turned(bounds: FloatArray, rotation: FloatArray | None) -> FloatArray:
    """Return the bounds, (2, 3), of a box after its rotation."""
    if rotation is None:
        return bounds
    corners = np.array(list(product(*bounds.T))) @ rotation.T
    return np.array([corners.min(axis=0), corners.max(axis=0)])


def depths(graph: Mapping[str, Any], positions: ArrayLike) -> FloatArray:
    """Return (n,) depths of positions, um, in the coordinates of the layers' boxes."""
    architecture = graph.get("architecture")
    rotation = rotation_of(architecture.get("config") if isinstance(architecture, Mapping) else {})
    xyz = np.asarray(positions, dtype=np.float64)
    return xyz[:, 2] if rotation is None else xyz @ rotation[:, 2]
