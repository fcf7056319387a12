"""The morphology that a tree in a file is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.morphology.morphology import Morphology, build_morphology
from livn_core.morphology.text import PointTable
from livn_core.morphology.topology import order_points

__all__ = ["stored_morphology"]


def stored_morphology(tree: dict[str, NDArray[Any]], origin: str) -> Morphology:
    """Return the morphology that a stored tree is."""
    count = len(tree["Parent Point"])
    number = np.arange(count, dtype=np.int64)
    points = PointTable(
        ids=number,
        types=tree["SWC Type"].astype(np.int8),
        xyz=np.stack([tree[f"{axis} Coordinate"] for axis in "XYZ"], axis=1).astype(np.float64),
        radius=tree["Radius"].astype(np.float64),
        parents=tree["Parent Point"].astype(np.int64),
        layer=tree["Point Layer"].astype(np.int8),
        lines=number + 1,
        notes=(),
    )
    return build_morphology(origin, order_points(points, origin), ())
