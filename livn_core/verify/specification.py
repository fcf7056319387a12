"""What was asked for: whichever generator knows the directory says it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from livn_core.components import Generator
from livn_core.errors import ComponentNotFoundError, LivnError, PluginError, SystemFormatError
from livn_core.plugins.attribution import reason_of
from livn_core.plugins.registry import registry
from livn_core.verify.checks import Checks
from livn_core.verify.kept_inputs import with_inputs
from livn_core.verify.verdicts import BROKEN, Audit

__all__ = ["read_checks"]


def read_checks(
    audit: Audit, path: Path, provenance: Mapping[str, Any], graph: Mapping[str, Any]
) -> Checks:
    """Return what was asked for, as far as the directory says, to hold the system against.

    ``path`` has copies of the files that the system was made of; of a document that is missing the
    content is empty.
    """
    checks = _checks(audit, path, provenance, graph)
    if checks is None:
        checks = Checks()
        checks.source = "provenance.json" if provenance else "graph.json"
        checks.counts = _recorded_counts(provenance) or _stated_counts(graph)
    for text in checks.notes:
        audit.note(text)
    return checks


def _checks(
    audit: Audit, path: Path, provenance: Mapping[str, Any], graph: Mapping[str, Any]
) -> Checks | None:
    maker, document = provenance.get("generator"), provenance.get("configuration")
    if maker == "cut" and isinstance(document, Mapping):
        part = Checks()
        part.counts = document.get("cells")
        text = "a part cut out of another system: degrees and distances are those of the whole"
        part.notes = (f"{text}, and were not tested",)
        return part
    if isinstance(document, Mapping) and isinstance(maker, str):
        return _of_generator(audit, path, maker, provenance, graph)
    if provenance and not isinstance(provenance.get("config"), Mapping):
        audit.note("provenance.json holds no configuration that this version knows")
    for entry in registry().components("generator"):
        try:
            kind: type[Generator] = registry().load("generator", entry.qualified)
            checks = kind.checks(provenance, graph)
        except Exception as error:
            if entry.builtin and not isinstance(error, BROKEN):
                raise
            source = "provenance.json" if provenance.get("config") else "graph.json"
            audit.note(f"the configuration in {source} was not understood: {reason_of(error)}")
            continue
        if checks is not None:
            return checks
    return None


def _of_generator(
    audit: Audit, path: Path, maker: str, provenance: Mapping[str, Any], graph: Mapping[str, Any]
) -> Checks | None:
    """Ask the generator that made the system."""
    with audit.check("configuration", "provenance.json", "a configuration that is valid") as check:
        if missing := _missing_component(provenance):
            check.warn(f"made with {missing}, which is not installed: its numbers were not tested")
            return None
        check.found = f"of the generator '{maker}'"
        try:
            configuration, notes = with_inputs(path, provenance)
        except SystemFormatError as error:
            # A system that was moved without its files is no worse for that.
            check.warn(f"{error.message}: its numbers were not tested")
            return None
        for note in notes:
            audit.note(note)
        provenance = {**provenance, "configuration": configuration}
        checks: Checks | None = None
        try:
            kind: type[Generator] = registry().load("generator", maker)
            checks = kind.checks(provenance, graph)
        except ComponentNotFoundError:
            pass
        except PluginError as error:
            # What is not installed here is no fault of the system.
            check.warn(error.message)
            return None
        if checks is not None:
            check.found = checks.what
            return checks
        audit.note(f"the numbers of the generator '{maker}' are not known here: not tested")
    return None


def _recorded_counts(provenance: Mapping[str, Any]) -> dict[str, int] | None:
    rows = provenance.get("populations")
    try:
        return {row["name"]: int(row["count"]) for row in rows or ()} or None
    except (KeyError, TypeError, ValueError):
        return None


def _stated_counts(graph: Mapping[str, Any]) -> dict[str, int] | None:
    try:
        layers = graph["architecture"]["config"]["cell_distributions"]
        return {name: sum(counts.values()) for name, counts in layers.items()}
    except (AttributeError, KeyError, TypeError):
        return None


def _missing_component(provenance: Mapping[str, Any]) -> str | None:
    """Return the first component that had a part in the system and is not installed."""
    for component in provenance.get("components") or ():
        try:
            registry().find(component["kind"], component["name"])
        except (LivnError, KeyError, TypeError):
            if not isinstance(component, Mapping):
                continue
            return (
                f"the {component.get('kind')} '{component.get('name')}' of "
                f"'{component.get('provider')}'"
            )
    return None
