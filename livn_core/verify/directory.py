"""The files of a system directory: those that must be there, and those that should not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import ENOENT, ENOTDIR
from pathlib import Path

from livn_core.errors import SystemFormatError
from livn_core.neuroh5 import names
from livn_core.verify.verdicts import Audit

__all__ = ["Files", "check_files", "watched"]

_HINT = "give the directory of a system; 'livn generate' makes one"
#: s; between an older system's removal and the new one's coming.
_GAP = 0.05
#: One of these in a directory shows that a system is meant.
_SIGNS = (
    *(names.JOINT_FILE, names.CELLS_FILE, names.CONNECTIONS_FILE),
    *("graph.json", "provenance.json"),
)


@dataclass(frozen=True, slots=True)
class Files:
    """Where the two halves of a system are; None where the file is missing."""

    cells: Path | None
    connections: Path | None


@contextmanager
def watched(path: Path) -> Iterator[Callable[[], bool]]:
    """Hold a directory open; yield what tells whether its path still leads to it.

    A system is replaced as a whole, by another directory: files that are opened one after the other
    by their names may belong to two systems, each of them right.

    Raises
    ------
    SystemFormatError
        It is no directory, or may not be read.
    """
    if not path.exists():
        time.sleep(_GAP)
    try:
        held = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        what = {ENOENT: "does not exist", ENOTDIR: "is not a directory"}.get(error.errno or 0)
        raise SystemFormatError(
            f"'{path}' {what or f'cannot be opened: {error.strerror}'}", hint=_HINT
        ) from error

    def unchanged() -> bool:
        try:
            return os.path.samestat(os.fstat(held), path.stat())
        except OSError:
            return False

    try:
        yield unchanged
    finally:
        os.close(held)


def check_files(audit: Audit, path: Path) -> Files:
    """Check that a directory holds a system, and nothing that an interrupted run left.

    Raises
    ------
    SystemFormatError
        Nothing in it belongs to a system.
    """
    if not any((path / name).exists() for name in _SIGNS):
        bare = "" if any(path.iterdir()) else ", which is empty"
        raise SystemFormatError(f"there is no system in '{path}'{bare}", hint=_HINT)
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
            listed = " and ".join(filter(None, (", ".join(missing[:-1]), missing[-1])))
            check.fail(f"{listed} {'is' if len(missing) == 1 else 'are'} missing")
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
