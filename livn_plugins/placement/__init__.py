"""The built-in placements."""

from __future__ import annotations

from collections.abc import Iterator

from livn_core.hookspecs import Component, hookimpl

_HERE = "livn_plugins.placement"


@hookimpl
def livn_placements() -> Iterator[Component]:
    """Yield the built-in placements."""
    yield Component(
        "rectangle",
        f"{_HERE}.rectangle:Rectangle",
        "uniform over a rectangle",
        aliases=("systems.generate_2d.rectangle",),
    )
    yield Component(
        "disk",
        f"{_HERE}.disk:Disk",
        "uniform per area over a disk or an annulus",
        aliases=("systems.generate_2d.disk",),
    )
    yield Component("ellipse", f"{_HERE}.ngon:Ellipse", "uniform over an ellipse")
    yield Component("ngon", f"{_HERE}.ngon:Ngon", "uniform over a regular polygon")
    yield Component(
        "modules",
        f"{_HERE}.modules:Modules",
        "uniform over square modules on a grid: A1, A2, B1, B2",
    )
    yield Component(
        "chip", f"{_HERE}.chip:Chip", "uniform over two chambers A and B that grooves join"
    )
    yield Component(
        "tracks",
        f"{_HERE}.substrates:Tracks",
        "uniform over parallel valleys V1, V2 ... and the ridges between",
    )
    yield Component(
        "squares",
        f"{_HERE}.substrates:Squares",
        "uniform over square valleys A1, A2 ... and the ridge around them",
    )
    yield Component(
        "well", f"{_HERE}.chip:Well", "uniform over a well of a plate of 6, 12, 24, 48 or 96"
    )
    yield Component(
        "shape", f"{_HERE}.shape:Shape", "uniform over a drawing: GeoJSON, WKT, SVG, DXF"
    )
    yield Component("sphere", f"{_HERE}.volumes:Sphere", "uniform in a ball: a spheroid")
    yield Component("ellipsoid", f"{_HERE}.volumes:Ellipsoid", "uniform in an ellipsoid")
    yield Component(
        "shell",
        f"{_HERE}.volumes:Shell",
        "uniform between two spheres: an organoid with a dead core",
    )
    yield Component(
        "cylinder", f"{_HERE}.volumes:Cylinder", "uniform in an upright cylinder: a slice"
    )
    yield Component(
        "flattened",
        f"{_HERE}.volumes:Flattened",
        "uniform in a ball cut by z = 0: a spheroid on an array",
    )
    yield Component(
        "custom",
        f"{_HERE}.custom:Custom",
        "a Python function of yours: module.function or file.py:function",
    )
    yield Component(
        "file",
        f"{_HERE}.file:File",
        "measured positions from a CSV, TSV, JSON or SONATA nodes file",
    )
