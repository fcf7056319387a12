"""A job: a configuration, where its system goes, and how to make it. What a backend runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Job", "Progress", "Submitted"]

#: Called with (phase, done, total); ``total`` is 0 when it is not known.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that is needed to make one system, in values that can be written to a file.

    Parameters
    ----------
    generator
        Name of the generator component.
    document
        The resolved configuration document (JSON values; no aliases, no includes).
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
    document: Mapping[str, Any]
    output: Path
    overwrite: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    jobs: int | None = None
    resume: bool = False


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
