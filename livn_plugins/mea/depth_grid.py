"""A few electrodes over and within a layered network."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from livn_core.components import FloatArray, MEALayout
from livn_core.system.default_grid import default_grid


class DepthGrid(MEALayout):
    """``columns`` by ``rows`` electrodes at one depth, numbered row by row from the lowest corner.

    What is not given follows from the boxes of the layers: a pitch of a quarter of their sides, the
    first electrode half a pitch from the corner, and 175/450 of their depth (1000 um, 500 um and z
    175 um for boxes of 4 x 4 mm with the layers of CA1).
    """

    columns: int = Field(4, ge=1, le=1000, description="electrodes along x")
    rows: int = Field(4, ge=1, le=1000, description="electrodes along y")
    pitch: float | tuple[float, float] | None = Field(
        None, description="centre to centre of neighbours, or [along x, along y], um"
    )
    offset: tuple[float, float] | None = Field(
        None, description="x and y of the first electrode, um"
    )
    z: float | None = Field(None, description="height of the electrodes, um")
    input_radius: float = Field(250.0, gt=0, description="reach of a stimulating electrode, um")
    output_radius: float = Field(250.0, gt=0, description="reach of a recording electrode, um")

    def electrodes(self, bounds: FloatArray) -> FloatArray:
        """Return the (columns * rows, 3) electrode centres, um."""
        rule = default_grid(bounds)
        pitch_x, pitch_y = np.broadcast_to(self.pitch or rule["pitch"], 2)
        x0, y0 = self.offset or rule["offset"]
        x, y = np.meshgrid(
            x0 + pitch_x * np.arange(self.columns), y0 + pitch_y * np.arange(self.rows)
        )
        z = np.full(x.size, rule["z"] if self.z is None else self.z)
        return np.column_stack([x.ravel(), y.ravel(), z])
