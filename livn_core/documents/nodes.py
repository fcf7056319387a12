"""Builds plain Python values from YAML events, and remembers the line of every one of them.

ruamel.yaml gives the events (scanner and grammar of YAML 1.2); what they mean is decided here, so
that duplicate keys, unknown tags, ambiguous numbers and recursive aliases are errors with a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from livn_core.documents.paths import Key
from livn_core.documents.scalars import AmbiguousNumberError, scalar
from livn_core.errors import ConfigError, Finding

__all__ = ["Location", "Node", "build"]

_TAG = "tag:yaml.org,2002:"
#: Anchors that refer to anchors grow exponentially; no configuration has this many values.
MOST_VALUES = 200_000
#: Nested deeper than any configuration, shallower than Python's own limit.
MOST_LEVELS = 100


@dataclass(frozen=True, slots=True)
class Location:
    """Where a value was written: file and line, and the folder its relative paths start from."""

    text: str
    base: Path


@dataclass(slots=True)
class Node:
    """A value and the locations of everything in it (paths relative to this value)."""

    value: Any
    locations: dict[tuple[Key, ...], Location] = field(default_factory=dict)
    size: int = 1


#: ``include(names, location, is_list)`` gives what an ``!include`` stands for.
Include = Callable[[list[str], Location, bool], Node]


def build(text: str, name: str, base: Path, include: Include) -> Node:
    """Return the value of a YAML document.

    Parameters
    ----------
    text
        The document.
    name
        How the file is called in messages.
    base
        Folder that relative paths in it start from.
    include
        What to do for ``!include``.

    Raises
    ------
    ConfigError
        For anything that is not one document of plain values; names the line.
    """
    yaml = YAML(typ="safe", pure=True)
    try:
        return _Builder(yaml.parse(text), name, base, include).document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(part for part in (error.context, error.problem) if part)
        where = f"{name}:{mark.line + 1}" if mark else name
        raise ConfigError([Finding("", f"not valid YAML: {problem}", where)]) from None
    except YAMLError as error:
        problem = str(error).splitlines()[0]
        raise ConfigError([Finding("", f"not valid YAML: {problem}", name)]) from None


class _Builder:
    def __init__(self, stream: Iterator[Any], name: str, base: Path, include: Include) -> None:
        self._stream = stream
        self._name = name
        self._base = base
        self._include = include
        self._anchors: dict[str, Node | None] = {}
        self._size = 0

    def document(self) -> Node:
        self._take(events.StreamStartEvent)
        event = next(self._stream)
        if isinstance(event, events.StreamEndEvent):
            return Node(None, {(): self._location(event)})
        node = self._node(next(self._stream), 0)
        self._take(events.DocumentEndEvent)
        event = next(self._stream)
        if not isinstance(event, events.StreamEndEvent):
            self._fail(event, "a second document ('---') begins here: one file holds one")
        return node

    def _take(self, kind: type) -> None:
        event = next(self._stream)
        if not isinstance(event, kind):
            self._fail(event, "not valid YAML")

    def _location(self, event: Any) -> Location:
        return Location(f"{self._name}:{event.start_mark.line + 1}", self._base)

    def _fail(self, event: Any, message: str) -> NoReturn:
        raise ConfigError([Finding("", message, self._location(event).text)])

    def _count(self, event: Any, size: int) -> None:
        self._size += size
        if self._size > MOST_VALUES:
            self._fail(event, f"the document grows to more than {MOST_VALUES:,} values here")

    def _node(self, event: Any, level: int) -> Node:
        if level > MOST_LEVELS:
            self._fail(event, f"nested more than {MOST_LEVELS} levels deep")
        if isinstance(event, events.AliasEvent):
            return self._alias(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        if isinstance(event, events.ScalarEvent):
            node = self._scalar(event)
        elif isinstance(event, events.SequenceStartEvent):
            node = self._sequence(event, level)
        else:
            node = self._mapping(event, level)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any) -> Node:
        if event.anchor not in self._anchors:
            self._fail(event, f"no anchor '&{event.anchor}' comes before this alias")
        node = self._anchors[event.anchor]
        if node is None:
            self._fail(event, f"'*{event.anchor}' refers to a value that it is part of")
        self._count(event, node.size)
        return Node(node.value, {**node.locations, (): self._location(event)}, node.size)

    def _tag(self, event: Any) -> str | None:
        return None if event.tag is None or event.tag == "!" else str(event.tag)

    def _unknown_tag(self, event: Any, tag: str) -> NoReturn:
        if tag == "!include":
            self._fail(event, "'!include' needs the name of a file, or a list of names")
        shown = tag.replace(_TAG, "!!")
        self._fail(event, f"the tag '{shown}' is not allowed: only '!include' and plain values are")

    def _scalar(self, event: Any) -> Node:
        self._count(event, 1)
        location = self._location(event)
        tag = self._tag(event)
        if tag == "!include":
            return self._included(event, [event.value], location, False)
        plain = event.style in (None, "")
        try:
            value = scalar(event.value) if plain and tag != f"{_TAG}str" else event.value
            if tag is not None and tag != f"{_TAG}str":
                value = self._tagged(event, tag, scalar(event.value))
        except AmbiguousNumberError as error:
            self._fail(event, str(error))
        return Node(value, {(): location})

    def _tagged(self, event: Any, tag: str, value: Any) -> Any:
        kinds: dict[str, Any] = {
            "int": int,
            "float": (int, float),
            "bool": bool,
            "null": type(None),
        }
        kind = kinds.get(tag.removeprefix(_TAG)) if tag.startswith(_TAG) else None
        if kind is None:
            self._unknown_tag(event, tag)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self._fail(event, f"'{event.value}' is not of the type '!!{tag.removeprefix(_TAG)}'")
        return float(value) if tag == f"{_TAG}float" else value

    def _included(self, event: Any, names: list[str], location: Location, is_list: bool) -> Node:
        node = self._include(names, location, is_list)
        self._count(event, node.size)
        return node

    def _sequence(self, event: Any, level: int) -> Node:
        self._count(event, 1)
        tag = self._tag(event)
        if tag not in (None, f"{_TAG}seq", "!include"):
            self._unknown_tag(event, tag)
        location = self._location(event)
        before = self._size - 1
        node = Node([], {(): location})
        while not isinstance(item := next(self._stream), events.SequenceEndEvent):
            child = self._node(item, level + 1)
            self._put(node, len(node.value), child)
            node.value.append(child.value)
        node.size = self._size - before
        if tag == "!include":
            if not node.value or not all(isinstance(name, str) for name in node.value):
                self._fail(event, "'!include [...]' takes a list of file names")
            return self._included(event, node.value, location, True)
        return node

    def _mapping(self, event: Any, level: int) -> Node:
        self._count(event, 1)
        tag = self._tag(event)
        if tag not in (None, f"{_TAG}map"):
            self._unknown_tag(event, tag)
        before = self._size - 1
        node = Node({}, {(): self._location(event)})
        given: dict[str, str] = {}
        merged: list[Node] = []
        while not isinstance(item := next(self._stream), events.MappingEndEvent):
            if not isinstance(item, events.ScalarEvent) or self._tag(item) not in (
                None,
                f"{_TAG}str",
            ):
                self._fail(item, "a key must be a plain name")
            key, location = item.value, self._location(item)
            child = self._node(next(self._stream), level + 1)
            if key == "<<" and item.style in (None, ""):
                merged += self._merge(item, child)
                continue
            if key in given:
                first = given[key]
                self._fail(item, f"the key '{key}' is here a second time; the first is {first}")
            given[key] = location.text
            node.value[key] = child.value
            child.locations[()] = Location(location.text, child.locations[()].base)
            self._put(node, key, child)
        for source in merged:
            for key, value in source.value.items():
                if key not in node.value:
                    node.value[key] = value
                    for path, location in source.locations.items():
                        if path[:1] == (key,):
                            node.locations[path] = location
        node.size = self._size - before
        return node

    def _merge(self, event: Any, child: Node) -> list[Node]:
        # "<<: *defaults": keys of the mapping(s) that are not given here.
        if isinstance(child.value, dict):
            return [child]
        if isinstance(child.value, list) and all(isinstance(v, dict) for v in child.value):
            return [
                Node(
                    value, {path[1:]: p for path, p in child.locations.items() if path[:1] == (i,)}
                )
                for i, value in enumerate(child.value)
            ]
        self._fail(event, "'<<' takes a mapping, or a list of mappings")

    @staticmethod
    def _put(node: Node, key: Key, child: Node) -> None:
        for path, location in child.locations.items():
            node.locations[(key, *path)] = location
