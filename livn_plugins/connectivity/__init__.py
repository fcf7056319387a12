"""Built-in connectivity rules: one module each."""

from __future__ import annotations

from collections.abc import Iterator

from livn_core.hookspecs import Component, hookimpl


@hookimpl
def livn_connectivity_rules() -> Iterator[Component]:
    """Yield the built-in components of this kind."""
    yield Component(
        "gaussian",
        "livn_plugins.connectivity.gaussian:Gaussian",
        "k(d) = exp(-d^2 / (2 sigma^2))",
    )
    yield Component(
        "exponential",
        "livn_plugins.connectivity.exponential:Exponential",
        "k(d) = exp(-d / sigma)",
    )
