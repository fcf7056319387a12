"""Make a system, or an export, appear whole under its name or not at all.

Work is done in a hidden sibling, ``.NAME.part-KEY``, that its process holds locked; what is
finished is renamed from there to its name. A leftover of a killed process is known by its lock
being free, and is removed by the next run of the same name. A directory of such a name that another
user made, that is a link, or that has no lock in it was not made here: it is never used or removed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from livn_core.errors import OutputError
from livn_core.notices import warn_caller

__all__ = ["Workplace", "remove_leftovers"]

#: File systems of which it was said that they do not sync directories: they refuse for each.
_UNSYNCED: set[int] = set()


class Workplace:
    """The hidden directory in which one process (rank 0 of a parallel job) makes its output.

    To be used in a ``with``, which removes the directory at its end.

    Parameters
    ----------
    output
        Absolute path of the system directory, or export, to be.
    key
        Names the work: only equal work may be taken up again.
    resume
        Keep the blocks that an interrupted run of the same work left.

    Raises
    ------
    OutputError
        Another process does the same work right now.
    """

    def __init__(self, output: Path, key: str, *, resume: bool = False) -> None:
        self.output = output
        self.directory = output.with_name(f".{output.name}.part-{key}")
        #: Whether the directory stays at the end, for its blocks to be resumed.
        self.keep = False
        #: An empty directory in which the output is made.
        self.draft = self.directory / "draft"
        self._old = self.directory / "old"
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
            self.keep = self.resumed
            self._leave()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self._leave()
        except KeyboardInterrupt:  # in the middle of it: a worker that is ended while it tidies up
            self._leave()
            raise

    def _prepare(self, resume: bool) -> None:
        _clean(self.output, everything=not resume, but=self.directory)
        for entry in self.directory.iterdir():
            if entry == self._old:
                _restore(entry, self.output)
            if entry in {self._old, self.draft} or (entry.name != "lock" and not resume):
                _remove(entry)
        self.draft.mkdir()

    @property
    def holds_blocks(self) -> bool:
        """Whether finished blocks are on disk, so that the work can be taken up again."""
        return any(self.directory.glob("journal-*"))

    def _claim(self) -> int:
        while True:
            try:
                self.directory.mkdir(mode=0o700)
            except FileExistsError:
                # A process that has just made it may not have its lock yet.
                if not _made_here(self.directory, or_empty=True):
                    raise OutputError(
                        f"'{self.directory}' is in the way: it was not made by livn for this user",
                        hint="remove it, or choose another output",
                    ) from None
            lock = self.directory / "lock"
            handle = _try_lock(lock, needed=False)
            if handle is None:
                if not self.directory.exists():
                    continue
                raise OutputError(
                    f"another process is making '{self.output}' right now",
                    hint="wait for it, or choose another output",
                )
            # Another process may have removed the directory, with the lock in it, in between.
            if lock.exists() and os.path.samestat(os.fstat(handle), lock.stat()):
                return handle
            os.close(handle)

    def publish(self, check: Callable[[], object], made: Path | None = None) -> None:
        """Give what was made its name, replacing an older output whole.

        Parameters
        ----------
        check
            Raises an error if the output may not be replaced: it may have come into being since
            the work began.
        made
            The finished file or directory; by default the whole draft.
        """
        made = self.draft if made is None else made
        _sync_directory(self.draft)
        check()
        if made.is_dir() and os.path.lexists(self.output):
            # A directory cannot replace another in one step.
            self.output.rename(self._old)
        made.replace(self.output)
        _sync_directory(self.output.parent)

    def _leave(self) -> None:
        """Give the directory up; put an older output back if no newer one took its name.

        Raises no error, which would hide the one that ended the work.
        """
        with suppress(OSError):
            _restore(self._old, self.output)
        # An older output that could not go back is kept here: the next run tries again.
        if not self.keep and (os.path.lexists(self.output) or not os.path.lexists(self._old)):
            _remove(self.directory)
        handle, self._lock = self._lock, -1
        if handle >= 0:
            os.close(handle)


def remove_leftovers(output: str | Path, *, blocks: bool = False) -> None:
    """Remove what a killed run left, unless it holds blocks that can be taken up again.

    With ``blocks`` those go as well: for a system that is finished, and needs them no more.

    Raises no error, which would hide the one that ended the run.
    """
    with suppress(OSError):
        _clean(Path(os.path.realpath(output)), everything=blocks)


def _clean(output: Path, *, everything: bool, but: Path | None = None) -> None:
    """Remove the directories that killed runs left; those with blocks only with ``everything``."""
    prefix = f".{output.name}.part-"
    with os.scandir(output.parent) as entries:  # among a hundred thousand replicates, perhaps
        found = [output.parent / entry.name for entry in entries if entry.name.startswith(prefix)]
    for entry in found:
        if entry == but or not _made_here(entry):
            continue
        handle = _try_lock(entry / "lock", needed=True)
        if handle is None:
            continue
        try:
            _restore(entry / "old", output)
            # A resumed run may have been given another configuration by mistake: its blocks, which
            # took hours, are kept.
            if everything or not any(entry.glob("journal-*")):
                _remove(entry)
        finally:
            os.close(handle)


def _made_here(path: Path, *, or_empty: bool = False) -> bool:
    """Whether a directory is one of this user's workplaces; a fresh one may be empty yet."""
    try:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            return False
        names = os.listdir(path)  # noqa: PTH208 - names are enough
        return ("lock" in names and stat.S_ISREG((path / "lock").lstat().st_mode)) or (
            or_empty and not names
        )
    except FileNotFoundError:
        return or_empty  # its process has just removed it
    except OSError:
        return False


def _try_lock(path: Path, *, needed: bool) -> int | None:
    """Return an open, locked file; None where another process has it, or may have it.

    Where the file system knows no locks, a file is only returned if the lock is not ``needed``.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if needed or isinstance(error, (FileNotFoundError, PermissionError)):
            return None
        raise
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if needed or isinstance(error, BlockingIOError):
            os.close(handle)
            return None
    return handle


def _restore(old: Path, output: Path) -> None:
    """Give the older output its name back, if a kill or an error came between the two renames."""
    if os.path.lexists(old) and not os.path.lexists(output):
        old.rename(output)


def _remove(path: Path) -> None:
    """Remove a file, or a directory with all that is in it; what cannot be removed stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _sync_directory(path: Path) -> None:
    """Have the disk keep the names in a directory, where its file system can be told to.

    Some network file systems refuse (EINVAL, ENOTSUP); what is written there is no less whole.
    """
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS}:
            raise
        if (device := os.fstat(handle).st_dev) not in _UNSYNCED:
            _UNSYNCED.add(device)
            warn_caller(
                f"the file system of '{path}' cannot be told to keep names of files: after a power "
                "cut in the next seconds, look whether they are there"
            )
    finally:
        os.close(handle)
