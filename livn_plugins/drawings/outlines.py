"""What every drawing comes down to: lines with labels, and perhaps a unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import PlacementError

__all__ = ["Drawing", "Outline", "read"]

FloatArray = NDArray[np.float64]

#: Largest drawing that is read, bytes: some ten times a mask of 100,000 vertices.
LARGEST = 50_000_000


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
    unit
        um that the drawing says its unit is, along x and y alike; None where it says nothing.
    """

    outlines: tuple[Outline, ...]
    unit: float | None = None


def read(path: Path, tolerance: Callable[[float | None], float]) -> Drawing:
    """Return the lines of a file.

    Parameters
    ----------
    path
        ``.geojson``, ``.json``, ``.wkt``, ``.svg`` or ``.dxf``.
    tolerance
        Unit that the drawing says (um) -> farthest that a line may be from its curve, in that unit.

    Raises
    ------
    PlacementError
        It cannot be read, is too large, or is no drawing.
    MissingDependencyError
        It takes a library that is not installed.
    """
    form = path.suffix.casefold()
    if form not in {".geojson", ".json", ".wkt", ".svg", ".dxf"}:
        raise PlacementError(f"'{path}' is no drawing: .geojson, .wkt, .svg and .dxf are read")
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise PlacementError(
                f"'{path}' has {size / 1e6:.0f} MB: drawings of up to {LARGEST / 1e6:.0f} MB are "
                "read; save the layers of the culture alone, or with fewer vertices"
            )
        if form == ".dxf":
            from livn_plugins.drawings.dxf import read_dxf

            return read_dxf(path, tolerance)
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PlacementError(f"'{path}' cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PlacementError(f"'{path}' is not UTF-8 text (byte {error.start})") from error
    if form == ".svg":
        from livn_plugins.drawings.svg import read_svg

        return read_svg(text, str(path), tolerance)
    if form == ".wkt":
        from livn_plugins.drawings.wkt import read_wkt

        return read_wkt(text, f"'{path}'")
    from livn_plugins.drawings.geojson import read_geojson

    return read_geojson(text, f"'{path}'")


def ring(points: FloatArray, name: str, labels: tuple[str, ...], *, hole: bool = False) -> Outline:
    """Return the outline of a line that is closed where it ends in its first vertex."""
    closed = len(points) > 1 and bool((points[0] == points[-1]).all())
    return Outline(points[:-1] if closed else points, closed, name, labels, hole)
