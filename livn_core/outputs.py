"""Make a system directory appear whole under its name, or not at all.

Work is done in a hidden sibling, ``.NAME.part-KEY``, that its process holds locked; a finished
system is renamed from there to its name. What a killed process left is found by its lock being
free, and cleaned by the next run of the same name.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from livn_core.errors import OutputError

__all__ = ["Workplace", "check_output", "remove_leftovers", "saying_output_errors"]

_FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota is used up",
    errno.EFBIG: "files may not be that large here (see 'ulimit -f')",
}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}


def check_output(output: str | Path, *, overwrite: bool) -> Path:
    """Return the absolute path of the output.

    Raises
    ------
    OutputError
        It exists and may not be replaced, or is something that is never replaced.
    """
    path = Path(os.path.realpath(output))
    if not path.name:
        raise OutputError(f"'{output}' cannot be a system directory")
    if not os.path.lexists(path):
        _check_parents(path, output)
        return path
    if not path.is_dir():
        raise OutputError(f"'{output}' is a file", hint="choose another output directory")
    if not overwrite:
        raise OutputError(
            f"'{output}' exists", hint="choose another output, or replace it with --overwrite"
        )
    content = {entry.name for entry in path.iterdir()}
    if content and not content & {"graph.json", "cells.h5", "connections.h5", "graph.h5"}:
        raise OutputError(
            f"'{output}' is not a system, so it is not replaced",
            hint="remove it yourself, or choose another output",
        )
    return path


def _check_parents(path: Path, output: str | Path) -> None:
    """Refuse at once what could only fail after the work."""
    parent = next(parent for parent in path.parents if os.path.lexists(parent))
    if not parent.is_dir():
        raise OutputError(f"'{output}' cannot be written: '{parent}' is not a directory")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(f"'{output}' cannot be written: permission denied in '{parent}'")


@contextmanager
def saying_output_errors(output: Path) -> Iterator[None]:
    """Turn a full disk and a refused write into one line that names the output."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        if isinstance(error, OutputError):
            raise
        number = _errno(error)
        if number in _FULL:
            raise OutputError(
                f"no space left to write '{output}': {_FULL[number]}",
                hint="free some space, or write to another disk",
            ) from error
        if number in _REFUSED:
            raise OutputError(
                f"'{output}' cannot be written: {os.strerror(number).lower()}"
            ) from error
        if isinstance(error, OSError) and number is not None:
            raise OutputError(f"'{output}' cannot be written: {os.strerror(number)}") from error
        raise


def _errno(error: Exception) -> int | None:
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    # HDF5 tells the number in its text only.
    found = re.search(r"errno = (\d+)", str(error))
    return int(found[1]) if found else None


class Workplace:
    """The hidden directory in which one process (rank 0 of a parallel job) makes a system.

    Parameters
    ----------
    output
        Absolute path of the system directory to be.
    key
        Names the work: only equal work may be taken up again.
    resume
        Keep the blocks that an interrupted run of the same work left.
    """

    def __init__(self, output: Path, key: str, *, resume: bool = False) -> None:
        self.output = output
        self.directory = output.with_name(f".{output.name}.part-{key}")
        self.system = self.directory / "system"
        output.parent.mkdir(parents=True, exist_ok=True)
        self._lock = self._claim()
        attempts = [int(path.name.split("-")[1]) for path in self.directory.glob("journal-*-*")]
        #: Whether there are blocks to take up.
        self.resumed = resume and bool(attempts)
        #: Number of this attempt, for the names of its files.
        self.attempt = max(attempts, default=-1) + 1
        try:
            self._prepare(resume)
        except BaseException:
            self.leave(keep=self.resumed)
            raise

    def _prepare(self, resume: bool) -> None:
        _clean(self.output, everything=not resume, but=self.directory)
        for entry in self.directory.iterdir():
            if entry.name == "old":
                _restore(entry, self.output)
            if entry.name in {"old", self.system.name} or (entry.name != "lock" and not resume):
                _remove(entry)
        self.system.mkdir()

    @property
    def holds_blocks(self) -> bool:
        """Whether finished blocks are on disk, so that the work can be taken up again."""
        return any(self.directory.glob("journal-*"))

    def _claim(self) -> int:
        while True:
            self.directory.mkdir(exist_ok=True)
            lock = self.directory / "lock"
            handle = _try_lock(lock, needed=False)
            if handle is None:
                if not self.directory.exists():
                    continue
                raise OutputError(
                    f"another process is making '{self.output}' right now",
                    hint="wait for it, or choose another output",
                )
            # Whoever cleaned up in between took the directory away with the lock in it.
            if lock.exists() and os.path.samestat(os.fstat(handle), lock.stat()):
                return handle
            os.close(handle)

    def publish(self, *, overwrite: bool) -> None:
        """Give the finished system its name, replacing an older one whole."""
        _sync_directory(self.system)
        check_output(self.output, overwrite=overwrite)
        old = self.directory / "old"
        if self.output.exists():
            self.output.rename(old)
        try:
            self.system.rename(self.output)
        except OSError:
            _restore(old, self.output)
            raise
        _sync_directory(self.output.parent)

    def leave(self, *, keep: bool = False) -> None:
        """Give the directory up, and remove it unless its blocks are kept to be resumed."""
        try:
            if not keep:
                _remove(self.directory)
        finally:
            os.close(self._lock)


def remove_leftovers(output: str | Path) -> None:
    """Remove what a killed run left, unless it holds blocks that can be taken up again."""
    path = Path(os.path.realpath(output))
    if path.parent.is_dir():
        _clean(path, everything=False)


def _clean(output: Path, *, everything: bool, but: Path | None = None) -> None:
    """Remove the directories that killed runs left; those with blocks only with ``everything``."""
    prefix = f".{output.name}.part-"
    for entry in output.parent.iterdir():
        if not entry.name.startswith(prefix) or entry == but or not entry.is_dir():
            continue
        handle = _try_lock(entry / "lock", needed=True)
        if handle is None:
            continue
        try:
            if (entry / "old").exists():
                _restore(entry / "old", output)
            # Who resumes may have mistaken the configuration: keep what took hours.
            if everything or not any(entry.glob("journal-*")):
                _remove(entry)
        finally:
            os.close(handle)


def _try_lock(path: Path, *, needed: bool) -> int | None:
    """Return an open, locked file; None where another process has it, or may have it.

    Where the file system knows no locks, a file is only returned if the lock is not ``needed``.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except (FileNotFoundError, PermissionError):
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if needed or isinstance(error, BlockingIOError):
            os.close(handle)
            return None
    return handle


def _restore(old: Path, output: Path) -> None:
    # A kill between the two renames of an overwrite: the older system is the only one.
    if old.exists() and not os.path.lexists(output):
        old.rename(output)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
