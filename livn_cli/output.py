"""The output of the commands: results to stdout, everything else to stderr.

One :class:`Output` travels on ``ctx.obj``. A command returns a document and a way to show it, so that
``--json`` and the human form of a result have the same content.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from livn_core.errors import OutputError

if TYPE_CHECKING:
    from livn_core.hookspecs import Report
    from livn_core.job import Progress

__all__ = ["Output", "format_table", "pass_output", "printable", "program", "spoken"]


def program() -> str:
    """Return the name that this command was called by.

    The simulator's package may have taken the name ``livn``: a hint must name the command that has
    just worked.
    """
    name = Path(sys.argv[0]).name
    return name if name == "livn-cli" else "livn"


def spoken(text: str) -> str:
    """Return a sentence whose quoted commands carry :func:`program`."""
    return text.replace("'livn ", f"'{program()} ")


def printable(text: str) -> str:
    """Return a text that cannot steer a terminal: what is no character to be seen is escaped.

    Names and warnings may come from files of others. Line breaks stay.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


class Output:
    """Writes results, warnings and progress."""

    def __init__(self) -> None:
        #: Count of ``-v`` less that of ``-q``.
        self.verbosity = 0
        #: Show tracebacks.
        self.debug = False
        self.json = False
        #: What ended the process from inside a command.
        self.exit: SystemExit | None = None

    def report(self, report: Report) -> None:
        """Print a result: one JSON object under ``--json``, else its text.

        Under ``--quiet`` the text that only says what was made is left out.
        """
        if self.json:
            document = {"version": 1, **report.document}
            text = json.dumps(document, indent=2, sort_keys=True, allow_nan=False)
        elif report.made and self.verbosity < 0:
            return
        else:
            shown = report.text(report.document)
            text = "\n".join(map(printable, [shown] if isinstance(shown, str) else shown))
        with self._writing():
            click.echo(text)

    def flush(self) -> None:
        """Write what is held back, so that an error of it is told."""
        with self._writing():
            sys.stdout.flush()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            # What could not be flushed would be tried, and told, again when Python ends.
            if sys.__stdout__ is not None:
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())
            raise OutputError(
                f"the result cannot be written to standard output: {error.strerror or error}",
                hint="what was to be made is made",
            ) from error

    def note(self, text: str) -> None:
        """Say something on stderr, unless ``--quiet``."""
        if self.verbosity >= 0 and not self.json:
            click.echo(printable(spoken(text)), err=True)

    def warn(self, text: str) -> None:
        """Warn on stderr, always."""
        click.secho(f"Warning: {printable(spoken(text))}", err=True, fg="yellow")

    @contextmanager
    def progress(self) -> Iterator[Progress | None]:
        """Give a progress callback, or None when nobody is to be told."""
        if self.json or self.verbosity < 0:
            yield None
            return
        from livn_cli.progress import PlainProgress, TerminalProgress

        shown: PlainProgress | TerminalProgress
        if sys.stderr.isatty():
            shown = TerminalProgress()
        else:
            shown = PlainProgress(self.note, verbose=self.verbosity > 0)
        with closing(shown):
            yield shown


#: What a column of numbers holds.
_NUMBER = re.compile(r"\s*[\d,.-]*\d[\d,.-]*\s*")


def format_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return lines of a plain table: columns two blanks apart, numbers to the right."""
    columns = []
    for name, *texts in zip(header, *(map(str, row) for row in rows), strict=True):
        right = texts and all(text in {"", "-"} or _NUMBER.fullmatch(text) for text in texts)
        width = max(map(len, (name, *texts)))
        columns.append(
            [each.rjust(width) if right else each.ljust(width) for each in (name, *texts)]
        )
    return ["  ".join(line).rstrip() for line in zip(*columns, strict=True)]


#: Decorates a command that speaks while it works: it gets the :class:`Output` first.
pass_output = click.make_pass_decorator(Output, ensure=True)
