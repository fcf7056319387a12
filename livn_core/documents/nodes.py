"""Builds plain Python values from YAML, and remembers the line of every one of them.

ruamel.yaml composes the nodes (scanner and grammar of YAML 1.2); what they mean is decided here, so
that duplicate keys, unknown tags, ambiguous numbers and recursive aliases are errors with a line.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML, events, nodes
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from livn_core.documents.paths import Key
from livn_core.documents.scalars import AmbiguousNumberError, scalar
from livn_core.errors import ConfigError, Finding

__all__ = ["Location", "Node", "build"]

#: Most values of a document. Anchors that refer to anchors could make it grow exponentially.
MOST_VALUES = 200_000
#: Most levels of nesting; Python's own limit is higher.
MOST_LEVELS = 100
_TAG = "tag:yaml.org,2002:"
_TYPES: dict[str, set[type]] = {
    "!!int": {int},
    "!!float": {int, float},
    "!!bool": {bool},
    "!!null": {type(None)},
}


@dataclass(frozen=True, slots=True)
class Location:
    """Where a value was written: file and line, and the folder its relative paths start from."""

    text: str
    base: Path


@dataclass(slots=True)
class Node:
    """A value and the location of everything in it, itself included (paths relative to it)."""

    value: Any
    locations: dict[tuple[Key, ...], Location]

    def put(self, key: Key, child: Node) -> None:
        """Take a value into this mapping, or to the end of this list."""
        if isinstance(self.value, list):
            self.value.append(child.value)
        else:
            self.value[key] = child.value
        self.locations |= {(key, *path): location for path, location in child.locations.items()}

    def parts(self) -> dict[Key, Node]:
        """Return the values of this mapping or list by their keys or indices."""
        keys = self.value if isinstance(self.value, dict) else range(len(self.value))
        found: dict[Key, Node] = {key: Node(self.value[key], {}) for key in keys}
        for path, location in self.locations.items():
            if path:
                found[path[0]].locations[path[1:]] = location
        return found


#: ``include(names, location)`` gives what an ``!include`` of a file, or of a list, stands for.
Include = Callable[[str | list[str], Location], Node]


def build(text: str, name: str, base: Path, include: Include) -> Node:
    """Return the value of a YAML document that messages call ``name``; its paths start from ``base``.

    Raises
    ------
    ConfigError
        For anything that is not one document of plain values; names the line.
    """
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.Composer = _Composer
    try:
        root = yaml.compose(text)
        if root is None:
            return Node(None, {(): Location(f"{name}:1", base)})
        return _Builder(name, base, include, yaml.composer).node(root)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}" if mark else name
        problem = " ".join(part for part in (error.context, error.problem) if part)
        if isinstance(error, ComposerError):
            problem = "a second document ('---') begins here: one file holds one"
        elif "'\\t'" in problem:
            problem = "not valid YAML: a tab, which cannot indent a line; use blanks"
        elif not isinstance(error, _RefusedError):
            problem = f"not valid YAML: {problem}"
        raise ConfigError([Finding("", problem, where)]) from None
    except YAMLError as error:
        problem = str(error).splitlines()[0]
        raise ConfigError([Finding("", f"not valid YAML: {problem}", name)]) from None


class _RefusedError(MarkedYAMLError):
    """It is YAML, but not a document of plain values."""


def _fail(at: Any, message: str) -> NoReturn:
    raise _RefusedError(problem=message, problem_mark=at.start_mark)


class _Composer(Composer):
    """Keeps tags and the lines of aliases as they were written, and refuses what grows too large."""

    level = 0
    size = 0

    def __init__(self, loader: Any) -> None:
        super().__init__(loader)
        self.warn_double_anchors = False
        self._sizes: dict[str, int] = {}

    def grow(self, at: Any, size: int) -> None:
        """Count values, those that aliases and included files stand for as well."""
        self.size += size
        if self.size > MOST_VALUES:
            _fail(at, f"the document grows to more than {MOST_VALUES:,} values here")

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        if self.level > MOST_LEVELS:
            _fail(event, f"nested more than {MOST_LEVELS} levels deep")
        is_key = isinstance(parent, nodes.MappingNode) and index is None
        is_text = isinstance(event, events.ScalarEvent) and event.tag in {None, "!", f"{_TAG}str"}
        if is_key and not is_text:
            _fail(event, "a key must be a plain name")
        if isinstance(event, events.AliasEvent):
            return self._aliased(self.parser.get_event())
        before = self.size
        self.grow(event, 0 if is_key else 1)
        self.level += 1
        node = super().compose_node(parent, index)
        self.level -= 1
        self._sizes[event.anchor] = self.size - before
        node.ctag = event.ctag
        return node

    def _aliased(self, event: Any) -> Any:
        if event.anchor not in self.anchors:
            _fail(event, f"no anchor '&{event.anchor}' comes before this alias")
        node = copy(self.anchors[event.anchor])
        if node.end_mark is None:
            _fail(event, f"'*{event.anchor}' refers to a value that it is part of")
        self.grow(event, self._sizes[event.anchor])
        node.start_mark = event.start_mark
        return node


class _Builder:
    """Builds the values of one file."""

    def __init__(self, name: str, base: Path, include: Include, composer: _Composer) -> None:
        self._name, self._base, self._include, self._composer = name, base, include, composer

    def node(self, node: Any) -> Node:
        """Return the value of a composed node."""
        if isinstance(node, nodes.ScalarNode):
            return self._scalar(node)
        return self._sequence(node) if isinstance(node, nodes.SequenceNode) else self._mapping(node)

    def _location(self, node: Any) -> Location:
        return Location(f"{self._name}:{node.start_mark.line + 1}", self._base)

    def _tag(self, node: Any, *allowed: str) -> str | None:
        if node.tag in (None, "!"):
            return None
        tag = str(node.tag).replace(_TAG, "!!")
        if tag not in allowed:
            if tag == "!include":
                _fail(node, "'!include' needs the name of a file, or a list of names")
            _fail(node, f"the tag '{tag}' is not allowed: only '!include' and plain values are")
        return tag

    def _scalar(self, node: Any) -> Node:
        tag, value = self._tag(node, "!include", "!!str", *_TYPES), node.value
        if tag == "!include":
            return self._included(node, value)
        if tag in _TYPES or not (tag or node.style):
            try:
                value = scalar(value)
            except AmbiguousNumberError as error:
                _fail(node, str(error))
        if tag in _TYPES and type(value) not in _TYPES[tag]:
            _fail(node, f"'{node.value}' is not of the type '{tag}'")
        return Node(float(value) if tag == "!!float" else value, {(): self._location(node)})

    def _included(self, node: Any, names: str | list[str]) -> Node:
        found = self._include(names, self._location(node))
        self._composer.grow(node, len(found.locations))
        return found

    def _sequence(self, node: Any) -> Node:
        tag = self._tag(node, "!include", "!!seq")
        built = Node([], {(): self._location(node)})
        for index, item in enumerate(node.value):
            built.put(index, self.node(item))
        if tag != "!include":
            return built
        if not built.value or not all(isinstance(name, str) for name in built.value):
            _fail(node, "'!include [...]' takes a list of file names")
        return self._included(node, built.value)

    def _mapping(self, node: Any) -> Node:
        self._tag(node, "!!map")
        built = Node({}, {(): self._location(node)})
        merged: list[Node] = []
        for key_node, value_node in node.value:
            key, child = key_node.value, self.node(value_node)
            if key == "<<" and not key_node.style:
                is_list = isinstance(child.value, list)
                merged += list(child.parts().values()) if is_list else [child]
                if not all(isinstance(source.value, dict) for source in merged):
                    _fail(key_node, "'<<' takes a mapping, or a list of mappings")
                continue
            if key in built.value:
                first = built.locations[(key,)].text
                _fail(key_node, f"the key '{key}' is here a second time; the first is {first}")
            # The line is that of the key, the folder may be that of an included file.
            child.locations[()] = Location(self._location(key_node).text, child.locations[()].base)
            built.put(key, child)
        for source in merged:
            for key, child in source.parts().items():
                if key not in built.value:
                    built.put(key, child)
        return built
