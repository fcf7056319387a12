"""Generate synthetic in-vitro neural networks that the livn simulator loads as they are.

The public Python interface is the handful of names below, loaded on first use: importing this
package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from livn_core.__about__ import __version__

if TYPE_CHECKING:
    from livn_core.api import generate, get, plan
    from livn_core.errors import ConfigError, LivnError
    from livn_core.hookspecs import Command, Component, Report, hookimpl
    from livn_core.network import Network, build
    from livn_core.study.functions import simulator, sweep
    from livn_core.system import System

__all__ = [
    "Command",
    "Component",
    "ConfigError",
    "LivnError",
    "Network",
    "Report",
    "System",
    "__version__",
    "build",
    "generate",
    "get",
    "hookimpl",
    "plan",
    "simulator",
    "sweep",
]

_HOMES = {
    "Command": "livn_core.hookspecs",
    "Component": "livn_core.hookspecs",
    "ConfigError": "livn_core.errors",
    "LivnError": "livn_core.errors",
    "Network": "livn_core.network",
    "Report": "livn_core.hookspecs",
    "System": "livn_core.system",
    "build": "livn_core.network",
    "generate": "livn_core.api",
    "get": "livn_core.api",
    "hookimpl": "livn_core.hookspecs",
    "plan": "livn_core.api",
    "simulator": "livn_core.study.functions",
    "sweep": "livn_core.study.functions",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
