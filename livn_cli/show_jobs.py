"""Jobs, as JSON documents and as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from livn_cli.output import format_table, program
from livn_core.documents.names import counted
from livn_core.errors import LivnError

if TYPE_CHECKING:
    from livn_core.job import Record, Submitted
    from livn_core.jobs.folder import JobFolder

__all__ = ["job_document", "show_job", "show_jobs", "show_submitted", "submitted_document"]


def submitted_document(submitted: Submitted) -> dict[str, Any]:
    """Return how to find a job again."""
    return {
        "job": submitted.id,
        "backend": submitted.backend,
        "folder": str(submitted.folder),
        "output": str(submitted.output),
    }


def show_submitted(document: Mapping[str, Any]) -> Iterator[str]:
    """Render :func:`submitted_document`: the number first, for scripts."""
    yield f"Submitted job {document['job']}"
    yield f"Follow it: {program()} jobs {document['job']}"
    yield f"Script and log: {document['folder']}"


def job_document(folder: JobFolder, record: Record, *, details: bool = False) -> dict[str, Any]:
    """Return what is known of a job; with ``details`` its last lines and its result."""
    from livn_core.jobs.state import look

    status = look(folder)
    document: dict[str, Any] = {
        **asdict(status),
        "job": record.id,
        "backend": record.backend,
        "state": str(status.state),
        "reason": status.reason or None,
        "submitted": record.submitted,
        "output": record.output,
        "folder": str(folder.path),
    }
    if details:
        document["progress"] = folder.progress()
        document["failure"] = folder.failure()
        document["log"] = folder.tail()
        document["result"] = _result(record) if document["state"] == "completed" else None
    return document


def _result(record: Record) -> dict[str, Any] | None:
    from livn_core.system.reader import System

    try:
        with System(record.output) as system:
            return {
                "cells": sum(population.count for population in system.populations),
                "digest": (system.provenance or {}).get("digest"),
            }
    except LivnError:
        return None


def show_jobs(documents: list[dict[str, Any]]) -> Iterator[str]:
    """Render the list of jobs, the latest first."""
    if not documents:
        yield "No jobs."
        return
    yield from format_table(
        ("job", "backend", "state", "submitted", "output"),
        [(d["job"], d["backend"], d["state"], d["submitted"], d["output"]) for d in documents],
    )


def show_job(document: Mapping[str, Any]) -> Iterator[str]:
    """Render one job."""
    reason = f" ({document['reason']})" if document["reason"] not in {None, "signal"} else ""
    code = document["exit_code"]
    yield f"job {document['job']} ({document['backend']}): {document['state']}{reason}"
    for name in ("submitted", "started", "ended", "host"):
        if document[name]:
            yield f"{name:<10}{document[name]}"
    if code:
        yield f"{'exit code':<10}{code}"
    progress = document["progress"]
    if progress and document["state"] == "running":
        yield f"{'phase':<10}{progress['phase']} {progress['done']}/{progress['total']}"
    yield f"{'output':<10}{document['output']}"
    yield f"{'folder':<10}{document['folder']}"
    if document["failure"]:
        yield f"{'error':<10}{document['failure']['message']}"
    if document["result"]:
        result = document["result"]
        yield f"{'result':<10}{counted(result['cells'], 'cell')}, digest {result['digest']}"
    if document["log"]:
        yield "The log's last lines:"
        yield from (f"  {line}" for line in document["log"])
