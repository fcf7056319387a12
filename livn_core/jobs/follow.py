"""Wait for a job, with its progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from livn_core.documents.jsonio import write_json
from livn_core.errors import BackendError
from livn_core.job import JobState, Progress
from livn_core.jobs.folder import JobFolder
from livn_core.jobs.state import Status, look

__all__ = ["follow", "into_folder"]

#: Seconds between looks at the job's own files, which cost nothing.
_GLANCE = 0.2
#: Seconds to wait for a scheduler that does not answer.
_PATIENCE = 900.0


def follow(
    folder: JobFolder,
    *,
    poll: float,
    progress: Progress | None = None,
    alive: Callable[[], bool] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Status:
    """Wait until a job has ended, and return how.

    Its backend is asked every ``poll`` seconds; instead ``alive``, where this machine can see whether
    the job's process runs. ``progress`` is told of the queue, then of the job's own phases.
    """
    asked = answered = time.monotonic() - poll
    shown: tuple[str, int, int] | None = None
    own: dict[str, Any] = {}
    lost = False
    while True:
        running = alive is None or alive()
        before, own = own, folder.status() or {}
        ended = own != before and own.get("state") == "ended"
        at = time.monotonic()
        if ended or not running or (alive is None and at - asked >= poll):
            status = look(folder)
            asked = at
            # A file that a node wrote may take a moment to be seen here: ask twice.
            if status.state.final and (lost or not running or status.state is not JobState.LOST):
                return status
            lost = status.state is JobState.LOST
            if status.state is not JobState.UNKNOWN:
                answered = at
            elif at - answered > _PATIENCE:
                raise BackendError(
                    f"nobody has told of the job for {_PATIENCE:.0f} s: {status.reason}",
                    hint="it may go on all the same: 'livn jobs' tells",
                )
            if progress is not None and shown is None and status.state is not JobState.UNKNOWN:
                progress("queue" if status.state is JobState.PENDING else "start", 0, 0)
        where = folder.progress()
        if where is not None and progress is not None:
            step = (str(where.get("phase")), int(where["done"]), int(where["total"]))
            if step != shown:
                progress(*step)
                shown = step
        sleep(_GLANCE)


def into_folder(folder: JobFolder) -> Progress:
    """Return a progress callback that leaves its news in a job's folder, twice a second at most."""
    last = ("", 0.0)

    def report(phase: str, done: int, total: int) -> None:
        nonlocal last
        at = time.monotonic()
        if phase == last[0] and done < total and at - last[1] < 0.5:
            return
        last = (phase, at)
        news = {"phase": phase, "done": done, "total": total}
        with suppress(OSError):  # A progress report that cannot be written must not end the job.
            write_json(folder.path / "progress.json", news)

    return report
