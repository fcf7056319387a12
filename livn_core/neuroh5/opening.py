"""Open files for reading, and say in the user's words what is wrong with them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from livn_core.errors import SystemFormatError
from livn_core.program import Column

__all__ = ["BusyFileError", "column_of", "dataset", "group", "open_file", "reading"]

_HINT = "the system is incomplete or was not written by a NeuroH5 tool; generate it again"


def open_file(path: Path) -> h5py.File:
    """Open an HDF5 file for reading.

    Raises
    ------
    SystemFormatError
        It is missing, truncated, or no HDF5 file.
    """
    if not path.exists():
        raise SystemFormatError(f"'{path}' does not exist", hint=_HINT)
    try:
        return h5py.File(path, "r", locking="best-effort")
    except PermissionError as error:
        raise SystemFormatError(f"'{path}' may not be read: permission denied") from error
    except OSError as error:
        reason, hint = _why_not(path, error)
        kind = BusyFileError if "unable to lock" in str(error) else SystemFormatError
        raise kind(f"'{path}' cannot be opened: {reason}", hint=hint) from error


class BusyFileError(SystemFormatError):
    """Another program has the file open for writing: nothing is known of what is in it."""


def _why_not(path: Path, error: OSError) -> tuple[str, str]:
    """Return why a file cannot be opened, and what to do about it."""
    if "unable to lock" in str(error):
        return "another program has it open for writing", "close it there, then try again"
    # HDF5 tells the number in its text only; without one it is the content that it refuses.
    number = error.errno or next(map(int, re.findall(r"errno = (\d+)", str(error))), 0)
    if number:
        return os.strerror(number).lower(), "nothing is wrong with the file itself"
    if path.is_file() and path.stat().st_size == 0:
        return "it is empty", _HINT
    return ("it is truncated" if "truncated" in str(error) else "it is not an HDF5 file"), _HINT


@contextmanager
def reading(file: h5py.File, what: str) -> Iterator[None]:
    """Turn what h5py raises on a broken file into an error that names the file and ``what``."""
    try:
        yield
    except SystemFormatError:
        raise
    except (OSError, KeyError, RuntimeError, ValueError, TypeError, IndexError) as error:
        raise SystemFormatError(
            f"'{file.filename}': {what} cannot be read ({error})", hint=_HINT
        ) from error


def group(file: h5py.File, path: str) -> h5py.Group:
    """Return a group, or raise :class:`SystemFormatError` that says which one is missing."""
    return _member(file, path, h5py.Group, "group")


def dataset(file: h5py.File, path: str) -> h5py.Dataset:
    """Return a dataset, or raise :class:`SystemFormatError` that says which one is missing."""
    return _member(file, path, h5py.Dataset, "dataset")


def column_of(name: str, values: h5py.Dataset) -> Column:
    """Return what a dataset is as a column: its type, and its value if no row was ever written."""
    unwritten = values.size and not values.id.get_storage_size()
    return Column(name, values.dtype, values.fillvalue.item() if unwritten else None)


def _member(file: h5py.File, path: str, kind: type, what: str) -> Any:
    with reading(file, f"'{path}'"):
        found = file.get(path)
    if not isinstance(found, kind):
        raise SystemFormatError(f"'{file.filename}' has no {what} '{path}'", hint=_HINT)
    return found
