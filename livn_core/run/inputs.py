"""Copies of the files that a configuration names, kept beside the system that was made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from livn_core.outputs import file_digest, files_in, write_file

__all__ = ["keep_inputs"]

#: Bytes of copies in all; of what is more the hash alone is kept.
MOST_BYTES = 50_000_000


def keep_inputs(
    files: Sequence[Path] | Mapping[str, Path], directory: Path
) -> list[dict[str, Any]]:
    """Copy files into ``directory/inputs``; return what provenance.json says of each.

    That is ``path`` as it was named, ``sha256``, ``bytes``, and ``copy``: the path in the system, null
    where there is no room for it. Files are as the configuration names them, or by their names in it;
    of a folder its SWC files are meant. One that cannot be read any more has no hash.
    """
    found: list[dict[str, Any]] = []
    room, taken = MOST_BYTES, set[str]()
    named = files if isinstance(files, Mapping) else {str(file): file for file in files}
    for name, path in named.items():
        entry: dict[str, Any] = {"path": name, "sha256": None, "bytes": None, "copy": None}
        found.append(entry)
        try:
            entry["sha256"] = file_digest(path)
            contents = files_in(path)
            entry["bytes"] = sum(file.stat().st_size for file in contents)
            if entry["bytes"] > room:
                continue
            kept = {file: file.read_bytes() for file in contents}
        except OSError:
            continue
        room -= entry["bytes"]
        short = path.name if path.name not in taken else f"{entry['sha256'][:8]}-{path.name}"
        taken.add(short)
        target = directory / "inputs" / short
        for file, content in kept.items():
            copy = target / file.name if path.is_dir() else target
            copy.parent.mkdir(parents=True, exist_ok=True)
            write_file(copy, content)
        entry["copy"] = f"inputs/{short}"
    return found
