"""Arrays of Multi Channel Systems (MCS), for MEA1060 and MEA2100 headstages.

Figures are in the type designations (``60MEA200/30`` is 60 electrodes at a pitch of 200 um and
30 um wide) and in the vendor's *MEA Manual* and *MEA-System Manual* (Multi Channel Systems MCS
GmbH, Reutlingen), which describe the square grid without corners and the labels: first the column,
then the row, from the left and from the top. The internal reference of the iR types of the 60MEA
is electrode 15.

Not confirmed from a vendor document: the letters that the 120 and 256 types skip (I; I and Q), and
whether some of the 120 are references. Both are stated where they are used.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from livn_core.components import FloatArray
from livn_plugins.mea.placed import PlacedLayout, lattice
from livn_plugins.mea.wells import WellLayout


class CornerlessGrid(PlacedLayout):
    """A square grid without its corners, as MCS makes it."""

    source: ClassVar[str] = "Multi Channel Systems, MEA Manual"
    side: ClassVar[int]
    #: Sites missing along each edge at a corner: 1 takes 1 site away, 3 take 3 + 2 + 1.
    corner: ClassVar[int] = 1
    pitch: ClassVar[float]
    #: Names of the columns, from the left.
    letters: ClassVar[str]

    def _kept(self) -> list[int]:
        last, kept = self.side - 1, []
        for index in range(self.side**2):
            row, column = divmod(index, self.side)
            if min(row, last - row) + min(column, last - column) >= self.corner:
                kept.append(index)
        return kept

    def sites(self) -> FloatArray:
        """Return the (n, 2) electrode centres, um, row by row from the top left."""
        return lattice(self.side, self.side, self.pitch, self.pitch)[self._kept()]

    def labels(self) -> list[str]:
        """Return the vendor's labels: column, then row."""
        sites = (divmod(index, self.side) for index in self._kept())
        return [f"{self.letters[column]}{row + 1}" for row, column in sites]


class MEA60(CornerlessGrid):
    """60MEA: 8 x 8 without corners; electrode 15 is the internal reference of the iR types."""

    side: ClassVar[int] = 8
    letters: ClassVar[str] = "12345678"

    reference: Literal["keep", "omit"] = Field(
        "keep", description="keep the internal reference, electrode 15, as a channel, or omit it"
    )

    def _kept(self) -> list[int]:
        reference = 4 * self.side  # first column, fifth row
        return [i for i in super()._kept() if self.reference == "keep" or i != reference]

    def references(self) -> list[str]:
        """Return the label of the internal reference when it is kept."""
        return ["15"] if self.reference == "keep" else []


class MEA60x200(MEA60):
    """60MEA200/30iR: 60 electrodes at 200 um, 30 um wide (MCS, MEA Manual)."""

    pitch: ClassVar[float] = 200.0
    contact_size: ClassVar[dict[str, float]] = {"radius": 15.0}


class MEA60x100(MEA60):
    """60MEA100/10iR: 60 electrodes at 100 um, 10 um wide (MCS, MEA Manual)."""

    pitch: ClassVar[float] = 100.0
    contact_size: ClassVar[dict[str, float]] = {"radius": 5.0}


class MEA120(CornerlessGrid):
    """120MEA: 12 x 12 without six electrodes at each corner; all 120 are given as channels."""

    side: ClassVar[int] = 12
    corner: ClassVar[int] = 3
    letters: ClassVar[str] = "ABCDEFGHJKLM"


class MEA120x200(MEA120):
    """120MEA200/30iR: 120 electrodes at 200 um, 30 um wide (MCS, MEA Manual).

    Not confirmed: the letters of the columns (A to M without I), and whether some are references.
    """

    pitch: ClassVar[float] = 200.0


class MEA120x100(MEA120):
    """120MEA100/30iR: 120 electrodes at 100 um, 30 um wide (MCS, MEA Manual).

    Not confirmed: the letters of the columns (A to M without I), and whether some are references.
    """

    pitch: ClassVar[float] = 100.0


class MEA256(CornerlessGrid):
    """256MEA: 16 x 16 without corners, 252 recording electrodes.

    The four references of the iR types lie outside the grid and are no channels.
    """

    side: ClassVar[int] = 16
    letters: ClassVar[str] = "ABCDEFGHJKLMNOPR"


class MEA256x200(MEA256):
    """256MEA200/30iR: 252 electrodes at 200 um, 30 um wide (MCS, MEA Manual).

    Not confirmed: the letters of the columns (A to R without I and Q).
    """

    pitch: ClassVar[float] = 200.0


class MEA256x100(MEA256):
    """256MEA100/30iR: 252 electrodes at 100 um, 30 um wide (MCS, MEA Manual).

    Not confirmed: the letters of the columns (A to R without I and Q).
    """

    pitch: ClassVar[float] = 100.0


class HexaMEA(PlacedLayout):
    """60HexaMEA40/10iR: 60 electrodes on a hexagonal lattice at 40 um, 10 um wide.

    A hexagon of five electrodes an edge has 61 sites. Which of them carries none could not be
    confirmed from a vendor document: ``empty`` says which one is left out, counted from 0 in rows
    from the top left (default: the last one, at the lower right). No vendor labels are given, for
    the same reason.
    """

    source: ClassVar[str] = "Multi Channel Systems, 60HexaMEA40/10iR type designation"
    contact_size: ClassVar[dict[str, float]] = {"radius": 5.0}

    empty: int = Field(60, ge=0, le=60, description="which of the 61 sites has no electrode")

    def sites(self) -> FloatArray:
        """Return the (60, 2) electrode centres, um, row by row from the top left."""
        pitch, edge = 40.0, 4
        rows = []
        for row in range(-edge, edge + 1):
            length = 2 * edge + 1 - abs(row)
            x = (np.arange(length) - (length - 1) / 2) * pitch
            rows.append(np.column_stack([x, np.full(length, -row * pitch * np.sqrt(3) / 2)]))
        return np.delete(np.concatenate(rows), self.empty, axis=0)

    def _middle(self, sites: FloatArray) -> FloatArray:
        # The hexagon's: the site without an electrode may be one of its corners.
        return np.zeros(2)


class SixWell(WellLayout):
    """60-6wellMEA200/30iR: six wells of 3 x 3 electrodes at 200 um, 30 um wide.

    Each well has a reference of its own, which is no channel here. The distance between wells
    could not be confirmed from a vendor document: ``wells: all`` needs ``well_pitch``. Labels are
    the well, then column and row; the numbering within a well is this project's.
    """

    source: ClassVar[str] = "Multi Channel Systems, 60-6wellMEA200/30iR type designation"
    plate_rows: ClassVar[int] = 2
    plate_columns: ClassVar[int] = 3
    side: ClassVar[int] = 3
    pitch: ClassVar[float] = 200.0
    wells_by_letter: ClassVar[bool] = True

    wells: str = Field(
        "A", description="name of the well over the culture (A to F), or 'all' for the whole plate"
    )
