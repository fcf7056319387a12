"""Write one file under a name of its own, then let it take the place of the file it is to be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["new_file", "write_file"]


@contextmanager
def new_file(path: Path, *, overwrite: bool = True) -> Iterator[BinaryIO]:
    """Open a file for writing that is named ``path`` once the block has ended without an error.

    Until then it has another name in the same folder, which cannot be guessed and belonged to no
    file or link before. So nobody can have a link there that would be written through, and of
    several processes that write one file at once each has its own: the last to finish stands.

    Parameters
    ----------
    path
        The file to be. A link of that name is replaced, what it points at stays.
    overwrite
        Replace a file that is there at the end; else the first to finish stands.

    Yields
    ------
    BinaryIO
        The file; its mode is that of any new file (0o666 without the umask).

    Raises
    ------
    FileExistsError
        There is a file already, and ``overwrite`` is not set.
    OSError
        The system refuses; nothing is left behind.
    """
    draft = path.with_name(f".{path.name[:40]}.{os.urandom(8).hex()}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.fdopen(os.open(draft, flags, 0o666), "wb")
    try:
        yield file
        file.flush()
        os.fsync(file.fileno())
        if overwrite:
            draft.replace(path)
        else:
            os.link(draft, path)  # unlike a rename it fails where the name is taken
    finally:
        # Closing flushes what a full disk did not take: the first error is the one to be told.
        with suppress(OSError):
            file.close()
        with suppress(OSError):
            draft.unlink()


def write_file(path: Path, content: str | bytes, *, overwrite: bool = True) -> None:
    """Write a file whole: text in UTF-8, or bytes; see :func:`new_file`."""
    with new_file(path, overwrite=overwrite) as file:
        file.write(content.encode() if isinstance(content, str) else content)
