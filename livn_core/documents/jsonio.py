"""Reads and writes JSON that every parser accepts: without NaN, and with numbers as numbers.

Values come from configurations, plugins and NumPy, and are made plain first. Files are replaced as
a whole, so that no reader meets half of one.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, NoReturn

from livn_core.errors import ConfigError, Finding, SystemFormatError
from livn_core.outputs import write_file

__all__ = [
    "DuplicateKeyError",
    "dumps",
    "json_fit",
    "loads",
    "plain",
    "read_json",
    "replace_json",
    "unfit",
    "write_json",
]


def plain(value: Any, *, default: Callable[[Any], Any] | None = None) -> Any:
    """Return ``value`` in JSON's types, as far as they go.

    NumPy scalars and arrays become numbers and lists, tuples and ranges lists, paths text, members
    of an enumeration their values; keys become text. ``default`` is called with what JSON has no form
    for (a function, an object); without it, that stays as it is. So do numbers that are not finite.
    """
    if isinstance(value, Enum):
        return plain(value.value, default=default)
    if value is None or isinstance(value, bool):
        return value
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {
            str(key.value if isinstance(key, Enum) else key): plain(entry, default=default)
            for key, entry in value.items()
        }
    if isinstance(value, list | tuple | range):
        return [plain(entry, default=default) for entry in value]
    # NumPy's scalars and arrays, without importing NumPy. Those that Python has no type for give
    # themselves again.
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        found = value.tolist()
        if not hasattr(found, "dtype"):
            return plain(found, default=default)
    return default(value) if default else value


def unfit(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and value of everything in a plain value that JSON cannot hold."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from unfit(str(key), path)
            yield from unfit(entry, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for index, entry in enumerate(value):
            yield from unfit(entry, f"{path}[{index}]")
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield path, value
    elif isinstance(value, str):
        # Half a pair of surrogates, which JSON's escapes and file names can give.
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            yield path, value
    elif value is not None and not isinstance(value, int):
        yield path, value


def json_fit(value: Any, *, origin: str = "") -> Any:
    """Return ``value`` in JSON's types alone; see :func:`plain`. pydantic models become mappings.

    ``origin`` says what the value is, for the error: ``provenance.json``.

    Raises
    ------
    ConfigError
        Lists every value that is not a finite number, or of a type that JSON has no form for.
    """
    fit = plain(value, default=_dumped)
    findings = [Finding(path, _why_unfit(wrong)) for path, wrong in unfit(fit)]
    if findings:
        hint = "use finite numbers, text, lists and mappings in settings"
        raise ConfigError(findings, origin=origin, hint=hint)
    return fit


def _why_unfit(wrong: Any) -> str:
    if isinstance(wrong, float):
        return f"{wrong} is not a number that JSON can hold"
    if isinstance(wrong, str):
        return f"{wrong!a} is no text that a file can hold (UTF-8)"
    return f"a {type(wrong).__name__} cannot be written to JSON"


def _dumped(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return plain(value.model_dump(mode="python"), default=_dumped)
    return value


def dumps(value: Any, *, origin: str = "") -> str:
    """Return strict, indented JSON of ``value`` with a newline at its end; see :func:`json_fit`."""
    fit = plain(value, default=_dumped)
    try:
        text = json.dumps(fit, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
        text.encode()
    except (TypeError, ValueError):
        # To look for what is wrong takes as long as to write: only where something is.
        json_fit(fit, origin=origin)
        raise
    return text


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` to ``path``: the file is replaced whole, or stays as it was."""
    write_file(path, dumps(value, origin=path.name))


#: An escape of half a surrogate pair.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def replace_json(path: Path, value: Any) -> None:
    """Write ``value`` to ``path``; another content that was there is kept as ``NAME.previous.json``."""
    if path.is_file() and path.read_bytes() != dumps(value, origin=path.name).encode():
        write_file(path.with_name(f"{path.stem}.previous{path.suffix}"), path.read_bytes())
    write_json(path, value)


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises
    ------
    SystemFormatError
        The file is missing or is not strict JSON; names the file, and the line where it breaks.
    """
    if path.exists() and not path.is_file():
        raise SystemFormatError(f"'{path}' is not a regular file")
    try:
        text = path.read_text(encoding="utf-8")
        value = json.loads(text, parse_constant=_no_constant)
        if _SURROGATE.search(text):
            dumps(value).encode()  # a pair is a character, half of one is nothing
        return value
    except RecursionError:
        raise SystemFormatError(f"'{path}' is nested too deep") from None
    except FileNotFoundError:
        raise SystemFormatError(f"'{path}' does not exist") from None
    except OSError as error:
        raise SystemFormatError(f"'{path}' cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise SystemFormatError(f"'{path}' is not valid JSON: {error}") from error


class DuplicateKeyError(ValueError):
    """One object has a key twice, and JSON readers disagree on which counts."""


def loads(text: str) -> Any:
    """Return the value of strict JSON that a user wrote.

    Raises
    ------
    ValueError
        No JSON (:class:`json.JSONDecodeError`), NaN or an infinity in it, or a key that is given
        twice (:class:`DuplicateKeyError`).
    """
    return json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise DuplicateKeyError(f"the key '{key}' is given twice in one object")
        found[key] = value
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"'{text}' is not a JSON number")
