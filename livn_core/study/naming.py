"""Names of the folders of points: ``sigma=100,EXC-INH=4``."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from livn_core.documents.changes import key_path

__all__ = ["folder_names", "shortest_tails"]

#: Longest name of a folder; file systems allow 255 bytes, and paths add up.
_LONGEST = 120
_UNSAFE = re.compile(r"[^A-Za-z0-9._+]+")


def folder_names(points: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a name for each point, ``sigma=100,EXC-INH=4``; empty where no point has a key.

    A name that is too long, or that two points would share (whatever their case, which some file
    systems do not tell apart), is the point's number: ``p0007``.
    """
    keys = list(dict.fromkeys(key for point in points for key in point))
    if not keys:
        return [""] * len(points)
    tails = shortest_tails(keys)
    names = [
        ",".join(f"{tails[key]}={_safe(value)}" for key, value in point.items()) or "base"
        for point in points
    ]
    shared = Counter(name.casefold() for name in names)
    return [
        f"p{number:04}" if len(name) > _LONGEST or shared[name.casefold()] > 1 else name
        for number, name in enumerate(names)
    ]


def shortest_tails(keys: Sequence[str]) -> dict[str, str]:
    """Return key -> as few of its last steps as tell it from the others, in safe characters."""
    steps = {key: [str(step) for step in key_path(key)] for key in keys}
    found = {}
    for key, own in steps.items():
        others = [other for name, other in steps.items() if name != key]
        length = next(
            (n for n in range(1, len(own)) if all(own[-n:] != o[-n:] for o in others)), len(own)
        )
        found[key] = _safe(".".join(own[-length:]))
    return found


def _safe(value: Any) -> str:
    return _UNSAFE.sub("-", value if isinstance(value, str) else json.dumps(value))
