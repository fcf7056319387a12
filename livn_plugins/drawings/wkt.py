"""Polygons in well-known text (OGC 06-103r4, 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from livn_core.errors import PlacementError
from livn_plugins.drawings.outlines import Drawing, Outline, drawing_of, ring

__all__ = ["read_wkt"]

#: What may stand before a parenthesis: a geometry, and whether it has z and m.
WORD = re.compile(r"([A-Za-z]+)(?:\s+(?:Z|M|ZM))?\s*$", re.IGNORECASE)
LINES = {"POLYGON", "MULTIPOLYGON", "LINESTRING", "MULTILINESTRING", "TRIANGLE"}


@dataclass(slots=True)
class _Open:
    """A parenthesis that is not closed yet."""

    start: int
    kind: str
    children: int = 0


def read_wkt(text: str, origin: str) -> Drawing:
    """Return the rings, lines and points of a text, which may hold several geometries.

    Raises
    ------
    PlacementError
        It is no well-known text; with line and column.
    """
    found: list[Outline] = []
    stack: list[_Open] = []
    before = 0
    for match in re.finditer(r"[()]", text):
        at = match.start()
        if match[0] == "(":
            word = WORD.search(text, before, at)
            kind = word[1].upper() if word else (stack[-1].kind if stack else "")
            if not kind:
                raise _error(text, at, origin, "a parenthesis without a geometry before it")
            stack.append(_Open(at + 1, kind))
        else:
            if not stack:
                raise _error(text, at, origin, "a parenthesis that was never opened")
            closed = stack.pop()
            if stack:
                stack[-1].children += 1
            if not closed.children and closed.kind in {"POINT", "MULTIPOINT"}:
                sites = _points(text, closed.start, at, origin)
                found += [Outline(site[None], False) for site in sites]
            if not closed.children and closed.kind in LINES:
                inner = "LINE" not in closed.kind and bool(stack) and stack[-1].children > 1
                points = _points(text, closed.start, at, origin)
                found.append(ring(points, "", (), hole=inner))
        before = at + 1
    if stack:
        raise _error(text, stack[-1].start - 1, origin, "a parenthesis that is never closed")
    if not found:
        raise PlacementError(f"{origin} holds no POLYGON ((x y, x y, ...)) and no POINT (x y)")
    return drawing_of(found)


def _points(text: str, start: int, stop: int, origin: str) -> np.ndarray:
    rows = text[start:stop].split(",")
    try:
        values = np.array([row.split()[:2] for row in rows], np.float64)
    except ValueError:
        values = np.empty(0)
    if values.ndim != 2 or values.shape[1] != 2 or not np.isfinite(values).all():
        bad = next((row for row in rows if not _is_point(row)), rows[0])
        at = start + text[start:stop].index(bad) + len(bad) - len(bad.lstrip())
        raise _error(text, at, origin, f"'{bad.strip():.40}' is no vertex 'x y'")
    return values


def _is_point(row: str) -> bool:
    try:
        return len(row.split()) > 1 and bool(np.isfinite([float(v) for v in row.split()]).all())
    except ValueError:
        return False


def _error(text: str, at: int, origin: str, what: str) -> PlacementError:
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return PlacementError(f"{origin}, line {line}, column {column}: {what}")
