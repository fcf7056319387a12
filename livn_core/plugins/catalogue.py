"""What ``livn plugins`` reports, as JSON values."""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import Any

from livn_core.errors import ComponentNotFoundError
from livn_core.plugins.entries import Entry
from livn_core.plugins.registry import KINDS, Registry

__all__ = ["details", "listing"]


def listing(components: Registry, kind: str | None = None, *, load: bool = False) -> dict[str, Any]:
    """Return every component, failure and clash.

    A ``kind`` is that of the components and clashes: a failed plugin's is not known. ``load`` imports
    the components of third parties, and counts those that cannot be used as failures.
    """
    return {
        "components": [_entry(entry) for entry in components.components(kind)],
        "failures": [
            {
                "provider": failure.provider.name,
                "provider_version": failure.provider.version,
                "plugin": failure.plugin,
                "reason": failure.reason,
            }
            for failure in (*components.failures, *(components.unusable(kind) if load else ()))
        ],
        "clashes": [
            {
                "kind": clash.kind,
                "name": clash.name,
                "reserved": clash.reserved,
                "providers": [entry.provider.name for entry in clash.entries],
                "message": str(clash),
                "hint": clash.hint,
            }
            for clash in components.clashes
            if kind in {None, clash.kind}
        ],
        "disabled": [provider.name for provider in components.disabled],
    }


def details(components: Registry, name: str, kind: str | None = None) -> dict[str, Any]:
    """Return one component with its parameters and documentation. Imports it.

    Of a command, the documentation is its help; its parameters are Click's, and ``--help`` has them.
    """
    if kind is None:
        kinds = components.kinds_of(name)
        if len(kinds) > 1:
            several = " and ".join(KINDS[found] for found in kinds)
            raise ComponentNotFoundError(
                f"'{name}' is the name of several components: {several}",
                hint=f"add --kind {' or --kind '.join(kinds)}",
            )
        kind = kinds[0] if kinds else None
    entry = components.find(kind, name)
    component: Any = components.load(entry.kind, name)
    if kind == "command":
        return {"component": _entry(entry), "parameters": [], "documentation": component.help or ""}

    from livn_core.plugins.parameters import describe

    return {
        "component": _entry(entry),
        "parameters": [asdict(parameter) for parameter in describe(component)],
        "documentation": inspect.cleandoc(component.__doc__ or ""),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "name": entry.name,
        "summary": entry.summary,
        "provider": entry.provider.name,
        "provider_version": entry.provider.version,
        "builtin": entry.builtin,
        "target": entry.target,
        "aliases": list(entry.aliases),
    }
