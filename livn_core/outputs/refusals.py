"""Refuse up front what cannot be written; turn later errors of the system into one line."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from livn_core.errors import OutputError
from livn_core.outputs.digests import file_digest, files_in

__all__ = [
    "check_file",
    "check_output",
    "refuse_existing",
    "saying_file_errors",
    "saying_output_errors",
]

_FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota is used up",
    errno.EFBIG: "files may not be that large here (see 'ulimit -f')",
}
#: What livn writes into a system's directory: nothing else is ever replaced with it.
_SYSTEM_FILES = {"graph.json", "cells.h5", "connections.h5", "graph.h5"}
_BESIDE = {"provenance.json", "mea.json", "mea_labels.json", "lightarray.json", "plot.png"}


def refuse_existing(
    path: Path, *, overwrite: bool, hint: str, said: str = "exists", name: str | Path = ""
) -> None:
    """Raise OutputError for a name that is taken, unless it may be replaced.

    A link that leads nowhere is there. ``hint`` says what to do instead, ``said`` is the end of the
    sentence, and ``name`` how the user calls it.
    """
    if os.path.lexists(path) and not overwrite:
        raise OutputError(f"'{name or path}' {said}", hint=hint)


def check_output(output: str | Path, *, overwrite: bool) -> Path:
    """Return the absolute path of a system directory to be.

    Raises
    ------
    OutputError
        It exists and may not be replaced, or is something that is never replaced.
    """
    path = Path(os.path.realpath(output))
    if not path.name:
        raise OutputError(f"'{output}' cannot be a system directory")
    if not os.path.lexists(path):
        _check_parents(path, output)
        return path
    if not path.is_dir():
        raise OutputError(f"'{output}' is a file", hint="choose another output directory")
    refuse_existing(
        path,
        overwrite=overwrite,
        hint="choose another output, or replace it with --overwrite",
        name=output,
    )
    content = {entry.name for entry in path.iterdir()}
    if content and not content & _SYSTEM_FILES:
        raise OutputError(
            f"'{output}' is not a system, so it is not replaced",
            hint="remove it yourself, or choose another output",
        )
    others = sorted(name for name in content if not _written_here(path, name))
    if others:
        shown = ", ".join(others[:5]) + (", ..." if len(others) > 5 else "")
        raise OutputError(
            f"'{output}' holds what livn did not write, so it is not replaced: {shown}",
            hint="move that elsewhere, or choose another output",
        )
    return path


def _written_here(folder: Path, name: str) -> bool:
    """Whether a name in a system's directory is of a file that livn writes there."""
    if name == "selection" and (folder / name).is_dir():
        return all(entry.suffix == ".json" for entry in (folder / name).iterdir())
    if name == "inputs" and (folder / name).is_dir():
        return _holds_copies_alone(folder)
    return (
        name in _SYSTEM_FILES | _BESIDE
        or name.endswith(".previous.json")
        or (name.startswith(".") and name.endswith(".part"))
        or name.startswith(".nfs")  # a network file system's, of a file that is open
    )


def _holds_copies_alone(folder: Path) -> bool:
    """Whether a system's ``inputs`` holds what its provenance lists, unchanged, and no more."""
    try:
        recorded = json.loads((folder / "provenance.json").read_bytes())["inputs"]
        digests = {entry["copy"]: entry["sha256"] for entry in recorded}
        return all(
            file_digest(path) == digests[f"inputs/{path.name}"]
            and (not path.is_dir() or files_in(path) == sorted(path.iterdir()))
            for path in (folder / "inputs").iterdir()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _check_parents(path: Path, output: str | Path) -> None:
    """Refuse at once what could only fail after the work."""
    parent = next(parent for parent in path.parents if os.path.lexists(parent))
    if not parent.is_dir():
        raise OutputError(f"'{output}' cannot be written: '{parent}' is not a directory")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(f"'{output}' cannot be written: permission denied in '{parent}'")


def check_file(path: Path, *, overwrite: bool, verb: str = "write") -> None:
    """Raise OutputError for a file that could not be written, or may not be replaced; cheap.

    It is a directory, its folder is missing, or it exists and ``overwrite`` is not set.
    """
    if path.is_dir():
        raise OutputError(f"cannot {verb} '{path}': it is a directory", hint="give a file name")
    if not path.parent.is_dir():
        raise OutputError(
            f"cannot {verb} '{path}': there is no directory '{path.parent}'",
            hint=f"make it first: mkdir -p '{path.parent}'",
        )
    refuse_existing(
        path, overwrite=overwrite, hint="give another --output, or replace it with --overwrite"
    )


@contextmanager
def saying_file_errors(
    path: Path, *, verb: str = "write", hint: str | None = None
) -> Iterator[None]:
    """Turn what the system refuses into one line that names the file or folder."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        number = _errno(error)
        if isinstance(error, OutputError) or (number is None and not isinstance(error, OSError)):
            raise
        reason = getattr(error, "strerror", None) or (os.strerror(number) if number else error)
        raise OutputError(f"cannot {verb} '{path}': {reason}", hint=hint) from error


@contextmanager
def saying_output_errors(output: Path) -> Iterator[None]:
    """Turn a full disk and a refused write into one line that names the system's directory."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        number = _errno(error)
        if isinstance(error, OutputError) or number is None:
            raise
        if number in _FULL:
            raise OutputError(
                f"no space left to write '{output}': {_FULL[number]}",
                hint="free some space, or write to another disk",
            ) from error
        reason = os.strerror(number).lower()
        raise OutputError(f"'{output}' cannot be written: {reason}") from error


def _errno(error: Exception) -> int | None:
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    # HDF5 tells the number in its text only.
    found = re.search(r"errno = (\d+)", str(error))
    return int(found[1]) if found else None
