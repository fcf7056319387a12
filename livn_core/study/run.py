"""Make the members of a study, one after the other, each as ``livn generate`` makes it."""

from __future__ import annotations

import shutil
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from livn_core.api import run
from livn_core.documents.jsonio import write_json
from livn_core.documents.write import to_yaml
from livn_core.errors import ConfigError, LivnError, OutputError
from livn_core.notices import warn_caller
from livn_core.outputs import remove_leftovers, saying_output_errors, write_file
from livn_core.study.index import (
    INDEX,
    STUDY,
    error_file,
    index_rows,
    is_study_directory,
    read_study,
    write_index,
)
from livn_core.study.study import Member, Study
from livn_core.system.reader import System

__all__ = ["kept_seed", "run_study"]

#: Copies of tables that the record refers to.
_TABLES = ("table.csv", "wells.csv")

#: Called with (phase, done, total).
Step = Callable[[str, int, int], None]


def kept_seed(directory: Path) -> int | None:
    """Return the seed that was drawn for a study, where its directory keeps one."""
    if not is_study_directory(directory):
        return None
    return read_study(directory).seed


def run_study(
    study: Study,
    directory: Path,
    *,
    resume: bool = False,
    jobs: int | None = None,
    progress: Step | None = None,
) -> list[dict[str, Any]]:
    """Make every member that is not there; return the rows of the index, which is written.

    Parameters
    ----------
    study
        What to make.
    directory
        Where: its record, members and index.
    resume
        Take up a study that is there: what is missing is made, and what failed is tried again.
    jobs
        Threads of each member; None for the cores.
    progress
        Called with ("systems", done, total).

    Returns
    -------
    list of dict
        See :func:`~livn_core.study.index.index_rows`. A member that cannot be made has the status
        ``error``; the others are made all the same.

    Raises
    ------
    ConfigError
        No point is possible with one of the keys; the directory has another study.
    OutputError
        The directory has something else, or cannot be written: the disk is full. What is made by
        then stays, for ``resume``.
    """
    study.check()
    _open(study, directory, resume=resume)
    members, heard = study.members, set[str]()
    for done, member in enumerate(members):
        if progress is not None:
            progress("systems", done, len(members))
        _make(study, member, directory, resume=resume, jobs=jobs, heard=heard)
    if progress is not None:
        progress("systems", len(members), len(members))
    rows = list(index_rows(study, directory))
    write_index(directory, study, rows)
    return rows


def _open(study: Study, directory: Path, *, resume: bool) -> None:
    """Have the directory hold this study's record, or refuse what it holds."""
    with saying_output_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)
        for draft in (*directory.glob(f".{STUDY}.*.part"), *directory.glob(f".{INDEX}.*.part")):
            draft.unlink(missing_ok=True)
        if is_study_directory(directory):
            _same(study, directory, resume=resume)
            return
        # A study that was killed before its record stood has copies of its tables at most.
        if others := sorted(
            entry.name for entry in directory.iterdir() if entry.name not in _TABLES
        ):
            raise OutputError(
                f"'{directory}' is no study's directory: it holds '{others[0]}'",
                hint="choose another --output",
            )
        if resume:
            warn_caller(f"there is nothing to resume in '{directory}'")
        for name, source in zip(_TABLES, (study.request.table, study.request.wells), strict=True):
            if source is not None:
                shutil.copyfile(source, directory / name)
        write_file(directory / STUDY, to_yaml(study.record()))


def _same(study: Study, directory: Path, *, resume: bool) -> None:
    if not resume:
        raise OutputError(
            f"'{directory}' has a study already",
            hint="--resume makes what it lacks; or choose another --output",
        )
    differs = study.difference(read_study(directory))
    if differs is not None:
        raise ConfigError(
            f"'{directory}' has another study: its {differs} is not the same",
            hint=f"'livn sweep {directory / STUDY} --output {directory} --resume' takes it up; a "
            "larger study goes to another --output, where equal members come out equal",
        )


def _make(
    study: Study,
    member: Member,
    directory: Path,
    *,
    resume: bool,
    jobs: int | None,
    heard: set[str],
) -> None:
    """Make a member, unless it is there; keep why it cannot be made."""
    place = directory / member.path
    failed = error_file(place)
    if resume:
        for draft in place.parent.glob(f".{failed.name}.*.part"):
            draft.unlink(missing_ok=True)
        if (place / "graph.json").is_file():
            with suppress(OSError):
                failed.unlink(missing_ok=True)
            remove_leftovers(place, blocks=True)
            return
    left = resume and any(place.parent.glob(f".{place.name}.part-*/journal-*"))
    began, record = time.monotonic(), None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            job = study.job(member.values, seed=member.seed, output=place, jobs=jobs, resume=left)
            made = run(job)
            if isinstance(made, System):
                made.close()
        except OutputError:
            raise  # the disk is full, say: nothing of what follows could be written
        except Exception as error:  # noqa: BLE001 - a plugin may raise any
            record = _record(member, error, time.monotonic() - began)
    # What holds for all members is said once.
    for warning in caught:
        if (text := str(warning.message)) not in heard:
            heard.add(text)
            warn_caller(f"{member.path}: {text}")
    with saying_output_errors(place):
        if record is None:
            failed.unlink(missing_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            write_json(failed, record)


def _record(member: Member, error: Exception, seconds: float) -> Mapping[str, Any]:
    text, hint = f"{type(error).__name__}: {error}", None
    if isinstance(error, LivnError):
        text, hint = error.message, error.hint
    return {
        "version": 1,
        "path": member.path,
        "values": dict(member.values),
        "replicate": member.replicate,
        "well": member.well,
        "seed": member.seed,
        "seconds": round(seconds, 3),
        "error": {
            "type": type(error).__name__,
            "message": text,
            "hint": hint,
        },
    }
