"""What is being done, how far it is and how long it will still take, on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

__all__ = ["PlainProgress", "TerminalProgress", "lasting"]

#: Phase as the library calls it -> in the words of a user.
_WORDS = {
    "queue": "waiting in the queue",
    "start": "starting",
    "prepare": "placing cells, setting up projections",
    "blocks": "drawing connections",
    "write": "writing files",
    "digest": "computing the checksum",
    "structure": "checking files",
    "positions": "checking positions",
    "distance laws": "checking distances",
    "cells": "exporting cells",
    "export": "exporting connections",
    "systems": "systems of the study",
}
#: Seconds between two lines of a log about one phase.
_INTERVAL = 30.0


def _said(phase: str) -> str:
    name, comma, rest = phase.partition(",")
    return _WORDS.get(name, name) + comma + rest


def lasting(seconds: float) -> str:
    """Return a duration as people say it: ``40 s``, ``3 min``, ``2.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class PlainProgress:
    """Lines for a log: one for each phase when it ends, and in long ones how far it is.

    ``note`` writes a line; with ``verbose`` short phases have one as well.
    """

    def __init__(
        self,
        note: Callable[[str], None],
        *,
        verbose: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._note, self._verbose, self._clock = note, verbose, clock
        self._phase = ""
        self._total = 0
        self._began = self._told = clock()

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Take the news that ``done`` of ``total`` parts are done; ``total`` is 0 if not known."""
        if phase != self._phase:
            self.close()
            self._phase = phase
            self._began = self._told = self._clock()
        self._total = total
        now = self._clock()
        if 0 < done < total and now - self._told >= _INTERVAL:
            self._told = now
            left = (now - self._began) * (total - done) / done
            self._note(f"{_said(phase)}: {done / total:.0%}, about {lasting(left)} left")

    def close(self) -> None:
        """Write the line of the phase that has just ended; short phases are not worth one."""
        seconds = self._clock() - self._began
        if self._phase and (seconds >= 1.0 or self._verbose):
            count = f" ({self._total:,})" if self._total else ""
            self._note(f"{_said(self._phase)}{count}: {seconds:.1f} s")
        self._phase = ""


class TerminalProgress:
    """A rich progress bar on stderr, with the time that is left."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.start()
        self._tasks: dict[str, Any] = {}

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Take the news that ``done`` of ``total`` parts are done; ``total`` is 0 if not known."""
        if phase not in self._tasks:
            # One phase follows the other: what had no end that was known has come to it.
            for task in self._bar.tasks:
                if task.total is None:
                    self._bar.update(task.id, completed=1, total=1)
            self._tasks[phase] = self._bar.add_task(_said(phase), total=total or None)
        self._bar.update(self._tasks[phase], completed=done, total=total or None)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.stop()
