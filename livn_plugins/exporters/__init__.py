"""Built-in exporters: one module each."""

from __future__ import annotations

from collections.abc import Iterator

from livn_core.hookspecs import Component, hookimpl


@hookimpl
def livn_exporters() -> Iterator[Component]:
    """Yield the built-in components of this kind."""
    yield from ()
