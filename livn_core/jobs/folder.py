"""The folder of a job, beside its output: what is run, how it goes, and what it says.

``NAME.job/`` holds

``configuration.json``
    The configuration with everything written out: what the job makes.
``job.sh``
    What is run; runs again by hand.
``job.json``
    Who runs it: backend, its parameters, the scheduler's number.
``job.log``
    What it says.
``status.json``
    How it goes, written by the job itself.
``outcome.json``
    How it ended, where the scheduler had to tell.
``progress.json``, ``failure.json``
    Where rank 0 is, and what the first rank to fail said.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from livn_core.documents.jsonio import dumps, write_json
from livn_core.errors import BackendError, SystemFormatError
from livn_core.job import Record
from livn_core.neuroh5.shapes import misshapen
from livn_core.outputs import saying_output_errors, write_file

__all__ = ["JobFolder", "absolute", "now"]

#: Shape of ``job.json``.
_RECORD = {
    **dict.fromkeys(("id", "backend", "output", "submitted", "host"), str),
    **dict.fromkeys(("parameters", "details"), dict),
}
_WRITTEN = (
    *(f"{name}.json" for name in ("job", "status", "outcome", "progress", "failure")),
    *("job.log", "job.sh"),
)


def absolute(path: str | Path) -> Path:
    """Return a path that is right in every directory; symbolic links stay, as nodes may differ."""
    return Path(os.path.normpath(Path(path).absolute()))


def now() -> str:
    """Return the time, UTC, as the folders' files hold it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refuse_local_functions(value: Any) -> None:
    """Refuse the names of functions that exist in this process alone."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for entry in value:
            _refuse_local_functions(entry)
    elif isinstance(value, str) and (
        value.startswith("__main__.") or "<locals>" in value or value.endswith("<lambda>")
    ):
        raise BackendError(
            f"'{value}' is a function that other processes cannot import",
            hint="put it at the top level of a module of its own: shapes.py, then shapes.ring",
        )


class JobFolder:
    """A job's folder, which need not exist."""

    def __init__(self, path: str | Path) -> None:
        self.path = absolute(path)
        #: What is run, what is made, and what the job says.
        self.script = self.path / "job.sh"
        self.configuration = self.path / "configuration.json"
        self.log = self.path / "job.log"

    @classmethod
    def of(cls, output: str | Path) -> JobFolder:
        """Return the folder of the job that makes ``output``."""
        path = absolute(output)
        return cls(path.with_name(f"{path.name}.job"))

    def write(self, *, configuration: Mapping[str, Any], script: str) -> None:
        """Write what is to be run, over what an earlier job of this output left.

        Raises
        ------
        BackendError
            The configuration names a function that another process cannot find.
        OutputError
            The folder cannot be written.
        """
        text = dumps(configuration, origin="configuration.json")
        _refuse_local_functions(configuration)
        with saying_output_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            of_tasks = (*self.path.glob("*/status.json"), *self.path.glob("job-*.log"))
            for old in (*map(self.path.joinpath, _WRITTEN), *of_tasks):
                old.unlink(missing_ok=True)
            write_file(self.configuration, text)
            write_file(self.script, script)
            self.script.chmod(0o755)

    def keep_record(self, record: Record) -> None:
        """Write down who runs the job."""
        with saying_output_errors(self.path):
            write_json(self.path / "job.json", {"version": 1, **asdict(record)})

    def record(self) -> Record | None:
        """Return who runs the job; None when it never got so far.

        If the script was run again by hand, its process or number is the one in status.json.
        """
        path = self.path / "job.json"
        data = self._read(path.name)
        if data is None:
            if path.exists():
                raise SystemFormatError(
                    f"'{path}' is no record of a job: it cannot be read",
                    hint=f"remove '{self.path}' if it is certain that the job has ended",
                )
            return None
        try:
            record = Record(**{name: data[name] for name in Record.__slots__})
        except KeyError as error:
            raise SystemFormatError(f"'{path}' is no record of a job: no {error}") from error
        if wrong := next(misshapen(data, _RECORD), None):
            raise SystemFormatError(f"'{path}' is no record of a job: {wrong}")
        status = self.status() or {}
        again = status.get("scheduler_id")
        if again and record.id.isdigit():
            return replace(record, id=str(again))
        if "process" in record.details and isinstance(status.get("process"), int):
            return replace(record, details={**record.details, "process": status["process"]})
        return record

    def status(self) -> dict[str, Any] | None:
        """Return what the job wrote of its state; None before it began."""
        return self._read("status.json") or self._status_of_tasks()

    def _status_of_tasks(self) -> dict[str, Any] | None:
        """Return the state of an array job: it has ended when all of its tasks have."""
        record = self._read("job.json") or {}
        count = (record.get("details") or {}).get("tasks")
        if count is None:
            return None
        found = [self._read(f"{number}/status.json") for number in range(count)]
        told = [status for status in found if status is not None]
        if not told:
            return None
        state: dict[str, Any] = {
            "state": "running",
            "started": min(str(status.get("started")) for status in told),
            "host": ", ".join(sorted({str(status.get("host")) for status in told})),
        }
        if len(told) == count and all(status.get("state") == "ended" for status in told):
            state |= {
                "state": "ended",
                "ended": max(str(status.get("ended")) for status in told),
                "exit_code": max(int(status.get("exit_code") or 0) for status in told),
                "signal": next((status["signal"] for status in told if status.get("signal")), None),
            }
        return state

    def outcome(self) -> dict[str, Any] | None:
        """Return how a job ended that could not say so itself."""
        return self._read("outcome.json")

    def progress(self) -> dict[str, Any] | None:
        """Return where rank 0 is: ``phase``, ``done``, ``total``."""
        return self._read("progress.json")

    def failure(self) -> dict[str, Any] | None:
        """Return what the first rank to fail said: ``message``, ``hint``, ``rank``, ``type``."""
        return self._read("failure.json")

    def _read(self, name: str) -> dict[str, Any] | None:
        # Another process replaces these files at any time, and a kill may come in between.
        try:
            data = json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return data if isinstance(data, dict) else None

    def tail(self, lines: int = 10) -> list[str]:
        """Return the last lines of the log; of an array job, of the one that was written last."""
        try:
            logs = sorted(self.path.glob("job*.log"), key=lambda log: log.stat().st_mtime)
            with (logs[-1] if logs else self.log).open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - 64 * 1024))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return []
        return [line for line in text.splitlines() if line.strip()][-lines:]
