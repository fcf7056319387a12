"""What a run does between its preparation and its publication, as one process of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.engine.blocks import Program, Task
from livn_core.engine.crew import Alone, Crew
from livn_core.engine.job import Progress
from livn_core.engine.phases import (
    create_files,
    deal,
    digest_files,
    first_rows,
    gather_blocks,
    gather_rows,
    produce,
)
from livn_core.engine.provenance import describe
from livn_core.engine.slabs import Places, write_slabs
from livn_core.engine.spool import Spool
from livn_core.jsonio import write_json
from livn_core.neuroh5.layout import TableSlots, plan_layout
from livn_core.notices import warn_caller
from livn_core.publish import saying_output_errors

__all__ = ["Making"]


@dataclass(frozen=True, slots=True)
class Making:
    """The phases of a run in their order, and what they have in common.

    Parameters
    ----------
    program, tasks
        What to make, and its blocks.
    output
        Where it will be published, for messages.
    directory
        Where the files are made.
    crew
        Who makes it.
    shared
        Whether every rank writes to the files; else rank 0 alone does.
    jobs
        Threads in this process.
    report
        Progress.
    """

    program: Program
    tasks: Sequence[Task]
    output: Path
    directory: Path
    crew: Crew
    shared: bool
    jobs: int
    report: Progress

    def make_blocks(self, spool: Spool) -> None:
        """Make the blocks that no rank has yet."""
        done = gather_rows(spool, self.crew)
        missing = [number for number in range(len(self.tasks)) if number not in done]
        produce(
            self.program,
            self.tasks,
            deal(missing, self.crew),
            spool,
            output=self.output,
            jobs=self.jobs,
            progress=partial(self.report, "blocks"),
        )

    def write_files(self, spool: Spool) -> tuple[dict[tuple[str, str], int], str]:
        """Write the files; return the realised edges of every projection, and the digest."""
        program, crew = self.program, self.crew
        bases, totals = first_rows(self.tasks, program.tables, gather_rows(spool, crew))
        layout = plan_layout(program.populations, program.tables, totals)
        if not self.shared:
            gather_blocks(spool, crew)
        created = None
        if crew.rank == 0:
            created = create_files(self.directory, program, layout, output=self.output)
        files = crew.bcast(created) or {}
        digest = ""
        if self.shared or crew.rank == 0:
            digest = self._fill(spool, files, layout.tables, bases)
        if not self.shared:
            digest = crew.bcast(digest)
        edges = {
            (table.name, table.population): totals[table.key]
            for table in program.tables
            if table.kind == "projection"
        }
        return edges, digest

    def _fill(
        self,
        spool: Spool,
        files: Mapping[Path, Mapping[str, int]],
        slots: Mapping[str, TableSlots],
        bases: Mapping[str, NDArray[np.int64]],
    ) -> str:
        """Write the blocks into the created files; return the digest."""
        crew = self.crew if self.shared else Alone()
        with saying_output_errors(self.output), Places.open(files) as places:
            # The disk works while the processors write and hash. But a file system of several
            # machines may show one what another wrote only once all of it is on the server.
            with places.flushing() if crew.size == 1 else nullcontext():
                write_slabs(
                    spool,
                    self.tasks,
                    slots,
                    bases,
                    places,
                    jobs=self.jobs,
                    progress=partial(self.report, "write"),
                )
                if crew.size > 1:
                    places.sync()
                crew.barrier()
                digest = digest_files(
                    self.directory,
                    self.program.populations,
                    crew,
                    jobs=self.jobs,
                    progress=partial(self.report, "digest"),
                )
            if crew.size == 1:
                places.sync()
        return digest

    def describe(
        self, edges: Mapping[tuple[str, str], int], digest: str, *, told: Sequence[str]
    ) -> None:
        """Write provenance.json, then graph.json: with it the system is complete.

        What the program had to say from the start (``told``) is passed on here; of what it came
        to later it warned itself, and only the record is left to be made.
        """
        notes = [
            f"projection '{source}->{target}' drew no edge and is left out of the files"
            for (source, target), count in sorted(edges.items())
            if not count
        ]
        for note in (*told, *notes):
            warn_caller(note)
        document = describe(
            self.program.provenance(),
            populations=self.program.populations,
            planned=self.program.plan().projections,
            edges=edges,
            warnings=notes,
            digest=digest,
        )
        graph = self.program.graph({pair: count for pair, count in edges.items() if count}, digest)
        with saying_output_errors(self.output):
            write_json(self.directory / "provenance.json", document)
            for name, content in self._beside(graph).items():
                path = self.directory / name
                path.parent.mkdir(parents=True, exist_ok=True)
                write_json(path, content)
            write_json(self.directory / "graph.json", graph)

    def _beside(self, graph: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the small JSON files that the program wants in the directory, if it has any."""
        beside = getattr(self.program, "beside", None)
        return {} if beside is None else beside(graph)
