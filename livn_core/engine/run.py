"""Run a program: blocks on threads, a spool, one pair of files, a digest, a published directory."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

from livn_core.engine.blocks import Program
from livn_core.engine.crew import Alone, Crew
from livn_core.engine.job import Progress
from livn_core.engine.making import Making
from livn_core.engine.provenance import job_key
from livn_core.engine.schema import check_program, check_tasks, tables_of
from livn_core.engine.spool import Spool, memory_budget
from livn_core.jsonio import plain
from livn_core.notices import warn_caller
from livn_core.publish import Workplace, check_output, saying_output_errors
from livn_core.system import System

__all__ = ["make_system", "run_program"]


def run_program(
    program: Program,
    output: str | Path,
    *,
    overwrite: bool = False,
    jobs: int | None = None,
    progress: Progress | None = None,
    resume: bool = False,
    crew: Crew | None = None,
    memory: int | None = None,
) -> System:
    """Make the system that a program describes, and publish it under ``output``.

    Parameters
    ----------
    program
        What to make.
    output
        The system directory; its parents are created.
    overwrite
        Replace an existing system, whole, once the new one is finished.
    jobs
        Threads in this process; None for the cores that it may use.
    progress
        Called with (phase, done, total) from this thread, on rank 0.
    resume
        Take up the blocks that an interrupted run of the same program left.
    crew
        The processes that work together; None for this one alone.
    memory
        Bytes of finished blocks to hold in memory; what is more goes to disk. None for 1 GiB, or
        less on a small machine. After half a minute every block goes to disk, to be resumed.

    Returns
    -------
    System
        The published system.

    Raises
    ------
    OutputError
        The output exists, cannot be written, or the disk is full. Nothing is published.
    PluginError
        The program breaks its contract.
    ConfigError
        A value of the configuration cannot be written to JSON; said before the work begins.
    """
    path = make_system(
        program,
        output,
        overwrite=overwrite,
        jobs=jobs,
        progress=progress,
        resume=resume,
        crew=crew,
        memory=memory,
    )
    return System(path)


def make_system(
    program: Program,
    output: str | Path,
    *,
    overwrite: bool = False,
    jobs: int | None = None,
    progress: Progress | None = None,
    resume: bool = False,
    crew: Crew | None = None,
    memory: int | None = None,
) -> Path:
    """Do what :func:`run_program` does; return the system's path.

    A rank on a machine that does not see the output can make blocks all the same: rank 0 writes
    them then.
    """
    crew = crew or Alone()
    jobs = jobs or len(os.sched_getaffinity(0))
    memory = memory_budget(crew.size) if memory is None else memory
    report = progress if progress is not None and crew.rank == 0 else _silent
    # First of all: planning a large system only to refuse its output wastes the user's time.
    path = crew.bcast(check_output(output, overwrite=overwrite) if crew.rank == 0 else Path())
    check_program(program)
    provenance = plain(program.provenance(), origin="provenance.json")

    report("prepare", 0, 1)
    program.prepare()
    # Blocks may be cut by estimates: a rank on another machine must not round them differently.
    tasks = crew.bcast(list(program.tasks()))
    check_tasks(program.populations, tasks)
    # The graph's values must be fit for JSON now: at the end of a long run it is too late.
    every = {(t.name, t.population): 1 for t in program.tables if t.kind == "projection"}
    plain(program.graph(every, "0" * 64), origin="graph.json")
    report("prepare", 1, 1)

    place, keep = None, False
    if crew.rank == 0:
        with saying_output_errors(path):
            place = Workplace(path, job_key(provenance, program.tables, tasks), resume=resume)
    try:
        if place is not None:
            check_output(path, overwrite=overwrite)
            if resume and not place.resumed:
                warn_caller(f"there is nothing to resume for '{path}'")
        where = (place.directory, place.attempt, place.resumed) if place is not None else None
        directory, attempt, resumed = crew.bcast(where) or (path, 0, False)
        shared = crew.sees(directory)
        making = Making(program, tasks, path, directory / "system", crew, shared, jobs, report)
        tables = tables_of(program.tables)
        name = f"{attempt}-{crew.rank}"
        with ExitStack() as stack:
            if not directory.is_dir():
                directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="livn-")))
            spool = Spool(directory, tasks, tables, name=name, memory=memory)
            stack.enter_context(closing(spool))
            try:
                if resumed:
                    spool.recover(rank=crew.rank, size=crew.size)
                making.make_blocks(spool)
                edges, digest = making.write_files(spool)
                if crew.rank == 0:
                    making.describe(edges, digest, told=provenance.get("warnings", ()))
            except KeyboardInterrupt:
                keep = place is not None and place.holds_blocks
                raise
        if place is not None:
            with saying_output_errors(path):
                place.publish(overwrite=overwrite)
    finally:
        if place is not None:
            place.leave(keep=keep)
    crew.barrier()
    return path


def _silent(phase: str, done: int, total: int) -> None:
    """Report nothing."""
