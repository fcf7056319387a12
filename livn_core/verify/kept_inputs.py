"""The files that a system was made of, found again: by their content, wherever they are now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from livn_core.documents.paths import expanded
from livn_core.errors import SystemFormatError
from livn_core.outputs import file_digest

__all__ = ["with_inputs"]


def with_inputs(path: Path, provenance: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
    """Return a system's configuration with files of the recorded content, and what to say of them.

    Where a file is absent or is another one by now, the copy in the system takes its place.

    Raises
    ------
    SystemFormatError
        Neither the file nor the copy has the recorded content.
    """
    configuration, notes = provenance["configuration"], []
    for entry in provenance.get("inputs") or ():
        if not isinstance(entry, Mapping) or not isinstance(entry.get("sha256"), str):
            continue
        name, due = str(entry.get("path")), entry["sha256"]
        found = _digest(expanded(name))
        if found == due:
            continue
        what = "is not there" if found is None else f"is another file now ({found[:12]}...)"
        copy = path / "inputs" / Path(str(entry.get("copy") or "")).name
        if _digest(copy) != due:
            raise SystemFormatError(
                f"'{path}' was made of '{name}' ({due[:12]}...), which {what}",
                hint="restore the file, or reproduce from the directory in which it lies",
            )
        notes.append(f"'{name}' {what}: the copy in '{copy.parent}' was taken")
        configuration = _replaced(configuration, name, str(copy.absolute()))
    return configuration, tuple(notes)


def _digest(path: Path) -> str | None:
    """Return the SHA-256 of a file or folder, None where there is none that can be read."""
    try:
        return file_digest(path)
    except (OSError, ValueError):
        return None


def _replaced(value: Any, name: str, by: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _replaced(entry, name, by) for key, entry in value.items()}
    if isinstance(value, list):
        return [_replaced(entry, name, by) for entry in value]
    return by if value == name else value
