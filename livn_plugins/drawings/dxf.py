"""Outlines of a DXF: lines, arcs, polylines, circles, ellipses and splines of the model space.

Blocks are taken apart wherever they are inserted, however deep; drawings that a file refers to are
not opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from livn_core.errors import PlacementError
from livn_plugins.drawings.curves import missing
from livn_plugins.drawings.outlines import Drawing, Outline

__all__ = ["read_dxf"]

#: um a unit of $INSUNITS (AutoCAD DXF reference, HEADER): inch, foot, mm, cm, m, microinch, mil,
#: nm, um, dm.
UNITS = {
    1: 25_400.0, 2: 304_800.0, 4: 1000.0, 5: 10_000.0, 6: 1e6, 8: 0.0254, 9: 25.4, 12: 1e-3,
    13: 1.0, 14: 1e5,
}  # fmt: skip
LINES = {"LINE", "ARC", "CIRCLE", "ELLIPSE", "LWPOLYLINE", "POLYLINE", "SPLINE"}
#: Deepest block in a block.
DEEPEST = 64


def read_dxf(path: Path, tolerance: Callable[[float | None], float]) -> Drawing:
    """Return the lines of a drawing; texts, dimensions and hatches are left out.

    A line can be chosen by its layer and by the blocks that it is in. What a block has on layer 0
    is on the layer of its insertion. ``tolerance`` gives, for the unit that the drawing says (um), how
    far a line may be from its curve, in that unit.

    Raises
    ------
    PlacementError
        It is no DXF, or inserts another file.
    MissingDependencyError
        ezdxf is not installed.
    """
    try:
        import ezdxf
    except ImportError:
        raise missing("DXF", "ezdxf") from None
    try:
        document = ezdxf.readfile(path)
    except (ezdxf.DXFError, OSError, ValueError) as error:
        # The library calls it an error of the system where a file is no DXF.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise PlacementError(f"'{path}' is no DXF: {error}") from error
    unit = UNITS.get(int(document.header.get("$INSUNITS", 0)))
    entities = _lines(document.modelspace(), document, str(path), "0", (), 0)
    off = tolerance(unit)
    found = tuple(each for entity, labels in entities for each in _outlines(entity, labels, off))
    if not found:
        raise PlacementError(f"'{path}' shows no line in its model space")
    return Drawing(found, unit)


def _lines(
    entities: Any, document: Any, path: str, layer: str, blocks: tuple[str, ...], depth: int
) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Yield lines, those of inserted blocks as well, with their labels."""
    for entity in entities:
        kind = entity.dxftype()
        own = entity.dxf.get("layer", "0")
        own = layer if own == "0" else own
        if kind in LINES:
            yield entity, (own, *blocks)
        elif kind == "INSERT":
            name = entity.dxf.name
            block = document.blocks.get(name)
            if block is None:
                raise PlacementError(f"'{path}': the block '{name}' is not in the drawing")
            if block.block.is_xref or block.block.is_xref_overlay:
                raise PlacementError(
                    f"'{path}': the block '{name}' is in another file, "
                    f"'{block.block.dxf.get('xref_path', '')}', which is not opened: bind it"
                )
            if depth > DEEPEST:
                raise PlacementError(f"'{path}': the block '{name}' is nested too deep")
            for each in entity.multi_insert() if entity.mcount > 1 else [entity]:
                inner = each.virtual_entities()
                yield from _lines(inner, document, path, own, (*blocks, name), depth + 1)


def _outlines(entity: Any, labels: tuple[str, ...], tolerance: float) -> Iterator[Outline]:
    from ezdxf.path import make_path

    for path in make_path(entity).sub_paths():
        vertices = [(vertex.x, vertex.y) for vertex in path.flattening(tolerance)]
        points = np.array(vertices, np.float64).reshape(-1, 2)
        if len(points) > 1:
            closed = len(points) > 2 and path.is_closed
            yield Outline(points[:-1] if closed else points, closed, "", labels)
