"""Paths inside a document, ``layers[0].name`` in messages, and the files that a user names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

__all__ = ["Key", "expanded", "join_path"]

#: A step into a document: a mapping's key or a list's index.
Key = str | int


def join_path(path: Sequence[Key], where: str = "") -> str:
    """Return the path as users read it: dots between keys, ``[n]`` for the index in a list.

    Parameters
    ----------
    path
        Its keys and indices.
    where
        What the path begins in, as text.
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
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)
