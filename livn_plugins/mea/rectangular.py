"""Any grid of nx by ny electrodes."""

from __future__ import annotations

from pydantic import Field

from livn_core.components import FloatArray
from livn_plugins.mea.placed import PlacedLayout, lattice


class Rectangular(PlacedLayout):
    """``columns`` by ``rows`` electrodes, numbered row by row from the top left.

    The number of electrodes is what is asked for, whatever the size of the culture.
    """

    columns: int = Field(8, ge=1, le=1000, description="electrodes along x")
    rows: int = Field(8, ge=1, le=1000, description="electrodes along y")
    pitch: float = Field(200.0, gt=0, description="centre to centre of neighbours, um")
    pitch_x: float | None = Field(None, gt=0, description="pitch along x, um; null for 'pitch'")
    pitch_y: float | None = Field(None, gt=0, description="pitch along y, um; null for 'pitch'")

    def sites(self) -> FloatArray:
        """Return the (columns * rows, 2) electrode centres, um."""
        pitch_x, pitch_y = self.pitch_x or self.pitch, self.pitch_y or self.pitch
        return lattice(self.columns, self.rows, pitch_x, pitch_y)
