"""Chips of 3Brain, for the BioCAM systems: 64 x 64 electrodes, all recorded at a time.

Figures: Arena and Prime chips at 42 um with square electrodes of 21 um (an area of 2.67 x 2.67 mm:
Imfeld et al. 2008; 3Brain, *HD-MEA* product pages), Accura at 60 um with electrodes of 21 um, as
probeinterface's reader of the vendor's files has them (CorePlate chips share the pitch and have
electrodes of 25 um). Labels are row and column from 1, as in the recordings; that row 1 is at the
top could not be confirmed from a vendor document.
"""

from __future__ import annotations

from typing import ClassVar

from livn_core.components import FloatArray
from livn_plugins.mea.placed import PlacedLayout, lattice

SIDE = 64


class BioCAM(PlacedLayout):
    """64 x 64 electrodes."""

    source: ClassVar[str] = "3Brain, HD-MEA product pages"
    contact_shape: ClassVar[str] = "square"
    contact_size: ClassVar[dict[str, float]] = {"width": 21.0}
    pitch: ClassVar[float]

    def sites(self) -> FloatArray:
        """Return the (4096, 2) electrode centres, um, row by row from the top left."""
        return lattice(SIDE, SIDE, self.pitch, self.pitch)

    def labels(self) -> list[str]:
        """Return ``row-column``, both from 1."""
        return [f"{row}-{column}" for row in range(1, SIDE + 1) for column in range(1, SIDE + 1)]


class BioCAM42(BioCAM):
    """4,096 electrodes at 42 um, 21 um square (3Brain, HD-MEA product pages: Arena, Prime).

    Not confirmed: that row 1 is at the top.
    """

    pitch: ClassVar[float] = 42.0


class BioCAM60(BioCAM):
    """4,096 electrodes at 60 um, 21 um square (3Brain, HD-MEA product pages: Accura).

    Not confirmed: that row 1 is at the top.
    """

    pitch: ClassVar[float] = 60.0
