"""The built-in MEA layouts."""

from __future__ import annotations

from collections.abc import Iterator

from livn_core.hookspecs import Component, hookimpl


@hookimpl
def livn_mea_layouts() -> Iterator[Component]:
    """Yield the built-in MEA layouts."""
    yield Component(
        "grid", "livn_plugins.mea.grid:Grid", "largest centred power-of-two grid at a pitch"
    )
    yield Component(
        "coordinates", "livn_plugins.mea.coordinates:Coordinates", "electrodes where you say"
    )
