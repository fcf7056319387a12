"""``KEY=VALUE`` settings of the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import click

from livn_cli.field_values import LENGTHS

__all__ = ["numbers", "parse_settings"]


def parse_settings(texts: Iterable[str]) -> dict[str, Any]:
    """Return ``KEY=VALUE`` texts as parameters; values are read as in ``--set``."""
    from livn_core.documents.values import parse_value

    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise click.UsageError(f"'-P {text}' is not of the form KEY=VALUE.")
        found[key.strip().replace("-", "_")] = parse_value(value)
    return found


def numbers(_ctx: click.Context, param: click.Parameter, text: str | tuple[str, ...] | None) -> Any:
    """Turn ``X,Y`` into a tuple of um: a callback of options that may be repeated."""
    if text is None or text == ():
        return text
    if isinstance(text, tuple):
        return tuple(numbers(_ctx, param, one) for one in text)
    try:
        return tuple(_um(part) for part in text.replace(" ", ",").split(",") if part)
    except ValueError:
        raise click.BadParameter(
            f"'{text}' is not a list of numbers such as 100,200 (um), or 0.1mm,0.2mm."
        ) from None


def _um(text: str) -> float:
    found = re.fullmatch(r"(.*[0-9.])([a-zµμ]+)", text)
    number, unit = found.groups() if found else (text, "um")
    if unit not in LENGTHS:
        raise ValueError(text)
    return float(Decimal(str(float(number))) * Decimal(LENGTHS[unit]))
