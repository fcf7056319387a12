"""What a rank of an MPI job does. Importing this module initialises MPI: only ranks do."""

from __future__ import annotations

import hashlib
import os
import socket
import sys
import time
import traceback
import uuid
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import numpy as np
from mpi4py import MPI

from livn_core.errors import BackendError, ExitCode, LivnError, PlacementError, out_of_memory
from livn_core.execute import program_of
from livn_core.job import Job, Progress
from livn_core.jobs.failure_report import message_of, raise_reported, report_failure
from livn_core.jobs.folder import JobFolder
from livn_core.jobs.follow import into_folder
from livn_core.jobs.launch_environment import LaunchEnvironment
from livn_core.program import Program
from livn_core.run.run import make_system
from livn_core.system.reader import System

__all__ = ["MPICommunicator", "run_rank"]

T = TypeVar("T")
_TAG = 77


class MPICommunicator:
    """The ranks of a communicator; with ``gather`` rank 0 writes everything, even where all could."""

    def __init__(self, comm: MPI.Comm, *, gather: bool = False) -> None:
        self.comm = comm
        self.rank: int = comm.Get_rank()
        self.size: int = comm.Get_size()
        self._gather = gather

    def _meet(self) -> None:
        # MPI waits in a busy loop, which takes a core from the ranks and threads that still work:
        # a rank that is early sleeps between its questions.
        request, pause = self.comm.Ibarrier(), 0.0
        while not request.Test():
            time.sleep(pause)
            pause = min(pause + 0.0005, 0.01)

    def allgather(self, value: Any) -> list[Any]:
        """Return what every rank gave, in order of rank."""
        self._meet()
        return self.comm.allgather(value)

    def bcast(self, value: T) -> T:
        """Return what rank 0 gave."""
        self._meet()
        return self.comm.bcast(value)

    def barrier(self) -> None:
        """Wait for everyone."""
        self._meet()

    def shares_directory(self, directory: Path) -> bool:
        """Whether every rank sees ``directory``: all look for a file that rank 0 leaves there.

        Looking for the directory is not enough: each machine may have one of that name.
        """
        probe = self.bcast(directory / f"probe-{uuid.uuid4().hex}" if self.rank == 0 else Path())
        if self.rank == 0:
            probe.touch()
        self.barrier()
        deadline = time.monotonic() + 5.0
        while not (found := probe.exists()) and time.monotonic() < deadline:
            time.sleep(0.05)
        blind = {name for name in self.allgather(None if found else socket.gethostname()) if name}
        if self.rank == 0:
            probe.unlink()
            if blind:
                warnings.warn(
                    f"{', '.join(sorted(blind))} cannot see '{directory.parent}': rank 0 writes "
                    "everything; a directory that all machines share is faster",
                    stacklevel=2,
                )
        return not blind and not self._gather

    def gathered(self, values: Iterable[T]) -> Iterator[T]:
        """Yield, on rank 0, the values of all the others, one at a time; on those, nothing."""
        if self.rank:
            for value in values:
                self.comm.send((value,), 0, _TAG)
            self.comm.send(None, 0, _TAG)
            return
        for source in range(1, self.size):
            while (parcel := self.comm.recv(source=source, tag=_TAG)) is not None:
                yield parcel[0]

    def threads(self) -> int:
        """Return how many threads a rank may run: the node's cores, shared by its ranks."""
        node = self.comm.Split_type(MPI.COMM_TYPE_SHARED)
        cores = set().union(*node.allgather(os.sched_getaffinity(0)))
        allotted = os.environ.get("SLURM_CPUS_ON_NODE", "")
        number = min(len(cores), int(allotted)) if allotted.isdigit() else len(cores)
        size = node.Get_size()
        node.Free()
        return max(1, number // size)


class Agreed:
    """A program that checks, before its blocks are made, that all ranks placed the same cells."""

    def __init__(self, program: Program, communicator: MPICommunicator) -> None:
        self._program = program
        self._communicator = communicator

    def __getattr__(self, name: str) -> Any:
        return getattr(self._program, name)

    def prepare(self, jobs: int = 1, *, draw: bool = True) -> None:
        """Prepare; refuse ranks that differ: something drew random numbers of its own."""
        self._program.prepare(jobs, draw=draw)
        everyone = self._communicator.allgather(self._fingerprints())
        for rank, theirs in enumerate(everyone):
            wrong = [name for name in everyone[0] if theirs.get(name) != everyone[0][name]]
            if theirs != everyone[0] and self._communicator.rank in {0, rank}:
                what = f"the cells of '{wrong[0]}'" if wrong and wrong[0] else "the systems"
                raise PlacementError(
                    f"{what} differ between rank 0 and rank {rank}: each rank must place the same "
                    "cells",
                    hint="draw random numbers only from the generator that the placement is given "
                    "(rng), use nothing that differs between processes, and machines of one kind",
                )

    def _fingerprints(self) -> dict[str, str]:
        program = self._program
        found = {"": _hash([repr(list(program.tables))])}
        for population in program.populations:
            parts: list[Any] = [repr(population)]
            for name, (columns, values) in sorted(program.cell_attributes(population.name).items()):
                parts += [name, repr(sorted(values.items()))]
                for column, array in sorted(columns.items()):
                    parts += [column, np.ascontiguousarray(array)]
            found[population.name] = _hash(parts)
        return found


def _hash(parts: Sequence[Any]) -> str:
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        state.update(part.encode() + b"\0" if isinstance(part, str) else part.data.cast("B"))
    return state.hexdigest()


def run_rank(
    job: Job,
    *,
    requested: int,
    launch: LaunchEnvironment | None,
    folder: JobFolder | None,
    gather: bool,
    progress: Progress | None,
) -> System | None:
    """Do this rank's part; return the system on rank 0, None on the others.

    An error on any rank ends the whole job at once: the others may be waiting for this one. There
    ought to be as many ranks as were ``requested``; there is a ``folder`` where a job's script runs.
    """
    communicator = MPICommunicator(MPI.COMM_WORLD, gather=gather)
    if communicator.size != requested:
        _refuse(requested, communicator.size, launch, folder)
    if communicator.rank:
        # Every rank would issue the same warnings.
        warnings.simplefilter("ignore")
    if folder is not None and communicator.rank == 0:
        progress = _both(progress, into_folder(folder))
    try:
        output = make_system(
            Agreed(program_of(job), communicator),
            job.output,
            overwrite=job.overwrite,
            jobs=job.jobs or communicator.threads(),
            progress=progress,
            resume=job.resume,
            communicator=communicator,
        )
        return System(output) if communicator.rank == 0 else None
    except BaseException as error:
        _end(error, communicator, folder)
        raise


def _both(first: Progress | None, second: Progress) -> Progress:
    def report(phase: str, done: int, total: int) -> None:
        if first is not None:
            first(phase, done, total)
        second(phase, done, total)

    return report


def _refuse(
    requested: int, size: int, launch: LaunchEnvironment | None, folder: JobFolder | None
) -> NoReturn:
    """Say that the launcher and the library do not know each other: on one process, once."""
    launcher = launch.launcher if launch is not None else "the launcher"
    library = MPI.Get_library_version().splitlines()[0].strip("\0 ")
    error = BackendError(
        f"{launcher} was to start {requested} ranks but the communicator says {size}"
        + (
            f": the launcher and mpi4py belong to different MPI libraries (mpi4py's is '{library}')"
            if size == 1
            else ""
        ),
        hint="choose the launcher of that library (--launcher, or 'launcher' in the profile; under "
        "Slurm 'srun --mpi=pmi2' or 'srun --mpi=pmix'), or build mpi4py with the site's library",
    )
    raise_reported(error, launch, folder)


def _end(error: BaseException, communicator: MPICommunicator, folder: JobFolder | None) -> None:
    """Say what went wrong, on the first rank to fail alone, and end all ranks."""
    if isinstance(error, MemoryError):
        error = out_of_memory(error)
    code = int(error.exit_code) if isinstance(error, LivnError) else int(ExitCode.BUG)
    if isinstance(error, KeyboardInterrupt):
        code = int(ExitCode.INTERRUPTED)
    if folder is not None:
        first = report_failure(error, communicator.rank, folder)
    else:
        # All may fail for the same reason: the lowest of them reports it and ends the others.
        time.sleep(min(0.3 * communicator.rank, 1.5))
        first = True
    if first:
        hint = getattr(error, "hint", None)
        if not isinstance(error, (LivnError, KeyboardInterrupt)):
            traceback.print_exception(error)
        sys.stderr.write(
            f"Error: {message_of(error)} (rank {communicator.rank} of {communicator.size})\n"
        )
        sys.stderr.write(f"Hint: {hint}\n" if hint else "")
        sys.stderr.flush()
    else:
        time.sleep(1.0)  # The first rank to fail is about to end this one.
    communicator.comm.Abort(code)
