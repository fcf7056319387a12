"""The built-in MEA layouts."""

from __future__ import annotations

from collections.abc import Iterator

from livn_core.hookspecs import Component, hookimpl

#: Arrays of the user's own: name, class, what it is.
GENERAL = (
    ("grid", "grid:Grid", "largest centred power-of-two grid at a pitch"),
    ("coordinates", "coordinates:Coordinates", "electrodes where you say"),
    ("rectangular", "rectangular:Rectangular", "columns x rows at any pitch"),
    ("depth-grid", "depth_grid:DepthGrid", "4 x 4 over the layers of a 3D system, at one depth"),
    ("file", "file:File", "electrodes from a CSV or JSON file"),
    ("drawing", "drawing:Drawn", "the electrodes of a drawing"),
    ("probeinterface", "probe:Probe", "any probe that probeinterface reads"),
)
#: Arrays that can be bought.
ARRAYS = (
    ("mcs-60mea200-30", "mcs:MEA60x200", "MCS 60MEA200/30iR, 60 at 200 um"),
    ("mcs-60mea100-10", "mcs:MEA60x100", "MCS 60MEA100/10iR, 60 at 100 um"),
    ("mcs-120mea200-30", "mcs:MEA120x200", "MCS 120MEA200/30iR, 120 at 200 um"),
    ("mcs-120mea100-30", "mcs:MEA120x100", "MCS 120MEA100/30iR, 120 at 100 um"),
    ("mcs-256mea200-30", "mcs:MEA256x200", "MCS 256MEA200/30iR, 252 at 200 um"),
    ("mcs-256mea100-30", "mcs:MEA256x100", "MCS 256MEA100/30iR, 252 at 100 um"),
    ("mcs-60hexamea40-10", "mcs:HexaMEA", "MCS 60HexaMEA40/10iR, 60 hexagonal at 40 um"),
    ("mcs-6wellmea200-30", "mcs:SixWell", "MCS 60-6wellMEA200/30iR, 9 a well at 200 um"),
    ("axion-12", "axion:Axion12", "Axion 12-well plate, 64 a well at 200 um"),
    ("axion-24", "axion:Axion24", "Axion 24-well plate, 16 a well at 350 um"),
    ("axion-48", "axion:Axion48", "Axion 48-well plate, 16 a well at 350 um"),
    ("maxone", "maxwell:MaxOne", "MaxWell MaxOne, up to 1,020 of 26,400 at 17.5 um"),
    ("biocam-42", "threebrain:BioCAM42", "3Brain BioCAM, 64 x 64 at 42 um"),
    ("biocam-60", "threebrain:BioCAM60", "3Brain BioCAM, 64 x 64 at 60 um"),
)


@hookimpl
def livn_mea_layouts() -> Iterator[Component]:
    """Yield the built-in MEA layouts."""
    for name, target, summary in (*GENERAL, *ARRAYS):
        yield Component(name, f"livn_plugins.mea.{target}", summary)
