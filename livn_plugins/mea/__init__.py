"""Built-in MEA layouts: one module each."""

from __future__ import annotations

from collections.abc import Iterator

from livn_core.hookspecs import Component, hookimpl


@hookimpl
def livn_mea_layouts() -> Iterator[Component]:
    """Yield the built-in components of this kind."""
    yield Component(
        "grid", "livn_plugins.mea.grid:Grid", "largest centred power-of-two square grid"
    )
