"""Run a program: blocks on threads, a spool, one pair of files, a digest, a published directory."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.documents.jsonio import json_fit, write_json
from livn_core.job import Progress
from livn_core.neuroh5.layout import TableSlots, plan_layout
from livn_core.notices import warn_caller
from livn_core.outputs import Workplace, check_output, saying_output_errors
from livn_core.program import Program, Task
from livn_core.run.checks import check_program, check_tasks, tables_of
from livn_core.run.communicator import Communicator, Serial
from livn_core.run.inputs import keep_inputs
from livn_core.run.phases import (
    Created,
    create_files,
    digest_files,
    first_rows,
    gather_rows,
    produce,
)
from livn_core.run.provenance import describe, job_key
from livn_core.run.spool import Spool, memory_budget
from livn_core.run.writer import OpenFiles, write_rows
from livn_core.system.reader import System

__all__ = ["make_system", "run_program"]

#: Bytes of files from which on the disk is better kept busy while they are written.
LARGE = 1 << 20


def run_program(
    program: Program,
    output: str | Path,
    *,
    overwrite: bool = False,
    jobs: int | None = None,
    progress: Progress | None = None,
    resume: bool = False,
    communicator: Communicator | None = None,
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
    communicator
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
        communicator=communicator,
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
    communicator: Communicator | None = None,
    memory: int | None = None,
) -> Path:
    """Do what :func:`run_program` does; return the system's path.

    A rank on a machine that does not see the output can make blocks all the same: rank 0 writes
    them then.
    """
    began = time.monotonic()
    communicator = communicator or Serial()
    jobs = jobs or len(os.sched_getaffinity(0))
    memory = memory_budget(communicator.size) if memory is None else memory
    told = progress if communicator.rank == 0 else None
    report: Progress = told or (lambda phase, done, total: None)
    # The output is checked before the plan, which takes long for a large system.
    path = communicator.bcast(
        check_output(output, overwrite=overwrite) if communicator.rank == 0 else Path()
    )
    check_program(program)
    report("prepare", 0, 1)
    program.prepare(jobs)
    provenance = json_fit(program.provenance(), origin="provenance.json")
    if communicator.rank == 0:
        for text in provenance.get("warnings", ()):
            warn_caller(text)
    # The cut may rest on estimates that another machine rounds differently: all use rank 0's.
    tasks = communicator.bcast(list(program.tasks()))
    check_tasks(program.populations, tasks)
    report("prepare", 1, 1)

    with ExitStack() as stack:
        workplace, where = None, None
        if communicator.rank == 0:
            with saying_output_errors(path):
                key = job_key(provenance, program.tables, tasks)
                workplace = stack.enter_context(Workplace(path, key, resume=resume))
            check_output(path, overwrite=overwrite)
            if resume and not workplace.resumed:
                warn_caller(f"there is nothing to resume for '{path}'")
            where = workplace.directory, workplace.attempt, workplace.resumed
        directory, attempt, resumed = communicator.bcast(where) or (path, 0, False)
        shared = communicator.shares_directory(directory)
        work = _Run(program, tasks, path, directory / "draft", communicator, shared, jobs, report)
        if not directory.is_dir():
            folder = tempfile.TemporaryDirectory(prefix="livn-", ignore_cleanup_errors=True)
            directory = Path(stack.enter_context(folder))
        name = f"{attempt}-{communicator.rank}"
        spool = Spool(directory, tasks, tables_of(program.tables), name=name, memory=memory)
        stack.enter_context(closing(spool))
        try:
            if resumed:
                spool.recover(rank=communicator.rank, size=communicator.size)
            work.make_blocks(spool)
            edges, digest = work.write_files(spool)
            if communicator.rank == 0:
                work.record(provenance, edges, digest, time.monotonic() - began)
        except KeyboardInterrupt:
            if workplace is not None:
                workplace.keep = workplace.holds_blocks
            raise
        if workplace is not None:
            with saying_output_errors(path):
                workplace.publish(partial(check_output, path, overwrite=overwrite))
    communicator.barrier()
    return path


@dataclass(frozen=True, slots=True)
class _Run:
    """What the phases of a run have in common, as one process of it sees them."""

    program: Program
    tasks: Sequence[Task]
    #: Where it will be published, for messages.
    output: Path
    #: Where the files are made.
    directory: Path
    communicator: Communicator
    #: Whether every rank writes to the files; else rank 0 alone does.
    shared: bool
    #: Threads in this process.
    jobs: int
    report: Progress

    def make_blocks(self, spool: Spool) -> None:
        """Make the blocks that no rank has yet."""
        done = gather_rows(spool, self.communicator)
        missing = [number for number in range(len(self.tasks)) if number not in done]
        produce(
            self.program,
            self.tasks,
            missing[self.communicator.rank :: self.communicator.size],
            spool,
            output=self.output,
            jobs=self.jobs,
            progress=partial(self.report, "blocks"),
        )

    def write_files(self, spool: Spool) -> tuple[dict[tuple[str, str], int], str]:
        """Write the files; return the realised edges of every projection, and the digest."""
        program, communicator = self.program, self.communicator
        bases, totals = first_rows(self.tasks, program.tables, gather_rows(spool, communicator))
        layout = plan_layout(program.populations, program.tables, totals)
        if not self.shared:
            parcels = (spool.parcel(number) for number in sorted(spool.blocks))
            for parcel in communicator.gathered(parcels):
                spool.take(parcel)
        created = None
        if communicator.rank == 0:
            created = create_files(self.directory, program, layout, output=self.output)
        created = communicator.bcast(created)
        digest = ""
        if created is not None and (self.shared or communicator.rank == 0):
            large = layout.nbytes > LARGE
            digest = self._fill(spool, created, layout.tables, bases, large=large)
        if not self.shared:
            digest = communicator.bcast(digest)
        edges = {
            (table.name, table.population): totals[table.key]
            for table in program.tables
            if table.kind == "projection"
        }
        return edges, digest

    def _fill(
        self,
        spool: Spool,
        created: Created,
        slots: Mapping[str, TableSlots],
        bases: Mapping[str, NDArray[np.int64]],
        *,
        large: bool,
    ) -> str:
        """Write the blocks into the created files; return the digest."""
        communicator = self.communicator if self.shared else Serial()
        with saying_output_errors(self.output), closing(OpenFiles(created.offsets)) as open_files:
            # One process has the disk write while it hashes. Several may be on several machines,
            # which see what another wrote only after it is on the server: they sync first.
            alone = communicator.size == 1
            with open_files.flushing() if alone and large else nullcontext():
                write_rows(
                    spool,
                    self.tasks,
                    slots,
                    bases,
                    open_files,
                    jobs=self.jobs,
                    progress=partial(self.report, "write"),
                )
                if communicator.size > 1:
                    open_files.sync()
                communicator.barrier()
                digest = digest_files(
                    created,
                    self.program.populations,
                    communicator,
                    jobs=self.jobs,
                    progress=partial(self.report, "digest"),
                )
            if communicator.size == 1:
                open_files.sync()
        return digest

    def record(
        self,
        provenance: Mapping[str, Any],
        edges: Mapping[tuple[str, str], int],
        digest: str,
        seconds: float,
    ) -> None:
        """Write provenance.json, then graph.json: with it the system is complete."""
        notes = [
            f"projection '{source}->{target}' drew no edge and is left out of the files"
            for (source, target), count in sorted(edges.items())
            if not count
        ]
        for note in notes:
            warn_caller(note)
        document = describe(
            provenance,
            populations=self.program.populations,
            plan=self.program.plan(),
            edges=edges,
            warnings=notes,
            digest=digest,
            seconds=seconds,
        )
        graph = self.program.graph({pair: count for pair, count in edges.items() if count}, digest)
        files: Sequence[Path] | Mapping[str, Path] = getattr(self.program, "inputs", tuple)()
        extra_files: Mapping[str, Any] = getattr(self.program, "extra_files", lambda _: {})(graph)
        with saying_output_errors(self.output):
            if files:
                document["inputs"] = keep_inputs(files, self.directory)
            write_json(self.directory / "provenance.json", document)
            for name, content in extra_files.items():
                path = self.directory / name
                path.parent.mkdir(parents=True, exist_ok=True)
                write_json(path, content)
            write_json(self.directory / "graph.json", graph)
