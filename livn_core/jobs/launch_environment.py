"""Whether a launcher started this process together with others, as its environment tells.

Nothing here imports MPI: it can be asked on a login node without MPI, and in a process that must not
initialise it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from livn_core.errors import BackendError, ExitCode

__all__ = ["RANKS", "LaunchEnvironment", "launched", "refuse_copies", "requested_ranks"]

#: Set by a job's script: how many ranks it asked its launcher for.
RANKS = "LIVN_MPI_RANKS"
#: Set by whoever means independent copies, each with an output of its own.
COPIES = "LIVN_ALLOW_COPIES"

#: Launchers by what they set: number of processes, and which of them this is. The first that is
#: there counts: srun also starts the helpers of the others.
_SIGNS = (
    ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "Open MPI's mpirun"),
    ("MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK", "MVAPICH's mpirun"),
    ("PMI_SIZE", "PMI_RANK", "mpiexec"),
    ("PMIX_SIZE", "PMIX_RANK", "a PMIx launcher"),
    ("SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "srun"),
)


@dataclass(frozen=True, slots=True)
class LaunchEnvironment:
    """The processes that one launcher started: how many, which this is from 0, and who did."""

    size: int
    rank: int
    launcher: str


def launched(environment: Mapping[str, str] = os.environ) -> LaunchEnvironment | None:
    """Return how a launcher started this process; None when it was started alone."""
    for size, rank, launcher in _SIGNS:
        if not environment.get(size, "").isdigit() or not environment.get(rank, "").isdigit():
            continue
        launch = LaunchEnvironment(int(environment[size]), int(environment[rank]), launcher)
        # A shell inside a Slurm allocation is a step of one task.
        if launcher != "srun" or launch.size > 1:
            return launch
    return None


def requested_ranks() -> int | None:
    """Return how many ranks the script of a job asked for; None outside such a script."""
    text = os.environ.get(RANKS, "")
    return int(text) if text.isdigit() else None


def refuse_copies(
    environment: Mapping[str, str] = os.environ,
    *,
    hint: str = "add --backend mpi so that they work together",
) -> None:
    """Refuse to run alone where a launcher started several of us; ``hint`` says what is meant.

    The first of them says so. The others end quietly: one message is enough.
    """
    launch = launched(environment)
    if launch is None or launch.size == 1 or environment.get(COPIES):
        return
    if launch.rank:
        raise SystemExit(int(ExitCode.BACKEND))
    raise BackendError(
        f"{launch.launcher} started {launch.size} independent copies of this command: each would "
        "make the whole system",
        hint=f"{hint}; for a system each, with outputs of their own, set {COPIES}=1",
    )
