"""Reads one value from a command line: the scalars of the files, JSON, or YAML in flow style."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NoReturn

from livn_core.documents.jsonio import loads
from livn_core.documents.nodes import Location, Node, build
from livn_core.documents.scalars import AmbiguousNumberError, scalar
from livn_core.errors import ConfigError, Finding

__all__ = ["parse_value"]

_STRINGS = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:''|[^'])*'")
_TRAILING_COMMA = re.compile(r",\s*[}\]]")
_ESCAPED_QUOTE = re.compile(r"[{\[]\s*\\\"")
_SHELL_HINT = (
    "PowerShell and cmd take the double quotes out of JSON: put the values into a file "
    "(--config my.yml), give them on standard input (--config -), or set them one by one "
    "(--set populations.EXC.ratio=0.8)"
)


def parse_value(text: str, *, path: str = "", source: str = "") -> Any:
    """Return the value of a text from the command line.

    Parameters
    ----------
    text
        ``0.8``, ``disk``, ``null``, ``'"08"'``, ``{"EXC->INH": 4}``, ``[0, 1000]``, ``{EXC: 4}``.
    path, source
        What the value is for, and which option gave it: for messages.

    Raises
    ------
    ConfigError
        It begins like JSON and is not; shows what arrived.
    """

    def fail(message: str, hint: str | None = None) -> NoReturn:
        raise ConfigError([Finding(path, message, source or None)], hint=hint) from None

    stripped = text.strip()
    if not stripped:
        fail("has no value after '='", "write null if none is meant")
    if stripped[0] not in "{[\"'":
        try:
            return scalar(stripped)
        except AmbiguousNumberError as error:
            fail(str(error))
    try:
        return loads(stripped)
    except json.JSONDecodeError:
        pass
    except (ValueError, RecursionError) as error:
        fail(f"not valid JSON: {error or 'nested too deep'}")
    arrived = stripped if len(stripped) <= 200 else f"{stripped[:197]}..."
    if _ESCAPED_QUOTE.match(stripped):
        fail(f"what arrived has backslashes before its quotes: {arrived}", _SHELL_HINT)
    if _TRAILING_COMMA.search(_STRINGS.sub('""', stripped)):
        fail(f"what arrived has a comma too many before a bracket: {arrived}")
    try:
        value = build(stripped, source or "value", Path.cwd(), _no_include).value
    except ConfigError as error:
        problem = error.findings[0].message.removeprefix("not valid YAML: ")
        fail(f"what arrived is neither JSON nor YAML ({problem}): {arrived}", _SHELL_HINT)
    if _lost_quotes(value):
        fail(f"what arrived has a name and its value run together: {arrived}", _SHELL_HINT)
    return value


def _no_include(names: str | list[str], location: Location) -> Node:
    raise ConfigError("'!include' belongs into files")


def _lost_quotes(value: Any) -> bool:
    # YAML reads {EXC:0.8} as one name, 'EXC:0.8', without a value.
    if isinstance(value, dict):
        return any(
            (entry is None and ":" in key) or _lost_quotes(entry) for key, entry in value.items()
        )
    return isinstance(value, list) and any(map(_lost_quotes, value))
