"""The shape of a cell as line segments in the system's space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import ComponentNotFoundError, SystemFormatError
from livn_core.neuroh5.names import AXES

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = ["Shape", "populations_with_trees", "read_shape"]

_COLUMNS = (*AXES, "Parent Point", "Radius", "SWC Type")


@dataclass(frozen=True, slots=True)
class Shape:
    """A morphology around its soma.

    ``points``, (points, 3) um, are relative to the soma's position: width, width, depth. Files hold the
    depth in the second coordinate; here it is the third, that of the layers. ``parents`` are indices
    of the points before, -1 for the root, ``radii`` um, ``types`` those of SWC.
    """

    points: NDArray[np.float32]
    parents: NDArray[np.int64]
    radii: NDArray[np.float32]
    types: NDArray[np.int64]

    def segments(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return indices of the points that lines join: (lines,) children, (lines,) parents."""
        children = np.flatnonzero(self.parents >= 0)
        return children, self.parents[children]


def populations_with_trees(system: System) -> list[str]:
    """Return the populations whose cells have a morphology."""
    return [p.name for p in system.populations if p.count and "Trees" in system.namespaces(p.name)]


def read_shape(system: System, population: str, index: int) -> Shape:
    """Return the morphology of a cell, given by its number in its population."""
    if "Trees" not in system.namespaces(population):
        raise ComponentNotFoundError(
            f"the cells of '{population}' in '{system.path}' have no morphology",
            hint="cells of 2D cultures are points; layered systems have morphologies",
        )
    tree = system.trees(population, index)
    missing = [name for name in _COLUMNS if name not in tree]
    if missing or len({len(tree[name]) for name in _COLUMNS}) != 1:
        raise SystemFormatError(
            f"the morphologies of '{population}' in '{system.path}' "
            + (f"have no '{missing[0]}'" if missing else "differ in the lengths of their columns")
        )
    width, depth, across = (tree[axis].astype(np.float32) for axis in AXES)
    points = np.stack([width, across, depth], axis=1)
    parents = tree["Parent Point"].astype(np.int64)
    parents[(parents >= len(points)) | (parents == np.arange(len(points)))] = -1
    return Shape(
        points - points[0] if len(points) else points,
        parents,
        tree["Radius"].astype(np.float32),
        tree["SWC Type"].astype(np.int64),
    )
