"""Reading SWC files and folders of them, and writing one."""

from __future__ import annotations

import os
import warnings
from functools import lru_cache
from pathlib import Path

import numpy as np

from livn_core.errors import MorphologyError
from livn_core.morphology.morphology import Morphology, build_morphology
from livn_core.morphology.text import parse_swc
from livn_core.morphology.topology import order_points
from livn_core.outputs import write_file
from livn_core.suggest import did_you_mean

__all__ = ["MorphologyWarning", "read_morphologies", "read_swc", "write_swc"]

_CACHED = 1024


class MorphologyWarning(UserWarning):
    """A morphology was read, but something in its file was passed over."""


def read_swc(path: str | os.PathLike[str]) -> Morphology:
    """Read a morphology.

    Parameters
    ----------
    path
        An SWC file of 7 columns, or 8 with the layer of each point.

    Returns
    -------
    Morphology
        Cached by the file's content; its arrays are read-only.

    Raises
    ------
    MorphologyError
        When the file cannot be read as one cell with a soma; names file, line and point.

    Warns
    -----
    MorphologyWarning
        For each of ``Morphology.notes``.

    Examples
    --------
    >>> from livn_core.documents.shipped import systems_directory
    >>> from livn_core.morphology import read_swc
    >>> cell = read_swc(systems_directory() / "morphology" / "INH.swc")
    >>> len(cell), cell.has_layers, len(cell.segments()) < len(cell)
    (237, True, True)
    """
    path = Path(path)
    morphology = _parse(_content(path), path.stem, str(path))
    for note in morphology.notes:
        warnings.warn(f"{path}: {note}", MorphologyWarning, stacklevel=2)
    return morphology


def read_morphologies(path: str | os.PathLike[str]) -> tuple[Morphology, ...]:
    """Read a morphology, or all ``*.swc`` of a folder in the order of their names.

    Raises
    ------
    MorphologyError
        As :func:`read_swc`; also for a folder that holds none.
    """
    path = Path(path)
    if not path.is_dir():
        return (read_swc(path),)
    files = sorted(
        entry
        for entry in path.iterdir()
        if entry.suffix.lower() == ".swc" and not entry.name.startswith(".")
    )
    if not files:
        raise MorphologyError(
            f"'{path}' holds no morphologies", hint="put the population's .swc files there"
        )
    return tuple(read_swc(file) for file in files)


def write_swc(
    morphology: Morphology, path: str | os.PathLike[str], *, header: str = "", decimals: int = 4
) -> None:
    """Write a morphology in canonical order, with ids from 1.

    The layers become an eighth column where there are any.

    Parameters
    ----------
    morphology
        What to write.
    path
        File to write or replace.
    header
        Comment lines, without their ``#``.
    decimals
        Digits after the point of coordinates and radii.
    """
    lines = [f"# {line}".rstrip() for line in header.splitlines()]
    with_layers = morphology.has_layers
    rows = zip(
        morphology.types.tolist(),
        morphology.xyz.tolist(),
        morphology.radius.tolist(),
        morphology.parent.tolist(),
        morphology.layer.tolist(),
        strict=True,
    )
    for number, (kind, point, radius, parent, layer) in enumerate(rows, start=1):
        numbers = " ".join(f"{value + 0.0:.{decimals}f}" for value in (*point, radius))
        line = f"{number} {kind} {numbers} {parent + 1 if parent >= 0 else -1}"
        lines.append(f"{line} {layer}" if with_layers else line)
    write_file(Path(path), "\n".join(lines) + "\n")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        near = did_you_mean(path.name, _names(path.parent))
        raise MorphologyError(
            f"no morphology file '{path}'{near}", hint="give the path of an SWC file"
        ) from None
    except IsADirectoryError:
        raise MorphologyError(
            f"'{path}' is a directory, not an SWC file", hint="give one of the files in it"
        ) from None
    except OSError as error:
        raise MorphologyError(
            f"cannot read '{path}': {error.strerror}", hint="check the file's permissions"
        ) from None


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError:
        return []


@lru_cache(maxsize=_CACHED)
def _parse(data: bytes, name: str, origin: str) -> Morphology:
    table = parse_swc(data, origin)
    with np.errstate(over="ignore"):
        return build_morphology(name, order_points(table, origin), table.notes)
