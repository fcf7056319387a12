"""A job: a configuration, where its system goes, and how to make it; and what a backend says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

__all__ = ["Answer", "Job", "JobState", "Progress", "Record", "Submitted"]

#: Called with (phase, done, total); ``total`` is 0 when it is not known.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Job:
    """Everything that is needed to make one system.

    Parameters
    ----------
    generator
        Name of the generator component.
    configuration
        The validated configuration.
    source
        The document that it was read from.
    output
        System directory to publish.
    overwrite
        Replace an existing system.
    options
        Parameters of the generator component.
    jobs
        Threads in a process; None for the cores that it may use.
    resume
        Take up what an interrupted run of the same job left.
    """

    generator: str
    configuration: Any
    source: Mapping[str, Any]
    output: Path
    overwrite: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    jobs: int | None = None
    resume: bool = False

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """The configuration with everything written out, in JSON values: what a file gets.

        That of a generator whose configuration does not say so is the document as it was read.
        """
        effective = getattr(self.configuration, "document", None) or getattr(
            self.configuration, "effective", None
        )
        return effective() if callable(effective) else self.source


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job that was handed to somebody else and may not have begun.

    Parameters
    ----------
    id
        How to ask for it: ``livn jobs ID``.
    backend
        Who has it.
    folder
        The job's folder, beside the output.
    output
        The system directory to be.
    """

    id: str
    backend: str
    folder: Path
    output: Path


@dataclass(frozen=True, slots=True)
class Record:
    """Who runs a job.

    Parameters
    ----------
    id
        How people call it: the scheduler's number, or one of ours.
    backend, parameters
        Backend component and its parameters.
    output
        The system directory to be.
    submitted
        When.
    host
        Where it was submitted.
    details
        What the backend wants to remember: a process, a cluster's name.
    """

    id: str
    backend: str
    parameters: Mapping[str, Any]
    output: str
    submitted: str
    host: str
    details: Mapping[str, Any] = field(default_factory=dict)


class JobState(StrEnum):
    """Where a job is in its life."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    #: It recorded no end, and its backend does not know it any more.
    LOST = "lost"
    #: Its backend does not answer.
    UNKNOWN = "unknown"

    @property
    def final(self) -> bool:
        """Whether nothing can follow."""
        return self not in {JobState.PENDING, JobState.RUNNING, JobState.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a backend says of a job.

    Parameters
    ----------
    state
        The state.
    reason
        Why, in the scheduler's words; may be empty.
    exit_code
        Of the job, where it is known.
    """

    state: JobState
    reason: str = ""
    exit_code: int | None = None
