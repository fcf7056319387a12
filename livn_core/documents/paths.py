"""Paths inside a document: ``("layers", 0, "name")`` in the code, ``layers[0].name`` in messages."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Key", "join_path"]

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
