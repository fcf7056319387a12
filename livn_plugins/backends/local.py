"""The process that is running, and its threads."""

from __future__ import annotations

import os

from livn_core.components import Backend
from livn_core.documents.names import counted
from livn_core.execute import program_of
from livn_core.job import Job, Progress
from livn_core.run.run import run_program
from livn_core.system.reader import System


class Local(Backend):
    """Runs the job here, on ``--jobs`` threads."""

    def available(self) -> str | None:
        """Always."""
        return None

    def describe(self, job: Job) -> str:
        """Return in words where it runs: there is no other command."""
        jobs = job.jobs or len(os.sched_getaffinity(0))
        return f"in this process, on {counted(jobs, 'thread')}"

    def run(self, job: Job, progress: Progress | None = None) -> System:
        """Make the system and return it."""
        return run_program(
            program_of(job),
            job.output,
            overwrite=job.overwrite,
            jobs=job.jobs,
            progress=progress,
            resume=job.resume,
        )
