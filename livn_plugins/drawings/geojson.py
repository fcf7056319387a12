"""Polygons in GeoJSON (RFC 7946), whose numbers are lengths here and never degrees."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from livn_core.errors import PlacementError
from livn_plugins.drawings.outlines import Drawing, Outline, drawing_of, ring

__all__ = ["read_geojson"]

#: Levels of lists above a line of vertices.
DEPTH = {"MultiPoint": 0, "LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}
#: Properties that a feature can be chosen by.
LABELS = ("id", "name", "class", "layer", "label")


def read_geojson(text: str, origin: str) -> Drawing:
    """Return the rings, lines and points of a text.

    A feature is named by its ``id``, else by its property ``id`` or ``name``, and can be chosen by
    these and by its properties ``class``, ``layer`` and ``label``.

    Raises
    ------
    PlacementError
        It is no GeoJSON; with the place.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlacementError(f"{origin} is no JSON: {error}") from None
    found = tuple(_object(document, origin, "", ()))
    if not found:
        raise PlacementError(f"{origin} holds no Polygon, no line and no point")
    return drawing_of(found)


def _object(value: Any, origin: str, name: str, labels: tuple[str, ...]) -> Iterator[Outline]:
    kind = value.get("type") if isinstance(value, Mapping) else None
    if kind == "FeatureCollection":
        for number, feature in enumerate(_list(value, "features", origin)):
            yield from _object(feature, f"{origin}, feature {number}", "", ())
    elif kind == "Feature":
        own = value.get("properties") or {}
        own = own if isinstance(own, Mapping) else {}
        texts = [value.get("id"), *(own.get(key) for key in LABELS)]
        said = [str(text) for text in texts if isinstance(text, (str, int)) and str(text)]
        named = [value.get("id"), own.get("id"), own.get("name")]
        name = next((str(text) for text in named if isinstance(text, (str, int))), "")
        if value.get("geometry") is not None:
            yield from _object(value["geometry"], origin, name, tuple(dict.fromkeys(said)))
    elif kind == "GeometryCollection":
        for number, geometry in enumerate(_list(value, "geometries", origin)):
            yield from _object(geometry, f"{origin}, geometry {number}", name, labels)
    elif kind in DEPTH:
        yield from _lines(value.get("coordinates"), DEPTH[kind], origin, name, labels, kind)
    elif kind == "Point":
        at = [value.get("coordinates")]
        yield from _lines(at, DEPTH["MultiPoint"], origin, name, labels, kind)
    else:
        raise PlacementError(f"{origin} is no GeoJSON: its type is {kind!r}")


def _list(value: Mapping[str, Any], key: str, origin: str) -> list[Any]:
    if not isinstance(value.get(key), list):
        raise PlacementError(f"{origin} is no GeoJSON: it has no list '{key}'")
    found: list[Any] = value[key]
    return found


def _lines(
    value: Any, depth: int, origin: str, name: str, labels: tuple[str, ...], kind: str
) -> Iterator[Outline]:
    if depth > 1 and isinstance(value, list):
        for number, each in enumerate(value):
            yield from _lines(each, depth - 1, f"{origin}, polygon {number}", name, labels, kind)
        return
    for number, line in enumerate([value] if depth == 0 else value or ()):
        try:
            points = np.array([vertex[:2] for vertex in line], np.float64)
        except (TypeError, ValueError, IndexError):
            points = np.empty(0)
        if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
            raise PlacementError(f"{origin}: ring {number} of its {kind} is no list of [x, y]")
        if kind in {"Point", "MultiPoint"}:
            for point in points:
                yield Outline(point[None], False, name, labels)
            continue
        yield ring(points, name, labels, hole="Polygon" in kind and number > 0)
