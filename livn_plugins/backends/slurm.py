"""A job of the Slurm scheduler: a script, its submission, and waiting for it.

The script runs this program again, with the interpreter and in the directory of the submission.
Its ranks are those of the ``mpi`` backend; a job of one task is one process with threads and needs
no MPI. How the job goes is read from its folder, then from Slurm: no accounting is needed.
"""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from livn_core.components import Backend
from livn_core.errors import BackendError, OutputError
from livn_core.job import Answer, Job, Progress, Record, Submitted
from livn_core.jobs import slurm
from livn_core.jobs.folder import JobFolder, absolute
from livn_core.jobs.follow import follow
from livn_core.jobs.history import keep
from livn_core.jobs.launch_environment import RANKS
from livn_core.jobs.launchers import find_launcher, missing_mpi, rank_command, slurm_launcher
from livn_core.jobs.profile import Profile, load_profile
from livn_core.jobs.resources import directives, merged, normalised, parse_resources, tasks_of
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
from livn_core.outputs import check_output
from livn_core.study.index import all_told, read_study
from livn_core.system.reader import System
from livn_plugins.backends.mpi import FOLDER

__all__ = ["Slurm"]


class Slurm(Backend):
    """Submits the job to Slurm, and waits for it with --wait."""

    asynchronous: ClassVar[bool] = True
    distributed: ClassVar[bool] = True

    resources: dict[str, Any] = Field(
        {},
        description='options of sbatch: {"--nodes": 4, "-p": "normal", "-t": "4:00:00"}',
        json_schema_extra={"metavar": "JSON"},
    )
    resource: list[str] = Field(
        [],
        description="one option of sbatch: nodes=4; repeatable",
        json_schema_extra={"repeatable": True, "metavar": "NAME=VALUE"},
    )
    profile: str | None = Field(
        None,
        description="what a site's jobs need: a YAML file, or a name in ~/.config/livn/profiles",
        json_schema_extra={"metavar": "NAME"},
    )
    launcher: str | None = Field(
        None,
        description="starts the ranks in the job; default mpiexec beside the interpreter, else srun",
        json_schema_extra={"metavar": "COMMAND"},
    )
    tasks: int | None = Field(
        None, ge=1, description="tasks of a sweep's array job; default one for every 10 systems"
    )
    wait: bool = Field(False, description="follow the job and return its system")
    poll: float = Field(10.0, gt=0, description="time between questions to Slurm, s")
    timeout: float = Field(60.0, gt=0, description="how long one of Slurm's commands may take, s")

    def available(self) -> str | None:
        """Return why not: no sbatch."""
        if shutil.which("sbatch") is None:
            return "there is no 'sbatch' on PATH: is this a login node of a Slurm cluster?"
        return None

    def describe(self, job: Job) -> str:
        """Return the script that would be submitted."""
        return self._script(job, JobFolder.of(job.output)).rstrip("\n")

    def run(self, job: Job, progress: Progress | None = None) -> System | Submitted:
        """Submit; return the job, or with ``wait`` its system."""
        folder = JobFolder.of(job.output)
        script = self._script(job, folder)
        if tasks_of(self._resources) != 1 and (missing := missing_mpi()) is not None:
            raise BackendError(
                f"a job of several tasks needs MPI, and {missing}",
                hint="or ask for one task: its threads use the node's cores",
            )
        check_output(job.output, overwrite=job.overwrite)
        before = stamp(job.output)
        submitted = self._submit(folder, job.output, job.document, script)
        if not self.wait:
            return submitted
        status = self._follow(submitted, folder, progress)
        require_made(folder, status, job.output, before, what=f"job {submitted.id}")
        system = System(job.output)
        for warning in (system.provenance or {}).get("warnings", ()):
            warn_caller(warning)
        return system

    def describe_sweep(self, directory: Path, systems: int, jobs: int | None = None) -> str:
        """Return the script that :meth:`sweep` would submit."""
        return self._sweep_script(directory, self._array(systems), jobs).rstrip("\n")

    def sweep(self, directory: Path, systems: int, jobs: int | None = None) -> Submitted | None:
        """Submit the study of a directory as one array job; its tasks share the systems.

        Returns the job; with ``wait`` None, when the systems have been tried. ``jobs`` are those that
        a task makes at a time; None for the cores that it is given.
        """
        folder, tasks = JobFolder.of(directory), self._array(systems)
        script = self._sweep_script(directory, tasks, jobs)
        submitted = self._submit(folder, directory, {}, script, tasks=tasks)
        if not self.wait:
            return submitted
        status = self._follow(submitted, folder)
        require_tried(
            folder, status, all_told(read_study(directory), directory), what=f"job {submitted.id}"
        )
        return None

    def _array(self, systems: int) -> int:
        if tasks_of(self._resources) not in {None, 1}:
            raise BackendError(
                "a task of a sweep's array job is one process",
                hint="leave ntasks and nodes out; cpus-per-task is what a task makes systems on",
            )
        return min(self.tasks or -(-systems // 10), systems)

    def _sweep_script(self, directory: Path, tasks: int, jobs: int | None) -> str:
        output = absolute(directory)
        share = f'"${{SLURM_ARRAY_TASK_ID:-0}}/{tasks}"'
        words = [*sweep_arguments(output), "--share", Raw(share)]
        words += ["--jobs", str(jobs) if jobs else Raw('"${SLURM_CPUS_ON_NODE:-$(nproc)}"')]
        return job_script(
            title="A task of the array makes its share of the systems; --resume takes up what is "
            "missing.",
            directory=Path.cwd(),
            folder=JobFolder.of(output).path,
            command=[sys.executable, *words],
            directives=self._directives(output, array=f"0-{tasks - 1}", output="job-%a.log"),
            prologue=self._prologue(),
            array=True,
        )

    def _submit(
        self,
        folder: JobFolder,
        output: Path,
        configuration: Mapping[str, Any],
        script: str,
        **details: Any,
    ) -> Submitted:
        """Hand on a script; where what was submitted cannot be kept, its number is still told."""
        refuse_second(folder)
        folder.write(configuration=configuration, script=script)
        names = self._resources.keys()
        number, cluster = slurm.submit(folder.script, timeout=self.timeout, resources=names)
        details |= {"cluster": cluster} if cluster else {}
        try:
            keep(folder, number, self, "slurm", output, **details)
        except OutputError as error:
            raise BackendError(
                f"job {number} was submitted, but its record was not kept: {error.message}",
                hint=f"'scontrol show job {number}' tells of it, 'scancel {number}' ends it",
            ) from error
        return Submitted(number, "slurm", folder.path, absolute(output))

    def _follow(
        self, submitted: Submitted, folder: JobFolder, progress: Progress | None = None
    ) -> Status:
        number = submitted.id
        sys.stderr.write(f"Submitted job {number}: livn jobs {number}\n")
        try:
            return follow(folder, poll=self.poll, progress=progress)
        except KeyboardInterrupt:
            warnings.warn(
                f"job {number} goes on; 'livn jobs cancel {number}' ends it", stacklevel=2
            )
            raise

    def state(self, record: Record) -> Answer | None:
        """Ask Slurm."""
        return slurm.ask(record.id, record.details.get("cluster"), timeout=self.timeout)

    def cancel(self, record: Record) -> None:
        """Tell Slurm to end the job."""
        slurm.cancel(record.id, record.details.get("cluster"), timeout=self.timeout)

    # -- the script ------------------------------------------------------------------------------

    @cached_property
    def _site(self) -> Profile:
        return load_profile(self.profile) if self.profile is not None else Profile()

    @cached_property
    def _resources(self) -> dict[str, str | bool]:
        site = {"partition": self._site.partition, "account": self._site.account}
        return merged(
            normalised(site, where="profile"),
            normalised(self._site.resources, where="profile.resources"),
            normalised(self.resources),
            parse_resources(self.resource),
        )

    def _directives(self, path: Path, **own: str) -> list[str]:
        """Return the scheduler's lines; a time that is but a number is told."""
        for name in ("time", "time-min"):
            if str(number := self._resources.get(name)).isdigit():
                warn_caller(f"{name}={number} is {number} minutes to Slurm")
        return directives({"job-name": f"livn-{path.name}"} | own | self._resources)

    def _prologue(self) -> list[str]:
        lines = [shell_line(["module", "load", name]) for name in self._site.modules]
        there = ["type module >/dev/null 2>&1 || . /etc/profile"] if lines else []
        return [*there, *lines, *self._site.prologue]

    def _script(self, job: Job, folder: JobFolder) -> str:
        tasks, output = tasks_of(self._resources), absolute(job.output)
        configuration = Raw('"$job/configuration.json"')
        environment: dict[str, str] = {FOLDER: Raw('"$job"')}
        launcher: list[str] = []
        outside: list[str] | None = None
        command = [sys.executable]
        jobs: int | str | None = job.jobs
        if tasks == 1:
            # One process: the cores that Slurm gives to the job, or those that there are.
            jobs = jobs or Raw('"${SLURM_CPUS_ON_NODE:-$(nproc)}"')
        else:
            ranks: int | str = tasks or Raw('"$LIVN_MPI_RANKS"')
            cores = len(os.sched_getaffinity(0))
            environment[RANKS] = str(tasks) if tasks else Raw('"${SLURM_NTASKS:-1}"')
            # Where a site submits with --export=NONE, srun would keep even these from the ranks.
            environment["SLURM_EXPORT_ENV"] = "ALL"
            environment |= mpi_environment(ranks=None, cores=cores, root=os.geteuid() == 0)
            if "cpus-per-task" in self._resources:
                # Since 22.05 srun does not take it from the job.
                environment["SRUN_CPUS_PER_TASK"] = str(self._resources["cpus-per-task"])
            launcher = rank_command(slurm_launcher(self.launcher or self._site.launcher), ranks)
            if Path(launcher[0]).name != "srun":
                # It starts one helper a node with srun, whose ranks are not to share one core.
                environment["SLURM_CPU_BIND"] = "none"
            here = find_launcher()
            if here is not None and Path(here[0]).name != "srun":
                outside = rank_command(here, ranks)
            command += ["-m", "mpi4py"]
        backend = "local" if tasks == 1 else "mpi"
        command += generate_arguments(
            job, configuration=configuration, output=output, backend=backend, jobs=jobs
        )
        return job_script(
            title="Runs again by hand: sbatch job.sh, or bash job.sh outside Slurm; --resume takes "
            "up what was finished.",
            directory=Path.cwd(),
            folder=folder.path,
            command=command,
            directives=self._directives(output, output="job.log"),
            prologue=self._prologue(),
            environment=environment,
            launcher=launcher,
            outside=outside,
        )
