"""A chip of two chambers that grooves join, and a well of a plate: what cultures grow in."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from livn_core.components import FloatArray, Placement
from livn_core.culture.region import Part, Region
from livn_plugins.placement.disk import Disk
from livn_plugins.placement.over import OverRegion

Length = Annotated[float, Field(gt=0)]

#: Wells of a plate -> their diameter at the bottom, mm: Corning Costar 3506 (6), 3513, 3524, 3548 and
#: 3596 (96), from the product descriptions; their areas are the growth areas that the maker states.
DIAMETERS = {6: 34.80, 12: 22.11, 24: 15.62, 48: 11.05, 96: 6.35}


class Chip(OverRegion):
    """Two chambers, A on the left and B on the right, joined by grooves that somata do not enter.

    The grooves run along x between the chambers and are channels: axons go through them. The
    defaults are of the size of a two-compartment chip: Taylor et al. 2005, Nature Methods 2:599,
    has grooves of 450 um between chambers 1.5 mm wide and 7 mm long.
    """

    chamber: tuple[Length, Length] = Field(
        (1500.0, 7000.0), description="size of each chamber along x and y, um"
    )
    grooves: int = Field(60, ge=1, le=10_000, description="number of grooves")
    groove_length: float = Field(450.0, gt=0, description="from chamber to chamber, um")
    groove_width: float = Field(10.0, gt=0, description="of a groove, um")
    groove_pitch: float | None = Field(
        None, gt=0, description="from groove to groove, um; by default evenly along the chamber"
    )

    @property
    def _pitch(self) -> float:
        return self.chamber[1] / self.grooves if self.groove_pitch is None else self.groove_pitch

    @model_validator(mode="after")
    def _grooves_fit(self) -> Self:
        taken = (self.grooves - 1) * self._pitch + self.groove_width
        if taken > self.chamber[1]:
            raise ValueError(
                f"{self.grooves} grooves take {taken:g} um of a chamber {self.chamber[1]:g} um long"
            )
        if self.grooves > 1 and self.groove_width >= self._pitch:
            raise ValueError(
                f"grooves {self.groove_width:g} um wide every {self._pitch:g} um leave no wall "
                "between them"
            )
        return self

    def region(self) -> Region:
        """Return the chambers, and the grooves as channels."""
        unit = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
        half, (width, height) = self.groove_length / 2, self.chamber
        parts = [
            Part(np.array([x, -height / 2]) + unit * self.chamber, name=name)
            for x, name in ((-half - width, "A"), (half, "B"))
        ]
        middles = self._pitch * (np.arange(self.grooves) - (self.grooves - 1) / 2)
        size = np.array([self.groove_length, self.groove_width])
        for number, y in enumerate(middles.tolist(), 1):
            ring = np.array([0.0, y]) + (unit - 0.5) * size
            parts.append(Part(ring, name=f"groove{number}", kind="channel"))
        return Region(parts)


class Well(Placement):
    """The bottom of one well of a plate: a disk with the diameter of Corning Costar plates.

    Diameters: 34.80, 22.11, 15.62, 11.05 and 6.35 mm of plates with 6, 12, 24, 48 and 96 wells.
    """

    uniform: ClassVar[bool] = True

    wells: Literal[6, 12, 24, 48, 96] = Field(24, description="number of wells of the plate")
    center: tuple[float, float] = Field((0.0, 0.0), description="centre (x, y), um")

    @property
    def _disk(self) -> Disk:
        return Disk(center=self.center, radius=500.0 * DIAMETERS[self.wells])

    def place(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return (count, 2) positions, um; the first ones do not depend on ``count``."""
        return self._disk.place(count, rng)

    def bounds(self) -> FloatArray:
        """Return ``[[x_min, y_min], [x_max, y_max]]``, um."""
        return self._disk.bounds()

    def region(self) -> Region:
        """Return the disk."""
        return self._disk.region()
