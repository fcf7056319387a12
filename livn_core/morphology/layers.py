"""Layers of points from their depth, where the file does not give them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livn_core.errors import ConfigError
from livn_core.morphology.morphology import Morphology

__all__ = [
    "APICAL_TYPES",
    "Axis",
    "assign_layers",
    "axis_index",
    "cells_by_layer",
    "point_heights",
]

#: SWC types that tell where up is: apical dendrite, trunk, tuft.
APICAL_TYPES = (4, 5, 6)

Axis = str


def axis_index(axis: Axis) -> int:
    """Return 0, 1 or 2 for ``x``, ``y`` or ``z``."""
    if axis not in ("x", "y", "z"):
        raise ConfigError(f"no axis '{axis}' in a morphology", hint="the depth axis is x, y or z")
    return "xyz".index(axis)


def point_heights(morphology: Morphology, *, axis: Axis = "y") -> NDArray[np.float64]:
    """Return how far each point lies above the soma along the depth axis, apical dendrites up.

    A file whose apical dendrites (their segments' mean, weighted by length) lie below the soma is
    turned upside down; without apical dendrites the axis stays as it is.

    Returns
    -------
    numpy.ndarray
        (points,) float64, um.
    """
    column = axis_index(axis)
    heights = morphology.xyz[:, column] - morphology.soma[column]
    segments = morphology.segments()
    apical = np.isin(segments.type, APICAL_TYPES)
    moment = (segments.length[apical] * heights[segments.point[apical]]).sum()
    return -heights if moment < 0 else heights


def assign_layers(
    morphology: Morphology,
    soma_depth: ArrayLike,
    bounds: Mapping[int, tuple[float, float]],
    *,
    axis: Axis = "y",
) -> NDArray[np.int8]:
    """Return the layer of each point of cells whose somata lie at some depth.

    Parameters
    ----------
    morphology
        The cells' morphology.
    soma_depth
        Depth of the soma, um, of one cell or (cells,) of many.
    bounds
        Layer id -> (low, high) depth, um. A point on a bound belongs to the upper layer. A point
        outside of all layers belongs to the nearest one: a real cell is often taller than a
        culture's slab, and keeps its synapses.
    axis
        The file's depth axis.

    Returns
    -------
    numpy.ndarray
        int8, (points,) or (cells, points).

    Raises
    ------
    ConfigError
        For layers that overlap in depth or end before they begin, and when there are none.
    """
    ids, edges = _edges(bounds)
    depth = np.asarray(soma_depth, dtype=np.float64)
    heights = point_heights(morphology, axis=axis)
    return ids[np.searchsorted(edges, depth[..., None] + heights, side="right")]


def cells_by_layer(
    morphology: Morphology, soma_depths: ArrayLike, bounds: Mapping[int, tuple[float, float]]
) -> dict[int, NDArray[np.int64]]:
    """Return layer id -> (points,) number of cells that :func:`assign_layers` gives a point there.

    Of many cells at once: the cost follows from the points and layers, not from the cells.
    """
    ids, edges = _edges(bounds)
    depths = np.sort(np.asarray(soma_depths, dtype=np.float64))
    heights = point_heights(morphology)
    below = np.searchsorted(depths, edges - heights[:, None], side="left")
    number = np.diff(below, axis=1, prepend=0, append=len(depths))
    return dict(zip(ids.tolist(), number.T, strict=True))


def _edges(
    bounds: Mapping[int, tuple[float, float]],
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Layer ids by depth, and the depths between them: halfway where they leave a gap."""
    if not bounds:
        raise ConfigError("no layers to assign points to", hint="give the layers' extents")
    rows = sorted((low, high, layer) for layer, (low, high) in bounds.items())
    for low, high, layer in rows:
        if not low <= high:
            raise ConfigError(f"layer {layer} from {low:g} to {high:g} um is no interval")
    for (_, high, layer), (low, _, other) in pairwise(rows):
        if low < high:
            raise ConfigError(
                f"layers {layer} and {other} overlap from {low:g} to {high:g} um",
                hint="layers follow each other in depth",
            )
    edges = [(high + low) / 2 for (_, high, _), (low, _, _) in pairwise(rows)]
    return np.array([row[2] for row in rows], dtype=np.int8), np.array(edges, dtype=np.float64)
