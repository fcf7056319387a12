"""Run a program: blocks on threads, a spool, one pair of files, a digest, a published directory."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from livn_core.engine.blocks import Program, Task
from livn_core.engine.crew import Alone, Crew
from livn_core.engine.job import Progress
from livn_core.engine.phases import (
    create_files,
    deal,
    digest_files,
    first_rows,
    gather_rows,
    produce,
)
from livn_core.engine.provenance import describe, job_key
from livn_core.engine.schema import check_program, check_tasks, tables_of
from livn_core.engine.slabs import Places, write_slabs
from livn_core.engine.spool import MEMORY, Spool
from livn_core.jsonio import plain, write_json
from livn_core.neuroh5.layout import plan_layout
from livn_core.publish import Workplace, check_output, saying_output_errors
from livn_core.system import System

__all__ = ["run_program"]


def run_program(
    program: Program,
    output: str | Path,
    *,
    overwrite: bool = False,
    jobs: int | None = None,
    progress: Progress | None = None,
    resume: bool = False,
    crew: Crew | None = None,
    memory: int = MEMORY,
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
        Bytes of finished blocks to hold in memory before they go to disk.

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
    crew = crew or Alone()
    jobs = jobs or len(os.sched_getaffinity(0))
    report = progress if progress is not None and crew.rank == 0 else _silent
    check_program(program)
    provenance = plain(program.provenance(), origin="provenance.json")
    path = crew.bcast(check_output(output, overwrite=overwrite) if crew.rank == 0 else Path())

    report("prepare", 0, 1)
    program.prepare()
    tasks = list(program.tasks())
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
                warnings.warn(f"there is nothing to resume for '{path}'", stacklevel=2)
        directory, attempt = crew.bcast((place.directory, place.attempt) if place else (path, 0))
        spool = Spool(
            directory,
            tasks,
            tables_of(program.tables),
            name=f"{attempt}-{crew.rank}",
            memory=memory,
        )
        with closing(spool):
            try:
                if crew.bcast(place is not None and place.resumed):
                    spool.recover(rank=crew.rank, size=crew.size)
                rows = _work(program, tasks, spool, path, crew, jobs, report)
                edges, digest = _write(
                    program, tasks, spool, rows, directory / "system", path, crew, jobs, report
                )
                if place is not None:
                    _describe(program, provenance, edges, digest, place.system)
            except KeyboardInterrupt:
                keep = spool.on_disk
                raise
        if place is not None:
            with saying_output_errors(path):
                place.publish(overwrite=overwrite)
    finally:
        if place is not None:
            place.leave(keep=keep)
    crew.barrier()
    return System(path)


def _work(
    program: Program,
    tasks: Sequence[Task],
    spool: Spool,
    output: Path,
    crew: Crew,
    jobs: int,
    report: Progress,
) -> dict[int, dict[str, int]]:
    """Make the blocks that are missing; return the rows of all."""
    done = gather_rows(spool, crew)
    missing = [number for number in range(len(tasks)) if number not in done]
    produce(
        program,
        tasks,
        deal(missing, crew),
        spool,
        output=output,
        jobs=jobs,
        progress=partial(report, "blocks"),
    )
    return gather_rows(spool, crew)


def _write(
    program: Program,
    tasks: Sequence[Task],
    spool: Spool,
    rows: Mapping[int, Mapping[str, int]],
    directory: Path,
    output: Path,
    crew: Crew,
    jobs: int,
    report: Progress,
) -> tuple[dict[tuple[str, str], int], str]:
    """Write the files; return the realised edges of every projection, and the digest."""
    bases, totals = first_rows(tasks, program.tables, rows)
    layout = plan_layout(program.populations, program.tables, totals)
    created = create_files(directory, program, layout, output=output) if crew.rank == 0 else None
    files = crew.bcast(created) or {}
    with saying_output_errors(output), Places.open(files) as places:
        write_slabs(
            spool,
            tasks,
            layout.tables,
            bases,
            places,
            jobs=jobs,
            progress=partial(report, "write"),
        )
        # The disk works while the processors hash.
        with ThreadPoolExecutor(1) as pool:
            synced = pool.submit(places.sync)
            crew.barrier()
            digest = digest_files(
                directory,
                program.populations,
                crew,
                jobs=jobs,
                progress=partial(report, "digest"),
            )
            synced.result()
    edges = {
        (table.name, table.population): totals[table.key]
        for table in program.tables
        if table.kind == "projection"
    }
    return edges, digest


def _describe(
    program: Program,
    provenance: Mapping[str, Any],
    edges: Mapping[tuple[str, str], int],
    digest: str,
    directory: Path,
) -> None:
    """Write provenance.json, then graph.json: with it the system is complete."""
    notes = list(provenance.get("warnings", ()))
    notes += [
        f"projection '{source}->{target}' drew no edge and is left out of the files"
        for (source, target), count in sorted(edges.items())
        if not count
    ]
    for note in notes:
        warnings.warn(note, stacklevel=3)
    document = describe(
        provenance,
        populations=program.populations,
        planned=program.plan().projections,
        edges=edges,
        warnings=notes,
        digest=digest,
    )
    graph = program.graph({pair: count for pair, count in edges.items() if count}, digest)
    write_json(directory / "provenance.json", document)
    write_json(directory / "graph.json", graph)


def _silent(phase: str, done: int, total: int) -> None:
    """Report nothing."""
