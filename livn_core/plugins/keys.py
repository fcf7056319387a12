"""Every key of a generator's configuration with default, unit and meaning, from its model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from livn_core.plugins.parameters import UNIT
from livn_core.plugins.schema import configuration_schema

__all__ = ["ConfigurationKey", "comments", "configuration_keys", "keys_of"]

#: Stands in a path for a name that the user chooses: of a population, of a projection.
ANY = "*"


@dataclass(frozen=True, slots=True)
class ConfigurationKey:
    """A key of a configuration."""

    #: ``("populations", "*", "ratio")``; ``*`` stands for any name.
    path: tuple[str, ...]
    #: Whether it has a default of its own, and its JSON value. What is left out without one depends on
    #: other keys, as the meaning says, or is required.
    has_default: bool
    default: Any
    #: What it sets, with its unit.
    description: str

    @property
    def unit(self) -> str:
        """``"um"``, or empty."""
        found = UNIT.search(self.description)
        return found[1] if found else ""

    @property
    def meaning(self) -> str:
        """What it sets, without the unit."""
        return UNIT.sub("", self.description, count=1)

    @property
    def name(self) -> str:
        """``populations.*.ratio``."""
        return ".".join(self.path)

    def document(self) -> dict[str, Any]:
        """Return the key as JSON values."""
        default = {"default": self.default} if self.has_default else {}
        return {"key": self.name, "unit": self.unit, "meaning": self.meaning, **default}


def configuration_keys(generator: str) -> list[ConfigurationKey]:
    """Return the keys of a generator's configuration, each before those inside it."""
    return keys_of(configuration_schema(generator))


def keys_of(schema: Mapping[str, Any]) -> list[ConfigurationKey]:
    """Return the keys of a JSON schema, each before those inside it."""
    return list(_keys(schema, schema.get("$defs", {}), ()))


def comments(generator: str, document: Mapping[str, Any]) -> Callable[[tuple[str, ...]], str]:
    """Return what a commented configuration says above each of its keys.

    Above the first of several names (of populations) stands what they have in common; above a
    mapping also the keys that it could have beside those that it has.
    """
    known = {key.path: key for key in configuration_keys(generator)}
    said: set[tuple[str, ...]] = set()

    def comment(path: tuple[str, ...]) -> str:
        general = _pattern(path, known)
        if general in said:
            return ""
        said.add(general)
        lines = [known[general].description] if general in known else []
        inside: Any = document
        for step in path:
            inside = inside[step]
        if isinstance(inside, Mapping):
            for key in known.values():
                rest = key.path[len(general) :]
                absent = rest and key.path[: len(general)] == general and rest[0] not in inside
                if absent and ANY not in rest:
                    lines.append(f"{'.'.join(rest)}: {key.description}")
        return "\n".join(filter(None, lines))

    return comment


def _pattern(
    path: tuple[str, ...], known: Mapping[tuple[str, ...], ConfigurationKey]
) -> tuple[str, ...]:
    """Return a path with ``*`` where the user chose the name."""
    found: tuple[str, ...] = ()
    for step in path:
        found = (*found, step if (*found, step) in known else ANY)
    return found


def _keys(
    node: Mapping[str, Any], models: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[ConfigurationKey]:
    for inner in _forms(node, models):
        for name, entry in inner.get("properties", {}).items():
            default, told = entry.get("default"), entry.get("description", "")
            yield ConfigurationKey((*path, name), "default" in entry, default, told)
            yield from _keys(entry, models, (*path, name))
        named = inner.get("additionalProperties")
        if isinstance(named, Mapping):
            yield from _keys(named, models, (*path, ANY))


def _forms(node: Mapping[str, Any], models: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield each form that a value may have, references followed."""
    for part in (node, *node.get("anyOf", ()), *node.get("allOf", ())):
        reference = part.get("$ref")
        if reference:
            yield models[reference.rpartition("/")[2]]
        elif part is not node or "anyOf" not in node:
            yield part
