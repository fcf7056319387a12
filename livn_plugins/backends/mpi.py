"""Ranks of MPI on this machine, or wherever a launcher puts them.

The side of a job that starts ranks is here and never touches MPI; what a rank does is in
:mod:`livn_plugins.backends.mpi_ranks`. A rank is this program again, started by the script in the
job's folder: the same configuration, from a file.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, model_validator

from livn_core.components import Backend
from livn_core.errors import BackendError
from livn_core.job import Answer, Job, JobState, Progress, Record
from livn_core.jobs.failure_report import raise_reported
from livn_core.jobs.folder import JobFolder, absolute
from livn_core.jobs.follow import follow
from livn_core.jobs.history import keep
from livn_core.jobs.launch_environment import RANKS, launched, requested_ranks
from livn_core.jobs.launchers import find_launcher, missing_mpi, rank_command
from livn_core.jobs.resources import normalised, tasks_of
from livn_core.jobs.script import (
    Raw,
    generate_arguments,
    job_script,
    mpi_environment,
    shell_line,
    sweep_arguments,
)
from livn_core.jobs.state import Status, refuse_second, require_made, require_tried, stamp
from livn_core.notices import warn_caller
from livn_core.outputs import check_output, remove_leftovers
from livn_core.study.index import all_told, read_study
from livn_core.system.reader import System

__all__ = ["FOLDER", "MPI"]

#: Set by a job's script: the job's folder.
FOLDER = "LIVN_JOB_FOLDER"
#: Names of the number of ranks that sbatch does not know.
_RANKS = {"-np": "ntasks", "--np": "ntasks", "--n": "ntasks", "ranks": "ntasks"}


class MPI(Backend):
    """Runs the job on several MPI ranks, each with its share of the cells."""

    distributed: ClassVar[bool] = True

    ranks: int | None = Field(
        None,
        ge=1,
        description="number of ranks; default the cores that this process may use",
        json_schema_extra={"flags": ["-n"]},
    )
    launcher: str | None = Field(
        None,
        description="starts the ranks; default mpiexec beside the interpreter, else mpiexec, "
        "mpirun or srun on PATH",
        json_schema_extra={"metavar": "COMMAND"},
    )
    launcher_args: list[str] = Field(
        [],
        description="argument that is handed to the launcher, as in --launcher-args=--verbose; "
        "repeatable",
        json_schema_extra={"repeatable": True},
    )
    resources: dict[str, Any] = Field(
        {},
        description='the number of ranks as launchers and schedulers call it: {"-n": 4}; what else '
        "a scheduler is asked for has no meaning here",
        json_schema_extra={"metavar": "JSON"},
    )
    gather: bool = Field(False, description="let rank 0 alone write, instead of every rank")

    @model_validator(mode="after")
    def _ranks_of_resources(self) -> MPI:
        given = normalised({_RANKS.get(key, key): value for key, value in self.resources.items()})
        asked = given.keys() & {"ntasks", "nodes", "ntasks-per-node"}
        tasks = tasks_of(given) if asked else None
        if asked and tasks is None:
            raise ValueError(f"resources give no number of ranks: {self.resources}")
        if tasks is not None and self.ranks not in {None, tasks}:
            raise ValueError(f"ranks is {self.ranks}, and resources ask for {tasks}")
        # The model is frozen: what is derived is set past it, once.
        self.__dict__["ranks"] = self.ranks or tasks
        return self

    def available(self) -> str | None:
        """Return why not: no mpi4py, or no launcher."""
        reason = missing_mpi()
        if reason is None and not _is_rank() and find_launcher(self.launcher) is None:
            reason = "no MPI launcher: no mpiexec beside the interpreter, none on PATH"
        return reason

    def describe(self, job: Job) -> str:
        """Return the command that starts the ranks."""
        configuration = str(JobFolder.of(job.output).configuration)
        return shell_line([*self._launch(), *self._command(job, configuration)])

    def run(self, job: Job, progress: Progress | None = None) -> System | None:
        """Start the ranks and wait for them; in a rank, do its part."""
        if _is_rank():
            return self._run_rank(job, progress)
        check_output(job.output, overwrite=job.overwrite)
        folder = JobFolder.of(job.output)
        refuse_second(folder)
        command = self._command(job, Raw('"$job/configuration.json"'))
        environment = {FOLDER: Raw('"$job"'), RANKS: str(self._count())}
        script = self._script(folder, self._launch(), command, environment)
        folder.write(configuration=job.document, script=script)
        before = stamp(job.output)
        try:
            status = self._wait(job.output, folder, progress)
        finally:
            remove_leftovers(job.output)
        what = f"the job on {self._count()} ranks"
        require_made(folder, status, job.output, before, what=what)
        system = System(job.output)
        for warning in (system.provenance or {}).get("warnings", ()):
            warn_caller(warning)
        return system

    def describe_sweep(self, directory: Path, systems: int, jobs: int | None = None) -> str:
        """Return the command that starts the ranks."""
        if _is_rank():
            raise BackendError(
                "a launcher has started this process as one of its ranks already",
                hint="leave --backend mpi out: with --resume they share the systems",
            )
        return shell_line([*self._launch(systems), *_sweep_command(directory, jobs)])

    def sweep(self, directory: Path, systems: int, jobs: int | None = None) -> None:
        """Have ranks share the systems of a study, each as whole ones, and wait for them."""
        folder = JobFolder.of(directory)
        refuse_second(folder)
        script = self._script(folder, self._launch(systems), _sweep_command(directory, jobs), {})
        folder.write(configuration={}, script=script)
        status = self._wait(directory, folder, None)
        require_tried(
            folder, status, all_told(read_study(directory), directory), what="the sweep on ranks"
        )
        for line in folder.log.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("Warning: "):
                warn_caller(line.removeprefix("Warning: "))

    # -- the side that starts ranks --------------------------------------------------------------

    def _count(self) -> int:
        return self.ranks or len(os.sched_getaffinity(0))

    def _launch(self, most: int | None = None) -> list[str]:
        launcher = find_launcher(self.launcher) or ["mpiexec"]
        count = self._count() if most is None else min(self._count(), most)
        return rank_command(launcher, count, self.launcher_args)

    def _command(self, job: Job, configuration: str) -> list[str]:
        output = absolute(job.output)
        words = generate_arguments(
            job, configuration=configuration, output=output, backend="mpi", jobs=job.jobs
        )
        return [sys.executable, "-m", "mpi4py", *words, *["--gather"] * self.gather]

    def _script(
        self,
        folder: JobFolder,
        launcher: list[str],
        command: list[str],
        environment: dict[str, str],
    ) -> str:
        cores, root = len(os.sched_getaffinity(0)), os.geteuid() == 0
        return job_script(
            title="Runs again by hand: bash job.sh (--resume takes up what was finished).",
            directory=Path.cwd(),
            folder=folder.path,
            command=command,
            environment=environment | mpi_environment(ranks=self._count(), cores=cores, root=root),
            launcher=launcher,
        )

    def _wait(self, output: Path, folder: JobFolder, progress: Progress | None) -> Status:
        with folder.log.open("wb") as log, _ended_with_us() as hold:
            process = subprocess.Popen(
                ["/bin/bash", str(folder.script)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            hold(process)
            keep(folder, f"mpi-{process.pid}", self, "mpi", output, process=process.pid)
            status = follow(
                folder, poll=1.0, progress=progress, alive=lambda: process.poll() is None
            )
            process.wait()
        return status

    def state(self, record: Record) -> Answer | None:
        """Say whether the launcher still runs, on the machine where it was started."""
        if record.host != socket.gethostname():
            raise BackendError(f"it was started on '{record.host}': ask there")
        return Answer(JobState.RUNNING) if _group_lives(record) else None

    def cancel(self, record: Record) -> None:
        """End the launcher and its ranks."""
        self.state(record)
        if _group_lives(record):
            os.killpg(int(record.details["process"]), signal.SIGTERM)

    # -- the ranks' side -------------------------------------------------------------------------

    def _run_rank(self, job: Job, progress: Progress | None) -> System | None:
        launch = launched()
        path = os.environ.get(FOLDER)
        folder = JobFolder(path) if path else None
        requested = requested_ranks() or (launch.size if launch is not None else 1)
        if self.ranks is not None and self.ranks != requested:
            error = BackendError(
                f"-n {self.ranks} was asked for, but the launcher was told to start {requested}",
                hint="leave -n out where mpiexec starts livn: its own -n counts",
            )
            raise_reported(error, launch, folder)
        try:
            from livn_plugins.backends.mpi_ranks import run_rank
        except (ImportError, RuntimeError) as reason:
            error = BackendError(
                f"mpi4py finds no MPI library: {(str(reason) or 'no reason given').splitlines()[0]}",
                hint="pip install mpich, or load the site's MPI module (modules in the profile)",
            )
            raise_reported(error, launch, folder)
        return run_rank(
            job,
            requested=requested,
            launch=launch,
            folder=folder,
            gather=self.gather,
            progress=progress,
        )


def _sweep_command(directory: Path, jobs: int | None) -> list[str]:
    count = [] if jobs is None else ["--jobs", str(jobs)]
    return [sys.executable, *sweep_arguments(absolute(directory)), *count]


def _is_rank() -> bool:
    return requested_ranks() is not None or launched() is not None


def _group_lives(record: Record) -> bool:
    number = record.details.get("process")
    if not isinstance(number, int):
        return False
    try:
        # The script's process leads its group; its number may have gone to another process since.
        return "job.sh" in Path(f"/proc/{number}/cmdline").read_text(errors="replace")
    except OSError:
        return False


@contextmanager
def _ended_with_us() -> Iterator[Any]:
    """End the process that is handed over when this one is interrupted or asked to end."""
    held: list[subprocess.Popen[bytes]] = []

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, interrupt) if main else None
    try:
        yield held.append
    finally:
        for process in held:
            if process.poll() is None:
                _end_group(process)
        if main:
            signal.signal(signal.SIGTERM, before)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    for number, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(process.pid, number)
            process.wait(patience)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
