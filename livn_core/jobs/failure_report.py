"""The report of a failing job: all its processes may fail for one reason; the first reports it."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import NoReturn

from livn_core.documents.jsonio import dumps
from livn_core.errors import LivnError
from livn_core.jobs.folder import JobFolder
from livn_core.jobs.launch_environment import LaunchEnvironment
from livn_core.outputs import write_file

__all__ = ["message_of", "raise_reported", "report_failure"]

#: Seconds that a process waits for the first one to speak, which usually ends it.
_PATIENCE = 10.0


def message_of(error: BaseException) -> str:
    """Return an error as one sentence."""
    if isinstance(error, LivnError):
        return error.message
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return f"internal error: {type(error).__name__}: {error}"


def report_failure(error: BaseException, rank: int | None, folder: JobFolder) -> bool:
    """Write what went wrong into the job's folder; return False when another rank was first.

    ``rank`` is None for what every rank meets.
    """
    document = {
        "version": 1,
        "type": type(error).__name__,
        "message": message_of(error),
        "hint": getattr(error, "hint", None),
        "rank": rank,
    }
    with suppress(OSError):
        try:
            write_file(folder.path / "failure.json", dumps(document), overwrite=False)
        except FileExistsError:
            return False
    return True


def raise_reported(
    error: LivnError, launch: LaunchEnvironment | None, folder: JobFolder | None
) -> NoReturn:
    """Raise an error that every process of a launch meets, on the first of them; end the others.

    A launcher may end all processes as soon as one of them ends, in any order: whoever finds the
    error writes it down before it ends, and where there is no folder the others let the first speak.
    """
    first = launch is None or launch.rank == 0
    if folder is not None:
        report_failure(error, None, folder)
    elif not first:
        time.sleep(_PATIENCE)
    if not first:
        raise SystemExit(int(error.exit_code))
    raise error
