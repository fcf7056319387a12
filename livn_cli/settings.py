"""``KEY=VALUE`` settings of the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import click

__all__ = ["parse_settings", "split_settings"]


def split_settings(
    texts: Iterable[str], option: str = "", form: str = "KEY=VALUE"
) -> Iterator[tuple[str, str]]:
    """Yield key and value of ``KEY=VALUE`` texts; ``option`` is what messages put before them."""
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise click.UsageError(f"'{option}{text}' is not of the form {form}.")
        yield key.strip(), value


def parse_settings(texts: Iterable[str], option: str = "") -> dict[str, Any]:
    """Return ``KEY=VALUE`` texts as parameters; values are read as in ``--set``."""
    from livn_core.documents.values import parse_value

    settings = split_settings(texts, option)
    return {key.replace("-", "_"): parse_value(value) for key, value in settings}
