"""Plates of several wells, each with the same small grid of electrodes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator, model_validator

from livn_core.components import FloatArray
from livn_core.suggest import did_you_mean
from livn_plugins.mea.placed import PlacedLayout, lattice


class WellLayout(PlacedLayout):
    """One well of a plate, or all of them.

    A culture is what grows in one well, so that one well is the default.
    """

    plate_rows: ClassVar[int]
    plate_columns: ClassVar[int]
    #: Electrodes along each edge of a well's square grid, and their pitch, um.
    side: ClassVar[int]
    pitch: ClassVar[float]
    #: Rows of electrodes are numbered from the bottom.
    rows_upwards: ClassVar[bool] = False
    #: Wells are named A, B, C, ... rather than A1, A2, ..., B1, ...
    wells_by_letter: ClassVar[bool] = False

    wells: str = Field(
        "A1", description="name of the well over the culture, or 'all' for the whole plate"
    )
    well_pitch: float | None = Field(
        None, gt=0, description="centre to centre of neighbouring wells, um; needed for 'all'"
    )

    @field_validator("wells")
    @classmethod
    def _known_well(cls, value: str) -> str:
        names = cls.names()
        if value != "all" and value not in names:
            raise ValueError(
                f"no well '{value}' on this plate{did_you_mean(value, names)}; they are "
                f"{names[0]} to {names[-1]}, or 'all'"
            )
        return value

    @model_validator(mode="after")
    def _pitch_of_plate(self) -> WellLayout:
        if self.wells == "all" and self.well_pitch is None:
            raise ValueError(
                "wells: all needs well_pitch, um: measure it, or take it from the plate's drawing"
            )
        return self

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of the wells, row by row."""
        letters = "ABCDEFGHIJKLMNOP"
        if cls.wells_by_letter:
            return list(letters[: cls.plate_rows * cls.plate_columns])
        return [
            f"{letters[row]}{column + 1}"
            for row in range(cls.plate_rows)
            for column in range(cls.plate_columns)
        ]

    def _chosen(self) -> list[str]:
        return self.names() if self.wells == "all" else [self.wells]

    def sites(self) -> FloatArray:
        """Return the (n, 2) electrode centres, um: well by well, row by row from the top left."""
        grid = lattice(self.side, self.side, self.pitch, self.pitch)
        names, pitch = self.names(), self.well_pitch or 0.0
        centres = lattice(self.plate_columns, self.plate_rows, pitch, pitch)
        chosen = [centres[names.index(name)] for name in self._chosen()]
        return np.concatenate([grid + centre for centre in chosen])

    def labels(self) -> list[str]:
        """Return the labels: well, ``_``, column, row."""
        inner = []
        for index in range(self.side**2):
            row, column = divmod(index, self.side)
            number = self.side - row if self.rows_upwards else row + 1
            inner.append(f"{column + 1}{number}")
        return [f"{well}_{name}" for well in self._chosen() for name in inner]
