"""Texts that a shell can complete: configurations, keys, selections.

Nothing is imported until a word is completed.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from livn_core.errors import LivnError

__all__ = ["ConfigurationText", "SelectionText", "SettingText", "completions"]


def completions(names: Iterable[tuple[str, str]], begun: str) -> list[CompletionItem]:
    """Return those of some names and their meanings that a word is the beginning of."""
    return [CompletionItem(name, help=told) for name, told in names if name.startswith(begun)]


class ConfigurationText(click.ParamType):
    """The name of a configuration that ships, or a file."""

    name = "text"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer what ships, and let the shell offer its files."""
        from livn_core.documents.shipped import configurations

        names = ((entry.name, entry.summary) for entry in configurations())
        shipped = completions(names, incomplete)
        # First: bash forgets what came before it.
        return [CompletionItem(incomplete, type="file"), *shipped]


class SettingText(click.ParamType):
    """``KEY=VALUE`` of a configuration."""

    name = "text"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the keys of the generator, the short ones first."""
        from livn_core.plugins.keys import configuration_keys
        from livn_core.plugins.registry import registry

        if "=" in incomplete:
            return []
        generator = ctx.params.get("generator") or "culture2d"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                short = registry().load("generator", generator).shorthand
                keys = configuration_keys(generator)
            except LivnError:
                return []
        told = {key.name: key.description for key in keys if "*" not in key.path}
        names = {**{name: told.get(path, "") for name, path in short.items()}, **told}
        return completions(((f"{name}=", text) for name, text in names.items()), incomplete)


class SelectionText(click.ParamType):
    """The name of a selection of the system that ``DIR`` names."""

    name = "text"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the files in ``DIR/selection``."""
        # While an option waits for its value, what stands before it is not parsed yet.
        directory = ctx.params.get("directory") or next(iter(ctx.args), ".")
        folder = Path(directory) / "selection"
        return completions(((file.stem, "") for file in sorted(folder.glob("*.json"))), incomplete)
