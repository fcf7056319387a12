"""The text of a job's script: what is run, readable, and runnable again by hand.

Pure: everything that the text depends on is in its arguments.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from livn_core.__about__ import __version__
from livn_core.errors import BackendError
from livn_core.job import Job

__all__ = [
    "Raw",
    "generate_arguments",
    "job_script",
    "mpi_environment",
    "shell_line",
    "sweep_arguments",
]


class Raw(str):
    """A word of the shell that is not quoted: ``"$SLURM_NTASKS"``."""

    __slots__ = ()


def shell_line(command: Sequence[str]) -> str:
    """Return a command as a line of the shell, each word quoted where it must be."""
    for word in command:
        # A script with one could not be read, nor copied line by line.
        if any(c in word for c in "\n\r\0"):
            raise BackendError(
                f"a line break cannot stand in a job's command: {word!r}",
                hint="rename the file or folder, or change the value",
            )
    return " ".join(word if isinstance(word, Raw) else shlex.quote(word) for word in command)


def generate_arguments(
    job: Job, *, configuration: str, output: Path, backend: str, jobs: int | str | None
) -> list[str]:
    """Return the words after the interpreter that make the system of a job."""
    found = ["-m", "livn_cli", "generate", "--config", configuration, "--generator", job.generator]
    for name, value in job.options.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            found.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            text = value if isinstance(value, str) else json.dumps(value)
            found += [f"--{flag}", text]
    found += ["--output", str(output), "--backend", backend]
    if jobs is not None:
        found += ["--jobs", jobs if isinstance(jobs, str) else str(jobs)]
    return found + ["--overwrite"] * job.overwrite + ["--resume"] * job.resume


def sweep_arguments(directory: Path) -> list[str]:
    """Return the words after the interpreter that make what a study's directory lacks."""
    words = ["-m", "livn_cli", "sweep", str(directory / "study.yml")]
    return [*words, "--output", str(directory), "--resume"]


def mpi_environment(*, ranks: int | None, cores: int, root: bool) -> dict[str, str]:
    """Return variables without which Open MPI refuses; MPICH does not look at them.

    ``ranks`` are those on this machine, None when it is not known; root runs them in containers.
    """
    found: dict[str, str] = {}
    if root:
        found |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    if ranks is not None and ranks > cores:
        found |= {
            "OMPI_MCA_rmaps_base_oversubscribe": "1",
            "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
        }
    return found


#: The script writes the state of the job, so that no accounting database is needed. It writes a
#: second file and renames it, so that a reader never sees half of one.
_STATUS = r"""
began=$(date -u +%FT%TZ) signal=null
status() { # state, exit code, time of the end
    printf '{"version": 1, "state": "%s", "exit_code": %s, "signal": %s, "started": "%s", "ended": %s, "host": "%s", "process": %s, "scheduler_id": "%s"}\n' \
        "$1" "$2" "$signal" "$began" "$3" "$(uname -n)" $$ "${SLURM_JOB_ID:-}" >"$job/.status.json"
    mv -f -- "$job/.status.json" "$job/status.json"
}
trap 'status ended $? "\"$(date -u +%FT%TZ)\""' EXIT
trap 'signal=\"TERM\"; exit 143' TERM
trap 'signal=\"INT\"; exit 130' INT
rm -f -- "$job/failure.json" "$job/progress.json" "$job/outcome.json"
status running null null
"""


def job_script(
    *,
    title: str,
    directory: Path,
    folder: Path,
    command: Sequence[str],
    directives: Sequence[str] = (),
    prologue: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    launcher: Sequence[str] = (),
    outside: Sequence[str] | None = None,
    array: bool = False,
) -> str:
    """Return the script of a job.

    Parameters
    ----------
    title
        First comment: what it is, and how to run it by hand.
    directory, folder
        Where the command was given, and is run; the job's folder.
    command
        What is run, after the launcher.
    directives, prologue
        The scheduler's lines; lines of shell from a site's profile.
    environment
        Variables to set; values are words of the shell where they are :class:`Raw`.
    launcher
        What starts the ranks; empty for one process.
    outside
        What starts them where the script is run without the scheduler; None for the same.
    array
        Whether it is run once a task of an array job, each of which has a folder in the job's.
    """
    lines = ["#!/bin/bash", *directives, f"# {title}", f"# Made by livn {__version__}."]
    lines += ["set -eo pipefail", f"cd -- {shell_line([str(directory)])}"]
    lines.append(f"job={shell_line([str(folder)])}")
    if array:
        lines += ['job="$job/${SLURM_ARRAY_TASK_ID:-0}"', 'mkdir -p -- "$job"']
    lines.append(_STATUS)
    if prologue:
        lines += [*prologue, ""]
    for name, value in (environment or {}).items():
        lines.append(f"export {name}={shell_line([value])}")
    if launcher:
        lines.append(f"ranks=({shell_line(launcher)})")
        if outside is not None:
            lines.append(f'[ -n "${{SLURM_JOB_ID:-}}" ] || ranks=({shell_line(outside)})')
    if directives:
        lines.append("# A job that Slurm starts again takes up what it had.")
        lines.append('[ "${SLURM_RESTART_COUNT:-0}" = 0 ] || set -- --resume "$@"')
    lines.append("")
    start = [Raw('"${ranks[@]}"')] if launcher else []
    lines.append(_folded([*start, *command, Raw('"$@"')]))
    return "\n".join(lines) + "\n"


def _folded(command: Sequence[str]) -> str:
    """Return a command with a line for each option."""
    lines: list[str] = []
    line: list[str] = []
    seen = False
    for word in command:
        seen = seen or word == "generate"
        if seen and line and (word.startswith("--") or word == '"$@"'):
            lines.append(shell_line(line))
            line = []
        line.append(word)
    lines.append(shell_line(line))
    return " \\\n    ".join(lines)
