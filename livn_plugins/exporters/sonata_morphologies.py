"""The morphologies of a system's cells as SWC files: one for each that differs.

Cells of a layered system share a few morphologies. Trees are compared by their content, a cell at a
time, so that a population of any size needs the memory of its distinct trees' names alone.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.system.reader import System

__all__ = ["write_morphologies"]

#: Entries of a tree that an SWC file holds, in its order, and how they are written.
COLUMNS = ("SWC Type", "X Coordinate", "Y Coordinate", "Z Coordinate", "Radius", "Parent Point")


def write_morphologies(
    system: System, population: str, folder: Path
) -> tuple[list[str], NDArray[np.uint32]]:
    """Write the distinct morphologies of a population that has some: ``POPULATION_0.swc`` and on.

    Returns
    -------
    list of str, (cells,) uint32
        Names of the files, without suffix, and the one of each cell.
    """
    names: list[str] = []
    known: dict[bytes, int] = {}
    which = np.empty(system.population(population).count, dtype=np.uint32)
    for cell in range(which.size):
        tree = system.trees(population, cell)
        key = _digest(tree)
        if key not in known:
            known[key] = len(names)
            names.append(f"{population}_{len(names)}")
            (folder / f"{names[-1]}.swc").write_text(_swc(tree), encoding="utf-8")
        which[cell] = known[key]
    return names, which


def _digest(tree: dict[str, NDArray[Any]]) -> bytes:
    state = hashlib.blake2b(digest_size=16)
    for name in COLUMNS:
        state.update(np.ascontiguousarray(tree[name]).data)
    return state.digest()


def _swc(tree: dict[str, NDArray[Any]]) -> str:
    """Return the text of an SWC file: points from 1, the root's parent is -1; um."""
    kind, x, y, z, radius, parent = (tree[name].tolist() for name in COLUMNS)
    lines = ["# id type x y z radius parent (um)"]
    for point, row in enumerate(zip(kind, x, y, z, radius, parent, strict=True), start=1):
        *numbers, above = row[1:]
        columns = " ".join(f"{value:.9g}" for value in numbers)
        lines.append(f"{point} {row[0]} {columns} {above + 1 if above >= 0 else -1}")
    return "\n".join(lines) + "\n"
