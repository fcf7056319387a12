"""Changes to a document from the command line: ``--set a.b.c=value`` and the older ``key=value``.

A path edits what is there, in the document or, where the document says nothing, in the defaults; a
mapping given as the value replaces what is there. So ``populations.EXC.ratio=0.7`` on the defaults
keeps INH, and ``populations={"PYR": {"count": 10}}`` makes PYR the only population.

Keys of ``connectivity`` may be written without it: ``sigma=300``.

Two exceptions, where that would give a configuration with a mistake: a ``count`` takes the place of
the population's ``ratio``, ``density`` that of ``total_cells`` (and the other way round), and a degree for one projection, where one
number held for all, leaves that number as the ``default``. If that number was not given either, the
degree goes to ``connectivity.projections``, so that the default of the other projections stays one
that need not be reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from livn_core.culture.defaults import DEFAULT_CELLS, DEFAULTS, default_populations, prepare
from livn_core.culture.parts import ConnectivityConfig
from livn_core.documents.document import Document
from livn_core.documents.names import projection_key, split_projection
from livn_core.documents.nodes import Location
from livn_core.documents.paths import Key, join_path
from livn_core.documents.values import parse_value
from livn_core.errors import ConfigError, Finding
from livn_core.suggest import did_you_mean

__all__ = ["apply", "parse_words", "update"]

_STEP = re.compile(
    r"""(?:^|(?<=.)\.)(?:"(?P<double>[^"]+)"|'(?P<single>[^']+)'|(?P<plain>[^.\[\]"']+))
      | \[(?P<index>[0-9]+)\]""",
    re.VERBOSE,
)
#: Mappings whose keys name projections, in several spellings.
_OF_PROJECTIONS = {("connectivity", "mean_degree"), ("connectivity", "projections")}


#: Words whose values are names of files, in which a bracket begins no list.
_FILES = frozenset({"config", "output_directory"})


def parse_words(words: Iterable[str]) -> dict[str, Any]:
    """Return key -> value of the older grammar's words: ``total_cells=50 output_directory=./x``.

    Keys are as written: dotted paths too, which :func:`update` follows.

    Raises
    ------
    ConfigError
        With a finding for every word that is not ``key=value``, or whose value cannot be read.
    """
    found: dict[str, Any] = {}
    findings: list[Finding] = []
    hint = None
    for word in words:
        key, equals, value = word.partition("=")
        key = key.strip()
        try:
            if not equals or not key:
                raise ConfigError(
                    f"'{word}' is not key=value",
                    hint="blanks and brackets need quotes: 'area_kwargs={\"radius\": 300}'",
                )
            found[key] = value if key in _FILES else parse_value(value, path=key)
        except ConfigError as error:
            findings += error.findings
            hint = hint or error.hint
    if findings:
        raise ConfigError(findings, hint=hint)
    return found


def update(document: Document, settings: Mapping[str, Any], *, source: str = "") -> Document:
    """Return the document with these keys set, as :func:`apply` does with texts.

    Parameters
    ----------
    document
        What is changed; itself it stays as it is.
    settings
        ``{"total_cells": 50, "connectivity.sigma": 300}``.
    source
        What findings about these values name as where they are.

    Raises
    ------
    ConfigError
        A path leads nowhere.
    """
    change = _Change(document, source)
    for name, value in settings.items():
        change.put(_path(name, source), value)
    return change.done()


def apply(document: Document, assignments: Sequence[str], *, source: str = "--set") -> Document:
    """Return the document with changes, in their order; a later one wins.

    Parameters
    ----------
    document
        What is changed; itself it stays as it is.
    assignments
        ``"connectivity.sigma=300"``: keys joined by dots (in quotes if they hold dots), ``[n]`` for
        places in a list, ``EXC->INH`` or ``EXC:INH`` for projections.
    source
        What findings about these values name as where they are.

    Raises
    ------
    ConfigError
        With a finding for every assignment that cannot be read or leads nowhere.
    """
    change = _Change(document, source)
    findings: list[Finding] = []
    hint = None
    for text in assignments:
        try:
            keys, value = _split(text, source)
            change.put(keys, value)
        except ConfigError as error:
            findings += error.findings
            hint = hint or error.hint
    if findings:
        raise ConfigError(findings, hint=hint)
    return change.done()


def _split(text: str, source: str) -> tuple[list[Key], Any]:
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals:
        hint = "write --set key=value"
        if name.endswith("-"):
            hint = "the shell took '>' for itself: quote the whole, or write EXC:INH for EXC->INH"
        raise ConfigError([Finding("", f"'{text}' has no '='", source)], hint=hint)
    return _path(name, source), parse_value(value, path=name, source=source)


def _path(name: str, source: str) -> list[Key]:
    keys: list[Key] = []
    at = 0
    while at < len(name) and (step := _STEP.match(name, at)):
        if step["index"] is not None:
            keys.append(int(step["index"]))
        else:
            keys.append((step["double"] or step["single"] or step["plain"]).strip())
        at = step.end()
    if at != len(name) or not keys or not all(key != "" for key in keys):
        message = f"'{name}' is not a path such as 'populations.EXC.ratio'"
        raise ConfigError([Finding("", message, source or None)])
    return keys


class _Change:
    """A document being changed. Mappings on the way to a value are copied: the original stays."""

    def __init__(self, document: Document, source: str) -> None:
        self._document = document
        self._source = source
        self._data: dict[str, Any] = dict(document.data)
        self._locations = dict(document.locations)
        self._layered = "Geometry" in self._data or "Definitions" in self._data
        self._set: set[tuple[Key, ...]] = set()
        self._own_degrees: list[Key] = []
        self._defaulted = False

    def done(self) -> Document:
        populations = self._data.get("populations")
        if (
            self._defaulted
            and self._data.get("total_cells") is None
            and self._data.get("density") is None
            and isinstance(populations, dict)
            and all(isinstance(p, dict) and p.get("count") is None for p in populations.values())
        ):
            self._data["total_cells"] = DEFAULT_CELLS
        document = self._document
        return Document(self._data, document.origin, document.base, self._locations)

    def put(self, keys: Sequence[Key], value: Any) -> None:
        if not self._layered and keys[0] in ConnectivityConfig.model_fields:
            keys = ["connectivity", *keys]
        keys = self._degree_of_one(keys)
        holder: Any = self._data
        path: tuple[Key, ...] = ()
        for key in keys[:-1]:
            key = self._spelled(path, holder, key)
            inner = self._inside(path, holder, key)
            path = (*path, key)
            holder[key] = inner
            holder = inner
        key = self._spelled(path, holder, keys[-1])
        self._check_location(path, holder, key)
        of_population = path[:1] == ("populations",) and len(path) == 2
        if isinstance(holder, dict) and (of_population or not path):
            self._one_of_two(path, holder, key)
        holder[key] = value
        path = (*path, key)
        self._set.add(path)
        for known in [known for known in self._locations if known[: len(path)] == path]:
            del self._locations[known]
        self._locations[path] = Location(self._source, Path.cwd())

    def _degree_of_one(self, keys: Sequence[Key]) -> Sequence[Key]:
        """Return where a degree goes: one for all replaces what was set for single projections."""
        connectivity: Any = self._data.get("connectivity")
        if self._layered or list(keys[:2]) != ["connectivity", "mean_degree"]:
            return keys
        if len(keys) == 2:
            for own in self._own_degrees:
                connectivity["projections"][own].pop("mean_degree", None)
            self._own_degrees.clear()
        given = isinstance(connectivity, Mapping) and "mean_degree" in connectivity
        if len(keys) == 3 and not given and isinstance(keys[2], str) and split_projection(keys[2]):
            own = projection_key(keys[2])
            self._own_degrees.append(own)
            return ["connectivity", "projections", own, "mean_degree"]
        return keys

    def _fail(self, path: tuple[Key, ...], message: str, hint: str | None = None) -> NoReturn:
        raise ConfigError([Finding(join_path(path), message, self._source or None)], hint=hint)

    def _spelled(self, path: tuple[Key, ...], holder: Any, key: Key) -> Key:
        # EXC:INH, "EXC -> INH" and EXC->INH mean one projection, in whichever spelling it is there.
        if path not in _OF_PROJECTIONS or not isinstance(key, str) or not split_projection(key):
            return key
        one = projection_key(key)
        return next((k for k in holder if isinstance(k, str) and projection_key(k) == one), one)

    def _check_location(self, path: tuple[Key, ...], holder: Any, key: Key) -> None:
        if isinstance(holder, list):
            if not isinstance(key, int):
                self._fail((*path, key), f"is inside a list: write {join_path(path)}[0]")
            elif key >= len(holder):
                self._fail((*path, key), f"the list has {len(holder)} values, counted from 0")
        elif isinstance(key, int):
            self._fail((*path, key), "is not inside a list")

    def _inside(self, path: tuple[Key, ...], holder: Any, key: Key) -> Any:
        """Return a copy of the mapping or list at the key, from the defaults if it is not given."""
        self._check_location(path, holder, key)
        here = (*path, key)
        present = isinstance(holder, list) or key in holder
        value = holder[key] if present else self._default(here)
        if not present and path == ("populations",):
            example = f"--set '{join_path(here)}={{\"count\": 10}}'"
            self._fail(
                here,
                f"there is no population '{key}'{did_you_mean(str(key), holder)}",
                f"to add one, give it whole: {example}",
            )
        if here == ("connectivity", "mean_degree") and not isinstance(value, Mapping):
            return {"default": value}
        if isinstance(value, Mapping):
            return dict(value)
        if isinstance(value, list):
            return list(value)
        if value is None:
            return {}
        self._fail(here, f"is a single value ({value}): it has no keys to set")

    def _default(self, path: tuple[Key, ...]) -> Any:
        if self._layered:
            return None
        if path == ("population_definitions",):
            return prepare(self._data).get("population_definitions")
        if path == ("populations",):
            self._defaulted = True
            return default_populations()
        return DEFAULTS.get(path)

    def _one_of_two(self, path: tuple[Key, ...], holder: dict[str, Any], key: Key) -> None:
        """Take away what the key excludes, unless that was set as well."""
        pairs = ("count", "ratio") if path else ("density", "total_cells")
        if key in pairs and (*path, other := pairs[1 - pairs.index(str(key))]) not in self._set:
            holder.pop(other, None)
