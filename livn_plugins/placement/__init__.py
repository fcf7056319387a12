"""The built-in placements."""

from __future__ import annotations

from collections.abc import Iterator

from livn_core.hookspecs import Component, hookimpl


@hookimpl
def livn_placements() -> Iterator[Component]:
    """Yield the built-in placements."""
    yield Component(
        "rectangle",
        "livn_plugins.placement.rectangle:Rectangle",
        "uniform over a rectangle",
        aliases=("systems.generate_2d.rectangle",),
    )
    yield Component(
        "disk",
        "livn_plugins.placement.disk:Disk",
        "uniform per area over a disk or an annulus",
        aliases=("systems.generate_2d.disk",),
    )
    yield Component(
        "ellipse",
        "livn_plugins.placement.ngon:Ellipse",
        "uniform over an ellipse",
    )
    yield Component(
        "ngon",
        "livn_plugins.placement.ngon:Ngon",
        "uniform over a regular polygon",
    )
    yield Component(
        "modules",
        "livn_plugins.placement.modules:Modules",
        "uniform over square modules on a grid: A1, A2, B1, B2",
    )
    yield Component(
        "chip",
        "livn_plugins.placement.chip:Chip",
        "uniform over two chambers A and B that grooves join",
    )
    yield Component(
        "tracks",
        "livn_plugins.placement.substrates:Tracks",
        "uniform over parallel valleys V1, V2 ... and the ridges between",
    )
    yield Component(
        "squares",
        "livn_plugins.placement.substrates:Squares",
        "uniform over square valleys A1, A2 ... and the ridge around them",
    )
    yield Component(
        "well",
        "livn_plugins.placement.chip:Well",
        "uniform over a well of a plate of 6, 12, 24, 48 or 96",
    )
    yield Component(
        "shape",
        "livn_plugins.placement.shape:Shape",
        "uniform over a drawing: GeoJSON, WKT, SVG, DXF",
    )
    yield Component(
        "custom",
        "livn_plugins.placement.custom:Custom",
        "a Python function of yours: module.function or file.py:function",
    )
    yield Component(
        "file",
        "livn_plugins.placement.file:File",
        "measured positions from a CSV, TSV, JSON or SONATA nodes file",
    )
