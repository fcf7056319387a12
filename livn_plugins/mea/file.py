"""Electrodes at coordinates that stand in a file."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
from pydantic import Field

from livn_core.components import FloatArray
from livn_core.documents.tables import CoordinateTable, read_coordinates
from livn_core.errors import ConfigError
from livn_plugins.mea.placed import PlacedLayout

#: Columns that name an electrode, the first that is there.
LABELS = ("label", "name", "electrode", "id", "contact_id", "channel")


class File(PlacedLayout):
    """Electrodes from a CSV, TSV, JSON or SONATA nodes file with columns x, y and perhaps z, um.

    The ids are 0 to n-1 in the file's order; a column ``label``, ``name``, ``electrode`` or ``id``
    is kept as label. Positions are those of the file unless ``centred`` or ``origin`` moves them.
    """

    path: Path = Field(description="the file")
    centred: bool = Field(
        False, description="move the electrodes onto the culture's centre rather than keep them"
    )

    @cached_property
    def _table(self) -> CoordinateTable:
        table = read_coordinates(self.path)
        positions, counts = np.unique(table.positions, axis=0, return_counts=True)
        if len(positions) < len(table.positions):
            where = ", ".join(f"{value:g}" for value in positions[counts > 1][0])
            raise ConfigError(
                f"'{self.path}': two electrodes at the same place ({where})",
                hint="each electrode needs a place of its own",
            )
        return table

    def sites(self) -> FloatArray:
        """Return the (n, 2) or (n, 3) coordinates of the file, um."""
        return self._table.positions

    def labels(self) -> list[str] | None:
        """Return the labels of the file, or None."""
        found = self._table.column(*LABELS)
        if found is not None and len(set(found)) < len(found):
            twice = next(label for label in found if found.count(label) > 1)
            raise ConfigError(
                f"'{self.path}': two electrodes are called '{twice}'",
                hint="give each a label of its own, or leave the column out",
            )
        return found
