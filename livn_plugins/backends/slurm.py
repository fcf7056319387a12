"""A job of the Slurm scheduler: a script, its submission, and waiting for it.

The script runs this program again, with the interpreter and in the directory of the submission.
Its ranks are those of the ``mpi`` backend; a job of one task is one process with threads and needs
no MPI. How the job goes is read from its folder, then from Slurm: no accounting is needed.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import warnings
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from livn_core.components import Backend
from livn_core.errors import BackendError, OutputError
from livn_core.job import Answer, Job, Progress, Record, Submitted
from livn_core.jobs import slurm
from livn_core.jobs.folder import JobFolder, absolute, now
from livn_core.jobs.follow import follow
from livn_core.jobs.history import remember
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
from livn_core.study.index import all_told
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
        if self._tasks() != 1 and (missing := missing_mpi()) is not None:
            raise BackendError(
                f"a job of several tasks needs MPI, and {missing}",
                hint="or ask for one task: its threads use the node's cores",
            )
        check_output(job.output, overwrite=job.overwrite)
        refuse_second(folder)
        folder.write(configuration=job.document, script=script)
        before = stamp(job.output)
        number, cluster = slurm.submit(
            folder.script,
            log_directory=folder.path,
            timeout=self.timeout,
            resources=self._resources(self._profile()).keys(),
        )
        self._keep(number, cluster, job.output, folder)
        remember(folder)
        if not self.wait:
            return Submitted(number, "slurm", folder.path, absolute(job.output))
        status = self._follow(number, folder, progress)
        require_made(folder, status, job.output, before, what=f"job {number}")
        system = System(job.output)
        for warning in (system.provenance or {}).get("warnings", ()):
            warnings.warn(warning, stacklevel=3)
        return system

    def describe_sweep(self, directory: Path, systems: int, jobs: int | None = None) -> str:
        """Return the script that :meth:`sweep` would submit."""
        return self._sweep_script(directory, self._array(systems), jobs).rstrip("\n")

    def sweep(self, directory: Path, systems: int, jobs: int | None = None) -> Submitted | None:
        """Submit the study of a directory as one array job; its tasks share the systems.

        Returns the job; with ``wait`` None, when the systems have been tried.

        Parameters
        ----------
        directory
            Of the study, which has its record.
        systems
            How many it has.
        jobs
            Systems that a task makes at a time; None for the cores that it is given.
        """
        folder, tasks = JobFolder.of(directory), self._array(systems)
        refuse_second(folder)
        folder.write(configuration={}, script=self._sweep_script(directory, tasks, jobs))
        number, cluster = slurm.submit(
            folder.script,
            log_directory=folder.path,
            timeout=self.timeout,
            resources=self._resources(self._profile()).keys(),
        )
        self._keep(number, cluster, directory, folder, tasks=tasks)
        remember(folder)
        if not self.wait:
            return Submitted(number, "slurm", folder.path, absolute(directory))
        status = self._follow(number, folder)
        require_tried(folder, status, all_told(directory), what=f"job {number}")
        return None

    def _array(self, systems: int) -> int:
        if self._tasks() not in {None, 1}:
            raise BackendError(
                "a task of a sweep's array job is one process",
                hint="leave ntasks and nodes out; cpus-per-task is what a task makes systems on",
            )
        return min(self.tasks or -(-systems // 10), systems)

    def _sweep_script(self, directory: Path, tasks: int, jobs: int | None) -> str:
        profile, output = self._profile(), absolute(directory)
        resources = _with_their_times_told(self._resources(profile))
        name = resources.pop("job-name", f"livn-{output.name}")
        array = {"array": f"0-{tasks - 1}", "output": "job-%a.log"}
        share = f'"${{SLURM_ARRAY_TASK_ID:-0}}/{tasks}"'
        words = [*sweep_arguments(output), "--share", Raw(share)]
        words += ["--jobs", str(jobs) if jobs else Raw('"${SLURM_CPUS_ON_NODE:-$(nproc)}"')]
        return job_script(
            title="A task of the array makes its share of the systems; --resume takes up what is "
            "missing.",
            directory=Path.cwd(),
            folder=JobFolder.of(output).path,
            command=[sys.executable, *words],
            directives=directives({"job-name": name, **array, **resources}),
            prologue=_prologue(profile),
            array=True,
        )

    def _keep(
        self, number: str, cluster: str | None, output: Path, folder: JobFolder, **details: Any
    ) -> None:
        """Write down what was submitted; where that fails, its number is still told."""
        details |= {"cluster": cluster} if cluster else {}
        try:
            self._write_record(number, output, folder, details)
        except OutputError as error:
            raise BackendError(
                f"job {number} was submitted, but its record was not kept: {error.message}",
                hint=f"'scontrol show job {number}' tells of it, 'scancel {number}' ends it",
            ) from error

    def _write_record(
        self, number: str, output: Path, folder: JobFolder, details: dict[str, Any]
    ) -> None:
        folder.keep_record(
            Record(
                id=number,
                backend="slurm",
                parameters=self.model_dump(mode="json"),
                output=str(absolute(output)),
                submitted=now(),
                host=socket.gethostname(),
                details=details,
            )
        )

    def _follow(self, number: str, folder: JobFolder, progress: Progress | None = None) -> Status:
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

    def _profile(self) -> Profile:
        return load_profile(self.profile) if self.profile is not None else Profile()

    def _resources(self, profile: Profile) -> dict[str, str | bool]:
        site = {"partition": profile.partition, "account": profile.account}
        return merged(
            normalised(site, where="profile"),
            normalised(profile.resources, where="profile.resources"),
            normalised(self.resources),
            parse_resources(self.resource),
        )

    def _tasks(self) -> int | None:
        return tasks_of(self._resources(self._profile()))

    def _script(self, job: Job, folder: JobFolder) -> str:
        profile = self._profile()
        resources = _with_their_times_told(self._resources(profile))
        tasks = tasks_of(resources)
        name = resources.pop("job-name", f"livn-{job.output.name}")
        lines = directives({"job-name": name, "output": "job.log", **resources})
        output = absolute(job.output)
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
            if "cpus-per-task" in resources:
                # Since 22.05 srun does not take it from the job.
                environment["SRUN_CPUS_PER_TASK"] = str(resources["cpus-per-task"])
            launcher = rank_command(slurm_launcher(self.launcher or profile.launcher), ranks)
            if Path(launcher[0]).name != "srun":
                # It starts one helper a node with srun, whose ranks are not to share one core.
                environment["SLURM_CPU_BIND"] = "none"
            here = find_launcher()
            if here is not None and Path(here[0]).name != "srun":
                outside = rank_command(here, ranks)
            command += ["-m", "mpi4py"]
        command += generate_arguments(
            generator=job.generator,
            configuration=configuration,
            output=output,
            backend="local" if tasks == 1 else "mpi",
            options=job.options,
            jobs=jobs,
            overwrite=job.overwrite,
            resume=job.resume,
        )
        return job_script(
            title="Runs again by hand: sbatch job.sh, or bash job.sh outside Slurm; --resume takes "
            "up what was finished.",
            directory=Path.cwd(),
            folder=folder.path,
            command=command,
            directives=lines,
            prologue=_prologue(profile),
            environment=environment,
            launcher=launcher,
            outside=outside,
        )


def _with_their_times_told(resources: dict[str, str | bool]) -> dict[str, str | bool]:
    for name in ("time", "time-min"):
        if str(number := resources.get(name)).isdigit():
            warn_caller(f"{name}={number} is {number} minutes to Slurm")
    return resources


def _prologue(profile: Profile) -> list[str]:
    lines = []
    if profile.modules:
        lines.append("type module >/dev/null 2>&1 || . /etc/profile")
        lines += [shell_line(["module", "load", name]) for name in profile.modules]
    return [*lines, *profile.prologue]
