"""Changes to a document from the command line: ``--set a.b.c=value``, options, ``key=value``.

A path edits what is there, in the document or, where the document says nothing, in the defaults; a
mapping given as the value replaces what is there. Short keys stand for longer paths: those of the
document's generator. What else a generator's documents need, its own subclass of :class:`Change`
adds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from livn_core.documents.document import Document
from livn_core.documents.nodes import Location
from livn_core.documents.paths import Key, join_path
from livn_core.documents.values import parse_value
from livn_core.errors import ConfigError, Finding

__all__ = ["Change", "Setting", "key_path", "parse_words"]

_STEP = re.compile(
    r"""(?:^|(?<=.)\.)(?:"(?P<double>[^"]+)"|'(?P<single>[^']+)'|(?P<plain>[^.\[\]"']+))
      | \[(?P<index>[0-9]+)\]""",
    re.VERBOSE,
)

#: Words whose values are names of files, in which a bracket begins no list.
_FILES = frozenset({"config", "output_directory"})


def parse_words(words: Iterable[str]) -> dict[str, Any]:
    """Return key -> value of the older grammar's words: ``total_cells=50 output_directory=./x``.

    Keys are as written: dotted paths too, which :class:`Change` follows.

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


def _split(text: str, source: str) -> tuple[list[Key], Any]:
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals:
        hint = "write --set key=value"
        if name.endswith("-"):
            hint = "the shell took '>' for itself: quote the whole, or write EXC:INH for EXC->INH"
        raise ConfigError([Finding("", f"'{text}' has no '='", source)], hint=hint)
    return key_path(name, source), parse_value(value, path=name, source=source)


def key_path(name: str, source: str = "") -> list[Key]:
    """Return the steps of a key as users write it: ``populations.EXC.ratio``, ``a["b.c"][0]``.

    Raises
    ------
    ConfigError
        It is no path.
    """
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


@dataclass(frozen=True)
class Setting:
    """One key and its new value.

    Parameters
    ----------
    name
        The key as users write it: ``sigma``, ``populations.EXC.ratio``.
    value
        Its value, of plain types.
    source
        The option that gave it, which findings about the value name: ``--sigma``.
    base
        Folder that a file name in the value starts from; None for the working directory.
    """

    name: str
    value: Any
    source: str = ""
    base: Path | None = None


class Change:
    """A document being changed. Mappings on the way to a value are copied: the original stays.

    Parameters
    ----------
    document
        What is changed; itself it stays as it is.
    shorthand
        Short key -> the path that it stands for.

    Examples
    --------
    >>> from livn_core.documents.changes import Change
    >>> change = Change(Document({"a": {"b": 1}}), {"c": "a.c"})
    >>> change.all(["a.b=2", "c=[1, 2]"]).data
    {'a': {'b': 2, 'c': [1, 2]}}
    """

    def __init__(self, document: Document, shorthand: Mapping[str, str]) -> None:
        self._document = document
        self._shorthand = shorthand
        self._source = ""
        self._base: Path | None = None
        self._data: dict[str, Any] = dict(document.data)
        self._locations = dict(document.locations)
        self._set: set[tuple[Key, ...]] = set()
        self._path_of: dict[str, tuple[Key, ...]] = {}
        #: Names of the keys that were set and then replaced by a later one.
        self.replaced: list[str] = []

    def all(self, settings: Iterable[Setting | str]) -> Document:
        """Return the document with these keys set, in their order; a later one wins.

        Parameters
        ----------
        settings
            Of the command line's ``--set`` the texts, ``"connectivity.sigma=300"``: keys joined by
            dots (in quotes if they hold dots), ``[n]`` for places in a list.

        Raises
        ------
        ConfigError
            With a finding for every one that cannot be read or leads nowhere.
        """
        findings: list[Finding] = []
        hint = None
        for setting in settings:
            try:
                if isinstance(setting, str):
                    self._source, self._base = "--set", None
                    keys, value = _split(setting, self._source)
                else:
                    self._source, self._base = setting.source, setting.base
                    keys, value = key_path(setting.name, self._source), setting.value
                self._path_of[join_path(keys)] = self._put(keys, value)
            except ConfigError as error:
                findings += error.findings
                hint = hint or error.hint
        if findings:
            raise ConfigError(findings, hint=hint)
        return self._done()

    def _done(self) -> Document:
        document = self._document
        return Document(self._data, document.origin, document.base, self._locations)

    def _put(self, keys: Sequence[Key], value: Any) -> tuple[Key, ...]:
        if keys[0] in self._shorthand:
            keys = [*key_path(self._shorthand[str(keys[0])], self._source), *keys[1:]]
        keys = self._meant(keys)
        holder: Any = self._data
        path: tuple[Key, ...] = ()
        for key in keys[:-1]:
            key = self._spelled(path, holder, key)
            inner = self._inside(path, holder, key)
            new = isinstance(holder, dict) and key not in holder and bool(path)
            path = (*path, key)
            if new:  # what is wrong with the name of a mapping that was not there is wrong here
                self._locations[path] = Location(self._source, self._base or Path.cwd())
            holder[key] = inner
            holder = inner
        key = self._spelled(path, holder, keys[-1])
        self._check_location(path, holder, key)
        if isinstance(holder, dict):
            self._prepare(path, holder, key)
        holder[key] = value
        path = (*path, key)
        self._set.add(path)
        self._replace(path)
        for known in [known for known in self._locations if known[: len(path)] == path]:
            del self._locations[known]
        self._locations[path] = Location(self._source, self._base or Path.cwd())
        return path

    def _replace(self, path: tuple[Key, ...]) -> None:
        """Note which keys are no longer what they were set to, as all at ``path`` is another."""
        lost = [name for name, at in self._path_of.items() if at[: len(path)] == path]
        self.replaced += lost
        for name in lost:
            del self._path_of[name]

    # -- what a generator's documents may need beside ------------------------------------------------

    def _meant(self, keys: Sequence[Key]) -> Sequence[Key]:
        """Return the path that is meant by one."""
        return keys

    def _spelled(self, path: tuple[Key, ...], holder: Any, key: Key) -> Key:
        """Return a key in the spelling that the mapping or list at ``path`` has."""
        return key

    def _default(self, path: tuple[Key, ...], holder: Any) -> Any:
        """Return what is edited where the document says nothing; None for a new mapping."""
        return None

    def _prepare(self, path: tuple[Key, ...], holder: dict[str, Any], key: Key) -> None:
        """Change what else is in the mapping, before the value is put into it."""

    # -------------------------------------------------------------------------------------------------

    def _fail(self, path: tuple[Key, ...], message: str, hint: str | None = None) -> NoReturn:
        raise ConfigError([Finding(join_path(path), message, self._source or None)], hint=hint)

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
        value = holder[key] if present else self._default(here, holder)
        if isinstance(value, Mapping):
            return dict(value)
        if isinstance(value, list):
            return list(value)
        if value is None:
            return {}
        self._fail(here, f"is a single value ({value}): it has no keys to set")
