"""Reads a drawing by what its name ends in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from livn_core.errors import PlacementError
from livn_plugins.drawings.outlines import Drawing

__all__ = ["UNITS", "read_in_um"]

#: um a unit.
UNITS = {"um": 1.0, "mm": 1000.0, "in": 25_400.0}

#: Largest drawing that is read, bytes: some ten times a mask of 100,000 vertices.
LARGEST = 50_000_000


def read_in_um(path: Path, units: str, tolerance: float) -> tuple[Drawing, float]:
    """Return the lines of a file, and its unit in um.

    Parameters
    ----------
    path
        ``.geojson``, ``.json``, ``.wkt``, ``.svg`` or ``.dxf``.
    units
        One of :data:`UNITS`, or ``file``: as the file says, um in GeoJSON and well-known text.
    tolerance
        Farthest that a line may be from its curve, um.

    Raises
    ------
    PlacementError
        It cannot be read, is too large, is no drawing, or does not say its unit.
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
        drawing = _read(path, form, lambda said: tolerance / (UNITS.get(units) or said or 1))
    except OSError as error:
        raise PlacementError(f"'{path}' cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PlacementError(f"'{path}' is not UTF-8 text (byte {error.start})") from error
    unit = UNITS.get(units, drawing.unit)
    if unit is None and form in {".svg", ".dxf"}:
        raise PlacementError(f"'{path}' does not say its unit: give units um, mm or in")
    return drawing, 1.0 if unit is None else unit


def _read(path: Path, form: str, tolerance: Callable[[float | None], float]) -> Drawing:
    """Read a file; ``tolerance`` is in the unit that the drawing says, of that unit in um."""
    if form == ".dxf":
        from livn_plugins.drawings.dxf import read_dxf

        return read_dxf(path, tolerance)
    text = path.read_text(encoding="utf-8-sig")
    if form == ".svg":
        from livn_plugins.drawings.svg import read_svg

        return read_svg(text, str(path), tolerance)
    if form == ".wkt":
        from livn_plugins.drawings.wkt import read_wkt

        return read_wkt(text, f"'{path}'")
    from livn_plugins.drawings.geojson import read_geojson

    return read_geojson(text, f"'{path}'")
