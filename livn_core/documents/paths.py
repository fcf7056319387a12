"""Paths inside a document, ``layers[0].name`` in messages, and the files that a user names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from livn_core.errors import ConfigError

__all__ = ["Key", "expanded", "file_of", "join_path"]

#: Bytes of a file's name, and of one with its folders.
LONGEST_NAME, LONGEST_PATH = 255, 4095
#: A step into a document: a mapping's key or a list's index.
Key = str | int


def join_path(path: Sequence[Key], where: str = "") -> str:
    """Return the path as users read it: dots between keys, ``[n]`` for the index in a list.

    ``where`` is the text of the path that this one begins in.
    """
    text = where
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            text += f".{key}" if text else key
    return text


def expanded(path: str | Path) -> Path:
    """Return a user's file name with ``~`` and ``~name`` as the shell reads them.

    A shell leaves them alone in quotes, after ``=`` and in files. A name that nobody has stays.

    Raises
    ------
    ConfigError
        No file system has names so long: asking it whether they are there would fail.
    """
    try:
        found = Path(path).expanduser()
    except RuntimeError:
        found = Path(path)
    lengths = [len(os.fsencode(part)) for part in found.parts]
    if max(lengths, default=0) > LONGEST_NAME or sum(lengths) + len(lengths) > LONGEST_PATH:
        raise ConfigError(f"'{str(found)[:40]}...' is too long for the name of a file")
    return found


def file_of(path: str | Path, *, hint: str | None = None) -> Path:
    """Return a user's file, which is one; ``hint`` says what to give.

    Raises
    ------
    ConfigError
        It is not there, or is a directory, a device or a pipe.
    """
    found = expanded(path)
    if not found.is_file():
        what = "is no regular file" if found.exists() else "does not exist"
        what = "is a directory" if found.is_dir() else what
        raise ConfigError(f"'{found}' {what}", hint=hint)
    return found
