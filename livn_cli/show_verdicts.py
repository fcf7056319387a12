"""An audit, and a system made again, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from livn_cli.output import format_table
from livn_core.documents.names import counted

if TYPE_CHECKING:
    from livn_core.verify import Report, Reproduction, Verdict

__all__ = ["show_report", "show_reproduction"]


def show_report(report: Report, *, failures: bool = False) -> Iterator[str]:
    """Yield a table of the verdicts, what was not looked at, and the conclusion."""
    shown = [v for v in report.verdicts if not failures or v.level != "ok"]
    rows = [
        (
            verdict.level,
            verdict.check,
            verdict.subject,
            "" if verdict.p_value is None else f"{verdict.p_value:.2g}",
            _finding(verdict),
        )
        for verdict in shown
    ]
    if rows:
        yield from format_table(("level", "check", "of", "p", "found"), rows)
        yield ""
    if not failures:
        for note in report.notes:
            yield f"Note: {note}."
        if report.tests:
            yield (
                f"Note: {counted(report.tests, 'statistical test')}; one fails below p = "
                f"{report.threshold:.2g}, so that a right system fails once in a thousand."
            )
    fatal, doubtful = len(report.of("fatal")), len(report.of("warning"))
    warned = f", {counted(doubtful, 'warning')}" if doubtful else ""
    if report.passed:
        yield f"{report.path} is right: {len(report.verdicts)} checks{warned}"
    else:
        yield (
            f"{report.path} is wrong: {counted(fatal, 'fatal finding')}{warned} in "
            f"{len(report.verdicts)} checks"
        )


def _finding(verdict: Verdict) -> str:
    if verdict.level == "ok" and verdict.p_value is None:
        return verdict.found
    return f"{verdict.found}; expected {verdict.expected}" if verdict.expected else verdict.found


def show_reproduction(result: Reproduction) -> Iterator[str]:
    """Yield whether the two are equal, and where they differ."""
    changed = [
        f"{name} was {(then or 'absent')[:16]}, is now {(now or 'absent')[:16]}."
        for name, (then, now) in result.pipeline.items()
    ]
    if result.equal:
        yield f"{result.path} is reproduced: equal content, digest {result.made[:16]}"
        yield from (f"Note: {text}" for text in changed)
    else:
        yield f"{result.path} is not reproduced: the contents differ"
        yield from (f"First suspect: {text}" for text in changed)
        yield ""
        rows = [(difference.path, difference.text) for difference in result.differences]
        if rows:
            yield from format_table(("dataset", "directory against new"), rows)
        else:
            yield "Only the attributes of the namespaces differ."
    if result.recorded is not None and result.found != result.recorded:
        yield "Note: the directory has changed since it was generated: its recorded digest is another."
        if result.made == result.recorded:
            yield "Note: the new system is what was generated then."
    yield from (f"Note: {note}." for note in result.notes)
    before, today = result.schemes
    if before != today:
        yield f"Note: made by scheme {before} of random numbers; this version has {today}, and draws others."
    for name, (then, now) in result.versions.items():
        yield f"Note: {name} was {then or 'absent'}, is now {now or 'absent'}."
    if result.output is not None:
        yield f"New system: {result.output}"
