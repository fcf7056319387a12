"""From what was typed after an option to the value of a component's field.

Values are read as in ``--set``; beside that, lengths may carry a unit (``0.3mm``) and rows of
numbers be joined by commas (``-500,500``), because a field says which of them it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import click

from livn_core.errors import ConfigError

__all__ = ["LENGTHS", "FieldValue", "LengthValue", "NumbersValue", "joined_rows"]

#: Unit of length -> um.
LENGTHS = {"nm": "0.001", "um": "1", "µm": "1", "μm": "1", "mm": "1000", "cm": "10000"}
_NUMBER = r"[+-]?(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_LENGTH = re.compile(rf"({_NUMBER})\s*([A-Za-zµμ]+)")


class LengthValue(click.ParamType):
    """Reads a length: um, or with a unit, ``0.3mm``."""

    name = "length"
    #: What is written in place of a wrong one.
    example = "300 (um), 300um or 0.3mm"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value: plain types, lengths in um."""
        from livn_core.documents.values import parse_value

        if not isinstance(value, str):
            return value
        try:
            return self._in_um(parse_value(value), param, ctx)
        except ConfigError as error:
            self.fail(error.message, param, ctx)

    def _in_um(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, list):
            return [self._in_um(part, param, ctx) for part in value]
        length = _LENGTH.fullmatch(value) if isinstance(value, str) else None
        if length is None:
            return value
        from decimal import Decimal

        number, unit = length.groups()
        if unit not in LENGTHS:
            told = f"'{value}' is no length: write {self.example}; units are nm, um, mm, cm"
            self.fail(told, param, ctx)
        # In decimals: 0.3mm are the um that 300 are.
        um = float(Decimal(str(float(number))) * Decimal(LENGTHS[unit]))
        return int(um) if um.is_integer() and abs(um) < 2**53 else um


class NumbersValue(LengthValue):
    """Reads ``X,Y``: a tuple of um."""

    example = "100,200 (um), or 0.1mm,0.2mm"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the numbers."""
        parts = str(value).replace(" ", ",").split(",")
        try:
            return tuple(float(self._in_um(part, param, ctx)) for part in parts if part)
        except ValueError:
            self.fail(f"'{value}' is not a list of numbers: write {self.example}", param, ctx)


class FieldValue(LengthValue):
    """Reads a text as the value of a pydantic field; the component's own model checks it."""

    name = "value"

    def __init__(self, info: Any) -> None:
        from livn_core.plugins.parameters import UNIT

        kinds = _kinds(info.annotation)
        unit = UNIT.search(info.description or "")
        self._is_length = unit is not None and unit[1] == "um"
        self._is_path = Path in kinds
        self._is_text = set(kinds) <= {str, type(None)}
        self.count = max((_numbers_in(kind) for kind in kinds), default=0)
        self._is_row = bool(self.count) or any(_is_list_of_numbers(kind) for kind in kinds)
        self.metavar = " ".join(["VALUE"] * max(self.count, 1))
        default = None if info.is_required() or info.default_factory else info.default
        shown = " ".join(map(str, default)) if isinstance(default, tuple) else default
        #: What the help says of the default.
        self.default = "" if default in (None, (), [], {}) else f"  [default: {shown}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value: plain types, lengths in um."""
        from livn_core.documents.values import parse_value

        if not isinstance(value, str) or self._is_path:
            return value
        row = self._is_row and "," in value and value.strip()[0] not in "[{\"'"
        try:
            found = [parse_value(part) for part in value.split(",")] if row else parse_value(value)
        except ConfigError as error:
            self.fail(error.message, param, ctx)
        if self._is_text and isinstance(found, int | float):
            return value  # of a text field, 5 and true are names
        return self._in_um(found, param, ctx) if self._is_length else found


def _kinds(annotation: Any) -> list[Any]:
    """Return the types that a field may have, one by one."""
    if get_origin(annotation) in (Union, UnionType):
        return [kind for part in get_args(annotation) for kind in _kinds(part)]
    return [annotation]


def _numbers_in(kind: Any) -> int:
    """Return how many numbers a row of fixed length has, else 0."""
    parts = get_args(kind) if get_origin(kind) is tuple else ()
    return len(parts) if parts and Ellipsis not in parts else 0


def _is_list_of_numbers(kind: Any) -> bool:
    """Return whether a field holds any number of numbers."""
    parts = set(get_args(kind)) - {Ellipsis}
    return get_origin(kind) in (list, tuple) and bool(parts) and parts <= {int, float}


def joined_rows(args: Sequence[str], counts: dict[str, int]) -> list[str]:
    """Return a command line with the numbers after an option of several joined by commas.

    ``--x-range -500 500`` becomes ``--x-range -500,500``. ``counts`` are flag -> how many it takes.
    """
    joined: list[str] = []
    waiting = list(args)
    while waiting:
        word = waiting.pop(0)
        joined.append(word)
        if word == "--":
            return [*joined, *waiting]
        numbers: list[str] = []
        while waiting and len(numbers) < counts.get(word, 0) and _is_number(waiting[0]):
            numbers.append(waiting.pop(0))
        if numbers:
            joined.append(",".join(numbers))
    return joined


def _is_number(word: str) -> bool:
    return bool(re.fullmatch(_NUMBER, word) or _LENGTH.fullmatch(word))
