"""Reads configuration documents: YAML or JSON, from a file or standard input, with their lines.

Rules that hold for every document:

- Keys are names: the text as written, so ``ON``, ``007`` and ``1`` are the names 'ON', '007', '1'.
- A file name in a document is relative to the file that holds its line (an included file's own
  folder), whatever the working directory; on standard input and in ``--set`` to the working
  directory.
- ``!include part.yml`` stands for what that file holds. ``!include [a.yml, b.yml]`` joins several:
  mappings by their keys (one key in two files is an error), lists end to end.
- ``<<: *anchor`` adds the keys that a mapping does not give itself.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from livn_core.documents.jsonio import DuplicateKeyError, loads
from livn_core.documents.nodes import MOST_LEVELS, Location, Node, build
from livn_core.documents.paths import Key, join_path
from livn_core.errors import ConfigError, Finding

__all__ = ["Document", "load_document"]

#: Largest file that is read, bytes. Configurations are written by hand and far smaller.
_MOST_BYTES = 64 * 2**20
#: What may be included.
_SUFFIXES = {".yml", ".yaml", ".json"}
#: Most includes of a document: files that include files can multiply without end.
_MOST_INCLUDES = 1000


@dataclass(frozen=True)
class Document(Mapping[str, Any]):
    """A configuration as written: plain values, and the file and line of each of them.

    It is a mapping of its data, so that it can be used wherever a plain dictionary can.

    Parameters
    ----------
    data
        Plain values: dict with text keys, list, str, int, float, bool, None.
    origin
        How the document is called in messages: a file name or ``<stdin>``.
    base
        Folder that relative file names start from where no line says otherwise.
    locations
        Path -> file, line and folder of the value.
    """

    data: dict[str, Any]
    origin: str = ""
    base: Path = Path()
    locations: Mapping[tuple[Key, ...], Location] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)

    def _location(self, path: str | Sequence[Key]) -> Location | None:
        if isinstance(path, str):
            by_text = {join_path(keys): location for keys, location in self.locations.items()}
            while path and path not in by_text:
                path = path[: max(path.rfind("."), path.rfind("["), 0)]
            return by_text.get(path)
        keys = tuple(path)
        while keys and keys not in self.locations:
            keys = keys[:-1]
        return self.locations.get(keys)

    def without(self, key: str) -> Document:
        """Return the document without a top-level key."""
        locations = {path: at for path, at in self.locations.items() if path[:1] != (key,)}
        data = {name: value for name, value in self.data.items() if name != key}
        return replace(self, data=data, locations=locations)

    def line_of(self, path: str | Sequence[Key]) -> str | None:
        """Return ``"net.yml:12"`` for a path, of its nearest parent if it is not written itself.

        Parameters
        ----------
        path
            ``"populations.EXC.count"`` or ``("populations", "EXC", "count")``.
        """
        location = self._location(path)
        return (location.text or None) if location else None

    def base_of(self, path: str | Sequence[Key]) -> Path:
        """Return the folder that a relative file name at this path starts from."""
        location = self._location(path)
        return location.base if location else self.base


def load_document(source: str | Path) -> Document:
    """Read a configuration.

    Parameters
    ----------
    source
        A path (``@path`` too), or ``-`` for standard input. ``.json`` is read as JSON, ``.yml`` and
        ``.yaml`` as YAML; anything else, and standard input, as JSON if it is valid JSON.

    Raises
    ------
    ConfigError
        If it cannot be read, is not UTF-8 text, is not a mapping of names, or has duplicate keys;
        names the file and the line.

    Examples
    --------
    >>> from pathlib import Path
    >>> from livn_core.documents.document import load_document
    >>> _ = Path("net.yml").write_text("{total_cells: 200, area: disk}")
    >>> document = load_document("net.yml")
    >>> document["area"], document.line_of("area")
    ('disk', 'net.yml:1')
    """
    name = str(source)
    if name == "-":
        text = _decode(sys.stdin.buffer.read(_MOST_BYTES + 1), "<stdin>")
        node, origin, base = _parse(text, "<stdin>", Path.cwd(), _Trail()), "<stdin>", Path.cwd()
    else:
        path = Path(name.removeprefix("@"))
        origin, base = str(path), path.absolute().parent
        node = _read(path, origin, _Trail(), None)
    if node.value is None:
        raise ConfigError(f"{origin}: the configuration is empty", hint=_HINT)
    if not isinstance(node.value, dict):
        kind = "a list" if isinstance(node.value, list) else "a single value"
        raise ConfigError(
            f"{origin}: a configuration is a mapping ('key: value'), but this is {kind}", hint=_HINT
        )
    return Document(node.value, origin, base, node.locations)


_HINT = "'livn config show' prints a complete example"


@dataclass(frozen=True, slots=True)
class _Trail:
    """The files on the way to one, and the includes of the whole document so far."""

    chain: tuple[Path, ...] = ()
    includes: list[str] = field(default_factory=list)

    def to(self, path: Path) -> _Trail:
        return _Trail((*self.chain, path.resolve()), self.includes)


def _refuse(message: str, where: str | None) -> NoReturn:
    raise ConfigError([Finding("", message, where)]) from None


def _read(path: Path, name: str, trail: _Trail, location: Location | None) -> Node:
    where = location.text if location else None
    what = f"{'the included file' if location else 'the configuration'} '{name}'"
    if path.is_dir():
        files = sorted(each.name for each in path.glob("*") if each.suffix in _SUFFIXES)
        told = f": '{Path(name) / files[0]}'" if len(files) == 1 else ""
        _refuse(f"{what} is a directory; give a file in it{told}", where)
    # A configuration may come from anywhere: it is not to have a device read, or another file quoted.
    if location and path.exists():
        if not path.is_file():
            _refuse(f"{what} is not a regular file", where)
        if path.resolve().suffix.lower() not in _SUFFIXES:
            _refuse(f"{what} is no {', '.join(sorted(_SUFFIXES))} file", where)
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        _refuse(f"{what} does not exist", where)
    except (OSError, ValueError) as error:
        _refuse(f"{what} cannot be read: {getattr(error, 'strerror', None) or error}", where)
    return _parse(_decode(content, name), name, path.absolute().parent, trail.to(path))


def _decode(content: bytes, name: str) -> str:
    if len(content) > _MOST_BYTES:
        raise ConfigError(f"{name}: larger than 64 MiB, which is no configuration")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            [Finding("", "not UTF-8 text", f"{name}:{line}")], hint="save it as UTF-8"
        ) from None


def _parse(text: str, name: str, base: Path, trail: _Trail) -> Node:
    def include(names: str | list[str], location: Location) -> Node:
        if isinstance(names, str):
            return _included(names, location, trail)
        return _join([(file, _included(file, location, trail)) for file in names], location)

    suffix = Path(name).suffix.lower()
    if suffix in {".yml", ".yaml"}:
        return build(text, name, base, include)
    # JSON with blanks in place of tabs is YAML as well, which gives the lines of the values.
    untabbed = text.replace("\t", " ")
    try:
        value = loads(text)
    except RecursionError:
        raise ConfigError(f"{name}: nested too deep") from None
    except json.JSONDecodeError as error:
        if suffix == ".json":
            _refuse(f"not valid JSON: {error.msg}", f"{name}:{error.lineno}")
        return build(text, name, base, include)
    except ValueError as error:
        if isinstance(error, DuplicateKeyError):
            build(untabbed, name, base, include)  # says so with both lines
        _refuse(f"not valid JSON: {error}", name)
    if _is_deep(value, MOST_LEVELS):
        _refuse(f"nested more than {MOST_LEVELS} levels deep", name)
    try:
        return Node(value, build(untabbed, name, base, include).locations)
    except ConfigError:
        return Node(value, {(): Location(name, base)})


def _is_deep(value: Any, levels: int) -> bool:
    """Whether a value has more levels of mappings and lists than that."""
    if not isinstance(value, dict | list):
        return False
    parts = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deep(part, levels - 1) for part in parts)


def _included(file: str, location: Location, trail: _Trail) -> Node:
    if not file.strip():
        _refuse("'!include' needs the name of a file", location.text)
    trail.includes.append(file)
    if len(trail.includes) > _MOST_INCLUDES:
        _refuse(f"more than {_MOST_INCLUDES:,} includes", location.text)
    path = location.base / file
    resolved = path.resolve()
    if resolved in trail.chain:
        steps = [*trail.chain[trail.chain.index(resolved) :], resolved]
        shown = " -> ".join(step.name for step in steps)
        _refuse(f"the files include each other: {shown}", location.text)
    including = location.text.rpartition(":")[0]
    parent = Path(including).parent if including != "<stdin>" else Path()
    return _read(path, str(parent / file), trail, location)


def _join(files: list[tuple[str, Node]], location: Location) -> Node:
    """Return the mappings of several files as one, or their lists end to end."""
    joined = Node(None, {(): location})
    for name, node in files:
        kind = type(node.value)
        if node.value is None:
            continue
        if joined.value is None and kind in {dict, list}:
            joined.value = kind()
        if type(joined.value) is not kind:
            _refuse(f"'{name}': only mappings join mappings, only lists lists", location.text)
        for key, part in node.parts().items():
            if kind is list:
                key = len(joined.value)
            elif key in joined.value:
                both = f"{joined.locations[(key,)].text} and {part.locations[()].text}"
                _refuse(f"the key '{key}' is in two included files: {both}", location.text)
            joined.put(key, part)
    return joined
