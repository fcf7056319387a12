"""Run Slurm's commands and read their answers, in all the forms that its versions give."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from livn_core.errors import BackendError
from livn_core.job import Answer, JobState
from livn_core.notices import warn_caller

__all__ = ["ask", "cancel", "overridden", "parse_job", "parse_submission", "submit"]

_STATES = {
    "PENDING": JobState.PENDING, "CONFIGURING": JobState.PENDING, "REQUEUED": JobState.PENDING,
    "REQUEUE_HOLD": JobState.PENDING, "REQUEUE_FED": JobState.PENDING,
    "SPECIAL_EXIT": JobState.PENDING, "RESV_DEL_HOLD": JobState.PENDING,
    "RUNNING": JobState.RUNNING, "COMPLETING": JobState.RUNNING, "SUSPENDED": JobState.RUNNING,
    "STOPPED": JobState.RUNNING, "SIGNALING": JobState.RUNNING, "STAGE_OUT": JobState.RUNNING,
    "RESIZING": JobState.RUNNING,
    "COMPLETED": JobState.COMPLETED, "CANCELLED": JobState.CANCELLED, "REVOKED": JobState.CANCELLED,
    "TIMEOUT": JobState.TIMEOUT, "DEADLINE": JobState.TIMEOUT,
}  # fmt: skip


def parse_submission(text: str) -> tuple[str, str | None] | None:
    """Return the job's number and the cluster's name from what sbatch printed; None for neither.

    ``123``, ``123;cluster`` and ``Submitted batch job 123 on cluster c`` are understood, below and
    above whatever else a site lets sbatch say.
    """
    for line in reversed(text.splitlines()):
        found = re.fullmatch(r"\s*(\d+)(?:;(\S+))?\s*", line) or re.search(
            r"[Ss]ubmitted batch job (\d+)(?: on cluster (\S+))?", line
        )
        if found:
            return found[1], found[2]
    return None


def parse_job(text: str) -> Answer | None:
    """Return the state in a line of ``scontrol show job -o``; None when there is none."""
    found = re.search(r"\bJobState=([A-Z_]+)", text)
    if not found:
        return None
    state = _STATES.get(found[1], JobState.FAILED)
    reason = re.search(r"\bReason=(\S+)", text)
    code = re.search(r"\bExitCode=(\d+):(\d+)", text)
    why = "" if reason is None or reason[1] == "None" else reason[1]
    if state is JobState.FAILED and found[1] != "FAILED":
        why = found[1].lower().replace("_", " ")
    number = (int(code[1]) or (128 + int(code[2]) if int(code[2]) else 0)) if code else None
    # One that was cancelled while it waited, say, has 0:0.
    told = state is JobState.COMPLETED or (state.final and number)
    return Answer(state, why, number if told else None)


def _run(
    command: Sequence[str], *, timeout: float, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    name = command[0]
    path = shutil.which(name)
    if path is None:
        raise BackendError(
            f"there is no '{name}' on PATH", hint="run this on a login node of the cluster"
        )
    try:
        return subprocess.run(
            [path, *command[1:]],
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        raise BackendError(
            f"'{name}' has not answered in {timeout:g} s",
            hint="'squeue --me' tells what Slurm knows of it; try again, or wait longer (--timeout)",
        ) from None
    except OSError as error:
        raise BackendError(f"'{path}' cannot be run: {error.strerror or error}") from error


#: Variables that the environment of a job on a cluster has, and that decide over its memory.
_MEMORY = ("SLURM_MEM_PER_CPU", "SLURM_MEM_PER_GPU", "SLURM_MEM_PER_NODE")
#: Options whose variable for sbatch is not called like them.
_VARIABLES = {"time": "TIMELIMIT", "array": "ARRAY_INX"}
#: Options that each script of ours sets, or cannot have: another log, or several jobs of one output.
_OURS = ("job-name", "output", "error", "input", "array", "wait")


def overridden(resources: Collection[str], environment: Mapping[str, str]) -> list[str]:
    """Return the variables that would override, or contradict, options of the script, sorted.

    sbatch reads its variables after the script's lines. That of ``--time`` is SBATCH_TIMELIMIT.
    """
    names = {
        f"SBATCH_{_VARIABLES.get(r, r).upper().replace('-', '_')}" for r in (*resources, *_OURS)
    }
    if any(name.startswith("mem") for name in resources):
        names |= {*_MEMORY, *(name.replace("SLURM", "SBATCH") for name in _MEMORY)}
    return sorted(names & environment.keys())


def submit(script: Path, *, timeout: float, resources: Collection[str]) -> tuple[str, str | None]:
    """Submit a script, whose log goes beside it; return its number and its cluster.

    ``resources`` are the options that the script's lines set: they win over the environment.
    """
    command = ["sbatch", "--parsable", "--chdir", str(script.parent), str(script)]
    against = overridden(resources, os.environ)
    if against:
        warn_caller(f"left out for this job, which says otherwise: {', '.join(against)}")
    environment = {name: value for name, value in os.environ.items() if name not in against}
    done = _run(command, timeout=timeout, environment=environment)
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}"
        said = re.sub(r"^sbatch: (error: )?", "", said, flags=re.MULTILINE).replace("\n", "; ")
        raise BackendError(
            f"sbatch refused the job: {said}",
            hint=f"the script is '{script}'; change the resources or the profile",
        )
    found = parse_submission(done.stdout) or parse_submission(done.stderr)
    if found is None:
        said = (done.stdout or done.stderr).strip()[:200]
        raise BackendError(
            f"sbatch answered without a job's number: '{said}'",
            hint="'squeue --me' tells whether the job is there all the same",
        )
    return found


def _of(number: str, cluster: str | None) -> list[str]:
    return [*([f"--clusters={cluster}"] if cluster else []), number]


def ask(number: str, cluster: str | None, *, timeout: float) -> Answer | None:
    """Return what Slurm says of a job; None when it does not know it (any more)."""
    done = _run(["scontrol", "show", "job", "-o", *_of(number, cluster)], timeout=timeout)
    answer = _together([a for line in done.stdout.splitlines() if (a := parse_job(line))])
    if answer is None and done.returncode and "nvalid job id" not in done.stderr + done.stdout:
        said = done.stderr.strip() or f"exit code {done.returncode}"
        raise BackendError(f"scontrol does not tell of job {number}: {said}")
    return answer


def _together(answers: Sequence[Answer]) -> Answer | None:
    """Return the state of a job of which Slurm tells in several lines: the tasks of an array."""
    waiting = [answer for answer in answers if not answer.state.final]
    if not waiting:
        wrong = [answer for answer in answers if answer.state is not JobState.COMPLETED]
        return next(iter((*wrong, *answers)), None)
    if all(answer.state is JobState.PENDING for answer in answers):
        return waiting[0]
    return Answer(JobState.RUNNING)


def cancel(number: str, cluster: str | None, *, timeout: float) -> None:
    """Cancel a job. One that has ended, or never was, is no error to Slurm."""
    done = _run(["scancel", *_of(number, cluster)], timeout=timeout)
    if done.returncode:
        raise BackendError(f"scancel refused: {done.stderr.strip()}")
