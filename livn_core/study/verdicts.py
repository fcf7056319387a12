"""Verify all systems of a study: false alarms are held over all of them together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from livn_core.job import Progress
from livn_core.study.index import index_rows
from livn_core.study.study import Study
from livn_core.verify import Report, verify
from livn_core.verify.verdicts import FALSE_ALARM

__all__ = ["StudyReport", "verify_study"]


@dataclass(frozen=True)
class StudyReport:
    """What is right and wrong in a study."""

    #: Path of a member -> its report, decided by the common ``threshold``.
    reports: dict[str, Report]
    #: Path of a member -> why there is no system: ``missing``, or what the error says.
    absent: dict[str, str]
    #: Statistical tests of all systems, and the p-value below which one of them fails.
    tests: int
    threshold: float

    @property
    def passed(self) -> bool:
        """Whether nothing is fatal in any system."""
        return all(report.passed for report in self.reports.values())

    def document(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "passed": self.passed,
            "tests": self.tests,
            "false_alarm": FALSE_ALARM,
            "p_threshold": self.threshold,
            "absent": self.absent,
            "systems": {path: report.document() for path, report in self.reports.items()},
        }


def verify_study(
    study: Study,
    directory: Path,
    *,
    seed: int = 0,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> StudyReport:
    """Verify every system of a study.

    The chance that any right system of the study is called wrong is held below
    :data:`~livn_core.verify.verdicts.FALSE_ALARM`, by Bonferroni's rule over all their tests. The
    rest is as of :func:`livn_core.verify.verify`.
    """
    reports, absent = {}, {}
    rows = list(index_rows(study, directory))
    for done, row in enumerate(rows):
        if progress is not None:
            progress("systems", done, len(rows))
        path, status = row["path"], row["status"]
        if status in ("made", "damaged"):
            reports[path] = verify(directory / path, seed=seed, jobs=jobs)
        else:
            absent[path] = row["message"] or status
    if progress is not None:
        progress("systems", len(rows), len(rows))
    tests = sum(report.tests for report in reports.values())
    threshold = FALSE_ALARM / (2 * max(tests, 1))
    decided = {path: _decided(report, threshold) for path, report in reports.items()}
    return StudyReport(decided, absent, tests, threshold)


def _decided(report: Report, threshold: float) -> Report:
    """Return a report with its tests held against another threshold, below its own."""
    verdicts = tuple(
        replace(verdict, level="ok")
        if verdict.p_value is not None and threshold <= verdict.p_value < report.threshold
        else verdict
        for verdict in report.verdicts
    )
    return replace(report, verdicts=verdicts, threshold=threshold)
