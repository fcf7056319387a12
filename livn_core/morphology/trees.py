"""One cell's arrays in the neuroh5 ``Trees`` namespace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import MorphologyError, SystemFormatError
from livn_core.morphology.morphology import Morphology

__all__ = ["Tree", "decode_sections", "encode_sections", "encode_tree"]

#: Point and section numbers are stored as unsigned 16-bit integers.
_UINT16_MAX = 65535


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """Arrays of one cell, named as in the file.

    Parameters
    ----------
    points
        ``X/Y/Z Coordinate`` and ``Radius`` float32, ``SWC Type`` and ``Point Layer`` int8,
        ``Parent Point`` int32: one value a point.
    section
        ``Section``, uint16: the number of sections, then for each its number of points and the
        points themselves. Every point is in one section; the parent's end is repeated, as a point of
        its own, at the head of a section that begins there.
    source, destination
        ``Source Section`` and ``Destination Section``, uint16: parent and child of each pair of
        connected sections, in ascending order.
    """

    points: dict[str, NDArray[np.generic]]
    section: NDArray[np.uint16]
    source: NDArray[np.uint16]
    destination: NDArray[np.uint16]


def encode_tree(
    morphology: Morphology,
    points: NDArray[np.floating] | None = None,
    layers: NDArray[np.int8] | None = None,
) -> Tree:
    """Return the tree of a cell.

    Parameters
    ----------
    morphology
        The cell's morphology. Its section numbers are those of the tree.
    points
        (points, 3) um, in place of the file's (rotated ones).
    layers
        (points,) in place of the file's.

    Raises
    ------
    MorphologyError
        For more points than the format can number (65,535).
    """
    starts, order = _heads(morphology)
    count = len(morphology) + len(starts)
    if count > _UINT16_MAX:
        raise MorphologyError(
            f"morphology '{morphology.name}' has {count:,} points; the file format numbers at most "
            f"{_UINT16_MAX:,} in a tree",
            hint="simplify it, or leave out the trees",
        )
    xyz = np.asarray(morphology.xyz if points is None else points, dtype=np.float32)
    layer = morphology.layer if layers is None else layers.astype(np.int8)
    above = morphology.parent[starts].astype(np.int64)
    # A dendrite on the soma keeps its own radius there, as NEURON has it.
    widths = np.where(morphology.types[above] == 1, starts, above)
    table = morphology.sections
    child = np.flatnonzero(table.parent >= 0)
    edges = child[np.argsort(table.parent[child], kind="stable")]
    sections = np.insert(morphology.point_section, starts, morphology.point_section[starts])
    by_section = np.argsort(sections, kind="stable")

    def with_heads(values: NDArray[Any], chosen: NDArray[np.int64]) -> NDArray[Any]:
        return np.insert(values, starts, values[chosen], axis=0)

    xyz = with_heads(xyz, above)
    return Tree(
        points={
            "X Coordinate": xyz[:, 0],
            "Y Coordinate": xyz[:, 1],
            "Z Coordinate": xyz[:, 2],
            "Radius": with_heads(morphology.radius, widths).astype(np.float32),
            "SWC Type": with_heads(morphology.types, starts),
            "Point Layer": with_heads(layer, starts),
            "Parent Point": _parents(morphology.parent, starts, order),
        },
        section=encode_sections(np.bincount(sections, minlength=len(table)), by_section),
        source=table.parent[edges].astype(np.uint16),
        destination=edges.astype(np.uint16),
    )


def _heads(morphology: Morphology) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the points before which the parent's end is repeated, and each point's new number.

    A section that begins at its parent's point needs it for its length. One that is wired to the
    soma's middle begins at its own first point; where that lies on the parent's, it is there.
    """
    segments, number = morphology.segments(), np.arange(len(morphology.sections))
    begins = np.minimum(np.searchsorted(segments.section, number), max(len(segments) - 1, 0))
    first = np.full(len(number), -1, dtype=np.int64)
    section, point = np.unique(morphology.point_section, return_index=True)
    first[section] = point
    joined = (
        (morphology.sections.parent >= 0)
        & (segments.section[begins] == number)
        & (segments.point[begins] == first)
    )
    starts = np.sort(first[joined])
    apart = (morphology.xyz[starts] != morphology.xyz[morphology.parent[starts]]).any(axis=1)
    starts = starts[apart]
    old = np.arange(len(morphology))
    return starts, old + np.searchsorted(starts, old, side="right")


def _parents(
    parent: NDArray[np.int32], starts: NDArray[np.int64], order: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Return the parents of all points: a repeated one hangs from its original."""
    moved = np.where(parent >= 0, order[parent], -1)
    heads = np.insert(moved, starts, moved[starts])
    heads[order[starts]] = order[starts] - 1
    return heads.astype(np.int32)


def encode_sections(counts: NDArray[np.integer], points: NDArray[np.integer]) -> NDArray[np.uint16]:
    """Return the ``Section`` entry of a cell: of each section its number of points, and the points."""
    values = np.insert(points, np.cumsum(counts) - counts, counts)
    return np.concatenate(([len(counts)], values)).astype(np.uint16)


def decode_sections(
    values: NDArray[np.uint16],
) -> tuple[NDArray[np.int64], NDArray[np.uint16]]:
    """Return (counts, points) of a ``Section`` entry: the inverse of :func:`encode_sections`.

    Raises
    ------
    SystemFormatError
        When the entry is not as long as its counts say.
    """
    at, counts, keep = 1, [], np.ones(len(values), dtype=bool)
    keep[:1] = False
    for _ in range(int(values[0]) if len(values) else 0):
        if at >= len(values):
            break
        keep[at] = False
        counts.append(int(values[at]))
        at += counts[-1] + 1
    if not len(values) or at != len(values) or len(counts) != values[0]:
        raise SystemFormatError("the section lists of a tree do not add up to its length")
    return np.array(counts, dtype=np.int64), values[keep]
