"""The files of a system directory, opened all at once: those that must be there, and the others.

A system is replaced as a whole, by another directory. Files that are opened one after the other by
their names may belong to two systems, each of them right.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from errno import ENOENT, ENOTDIR
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, TypeVar

import h5py

from livn_core.documents.jsonio import read_json
from livn_core.errors import LivnError, SystemFormatError
from livn_core.neuroh5 import names
from livn_core.neuroh5.opening import BusyFileError, open_file
from livn_core.verify.verdicts import Audit

__all__ = ["Opened", "check_files", "open_directory"]

#: Looks at a directory that another one replaces each time; s between two.
MOST_LOOKS, PAUSE = 20, 0.05
_CONTAINERS = (names.JOINT_FILE, names.CELLS_FILE, names.CONNECTIONS_FILE)
_DOCUMENTS = ("graph.json", "provenance.json", "mea.json")
_HINT = "give the directory of a system; 'livn generate' makes one"

Value = TypeVar("Value")


@dataclass(slots=True)
class Opened:
    """What a directory held at one moment.

    Parameters
    ----------
    entries
        Names of everything in it, sorted.
    sizes
        Name -> bytes, of the files that a system may have.
    containers, mapped
        Name -> open HDF5 file, and the same file as bytes, for readers that would open its name.
    documents
        Name -> content of a JSON file.
    errors
        Name -> why a file is in neither.
    """

    path: Path
    entries: tuple[str, ...] = ()
    sizes: dict[str, int] = field(default_factory=dict)
    containers: dict[str, h5py.File] = field(default_factory=dict)
    mapped: dict[str, mmap] = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, LivnError] = field(default_factory=dict)

    def raise_for(self, name: str) -> None:
        """Raise what opening a file raised, if it did."""
        if name in self.errors:
            raise self.errors[name]

    @property
    def halves(self) -> tuple[str | None, str | None]:
        """Names of the files of the cells and of the connections; None where one is missing."""
        if names.JOINT_FILE in self.sizes:
            return names.JOINT_FILE, names.JOINT_FILE
        cells, connections = (name if name in self.sizes else None for name in _CONTAINERS[1:])
        return cells, connections


@contextmanager
def open_directory(path: Path) -> Iterator[Opened]:
    """Open the files of a system; if another one takes its place meanwhile, those of that one.

    Raises
    ------
    SystemFormatError
        It is no directory, holds no system, or is replaced each time.
    """
    for number in range(MOST_LOOKS):
        with ExitStack() as stack:
            try:
                directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            except OSError as error:
                # An older system is moved away before the new one comes.
                if error.errno == ENOENT and not number:
                    time.sleep(PAUSE)
                    continue
                what = {ENOENT: "does not exist", ENOTDIR: "is not a directory"}.get(
                    error.errno or 0
                )
                raise SystemFormatError(
                    f"'{path}' {what or f'cannot be opened: {error.strerror}'}", hint=_HINT
                ) from error
            stack.callback(os.close, directory)
            opened = _open_all(path, stack)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(directory), path.stat()):
                    if not opened.sizes:
                        bare = "" if opened.entries else ", which is empty"
                        raise SystemFormatError(f"there is no system in '{path}'{bare}", hint=_HINT)
                    yield opened
                    return
        time.sleep(PAUSE)
    raise SystemFormatError(
        f"'{path}' was replaced by another system {MOST_LOOKS} times while it was opened",
        hint="verify it when nothing writes it any more",
    )


def _open_all(path: Path, stack: ExitStack) -> Opened:
    opened = Opened(path)

    def attempt(name: str, read: Callable[[Path], Value]) -> Value | None:
        try:
            return read(path / name)
        except BusyFileError:
            raise  # no fault of the system
        except LivnError as error:
            opened.errors[name] = error
            return None

    with suppress(OSError):  # it may go at any moment: then what is found is not used
        opened.entries = tuple(sorted(entry.name for entry in path.iterdir()))
        for name in (*_CONTAINERS, *_DOCUMENTS):
            if (path / name).is_file():
                opened.sizes[name] = (path / name).stat().st_size
    for name in opened.sizes:
        if name in _DOCUMENTS:
            opened.documents[name] = attempt(name, read_json)
        elif (file := attempt(name, open_file)) is not None:
            opened.containers[name] = stack.enter_context(file)
            opened.mapped[name] = stack.enter_context(
                mmap(file.id.get_vfd_handle(), 0, access=ACCESS_READ)
            )
    return opened


def check_files(audit: Audit, opened: Opened) -> None:
    """Check that a directory holds a whole system, and nothing that an interrupted run left."""
    path, joint = opened.path, names.JOINT_FILE in opened.sizes
    wanted = [*(_CONTAINERS[:1] if joint else _CONTAINERS[1:]), "graph.json"]
    with audit.check("files", path.name or str(path), " + ".join(wanted)) as check:
        missing = [name for name in wanted if name not in opened.sizes]
        if missing:
            listed = ", ".join([*missing[:-2], " and ".join(missing[-2:])])
            check.fail(f"{listed} {'is' if len(missing) == 1 else 'are'} missing")
        for name in wanted:
            if opened.sizes.get(name) == 0:
                check.fail(f"{name} is empty")
        check.found = "all there"
    with audit.check("leftovers", path.name or str(path), "nothing of an interrupted run") as check:
        for entry in opened.entries:
            if Path(entry).suffix in {".tmp", ".part", ".lock"} or ".part-" in entry:
                check.warn(f"'{entry}' is left over; it can be removed")
        if joint and not opened.sizes.keys().isdisjoint(_CONTAINERS[1:]):
            check.warn(f"{names.JOINT_FILE} lies beside the two files: livn reads it, not them")
        parent = path.resolve().parent
        for left in sorted(parent.glob(f".{path.resolve().name}.part-*")):
            check.warn(f"'{left.name}' beside the system is left of an interrupted run")
        check.found = "none"
