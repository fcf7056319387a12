"""Somata in their layers' boxes: uniform, with a minimum distance, and how the boxes lie in space.

Positions are drawn in the boxes' own coordinates u, v, l; for flat boxes these are x, y, z before
the rotation.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from livn_core.layered.configuration import LayeredConfig
from livn_core.sampling.streams import stream
from livn_core.system.rotation import rotation_matrix

__all__ = ["PADDING", "ArcDistances", "Somata", "box_of", "place_somata"]

FloatArray = NDArray[np.float64]

#: Somata keep this distance, um, where half the mean spacing allows it.
LARGEST_DISTANCE = 10.0
#: The reference values of arc distances reach this far beyond the boxes, um.
PADDING = 0.01
#: Rounds of moving cells that are too close to another; what is left then stays where it is.
_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Somata:
    """The cells of one population.

    Parameters
    ----------
    uvl
        (n, 3) float32, um: coordinates in the layers' boxes. Cells are ordered by layer id.
    xyz
        (n, 3) float32, um: positions after the rotation.
    """

    uvl: NDArray[np.float32]
    xyz: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ArcDistances:
    """Where arc distances are measured from, and how far the geometry reaches, um."""

    origin: tuple[float, float]
    low: tuple[float, float]
    high: tuple[float, float]

    @classmethod
    def of(cls, config: LayeredConfig) -> ArcDistances:
        """Return the reference of a configuration's geometry."""
        box = box_of(config)
        point = config.geometry.surface.origin
        origin = tuple(
            _statistic(value, box[0, axis], box[1, axis])
            for axis, value in enumerate((point.u, point.v))
        )
        low = tuple(float(box[0, axis] - PADDING - origin[axis]) for axis in (0, 1))
        high = tuple(float(box[1, axis] + PADDING - origin[axis]) for axis in (0, 1))
        return cls(origin, low, high)  # type: ignore[arg-type]

    def distances(self, uvl: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (n, 2) float32 arc distances along u and v, um: plain differences in flat boxes."""
        return (uvl[:, :2].astype(np.float64) - self.origin).astype(np.float32)

    def attributes(self) -> dict[str, float]:
        """Return the HDF5 attributes of the namespace ``Arc Distances``."""
        return {
            f"Reference {axis} {side}": values[index]
            for index, axis in enumerate("UV")
            for side, values in (("Min", self.low), ("Max", self.high))
        }


def _statistic(value: float | str, low: float, high: float) -> float:
    # A statistic of the geometry, since one of the drawn cells would depend on the seed.
    if isinstance(value, str):
        return float({"min": low, "max": high}.get(value, (low + high) / 2))
    return float(value)


def box_of(config: LayeredConfig) -> FloatArray:
    """Return (2, 3) lowest and highest corner of all layers' boxes, um."""
    boxes = np.array(list(config.geometry.surface.layer_extents.values()), dtype=np.float64)
    return np.array([boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)])


def place_somata(config: LayeredConfig, population: str) -> Somata:
    """Place the cells of a population.

    Each (population, layer) has a random stream of its own, so that neither another population nor
    another layer moves its cells. Counts are exact; the minimum distance holds among the cells of a
    population in a layer, and is the smaller of 10 um and half the mean spacing.
    """
    surface = config.geometry.surface
    ids = config.definitions.layers
    constraints = config.geometry.constraints.get(population, {})
    parts = []
    for layer, count in sorted(
        config.distribution[population].items(), key=lambda entry: ids[entry[0]]
    ):
        if not count:
            continue
        low, high = np.array(surface.layer_extents[layer], dtype=np.float64)
        if layer in constraints:
            low[2] = max(low[2], constraints[layer][0])
            high[2] = min(high[2], constraints[layer][1])
        rng = stream(config.seed, "somata", population, layer)
        parts.append(_in_box(count, low, high, rng))
    uvl = np.concatenate(parts) if parts else np.empty((0, 3), np.float32)
    if any(surface.rotation):
        turned = uvl.astype(np.float64) @ rotation_matrix(surface.rotation).T
        return Somata(uvl, turned.astype(np.float32))
    return Somata(uvl, uvl)


def _in_box(
    count: int, low: FloatArray, high: FloatArray, rng: np.random.Generator
) -> NDArray[np.float32]:
    size = high - low
    # In float32 a coordinate just below the upper face would round onto or over it.
    top = np.nextafter(high.astype(np.float32), np.float32(-np.inf))
    top = np.where(size > 0, top, high).astype(np.float32)
    bottom = low.astype(np.float32)

    def draw(n: int) -> NDArray[np.float32]:
        points = (low + size * rng.random((n, 3))).astype(np.float32)
        return np.clip(points, bottom, np.maximum(top, bottom))

    points = draw(count)
    # Along a side of which float32 holds one place, no two points are apart.
    wide = size > np.spacing(np.maximum(np.abs(bottom), np.abs(top)))
    if count < 2 or not wide.any():
        return points
    spacing = float((np.prod(size[wide]) / count) ** (1 / wide.sum()))
    distance = min(LARGEST_DISTANCE, spacing / 2)
    moved = np.arange(count)
    for _ in range(_ROUNDS):
        moved = _too_close(points, moved, low, distance)
        if not len(moved):
            break
        points[moved] = draw(len(moved))
    return points


def _too_close(
    points: NDArray[np.float32], moved: NDArray[np.int64], low: FloatArray, distance: float
) -> NDArray[np.int64]:
    """Return which of the ``moved`` points to draw again: those too close to another point.

    Of two that have both moved, the later one.
    """
    at = points.astype(np.float64) - low
    grid = np.floor(at / distance).astype(np.int64) + 1
    shape = grid.max(axis=0) + 2
    key = (grid[:, 0] * shape[1] + grid[:, 1]) * shape[2] + grid[:, 2]
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    movable = np.zeros(len(points), dtype=bool)
    movable[moved] = True
    again: list[NDArray[np.int64]] = []
    # Three grid cells along the last axis lie next to each other among the ordered keys.
    for step in product((-1, 0, 1), repeat=2):
        offset = (step[0] * shape[1] + step[1]) * shape[2]
        first = np.searchsorted(ordered, key[moved] + offset - 1, side="left")
        last = np.searchsorted(ordered, key[moved] + offset + 1, side="right")
        sizes = last - first
        i = np.repeat(moved, sizes)
        inside = np.arange(len(i)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        j = order[np.repeat(first, sizes) + inside]
        pair = np.where(movable[j], j < i, i != j)
        i, j = i[pair], j[pair]
        again.append(i[((at[i] - at[j]) ** 2).sum(axis=1) < distance**2])
    return np.unique(np.concatenate(again))
