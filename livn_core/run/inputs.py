"""Copies of the files that a configuration names, kept beside the system that was made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from livn_core.outputs import write_file

__all__ = ["keep_inputs"]

#: Bytes of copies in all; of what is more the hash alone is kept.
MOST_BYTES = 50_000_000


def keep_inputs(files: Sequence[Path], directory: Path) -> list[dict[str, Any]]:
    """Copy files into ``directory/inputs``; return what provenance.json says of each.

    Parameters
    ----------
    files
        As the configuration names them. One that cannot be read any more has no hash.
    directory
        Of the system.

    Returns
    -------
    list of dict
        ``path`` as it was named, ``sha256``, ``bytes``, and ``copy``: the path in the system, null
        where there is no room for it.
    """
    found: list[dict[str, Any]] = []
    room, taken = MOST_BYTES, set[str]()
    for file in dict.fromkeys(files):
        entry: dict[str, Any] = {"path": str(file), "sha256": None, "bytes": None, "copy": None}
        found.append(entry)
        try:
            with file.open("rb") as opened:
                entry["sha256"] = hashlib.file_digest(opened, "sha256").hexdigest()
            entry["bytes"] = file.stat().st_size
            content = file.read_bytes() if entry["bytes"] <= room else None
        except OSError:
            continue
        if content is None:
            continue
        room -= len(content)
        name = file.name if file.name not in taken else f"{entry['sha256'][:8]}-{file.name}"
        taken.add(name)
        target = directory / "inputs" / name
        target.parent.mkdir(exist_ok=True)
        write_file(target, content)
        entry["copy"] = f"inputs/{name}"
    return found
