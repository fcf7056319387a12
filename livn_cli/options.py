"""Options that several commands share, so that each means one thing everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from livn_cli.completed import completions
from livn_cli.output import Output

__all__ = [
    "ComponentName",
    "UserPath",
    "json_option",
    "output_option",
    "overwrite_option",
    "system_argument",
    "verbosity_options",
]

Command = TypeVar("Command", bound=Callable[..., Any])


class ComponentName(click.ParamType):
    """The name of a component; completes from the registry, which loads no component's code.

    Not a :class:`click.Choice`: that would ask every plugin at import.
    """

    name = "name"

    def __init__(self, kind: str | None) -> None:
        self.kind = kind

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the components of this kind (None for every kind) with their summaries."""
        from livn_core.plugins.registry import registry

        found = registry().components(self.kind)
        return completions(((entry.name, entry.summary) for entry in found), incomplete)


class UserPath(click.Path):
    """A file or folder as a :class:`~pathlib.Path`; ``~`` is the home folder, in quotes as well."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path."""
        from livn_core.documents.paths import expanded
        from livn_core.errors import ConfigError

        found: Any = super().convert(value, param, ctx)
        try:
            return expanded(found)
        except ConfigError as error:
            self.fail(error.message, param, ctx)


def json_option(command: Command) -> Command:
    """``--json``: one object on stdout instead of text."""

    def set_json(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
        if value:
            ctx.ensure_object(Output).json = True

    return click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=set_json,
        help="Print one JSON object instead of text.",
    )(command)


def verbosity_options(command: Command) -> Command:
    """``-q`` and ``-v`` after the command, as before it."""

    def more(ctx: click.Context, _param: click.Parameter, count: int) -> None:
        ctx.ensure_object(Output).verbosity += count

    def less(ctx: click.Context, param: click.Parameter, count: int) -> None:
        more(ctx, param, -count)

    kind: dict[str, Any] = {"count": True, "expose_value": False, "is_eager": True}
    quiet = click.option("-q", "--quiet", callback=less, help="Say less.", **kind)
    return quiet(click.option("-v", "--verbose", callback=more, help="Say more.", **kind)(command))


def output_option(
    name: str = "destination", *, help: str = "Where the result goes.", **options: Any
) -> Callable[[Command], Command]:
    """``--output``, also ``--out`` and ``-o``."""
    return click.option("--output", "--out", "-o", name, type=UserPath(), help=help, **options)


overwrite_option = click.option(
    "--overwrite", is_flag=True, help="Replace an existing output; it is refused otherwise."
)
system_argument = click.argument("directory", metavar="DIR", type=UserPath())
