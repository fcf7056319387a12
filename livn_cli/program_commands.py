"""The program's commands: built in and of third parties, found through the hook ``livn_commands``.

Their names and one line of help come from descriptors, so that listing them imports no built-in. What
is loaded is taken into the program: it gets ``--json``, and its :class:`~livn_core.hookspecs.Report`
is printed.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from livn_cli.options import json_option, verbosity_options
from livn_cli.output import Output
from livn_core.errors import PluginError
from livn_core.hookspecs import Report
from livn_core.plugins.registry import registry

__all__ = ["BrokenCommand", "Commands", "sections"]


#: Headings of the built-in commands, as ``livn --help`` shows them.
SECTIONS = ("Build", "Inspect", "Extend")


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of ``livn --help``."""

    name: str
    summary: str
    builtin: bool


def sections() -> dict[str, list[Listed]]:
    """Return the lines of ``livn --help`` by heading, the built-in ones first.

    A third party's commands stand under a heading of their own: their section, or the distribution
    where that is empty or one of ours.
    """
    found: dict[str, list[Listed]] = {title: [] for title in SECTIONS}
    entries = registry().components("command")
    for entry in entries:
        title = entry.section
        if not entry.builtin and title in {"", *SECTIONS}:
            title = entry.provider.name
        line = Listed(registry().name_of(entry), entry.summary, entry.builtin)
        found.setdefault(title, []).append(line)
    names = {entry.name for entry in entries}
    for failure in registry().failures:
        for kind, name in failure.names:
            if kind == "command" and name not in names:
                found.setdefault(failure.provider.name, []).append(Listed(name, "", False))
    return {title: lines for title, lines in found.items() if lines}


class Commands(Mapping[str, click.Command]):
    """name -> Click command, loaded when it is asked for; Click's "did you mean" knows the names.

    What two third parties claim is there under both qualified names, ``DISTRIBUTION/NAME``; the bare
    name gives a command that says so.
    """

    def __iter__(self) -> Iterator[str]:
        for lines in sections().values():
            yield from (line.name for line in lines)

    def __len__(self) -> int:
        return sum(map(len, sections().values()))

    def __getitem__(self, name: str) -> click.Command:
        if "command" not in registry().kinds_of(name):
            raise KeyError(name)
        try:
            # What a plugin prints while it is imported must not get into a result.
            with redirect_stdout(sys.stderr):
                command: Any = registry().load("command", name)
        except PluginError as error:
            return BrokenCommand(name, error)
        provider = registry().find("command", name).provider
        return adopted(command, f"the command '{name}' of {provider}")


class BrokenCommand(click.Command):
    """Stands for a command that cannot be used: its help says why, calling it is the error."""

    def __init__(self, name: str, error: PluginError) -> None:
        def fail() -> None:
            raise error

        super().__init__(
            name,
            callback=fail,
            help=f"This command cannot be used: {error.message}.",
            epilog=f"Hint: {error.hint}" if error.hint else None,
            context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        )


def adopted(command: click.Command, what: str) -> click.Command:
    """Return a copy of a command, and of those below it, whose reports the program prints.

    ``what`` is how an error calls it.
    """
    own = copy.copy(command)
    own.params = list(command.params)
    reports = True
    if isinstance(own, click.Group):
        own.commands = {name: adopted(below, what) for name, below in own.commands.items()}
        reports = own.invoke_without_command
    if own.callback is not None:
        own.callback = _printing(own.callback, what)
    if reports:
        own = _with_free(json_option, own)
        own = _with_free(verbosity_options, own)
    return own


def _with_free(
    decorate: Callable[[click.Command], click.Command], command: click.Command
) -> click.Command:
    """Add options of the program whose flags the command has not taken for something else."""
    taken = {flag for param in command.params for flag in (*param.opts, *param.secondary_opts)}
    before = list(command.params)
    decorate(command)
    command.params = before + [
        param for param in command.params[len(before) :] if not taken & set(param.opts)
    ]
    return command


def _printing(callback: Callable[..., Any], what: str) -> Callable[..., int]:
    """Wrap a callback: print its report, return its exit code.

    What a user's function or a plugin prints while it works goes to stderr.
    """

    @wraps(callback)
    def printing(*args: Any, **kwargs: Any) -> int:
        output = click.get_current_context().ensure_object(Output)
        try:
            with redirect_stdout(sys.stderr):
                report = callback(*args, **kwargs)
        except SystemExit as error:
            output.exit = error
            raise
        if report is None:  # another rank speaks
            return 0
        if not isinstance(report, Report):
            raise PluginError(
                f"{what} returned a {type(report).__name__}, not a Report",
                hint="report it to its authors",
            )
        try:
            output.report(report)
        except (TypeError, ValueError) as error:
            raise PluginError(
                f"{what} gave a document that is not JSON: {error}",
                hint="report it to its authors",
            ) from error
        return report.code

    return printing
