"""Electrodes where a drawing has them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from livn_core.components import FloatArray
from livn_core.errors import PlacementError
from livn_plugins.drawings.outlines import Outline
from livn_plugins.drawings.pieces import DIGITS, fitting
from livn_plugins.drawings.reading import read_in_um
from livn_plugins.mea.placed import PlacedLayout


class Drawn(PlacedLayout):
    """The centres of a drawing's circles and closed outlines, and its points.

    Coordinates are the drawing's, y upwards, as ``area: shape`` has them, so that array and culture
    of one file fit; ``origin`` and ``rotate`` move the array. Labels are the ids.
    """

    centred: ClassVar[bool] = False

    path: Path = Field(description="drawing: .geojson, .wkt, .svg or .dxf")
    outlines: tuple[str, ...] | None = Field(
        None,
        description="layers, ids or classes (globs) of the electrodes; by default all points",
    )
    units: Literal["file", "um", "mm", "in"] = Field(
        "file", description="unit of the numbers; file: as the file says, um in .geojson and .wkt"
    )

    @field_validator("outlines", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(","))
        return tuple(value) if isinstance(value, list) else value

    @cached_property
    def _found(self) -> dict[str, FloatArray]:
        """Label -> centre, um."""
        origin = f"'{self.path}'"
        drawing, unit = read_in_um(self.path, self.units, 0.5)
        chosen = list(drawing.sites)
        if self.outlines is not None:
            every = (*drawing.outlines, *drawing.sites)
            chosen = fitting(every, self.outlines, "outlines", origin)
        if not chosen:
            raise PlacementError(
                f"{origin} has no points: say which outlines are electrodes (outlines), "
                "by layer, id or class"
            )
        found: dict[str, FloatArray] = {}
        for number, each in enumerate(chosen, 1):
            name, again = each.name or str(number), 2
            while name in found:
                name, again = f"{each.name or number}-{again}", again + 1
            found[name] = np.round(_centre(each, origin) * unit, DIGITS) + 0.0
        return found

    def sites(self) -> FloatArray:
        """Return the (n, 2) centres, um."""
        return np.array(list(self._found.values()))

    def labels(self) -> list[str]:
        """Return the ids, else numbers from 1; of several with one id: id-2, id-3."""
        return list(self._found)


def _centre(outline: Outline, origin: str) -> FloatArray:
    """Return the (2,) centroid of a closed outline's area, or the point."""
    first = outline.points[0]
    if len(outline.points) == 1:
        return first
    named = f"{origin}: the electrode '{outline.name}' at ({first[0]:.6g}, {first[1]:.6g})"
    if not outline.closed:
        raise PlacementError(f"{named} is an open line: close it, or draw a point")
    x, y = (outline.points - first).T
    after = np.roll(x, -1), np.roll(y, -1)
    cross = x * after[1] - after[0] * y
    if not cross.sum():
        raise PlacementError(f"{named} has no area")
    inner = np.array([((x + after[0]) * cross).sum(), ((y + after[1]) * cross).sum()])
    centre: FloatArray = first + inner / (3 * cross.sum())
    return centre
