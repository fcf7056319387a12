"""What tells the files of a configuration apart, wherever they are: the SHA-256 of their content."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

__all__ = ["file_digest", "files_in"]


def files_in(path: Path) -> list[Path]:
    """Return a file, or what a folder stands for where a configuration names one: its SWC files."""
    if not path.is_dir():
        return [path]
    return sorted(
        entry
        for entry in path.iterdir()
        if entry.suffix.lower() == ".swc" and not entry.name.startswith(".")
    )


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and digests of a folder's files.

    Raises
    ------
    OSError
        It cannot be read, or is neither: a device or a pipe has no end.
    """
    if path.is_dir():
        lines = [f"{file_digest(file)}  {file.name}\n" for file in files_in(path)]
        return hashlib.sha256("".join(lines).encode()).hexdigest()
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
