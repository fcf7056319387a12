"""The public name of :func:`livn_core.plugins.registry.registry`."""

from livn_core.plugins.registry import registry

__all__ = ["registry"]
