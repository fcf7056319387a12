"""The list of jobs: one line for each in a small file, so that ``livn jobs`` finds their folders."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livn_core.errors import ComponentNotFoundError, SystemFormatError
from livn_core.job import Record
from livn_core.jobs.folder import JobFolder, absolute, now
from livn_core.notices import warn_caller
from livn_core.suggest import did_you_mean

if TYPE_CHECKING:
    from livn_core.components import Backend

__all__ = ["find", "history_file", "keep", "known", "remember"]


def history_file() -> Path:
    """Return the file: ``livn/jobs.jsonl`` under ``$XDG_STATE_HOME``, else ``~/.local/state``."""
    base = os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()
    return Path(base) / "livn" / "jobs.jsonl"


def keep(
    folder: JobFolder, number: str, backend: Backend, name: str, output: Path, **details: Any
) -> None:
    """Write down who runs a job, in its folder and in the list of jobs."""
    parameters, host = backend.model_dump(mode="json"), socket.gethostname()
    folder.keep_record(
        Record(number, name, parameters, str(absolute(output)), now(), host, details)
    )
    remember(folder)


def remember(folder: JobFolder) -> None:
    """Add a job. Where that cannot be written, the job still runs, known by its folder alone."""
    with suppress(OSError, RuntimeError):  # RuntimeError: nobody knows where this user's home is
        path = history_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"folder": str(folder.path)}) + "\n")


def known() -> Iterator[tuple[JobFolder, Record]]:
    """Yield the jobs whose folders are still there, the latest first, each folder once."""
    try:
        lines = history_file().read_text(encoding="utf-8").splitlines()
    except (OSError, RuntimeError):
        return
    seen = set()
    for line in reversed(lines):
        try:
            path = json.loads(line)["folder"]
        except (ValueError, TypeError, KeyError):
            continue
        if path in seen:
            continue
        seen.add(path)
        folder = JobFolder(path)
        try:
            record = folder.record()
        except SystemFormatError as error:
            warn_caller(f"a job is left out: {error.message}")
            continue
        if record is not None:
            yield folder, record


def find(name: str) -> tuple[JobFolder, Record]:
    """Return a job by its id, its folder, or the system that it makes; the latest of that id.

    Raises
    ------
    ComponentNotFoundError
        There is none.
    """
    for folder in (JobFolder(name), JobFolder.of(name)):
        record = folder.record()
        if record is not None:
            return folder, record
    ids = []
    for folder, record in known():
        if record.id == name:
            return folder, record
        ids.append(record.id)
    raise ComponentNotFoundError(
        f"no job '{name}'{did_you_mean(name, ids)}",
        hint="'livn jobs' lists them; a job's folder (NAME.job) is also taken",
    )
