"""Substrates with relief: tracks and squares of valleys, with cells in them and on the ridges between.

A valley and a ridge are pieces that touch, with a step between their floors: with the rule ``axon``,
``walls: {axons: follow, cross: {70: 0.01}}`` says how often an axon climbs it. The defaults are of the
size of the moulds of silicone (PDMS) of Montala-Flaquer et al. 2022, iScience 25:105680: valleys 300 um
wide and some 70 um deep.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from livn_core.components import FloatArray
from livn_core.culture.region import Part, Region
from livn_plugins.placement.modules import letters
from livn_plugins.placement.over import OverRegion

Length = Annotated[float, Field(gt=0)]

#: Most valleys of one substrate.
MOST = 1_000


class _Relief(OverRegion):
    """Valleys and ridges over a rectangle that is centred on the origin."""

    extent: tuple[Length, Length] = Field((3000.0, 3000.0), description="size along x and y, um")
    depth: float = Field(70.0, ge=0, description="of the valleys below the ridges, um")
    ridges: bool = Field(True, description="whether cells are on the ridges, too")

    @abstractmethod
    def region(self) -> Region:
        """Return the valleys, and the ridges where cells are on them."""

    def bounds(self) -> FloatArray:
        """Return ``[[x_min, y_min], [x_max, y_max]]``, um."""
        return 0.5 * np.outer([-1.0, 1.0], self.extent)


class Tracks(_Relief):
    """Parallel tracks along x: valleys V1, V2 ... from the bottom, with ridges R1, R2 ... between.

    Valley and ridge take turns, a valley first; the last one is cut where the substrate ends.
    """

    width: float = Field(300.0, gt=0, description="of a valley, um")
    gap: float = Field(300.0, gt=0, description="width of a ridge, um")

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        if self.extent[1] / (self.width + self.gap) > MOST:
            raise ValueError(f"would be more than {MOST:,} tracks; lengths are in um")
        return self

    def region(self) -> Region:
        """Return the tracks, from the bottom."""
        x, top = 0.5 * self.extent[0], 0.5 * self.extent[1]
        parts, low, number = [], -top, 0
        while top - low > 1e-9 * self.extent[1]:
            valley = number % 2 == 0
            high = min(low + (self.width if valley else self.gap), top)
            if valley or self.ridges:
                ring = np.array([[-x, low], [x, low], [x, high], [-x, high]])
                name = f"{'V' if valley else 'R'}{number // 2 + 1}"
                parts.append(Part(ring, name=name, height=0.0 if valley else self.depth))
            low, number = high, number + 1
        return Region(parts)


class Squares(_Relief):
    """Square valleys A1, A2, B1 ... on a grid, as many as fit, and one ridge R around them all."""

    side: float = Field(300.0, gt=0, description="edge of a valley, um")
    gap: float = Field(300.0, gt=0, description="between neighbouring valleys, um")

    @property
    def _grid(self) -> tuple[int, int]:
        """Columns and rows that fit, with half a gap to the edge of the substrate."""
        columns, rows = (int(size / (self.side + self.gap) + 1e-9) for size in self.extent)
        return columns, rows

    @model_validator(mode="after")
    def _some_fit(self) -> Self:
        columns, rows = self._grid
        if not columns or not rows:
            raise ValueError(
                f"no square of {self.side:g} um with {self.gap:g} um around it fits into "
                f"{self.extent[0]:g} x {self.extent[1]:g} um"
            )
        if columns * rows > MOST:
            raise ValueError(f"would be more than {MOST:,} squares; lengths are in um")
        return self

    def region(self) -> Region:
        """Return the squares, row after row from the top, then the ridge."""
        columns, rows = self._grid
        pitch = self.side + self.gap
        square = self.side * np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
        parts = []
        for row in range(rows):
            for column in range(columns):
                corner = pitch * np.array([column - columns / 2, rows / 2 - row - 1])
                ring = corner + self.gap / 2 + square
                parts.append(Part(ring, name=f"{letters(row)}{column + 1}"))
        if self.ridges:
            (x0, y0), (x1, y1) = self.bounds()
            outer = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
            holes = tuple(part.outer for part in parts)
            parts.append(Part(outer, holes, name="R", height=self.depth))
        return Region(parts)
