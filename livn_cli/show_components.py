"""Components, and one of them, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from livn_cli.output import format_table

__all__ = ["show_details", "show_listing"]


def show_listing(document: Mapping[str, Any]) -> Iterator[str]:
    """Render :func:`livn_core.plugins.catalogue.listing`."""
    if "components" in document:
        yield from format_table(
            ("kind", "name", "provider", "summary"),
            [
                (c["kind"], c["name"], f"{c['provider']} {c['provider_version']}", c["summary"])
                for c in document["components"]
            ],
        )
    if document["failures"]:
        yield ""
        yield from format_table(
            ("failed plugin", "provider", "reason"),
            [
                (f["plugin"], f"{f['provider']} {f['provider_version']}", f["reason"])
                for f in document["failures"]
            ],
        )
    if document["clashes"]:
        yield ""
        for clash in document["clashes"]:
            yield f"clash: {clash['message']}; {clash['hint']}"
    if document["disabled"]:
        yield ""
        yield f"turned off by LIVN_DISABLE_PLUGINS: {', '.join(document['disabled'])}"


def show_details(document: Mapping[str, Any]) -> Iterator[str]:
    """Render :func:`livn_core.plugins.catalogue.details`."""
    import json

    from livn_core.plugins.scaffold import USES

    component = document["component"]
    provider = f"{component['provider']} {component['provider_version']}"
    yield f"{component['name']}: {component['summary']}"
    yield f"{component['kind']}, from {provider} ({component['target']})"
    if component["aliases"]:
        yield f"also {', '.join(component['aliases'])}"
    yield f"use: {USES[component['kind']].format(name=component['name'])}"
    yield ""
    if document["parameters"]:
        yield from format_table(
            ("parameter", "default", "bounds", "unit", "type", "meaning"),
            [
                (
                    p["name"],
                    "required" if p["required"] else json.dumps(p["default"]),
                    p["bounds"],
                    p["unit"],
                    p["type"],
                    p["description"],
                )
                for p in document["parameters"]
            ],
        )
    elif component["kind"] != "command":
        yield "It has no parameters."
    if document["documentation"]:
        yield ""
        yield document["documentation"]
