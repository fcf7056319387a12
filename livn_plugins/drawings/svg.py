"""Outlines of an SVG: shapes and paths with their transforms, ids, classes and groups.

The library sees the drawing without its view box, so that coordinates are those that stand in the
file; y, which points down there, is turned over.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import numpy as np

from livn_core.errors import PlacementError
from livn_plugins.drawings.curves import arc_chords, bezier_chords, missing
from livn_plugins.drawings.outlines import Drawing, FloatArray, Outline

__all__ = ["read_svg"]

#: um a unit of length (CSS Values 4, 6.2): a pixel is 1/96 of an inch.
LENGTHS = {
    "": 25_400 / 96, "px": 25_400 / 96, "mm": 1000.0, "cm": 10_000.0, "in": 25_400.0,
    "pt": 25_400 / 72, "pc": 25_400 / 6, "q": 250.0,
}  # fmt: skip
LENGTH = re.compile(r"\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*([a-zA-Z]*)\s*")
LINKS = ("href", "{http://www.w3.org/1999/xlink}href")
LAYER = "{http://www.inkscape.org/namespaces/inkscape}label"


def read_svg(text: str, path: str, tolerance: Callable[[float | None], float]) -> Drawing:
    """Return the lines of a drawing; text and images are left out, and no reference is opened.

    ``path`` is how messages call it; ``tolerance`` as for :func:`.dxf.read_dxf`.

    Raises
    ------
    PlacementError
        It is no SVG, or uses a part of another file.
    MissingDependencyError
        svgelements is not installed.
    """
    try:
        from svgelements import SVG
    except ImportError:
        raise missing("SVG", "svgelements") from None
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise PlacementError(f"'{path}' is no SVG: {error}") from None
    if root.tag.rpartition("}")[2] != "svg":
        raise PlacementError(f"'{path}' is no SVG: its first element is '{root.tag}'")
    _refuse_references(root, path)
    for element in root.iter():
        # The names of layers as classes, which the library keeps.
        if layer := element.get(LAYER):
            element.set("class", f"{element.get('class', '')} {layer.replace(' ', '_')}".strip())
    unit = _without_view(root)
    try:
        drawing = SVG.parse(io.StringIO(ElementTree.tostring(root, "unicode")), ppi=96)
    except (ValueError, TypeError, IndexError, ZeroDivisionError, RecursionError) as error:
        raise PlacementError(f"'{path}' is no SVG that can be read: {error}") from error
    off = tolerance(unit)
    found = tuple(each for item in drawing for each in _outlines(item, "", (), off))
    if not found:
        raise PlacementError(f"'{path}' shows no line")
    return Drawing(found, unit)


def _refuse_references(root: ElementTree.Element, path: str) -> None:
    for element in root.iter():
        link = next((element.get(key) for key in LINKS if element.get(key)), "")
        if element.tag.rpartition("}")[2] == "use" and link and not link.startswith("#"):
            raise PlacementError(
                f"'{path}': the element '{element.get('id', 'use')}' is in another file, '{link}', "
                "which is not opened: put it into the drawing"
            )


def _without_view(root: ElementTree.Element) -> float:
    """Take the view box away; return the um of a unit."""
    box = [float(v) for v in re.findall(r"[-+.0-9eE]+", root.attrib.pop("viewBox", ""))]
    sizes = [LENGTH.fullmatch(root.attrib.pop(key, "")) for key in ("width", "height")]
    if len(box) != 4 or min(box[2:]) <= 0:
        return LENGTHS[""]
    root.set("width", str(box[2]))
    root.set("height", str(box[3]))
    # Width and height fit the drawing between them (preserveAspectRatio: meet).
    fits = [
        float(size[1]) * LENGTHS[size[2].casefold()] / extent
        for size, extent in zip(sizes, box[2:], strict=True)
        if size is not None and size[2].casefold() in LENGTHS
    ]
    return min(fits, default=LENGTHS[""])


def _outlines(item: Any, name: str, labels: tuple[str, ...], tolerance: float) -> Iterator[Outline]:
    """Yield the lines of an element, and of those in it, with the labels of what they are in."""
    from svgelements import Path, Shape

    values = item.values.get("attributes", {}) if getattr(item, "values", None) else {}
    own = values.get("id") or ""
    labels = (*([own] if own else []), *(values.get("class") or "").split(), *labels)
    if isinstance(item, Shape):
        path = abs(Path(item))
        for subpath in path.as_subpaths():
            points, closed = _points(Path(subpath), tolerance)
            if len(points) > 1:
                yield Outline(points * [1.0, -1.0] + 0.0, closed, name or own, labels)
    elif isinstance(item, list):
        # What is used from elsewhere is called as its use is.
        used = type(item).__name__ == "Use"
        for each in item:
            yield from _outlines(each, name or own if used else name, labels, tolerance)


def _points(path: Any, tolerance: float) -> tuple[FloatArray, bool]:
    """Return the vertices of a subpath, and whether it is closed."""
    from svgelements import Arc, Close, CubicBezier, Move, QuadraticBezier

    points: list[tuple[float, float]] = []
    closed = False
    for segment in path:
        if isinstance(segment, Move):
            points.append((segment.end.x, segment.end.y))
            continue
        closed |= isinstance(segment, Close)
        if segment.end is None:
            continue
        count = 1
        if isinstance(segment, Arc):
            count = arc_chords(max(segment.rx, segment.ry), float(segment.sweep), tolerance)
        elif isinstance(segment, CubicBezier | QuadraticBezier):
            count = bezier_chords(np.array([(p.x, p.y) for p in segment]), tolerance)
        inner = [segment.point(step / count) for step in range(1, count)]
        points += [(p.x, p.y) for p in (*inner, segment.end)]
    array = np.array(points, np.float64).reshape(-1, 2)
    if len(array) > 2 and bool((array[0] == array[-1]).all()):
        return array[:-1], True
    return array, closed
