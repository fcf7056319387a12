"""Built-in generators: one module each."""

from __future__ import annotations

from collections.abc import Iterator

from livn_core.hookspecs import Component, hookimpl


@hookimpl
def livn_generators() -> Iterator[Component]:
    """Yield the built-in components of this kind."""
    yield Component(
        "culture2d",
        "livn_plugins.generators.culture2d:Culture2D",
        "flat culture: placement, radial kernel, point neurons",
        aliases=("generate_2d",),
    )
    yield Component(
        "layered3d",
        "livn_plugins.generators.layered3d:Layered3D",
        "layers of cells with morphologies, synapses on their sections, axons of limited reach",
        aliases=("generate",),
    )
