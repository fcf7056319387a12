"""Plates of Axion BioSystems, for the Maestro systems.

The figures are those of the vendor's plate names and plate pages (Axion BioSystems, *CytoView MEA*
and *Classic MEA* plates): ``M768-GL1-30Pt200`` is 12 wells of 64 electrodes, 30 um of platinum at
200 um; the 24- and 48-well plates have 16 electrodes a well, 50 um wide at 350 um. A channel is
named by well, column and row (``A1_23``); rows count from the bottom of a well.

Not confirmed from a vendor document: that the 24-well plate has the same pitch as the 48-well one,
and the distance between wells. ``wells: all`` therefore needs ``well_pitch``.
"""

from __future__ import annotations

from typing import ClassVar

from livn_plugins.mea.wells import WellLayout


class AxionPlate(WellLayout):
    """What the plates have in common."""

    source: ClassVar[str] = "Axion BioSystems, MEA plate pages"
    rows_upwards: ClassVar[bool] = True
    contact_size: ClassVar[dict[str, float]] = {"radius": 25.0}


class Axion12(AxionPlate):
    """12 wells of 8 x 8 electrodes at 200 um, 30 um wide (Axion BioSystems, M768-GL1-30Pt200).

    Not confirmed: the distance between wells, which ``wells: all`` therefore asks for.
    """

    plate_rows: ClassVar[int] = 3
    plate_columns: ClassVar[int] = 4
    side: ClassVar[int] = 8
    pitch: ClassVar[float] = 200.0
    contact_size: ClassVar[dict[str, float]] = {"radius": 15.0}


class Axion24(AxionPlate):
    """24 wells of 4 x 4 electrodes at 350 um, 50 um wide (Axion BioSystems, CytoView MEA 24).

    Not confirmed: that the pitch is that of the 48-well plate, and the distance between wells,
    which ``wells: all`` therefore asks for.
    """

    plate_rows: ClassVar[int] = 4
    plate_columns: ClassVar[int] = 6
    side: ClassVar[int] = 4
    pitch: ClassVar[float] = 350.0


class Axion48(AxionPlate):
    """48 wells of 4 x 4 electrodes at 350 um, 50 um wide (Axion BioSystems, CytoView MEA 48).

    Not confirmed: the distance between wells, which ``wells: all`` therefore asks for.
    """

    plate_rows: ClassVar[int] = 6
    plate_columns: ClassVar[int] = 8
    side: ClassVar[int] = 4
    pitch: ClassVar[float] = 350.0
