"""A study, before and after it is made, as JSON documents and as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Sized
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livn_cli.output import format_table
from livn_cli.progress import lasting
from livn_cli.show import human_bytes

if TYPE_CHECKING:
    from livn_core.study.study import Study
    from livn_core.study.verdicts import StudyReport

__all__ = [
    "preview_document",
    "show_preview",
    "show_study",
    "show_study_report",
    "study_document",
]

#: What a member may be.
_STATUS = ("made", "error", "missing", "damaged")
#: Rows of a table on a screen; ``--json`` and ``index.csv`` have all.
_MOST_ROWS = 100


def preview_document(
    study: Study, points: Sequence[dict[str, Any]], output: Path
) -> dict[str, Any]:
    """Return what a study would make: points, and the totals of those that can be."""
    possible = [row for row in points if row["error"] is None]
    seconds = [row["seconds"] for row in possible]

    def total(name: str) -> float:
        return sum(row[name] * row["systems"] for row in possible)

    return {
        "output": str(output),
        "systems": len(study.members),
        "seeds": study.request.seeds,
        "random_seed": study.seed,
        "points": list(points),
        "edges": total("edges"),
        "bytes": total("bytes"),
        "hours": total("seconds") / 3600 if possible and None not in seconds else None,
    }


def show_preview(document: Mapping[str, Any]) -> Iterator[str]:
    """Render :func:`preview_document`."""
    points = document["points"]
    yield (
        f"Would generate {document['systems']:,} systems of {len(points):,} points in "
        f"{document['output']} (nothing is written)"
    )
    yield ""
    yield from format_table(
        ("point", "systems", "cells", "edges", "bytes", "what it changes"),
        [_planned(row) for row in points[:_MOST_ROWS]],
    )
    yield from _more(points)
    yield ""
    hours = document["hours"]
    yield (
        f"all together: about {document['edges']:,.0f} edges, {human_bytes(document['bytes'])} on disk"
        + (f", {lasting(3600 * hours)} of one core" if hours is not None else "")
    )
    if "script" in document:
        yield from ("", document["script"])


def _planned(row: Mapping[str, Any]) -> tuple[Any, ...]:
    name = row["name"] or "(the base)"
    if row["error"] is not None:
        return (name, row["systems"], "-", "-", "-", f"cannot be: {' '.join(row['error'].split())}")
    changes = ", ".join(
        f"{key} {_value(before)} -> {_value(after)}"
        for key, (before, after) in row["changes"].items()
    )
    return (
        name,
        row["systems"],
        f"{row['cells']:,}",
        f"{row['edges']:,.0f}",
        human_bytes(row["bytes"]),
        changes or "nothing",
    )


def _value(value: Any) -> str:
    return "nothing" if value is None else str(value)


def _more(rows: Sized) -> Iterator[str]:
    if len(rows) > _MOST_ROWS:
        yield f"... and {len(rows) - _MOST_ROWS:,} more"


def study_document(
    study: Study, rows: Sequence[Mapping[str, Any]], directory: Path
) -> dict[str, Any]:
    """Return what of a study there is: a row a member, and how many are of each status."""
    return {
        "directory": str(directory),
        "keys": study.keys,
        "systems": list(rows),
        "random_seed": study.seed,
        **{name: sum(row["status"] == name for row in rows) for name in _STATUS},
    }


def show_study(document: Mapping[str, Any]) -> Iterator[str]:
    """Render :func:`study_document`: a line a point, then what is not there."""
    rows = document["systems"]
    others = [f", {document[name]:,} {name}" for name in _STATUS[1:] if document[name]]
    yield f"{document['directory']}: {document['made']:,} systems{''.join(others)}"
    yield ""
    points: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        points.setdefault(row["point"], []).append(row)
    lines = []
    for members in list(points.values())[:_MOST_ROWS]:
        made = [row for row in members if row["status"] == "made"]
        path = members[0]["path"].rpartition("/")[0]
        lines.append(
            (
                path or "(the base)",
                f"{len(made)} of {len(members)}",
                _mean([sum(row["cells"].values()) for row in made]),
                _mean([row["edges"] for row in made]),
            )
        )
    yield from format_table(("point", "made", "mean cells", "mean edges"), lines)
    yield from _more(points)
    wrong = [row for row in rows if row["message"]]
    if wrong:
        yield ""
        for row in wrong[:10]:
            yield f"{row['path']}: {row['message']}"
        if len(wrong) > 10:
            yield f"... and {len(wrong) - 10:,} more; index.csv has all"


def _mean(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):,.1f}" if values else "-"


def show_study_report(report: StudyReport, *, failures: bool = False) -> Iterator[str]:
    """Yield a line a system, and what is fatal in those that are wrong."""
    rows = []
    for path, one in report.reports.items():
        fatal, warned = one.of("fatal"), one.of("warning")
        if failures and not fatal:
            continue
        found = "; ".join(f"{v.check} of {v.subject}: {v.found}" for v in fatal[:3])
        verdict = "right" if one.passed else "wrong"
        rows.append((path, verdict, len(one.verdicts), len(warned), found))
    if rows:
        yield from format_table(("system", "is", "checks", "warnings", "fatal"), rows)
        yield ""
    for path, status in report.absent.items():
        yield f"{path}: {status}"
    wrong = sum(not one.passed for one in report.reports.values())
    yield (
        f"{len(report.reports)} systems, {wrong} wrong, {len(report.absent)} not there; "
        f"{report.tests} statistical tests, one fails below p = {report.threshold:.2g}, so that a "
        "right study fails once in a thousand"
    )
