"""The output of the commands: results to stdout, everything else to stderr.

One :class:`Output` travels on ``ctx.obj``. Commands hand it a result and a way to show it, so that
``--json`` and the human form of a result have the same content.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from functools import wraps
from pathlib import Path
from typing import Any, TextIO

import click

from livn_core.errors import OutputError

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
    """Writes results, warnings and progress.

    Parameters
    ----------
    quiet, verbose
        Counts of ``-q`` and ``-v``.
    debug
        Show tracebacks.
    """

    def __init__(self, *, quiet: int = 0, verbose: int = 0, debug: bool = False) -> None:
        self.verbosity = verbose - quiet
        self.debug = debug
        self.json = False
        #: Where results go; None for ``sys.stdout``.
        self.stdout: TextIO | None = None
        #: What ended the process from inside a command.
        self.exit: SystemExit | None = None

    def result(self, document: dict[str, Any], show: Callable[[], Iterable[str]]) -> None:
        """Print the result: one JSON object under ``--json``, else the lines that ``show`` gives."""
        if self.json:
            text = json.dumps({"version": 1, **document}, indent=2, sort_keys=True, allow_nan=False)
        else:
            text = "\n".join(map(printable, show()))
        with self._writing():
            click.echo(text, file=self.stdout)

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

    def progress(self) -> Progress | None:
        """Return a progress callback, or None when nobody is to be told."""
        if self.json or self.verbosity < 0:
            return None
        return TerminalProgress() if sys.stderr.isatty() else PlainProgress(self)


class PlainProgress:
    """One line a phase with its seconds, for logs."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._phase = ""
        self._total = 0
        self._began = time.perf_counter()

    def __call__(self, phase: str, done: int, total: int) -> None:
        if phase != self._phase:
            self.close()
            self._phase, self._began = phase, time.perf_counter()
        self._total = total

    def close(self) -> None:
        """Write the line of the phase that has just ended; short phases are not worth one."""
        seconds = time.perf_counter() - self._began
        if self._phase and (seconds >= 1.0 or self._output.verbosity > 0):
            count = f" ({self._total:,})" if self._total else ""
            self._output.note(f"{self._phase}{count}: {seconds:.1f} s")
        self._phase = ""


class TerminalProgress:
    """A rich progress bar on stderr."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.start()
        self._tasks: dict[str, Any] = {}

    def __call__(self, phase: str, done: int, total: int) -> None:
        if phase not in self._tasks:
            self._tasks[phase] = self._bar.add_task(phase, total=total or None)
        self._bar.update(self._tasks[phase], completed=done, total=total or None)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.stop()


Progress = PlainProgress | TerminalProgress


def format_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return lines of a plain table: columns two blanks apart, numbers to the right."""
    cells = [[str(value) for value in row] for row in rows]
    numeric = [
        bool(cells)
        and all(
            row[i].replace(",", "").replace(".", "").replace("-", "").strip().isdigit()
            or row[i] in {"", "-"}
            for row in cells
        )
        for i in range(len(header))
    ]
    widths = [
        max(len(header[i]), *(len(row[i]) for row in cells), 0) if cells else len(header[i])
        for i in range(len(header))
    ]
    lines = []
    for row in [list(header), *cells]:
        parts = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ]
        lines.append("  ".join(parts).rstrip())
    return lines


def pass_output(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a command: it gets the :class:`Output`, and others' prints are kept from the result.

    What a user's function or a plugin prints while it works goes to stderr.
    """

    @click.make_pass_decorator(Output, ensure=True)
    @wraps(command)
    def guarded(output: Output, *args: Any, **kwargs: Any) -> Any:
        output.stdout = sys.stdout
        try:
            with redirect_stdout(sys.stderr):
                return command(output, *args, **kwargs)
        except SystemExit as error:
            output.exit = error
            raise

    return guarded
