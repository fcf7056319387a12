"""The state of a job: from its own files first, then from the backend that runs it."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livn_core.documents.jsonio import write_json
from livn_core.errors import BackendError
from livn_core.job import Answer, JobState, Record
from livn_core.jobs.folder import JobFolder
from livn_core.plugins.registry import registry

if TYPE_CHECKING:
    from livn_core.components import Backend

__all__ = [
    "Status",
    "backend_of",
    "end",
    "failure_of",
    "look",
    "refuse_second",
    "require_made",
    "require_tried",
    "stamp",
]


#: Reason of a job that ended by a signal: cancelled or out of time, which it cannot tell apart.
_SIGNAL = "signal"


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that is known of a job's state."""

    state: JobState
    reason: str = ""
    exit_code: int | None = None
    started: str | None = None
    ended: str | None = None
    host: str | None = None


def backend_of(record: Record) -> Backend:
    """Return the backend that runs a job."""
    backend: Backend = registry().create("backend", record.backend, record.parameters)
    return backend


def look(folder: JobFolder) -> Status:
    """Return the state of a job; its backend is asked where its own files do not say it."""
    record = folder.record()
    own = _own(folder)
    if own is not None and own.state.final and own.reason != _SIGNAL:
        return own
    if record is None:
        return own or Status(JobState.LOST, "it was never submitted")
    try:
        answer = backend_of(record).state(record)
    except BackendError as error:
        return own if own and own.state.final else Status(JobState.UNKNOWN, error.message)
    # It may have ended while the other was asked.
    own = _own(folder)
    ended = own is not None and own.state.final
    if own is not None and ended and (own.reason != _SIGNAL or answer is None):
        return own
    if answer is None:
        reason = "it ended without a word: killed, or its node failed"
        return replace(own or Status(JobState.LOST), state=JobState.LOST, reason=reason)
    if answer.state.final:
        return _settle(folder, own, answer)
    # What a signal ended is not over while Slurm has it: it may be started again (preempted, say).
    if own is not None and not ended and answer.state is JobState.RUNNING:
        return own
    return Status(answer.state, answer.reason)


def _own(folder: JobFolder) -> Status | None:
    data = folder.status()
    if data is None or data.get("state") != "ended" or data.get("signal"):
        # The scheduler's answer comes first: a script that is killed may still write after it.
        data = folder.outcome() or data
    if data is None:
        return None
    code, signal = data.get("exit_code"), data.get("signal")
    known: dict[str, Any] = {name: data.get(name) for name in ("started", "ended", "host")}
    state = data.get("state")
    if state == "running":
        return Status(JobState.RUNNING, **known)
    if state != "ended":
        try:
            return Status(JobState(str(state)), str(data.get("reason") or ""), code, **known)
        except ValueError:
            return None
    if code == 0:
        return Status(JobState.COMPLETED, "", 0, **known)
    if signal:
        return Status(JobState.CANCELLED, _SIGNAL, code, **known)
    return Status(JobState.FAILED, "", code, **known)


def _settle(folder: JobFolder, own: Status | None, answer: Answer) -> Status:
    """Record the end of a job that could not record it, since schedulers soon drop ended jobs."""
    own = own or Status(answer.state)
    code = own.exit_code if answer.exit_code is None else answer.exit_code
    status = replace(own, state=answer.state, reason=answer.reason, exit_code=code)
    # The folder of another user's job cannot be written, but its state can be shown.
    with suppress(OSError):
        write_json(folder.path / "outcome.json", {"version": 1, **asdict(status)})
    return status


def stamp(output: Path) -> tuple[int, int] | None:
    """Return what tells one system in a directory from a later one; None where there is none."""
    try:
        # Opened, not looked at: a network file system may answer from what it remembers.
        with (Path(output) / "graph.json").open("rb") as file:
            found = os.fstat(file.fileno())
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def require_made(
    folder: JobFolder,
    status: Status,
    output: Path,
    before: tuple[int, int] | None,
    *,
    what: str,
) -> None:
    """Raise why a job made nothing, of one whose launcher says that all went well, too.

    ``before`` is what :func:`stamp` said of the output before the job.
    """
    unmade = folder.failure() is not None or stamp(output) in {None, before}
    if status.state is JobState.COMPLETED and unmade:
        reason = "its launcher ended as if all were well, but there is no new system"
        status = replace(status, state=JobState.FAILED, reason=reason)
    if status.state is not JobState.COMPLETED:
        raise failure_of(folder, status, what=what)


def require_tried(folder: JobFolder, status: Status, told: bool, *, what: str) -> None:
    """Raise why a sweep's job did not try every system; those that cannot be made end it with 1.

    ``told``: whether of every system there is either it, or why it cannot be.
    """
    if status.state is JobState.COMPLETED and not told:
        reason = "its launcher ended as if all were well, but systems are missing"
        status = replace(status, state=JobState.FAILED, reason=reason)
    if not told or (status.state is not JobState.COMPLETED and status.exit_code != 1):
        raise failure_of(folder, status, what=what)


def failure_of(folder: JobFolder, status: Status, *, what: str) -> BackendError:
    """Return the error that says why a job did not make its system, with its log's end."""
    failure = folder.failure()
    if failure is not None and status.state is JobState.FAILED:
        rank = failure.get("rank")
        where = f" (rank {rank})" if rank is not None else ""
        message = f"{what} failed{where}: {failure.get('message')}"
        hint = failure.get("hint")
        more = f"all that it said is in '{folder.log}'"
        return BackendError(message, hint=f"{hint}; {more}" if hint else more)
    detail = [status.reason] if status.reason not in {"", "None", _SIGNAL} else []
    if status.exit_code:
        detail.append(f"exit code {status.exit_code}")
    verbs = {
        JobState.CANCELLED: "was cancelled",
        JobState.TIMEOUT: "ran out of its time",
        JobState.LOST: "is lost",
    }
    message = f"{what} {verbs.get(status.state, status.state)}"
    message += f" ({', '.join(detail)})" if detail else ""
    said = folder.log if folder.log.exists() else folder.path  # of an array, a log a task
    if tail := folder.tail():
        message += "; its last lines:\n" + "\n".join(f"  {line}" for line in tail)
    hint = f"all that it said is in '{said}'; --resume takes up what it finished"
    return BackendError(message, hint=hint)


def refuse_second(folder: JobFolder) -> None:
    """Refuse to replace the folder of a job that has not ended."""
    record = folder.record()
    if record is None:
        return
    status = look(folder)
    if status.state in {JobState.PENDING, JobState.RUNNING}:
        raise BackendError(
            f"job {record.id} is making '{record.output}' right now ({status.state})",
            hint=f"wait for it, or end it: 'livn jobs cancel {record.id}'",
        )
    if status.state is JobState.UNKNOWN:
        # Its folder is all that is known of it: another job in its place would make it forgotten.
        raise BackendError(
            f"job {record.id} may still be making '{record.output}': {status.reason}",
            hint=f"try again later, or remove '{folder.path}' if it is certain that the job has ended",
        )


def end(folder: JobFolder, record: Record, *, patience: float = 30.0) -> Status:
    """Cancel a job, wait until it has ended, and return how; one that has ended stays as it is."""
    status = look(folder)
    if status.state.final:
        return status
    backend_of(record).cancel(record)
    deadline = time.monotonic() + patience
    while not (status := look(folder)).state.final and time.monotonic() < deadline:
        time.sleep(0.3)
    return status
