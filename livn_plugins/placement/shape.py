"""Cells uniform over a drawing: GeoJSON, WKT, SVG or DXF."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from livn_core.culture.region import Part, Region
from livn_core.errors import PlacementError
from livn_plugins.drawings.pieces import parts_of
from livn_plugins.drawings.reading import UNITS, read_in_um
from livn_plugins.drawings.wkt import read_wkt
from livn_plugins.placement.over import OverRegion

Vertices = tuple[tuple[float, float], ...]


class Rings(BaseModel):
    """A part of the region as provenance has it, um."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outer: Vertices = Field(min_length=3)
    holes: tuple[Vertices, ...] = ()
    name: str = ""
    kind: Literal["piece", "channel"] = "piece"

    def part(self) -> Part:
        """Return the part."""
        holes = tuple(np.array(hole, np.float64) for hole in self.holes)
        return Part(np.array(self.outer, np.float64), holes, self.name, self.kind)


class Shape(OverRegion):
    """Uniform over the closed outlines of a drawing; several are modules, named by their ids.

    Coordinates are the drawing's, y upwards: an SVG is turned over, and nothing is moved. Provenance
    holds the rings in um, so that the culture is made again without the file and without a library.
    """

    path: Path | None = Field(None, description="drawing: .geojson, .wkt, .svg or .dxf")
    wkt: str | None = Field(None, description="in place of a file: POLYGON ((0 0, ...))")
    units: Literal["file", "um", "mm", "in"] = Field(
        "file", description="unit of the numbers; file: as the file says, um in .geojson and .wkt"
    )
    pieces: tuple[str, ...] | None = Field(
        None, description="layers, ids or classes (globs) of the pieces; by default all of the rest"
    )
    channels: tuple[str, ...] = Field((), description="those where axons go and somata do not")
    holes: tuple[str, ...] = Field((), description="those where nothing is")
    electrodes: tuple[str, ...] = Field((), description="those of electrodes, which are left out")
    tolerance: float = Field(
        0.5, gt=0, description="farthest that a polygon is from the curve it stands for, um"
    )
    gap: float = Field(1.0, ge=0, description="ends of lines that are nearer are joined, um")
    # Provenance has these two: on the command line, a drawing is given.
    rings: tuple[Rings, ...] | None = Field(
        None,
        description="in place of a drawing: parts with outer, holes, name and kind, um",
        json_schema_extra={"hidden": True},
    )
    source: dict[str, Any] | None = Field(
        None,
        description="of rings: path and hash of the drawing",
        json_schema_extra={"hidden": True},
    )

    @field_validator("pieces", "channels", "holes", "electrodes", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(","))
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _one_drawing(self) -> Shape:
        given = [key for key in ("path", "wkt", "rings") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(
                f"takes one of path, wkt and rings, not {' and '.join(given) or 'none of them'}"
            )
        return self

    @cached_property
    def _region(self) -> Region:
        if self.rings is not None:
            parts = tuple(rings.part() for rings in self.rings)
            if not any(part.kind == "piece" for part in parts):
                raise PlacementError("the rings hold no piece")
            return Region(parts)
        origin = "'wkt'" if self.path is None else f"'{self.path}'"
        if self.path is None:
            drawing, unit = read_wkt(self.wkt or "", origin), UNITS.get(self.units, 1.0)
        else:
            drawing, unit = read_in_um(self.path, self.units, self.tolerance)
        if not drawing.outlines:
            raise PlacementError(f"{origin} holds no Polygon and no line")
        choice = self.model_dump(include={"pieces", "holes", "channels", "electrodes"})
        return Region(parts_of(drawing.outlines, choice, unit, self.gap, origin))

    def region(self) -> Region:
        """Return the pieces and the channels."""
        return self._region

    def resolved(self) -> Mapping[str, Any]:
        """Return the rings, and where they are from."""
        region = self._region
        rings = [
            {
                "name": part.name,
                "kind": part.kind,
                "outer": outer.tolist(),
                "holes": [hole.tolist() for hole in holes],
            }
            for part in (*region.parts, *region.channels)
            for outer, *holes in [part.outline()]
        ]
        return {"rings": rings, **({"source": self._source} if self._source else {})}

    @cached_property
    def _source(self) -> dict[str, Any] | None:
        if self.path is None:
            return self.source
        with self.path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        return {"path": str(self.path), "sha256": digest}
