"""``KEY=VALUE`` settings of the command line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

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
    """Turn ``X,Y`` into a tuple of floats: a callback of options that may be repeated."""
    if text is None or text == ():
        return text
    if isinstance(text, tuple):
        return tuple(numbers(_ctx, param, one) for one in text)
    try:
        return tuple(float(part) for part in text.replace(" ", ",").split(",") if part)
    except ValueError:
        raise click.BadParameter(f"'{text}' is not a list of numbers such as 100,200.") from None
