"""Verdicts, how they are collected, and the level at which a random deviation counts as a fault.

Statistical checks hand in p-values; only when all of them are known is it decided which count. The
chance that a right system fails at all is held below :data:`FALSE_ALARM` by Bonferroni's rule: a
test fails below ``FALSE_ALARM / (2 tests)``: the factor of 2 is for tails that are only nearly known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from livn_core.errors import LivnError

__all__ = ["FALSE_ALARM", "Audit", "Check", "Report", "Verdict"]

Level = Literal["ok", "warning", "fatal"]

#: The chance that a right system is called wrong by any of the statistical tests.
FALSE_ALARM = 1e-3
#: Findings of one rule that are listed one by one.
MOST_LISTED = 5
#: What reading a broken file raises.
BROKEN = (LivnError, OSError, RuntimeError, AttributeError, LookupError, TypeError, ValueError)
#: How h5py says that something is not there.
_ABSENT = re.compile(r"object '(.+)' doesn't exist")
_KIND = re.compile(r"^'(\w+)' object has no attribute")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check says of one part of a system.

    Parameters
    ----------
    level
        ``fatal``: the system is not what it should be; ``warning``: it works, but somebody should
        know; ``ok``.
    check
        Name of the check: ``source-range``.
    subject
        What was looked at: a file, a population, a projection.
    found, expected
        In words, with units.
    statistic, p_value
        Of a statistical test, else None.
    """

    level: Level
    check: str
    subject: str
    found: str
    expected: str = ""
    statistic: float | None = None
    p_value: float | None = None

    def document(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Report:
    """All verdicts on a system.

    Parameters
    ----------
    path
        The system directory.
    verdicts
        In the order of the checks.
    notes
        What was not looked at and why, and what was sampled.
    tests, threshold
        Number of statistical tests, and the p-value below which one of them fails.
    """

    path: Path
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...]
    tests: int
    threshold: float

    def of(self, level: Level) -> tuple[Verdict, ...]:
        """Return the verdicts of a level."""
        return tuple(verdict for verdict in self.verdicts if verdict.level == level)

    @property
    def passed(self) -> bool:
        """Whether nothing is fatal."""
        return not self.of("fatal")

    def document(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "path": str(self.path),
            "passed": self.passed,
            "counts": {level: len(self.of(level)) for level in ("ok", "warning", "fatal")},
            "verdicts": [verdict.document() for verdict in self.verdicts],
            "notes": list(self.notes),
            "tests": self.tests,
            "false_alarm": FALSE_ALARM,
            "p_threshold": self.threshold,
        }


@dataclass(slots=True)
class Check:
    """A rule being checked; it holds unless :meth:`fail` or :meth:`warn` is called."""

    found: str = ""
    broken: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)

    def fail(self, found: str) -> None:
        """Say what breaks the rule."""
        self.broken.append(found)

    def warn(self, found: str) -> None:
        """Say what is worth a warning."""
        self.doubtful.append(found)


class Audit:
    """Collects verdicts."""

    def __init__(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        self.verdicts: list[Verdict] = []
        self.notes: list[str] = []
        #: See :attr:`livn_core.verify.checks.Checks.otherwise`.
        self.otherwise: Mapping[str, str] = {}
        self._progress = progress

    def phase(self, name: str, done: int = 0, total: int = 0) -> None:
        """Tell whoever waits what is being done."""
        if self._progress is not None:
            self._progress(name, done, total)

    def note(self, text: str) -> None:
        """Say, once, what was sampled or left out."""
        if text not in self.notes:
            self.notes.append(text)

    def add(
        self,
        level: Level,
        check: str,
        subject: str,
        found: str,
        expected: str = "",
        statistic: float | None = None,
        p_value: float | None = None,
    ) -> None:
        """Add a verdict."""
        self.verdicts.append(Verdict(level, check, subject, found, expected, statistic, p_value))

    def test(
        self,
        check: str,
        subject: str,
        *,
        found: str,
        expected: str,
        p_value: float,
        statistic: float | None = None,
    ) -> None:
        """Add a statistical test; :meth:`report` decides what its p-value means."""
        number = None if statistic is None else float(statistic)
        self.add("ok", check, subject, found, expected, number, min(max(float(p_value), 0.0), 1.0))

    @contextmanager
    def check(self, check: str, subject: str, expected: str) -> Iterator[Check]:
        """Check a rule: one verdict if it holds, one for each thing that breaks it.

        Content that cannot be read breaks it too.
        """
        checked = Check()
        try:
            yield checked
        except BROKEN as error:
            checked.fail(reason(error))
        for level, found in (("fatal", checked.broken), ("warning", checked.doubtful)):
            for text in found[:MOST_LISTED]:
                self.add(level, check, subject, text, expected)  # type: ignore[arg-type]
            if len(found) > MOST_LISTED:
                more = f"and {len(found) - MOST_LISTED} more of the kind"
                self.add(level, check, subject, more, expected)  # type: ignore[arg-type]
        if not checked.broken and not checked.doubtful:
            self.add("ok", check, subject, checked.found or "as expected", expected)

    @property
    def fatal(self) -> bool:
        """Whether something is fatal so far."""
        return any(verdict.level == "fatal" for verdict in self.verdicts)

    def report(self, path: Path) -> Report:
        """Return the report: decides which p-values are too small to be chance."""
        tests = sum(verdict.p_value is not None for verdict in self.verdicts)
        threshold = FALSE_ALARM / (2 * max(tests, 1))
        verdicts = []
        for verdict in self.verdicts:
            if verdict.p_value is not None and verdict.p_value < threshold:
                verdict = replace(verdict, level="fatal")
            if verdict.level == "fatal" and (why := self.otherwise.get(verdict.check)):
                verdict = replace(verdict, level="warning", expected=f"{verdict.expected}; {why}")
            verdicts.append(verdict)
        return Report(path, tuple(verdicts), tuple(self.notes), tests, threshold)


def reason(error: BaseException) -> str:
    """Return an error as one line of a table."""
    text = error.message if isinstance(error, LivnError) else str(error)
    if absent := _ABSENT.search(text):
        return f"no '{absent[1]}'"
    if isinstance(error, AttributeError) and (kind := _KIND.search(text)):
        return f"a value of type {kind[1]} where an object is due"
    return " ".join(text.split()) or type(error).__name__
