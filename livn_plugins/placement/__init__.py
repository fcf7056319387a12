"""Built-in placements: one module each."""

from __future__ import annotations

from collections.abc import Iterator

from livn_core.hookspecs import Component, hookimpl


@hookimpl
def livn_placements() -> Iterator[Component]:
    """Yield the built-in components of this kind."""
    yield Component(
        "rectangle",
        "livn_plugins.placement.rectangle:Rectangle",
        "uniform in a rectangle",
        aliases=("systems.generate_2d.rectangle",),
    )
    yield Component(
        "disk",
        "livn_plugins.placement.disk:Disk",
        "uniform in a disk or an annulus",
        aliases=("systems.generate_2d.disk",),
    )
    yield Component(
        "custom", "livn_plugins.placement.custom:Custom", "positions from your own function"
    )
