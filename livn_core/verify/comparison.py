"""Where two systems differ: which dataset first, and in which value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from livn_core.neuroh5 import names
from livn_core.neuroh5.opening import open_file
from livn_core.system.reader import System
from livn_core.verify.containers import datasets

__all__ = ["Difference", "compare"]

#: Differences that are listed, and values that are compared in one go.
MOST, BLOCK = 10, 1 << 22


@dataclass(frozen=True, slots=True)
class Difference:
    """A dataset, or what else differs, by its path; and how."""

    path: str
    text: str

    def document(self) -> dict[str, str]:
        """Return it as JSON values."""
        return {"path": self.path, "text": self.text}


def compare(one: System, other: System) -> tuple[Difference, ...]:
    """Return the datasets in which two systems differ: cells, projections, and the synapses that follow."""
    found = []
    rows = [[(p.name, p.start, p.count) for p in system.populations] for system in (one, other)]
    if rows[0] != rows[1]:
        found.append(Difference(names.RANGES, f"{rows[0]} against {rows[1]}"))
    for half, root, synapses in (
        (names.CELLS_FILE, names.POPULATIONS, False),
        (names.CONNECTIONS_FILE, names.PROJECTIONS, False),
        (names.CELLS_FILE, names.POPULATIONS, True),
    ):
        with _open(one, half) as first, _open(other, half) as second:
            tables: list[dict[str, h5py.Dataset]] = [
                dict(datasets(file[root], root)) if root in file else {} for file in (first, second)
            ]
            for path in _distinct(tables):
                if (f"/{names.SYNAPSES}/" in path) != synapses:
                    continue
                text = _difference(tables[0].get(path), tables[1].get(path))
                if text:
                    found.append(Difference(path, text))
    return tuple(found[:MOST])


def _distinct(tables: list[dict[str, h5py.Dataset]]) -> list[str]:
    """Return the paths in order, with one name of each dataset that has several."""
    seen: set[tuple[int, ...]] = set()
    paths = []
    for path in sorted(set(tables[0]) | set(tables[1])):
        key = tuple(
            h5py.h5o.get_info(table[path].id).addr if path in table else -1 for table in tables
        )
        if key not in seen:
            seen.add(key)
            paths.append(path)
    return paths


def _open(system: System, half: str) -> h5py.File:
    joint = system.path / names.JOINT_FILE
    return open_file(joint if joint.is_file() else system.path / half)


def _difference(one: h5py.Dataset | None, other: h5py.Dataset | None) -> str:
    if one is None:
        return "only the new system has it"
    if other is None:
        return "the new system does not have it"
    if one.dtype.newbyteorder("<") != other.dtype.newbyteorder("<"):
        return f"type {one.dtype} against {other.dtype}"
    if one.shape != other.shape:
        return f"{one.size:,} against {other.size:,} values"
    for start in range(0, one.size, BLOCK):
        a, b = (np.asarray(d[start : start + BLOCK]) for d in (one, other))
        unlike = np.flatnonzero(~((a == b) | (np.isnan(a) & np.isnan(b))))
        if len(unlike):
            at = int(unlike[0])
            return f"value {start + at:,} is {_shown(a[at])} against {_shown(b[at])}"
    return ""


def _shown(value: Any) -> str:
    return f"{float(value):.9g}" if isinstance(value, np.floating) else str(int(value))
