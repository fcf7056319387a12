"""Square modules on a grid: a patterned substrate, cells only on its squares."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from livn_core.components import FloatArray, Placement
from livn_core.culture.region import Part, Region

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Modules(Placement):
    """Uniform over ``rows`` x ``columns`` squares, centred on the origin.

    Modules are called by row letter, from the top, and column number: A1, A2, B1, B2; after Z comes
    AA. Each has its share of every population. The squares of 200 um, 200 um apart, are those of
    Yamamoto et al. 2018, Science Advances 4:eaau4914.
    """

    uniform: ClassVar[bool] = True

    rows: int = Field(2, ge=1, le=100, description="rows of modules")
    columns: int = Field(2, ge=1, le=100, description="columns of modules")
    side: float = Field(200.0, gt=0, description="edge of a module, um")
    gap: float = Field(200.0, gt=0, description="distance between modules, um")

    def _corners(self) -> FloatArray:
        """Return the lower left corner of each module, (modules, 2) um, row after row from the top."""
        pitch = self.side + self.gap
        x = pitch * (np.arange(self.columns) - (self.columns - 1) / 2) - self.side / 2
        y = pitch * ((self.rows - 1) / 2 - np.arange(self.rows)) - self.side / 2
        return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)

    def region(self) -> Region:
        """Return the squares."""
        square = self.side * np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
        names = [f"{letters(row)}{n + 1}" for row in range(self.rows) for n in range(self.columns)]
        return Region(
            [
                Part(corner + square, name=name)
                for corner, name in zip(self._corners(), names, strict=True)
            ]
        )

    def place(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return (count, 2) positions, um, dealt to the modules in turn."""
        corners = self._corners()[np.arange(count) % (self.rows * self.columns)]
        return corners + self.side * rng.random((count, 2))

    def bounds(self) -> FloatArray:
        """Return ``[[x_min, y_min], [x_max, y_max]]``, um."""
        corners = self._corners()
        return np.stack([corners.min(axis=0), corners.max(axis=0) + self.side])


def letters(row: int) -> str:
    """Return A to Z, AA, AB ... for a row."""
    return (LETTERS[row // 26 - 1] if row >= 26 else "") + LETTERS[row % 26]
