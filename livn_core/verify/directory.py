"""The files of a system directory: those that must be there, and those that should not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from livn_core.neuroh5 import names
from livn_core.verify.verdicts import Audit

__all__ = ["Files", "check_files"]


@dataclass(frozen=True, slots=True)
class Files:
    """Where the two halves of a system are; None where the file is missing."""

    cells: Path | None
    connections: Path | None


def check_files(audit: Audit, path: Path) -> Files:
    """Check that a directory holds a system, and nothing that an interrupted run left."""
    joint = path / names.JOINT_FILE
    halves = [path / names.CELLS_FILE, path / names.CONNECTIONS_FILE]
    if joint.is_file():
        wanted = [joint, path / "graph.json"]
        files = Files(joint, joint)
    else:
        wanted = [*halves, path / "graph.json"]
        files = Files(*(half if half.is_file() else None for half in halves))
    with audit.check("files", path.name or str(path), " + ".join(w.name for w in wanted)) as check:
        missing = [file.name for file in wanted if not file.is_file()]
        if missing:
            there = sorted(entry.name for entry in path.iterdir())
            nothing = "; the directory is empty" if not there else ""
            listed = " and ".join(filter(None, (", ".join(missing[:-1]), missing[-1])))
            check.fail(f"{listed} {'is' if len(missing) == 1 else 'are'} missing{nothing}")
        empty = [file.name for file in wanted if file.is_file() and not file.stat().st_size]
        for name in empty:
            check.fail(f"{name} is empty")
        check.found = "all there"
    with audit.check("leftovers", path.name or str(path), "nothing of an interrupted run") as check:
        for entry in sorted(path.iterdir()):
            if entry.suffix in {".tmp", ".part", ".lock"} or ".part-" in entry.name:
                check.warn(f"'{entry.name}' is left over; it can be removed")
        if joint.is_file() and any(half.is_file() for half in halves):
            check.warn(f"{names.JOINT_FILE} lies beside the two files: livn reads it, not them")
        parent = path.resolve().parent
        for entry in sorted(parent.glob(f".{path.resolve().name}.part-*")):
            check.warn(f"'{entry.name}' beside the system is left of an interrupted run")
        check.found = "none"
    return files
