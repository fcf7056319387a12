"""What every drawing comes down to: lines with labels, and perhaps a unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Drawing", "FloatArray", "Outline", "drawing_of", "ring"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outline:
    """A line of a drawing.

    Parameters
    ----------
    points
        (vertices, 2) in the drawing's unit, y upwards; a closed one does not repeat its first.
    closed
        Whether its last vertex is joined to the first.
    name
        Its id; empty where it has none.
    labels
        What it can be chosen by: id, classes, layers, groups.
    hole
        The drawing itself says that it is the hole of a polygon.
    """

    points: FloatArray
    closed: bool
    name: str = ""
    labels: tuple[str, ...] = ()
    hole: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """The lines of a drawing.

    Parameters
    ----------
    outlines
        In the order of the file.
    sites
        Points, as outlines of one vertex.
    unit
        um that the drawing says its unit is, along x and y alike; None where it says nothing.
    """

    outlines: tuple[Outline, ...]
    unit: float | None = None
    sites: tuple[Outline, ...] = ()


def drawing_of(found: Iterable[Outline]) -> Drawing:
    """Return the drawing of lines and points, in units that it does not say."""
    lines, sites = [], []
    for each in found:
        (sites if len(each.points) == 1 else lines).append(each)
    return Drawing(tuple(lines), None, tuple(sites))


def ring(points: FloatArray, name: str, labels: tuple[str, ...], *, hole: bool = False) -> Outline:
    """Return the outline of a line that is closed where it ends in its first vertex."""
    closed = len(points) > 1 and bool((points[0] == points[-1]).all())
    return Outline(points[:-1] if closed else points, closed, name, labels, hole)
