"""Make the members of a study on all cores, each as ``livn generate`` makes it."""

from __future__ import annotations

import os
import re
import shutil
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from livn_core.documents.jsonio import write_json
from livn_core.documents.write import to_yaml
from livn_core.errors import ConfigError, LivnError, OutputError
from livn_core.execute import plan_of, program_of
from livn_core.job import Progress
from livn_core.notices import warn_caller
from livn_core.outputs import remove_leftovers, saying_output_errors, write_file
from livn_core.run.run import make_system
from livn_core.run.spool import memory_budget
from livn_core.study.index import (
    INDEX,
    STUDY,
    all_told,
    error_file,
    index_rows,
    is_study_directory,
    read_study,
    write_index,
)
from livn_core.study.study import Member, Study
from livn_core.study.workers import cores, in_processes

__all__ = ["kept_seed", "open_study", "run_study"]

#: Copies of tables that the record refers to.
_TABLES = ("table.csv", "wells.csv")

#: Seconds between looks for what others make.
_GLANCE = 0.2


def kept_seed(directory: Path) -> int | None:
    """Return the seed that was drawn for a study, where its directory keeps one."""
    return read_study(directory).seed if is_study_directory(directory) else None


def run_study(
    study: Study,
    directory: Path,
    *,
    resume: bool = False,
    jobs: int | None = None,
    strict: bool = False,
    share: tuple[int, int] = (0, 1),
    together: bool = False,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Make every member that is not there; return the rows of the index, which is written.

    A member that cannot be made has the status ``error``; the others are made all the same.

    Parameters
    ----------
    study, directory
        What to make, and where: its record, members and index.
    resume
        Take up a study that is there: what is missing is made, and what failed is tried again.
    jobs
        Processes, each of which makes whole members; None for the cores. Where there are fewer
        members, each of them has several threads.
    strict
        Take what a member would be warned of for an error of it.
    share
        (i, n): of every n members the i-th, from 0; others make the others. The index is written by
        whoever finds all of them there.
    together
        The others run now, as ranks of one launcher: the first one opens the directory, and waits
        at its end until all members are there, which it returns. Needs ``resume``.

    Raises
    ------
    ConfigError
        No point is possible with one of the keys; the directory has another study.
    OutputError
        The directory has something else, or cannot be written: the disk is full. What is made by
        then stays, for ``resume``.
    """
    if together and share[0]:
        _wait(lambda: is_study_directory(directory))
    open_study(study, directory, resume=resume)
    numbers = range(share[0], len(study.members), share[1])
    members, every = [study.members[number] for number in numbers], cores(jobs)
    workers = min(every, len(members)) or 1
    make = _Maker(study, directory, resume, strict, every // workers, memory_budget(workers))
    if workers > 1:
        program_of(study.base)  # what this imports, no worker has to
    heard = _Heard()
    try:
        for done, texts in enumerate(in_processes(make, numbers, workers)):
            heard.add(members[done].path, texts)
            if progress is not None:
                progress("systems", done + 1, len(members))
    finally:
        heard.say()
    if together and not share[0]:
        _wait(lambda: all_told(study, directory))
        members = study.members
    rows = list(index_rows(study, directory, members))
    if len(rows) == len(study.members):
        write_index(directory, study, rows)
    elif not together and all_told(study, directory):
        write_index(directory, study, list(index_rows(study, directory)))
    return rows


def _wait(there: Callable[[], bool]) -> None:
    """Wait for what another process makes; the launcher ends all where one of them fails."""
    while not there():
        time.sleep(_GLANCE)


def open_study(study: Study, directory: Path, *, resume: bool = False) -> None:
    """Have a directory hold a study's record, or refuse what it holds; see :func:`run_study`."""
    study.check()
    with saying_output_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)
        for draft in (*directory.glob(f".{STUDY}.*.part"), *directory.glob(f".{INDEX}.*.part")):
            draft.unlink(missing_ok=True)
        if is_study_directory(directory):
            _same(study, directory, resume=resume)
            return
        # A study that was killed before its record stood has copies of its tables at most.
        if others := sorted({entry.name for entry in directory.iterdir()} - {*_TABLES}):
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


class _Heard:
    """What members warn of: said once, of the first, with the number of the others."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._count = Counter[str]()

    def add(self, path: str, texts: Iterable[str]) -> None:
        """Hear the warnings of a member."""
        for text in texts:
            alike = re.sub(r"[\d.,]+", "#", text)
            self._first.setdefault(alike, f"{path}: {text}")
            self._count[alike] += 1

    def say(self) -> None:
        """Warn."""
        for alike, text in self._first.items():
            more = self._count[alike] - 1
            warn_caller(f"{text} (and {more:,} like it)" if more else text)


@dataclass(frozen=True)
class _Maker:
    """Makes members by their numbers, one of several at the same time."""

    study: Study
    directory: Path
    resume: bool
    strict: bool
    threads: int
    memory: int

    def __call__(self, number: int) -> list[str]:
        """Make a member, unless it is there, or keep why it cannot be; return its warnings."""
        member = self.study.members[number]
        place = self.directory / member.path
        failed = error_file(place)
        if self.resume:
            for draft in place.parent.glob(f".{failed.name}.*.part"):
                draft.unlink(missing_ok=True)
            if (place / "graph.json").is_file():
                with suppress(OSError):
                    failed.unlink(missing_ok=True)
                remove_leftovers(place, blocks=True)
                return []
        if os.path.lexists(place):
            raise OutputError(
                f"'{place}' is in the way of a system of the study",
                hint="what is there is no whole system: remove it; --resume makes the system then",
            )
        began, record = time.monotonic(), None
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                self._make(member, place)
            except OutputError:
                raise  # the disk is full, say: nothing of what follows could be written
            except Exception as error:  # noqa: BLE001 - a plugin may raise any
                record = _record(member, error, time.monotonic() - began)
        with saying_output_errors(place):
            if record is None:
                failed.unlink(missing_ok=True)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                write_json(failed, record)
        return [str(warning.message) for warning in caught]

    def _make(self, member: Member, place: Path) -> None:
        job = self.study.job(member.values, well=member.well, seed=member.seed, output=place)
        if self.strict:
            plan_of(job, strict=True)
        left = self.resume and any(place.parent.glob(f".{place.name}.part-*/journal-*"))
        make_system(program_of(job), place, jobs=self.threads, resume=left, memory=self.memory)


def _record(member: Member, error: Exception, seconds: float) -> Mapping[str, Any]:
    name = type(error).__name__
    text, hint = f"{name}: {error}", None
    if isinstance(error, LivnError):
        text, hint = error.message, error.hint
    told = {"type": name, "message": text, "hint": hint}
    return {"version": 1, **asdict(member), "seconds": round(seconds, 3), "error": told}
