"""The morphology that a tree in a file is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.morphology import decode_sections
from livn_core.morphology.morphology import Morphology, build_morphology
from livn_core.morphology.text import PointTable
from livn_core.morphology.topology import order_points

__all__ = ["shortened_sections", "stored_morphology"]


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


def shortened_sections(tree: dict[str, NDArray[Any]], morphology: Morphology) -> int:
    """Return how many sections are not as long as the cell that the points join to.

    A simulator builds each section from its list of points alone, so that one whose list leaves the
    parent's end out loses that piece. The root is left out: a soma of one point has no length there.
    """
    counts, points = decode_sections(tree["Section"])
    table = morphology.sections
    if len(counts) != len(table):
        return abs(len(counts) - len(table))
    owner = np.repeat(np.arange(len(counts)), counts)
    xyz = np.stack([tree[f"{axis} Coordinate"] for axis in "XYZ"], axis=1)[points.astype(np.int64)]
    steps = np.linalg.norm(np.diff(xyz.astype(np.float64), axis=0), axis=1)
    within = owner[1:] == owner[:-1]
    length = np.bincount(owner[1:][within], weights=steps[within], minlength=len(counts))
    wrong = ~np.isclose(length, table.length, rtol=1e-3, atol=1e-2) & (table.parent >= 0)
    return int(np.count_nonzero(wrong))
