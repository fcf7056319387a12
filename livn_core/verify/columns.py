"""What each cell has: pointers, lengths and types of the attributes, coordinates of every cell."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from livn_core.neuroh5 import names
from livn_core.verify.containers import Types
from livn_core.verify.verdicts import Audit, Check

__all__ = ["check_cells", "unfit"]

#: Values that are looked at in one go.
BLOCK = 1 << 22


def unfit(dtype: np.dtype) -> str | None:
    """Return why the neuroh5 library cannot hold values of a type, None where it can."""
    if dtype.kind == "f" and dtype.itemsize == 8:
        return "float64: neuroh5 crashes on it"
    if dtype.kind in "iu" and dtype.itemsize == 8:
        return f"{dtype}: neuroh5 refuses 64-bit integers"
    if dtype.kind not in "iuf" or dtype.itemsize not in (1, 2, 4) or dtype == np.float16:
        return f"{dtype}: not a number that neuroh5 knows"
    if dtype.byteorder == ">":
        return f"{dtype}: big-endian"
    return None


def check_cells(audit: Audit, file: h5py.File, types: Types) -> None:
    """Check every attribute of every population."""
    subject = Path(file.filename).name
    counts = types.counts
    root = file.get(names.POPULATIONS)
    if not isinstance(root, h5py.Group):
        audit.add("fatal", "attributes", subject, f"no group '{names.POPULATIONS}'")
        return
    groups = {
        f"{population}/{namespace}/{column}": (group, counts[population])
        for population, spaces in root.items()
        if population in counts and isinstance(spaces, h5py.Group)
        for namespace, space in spaces.items()
        if isinstance(space, h5py.Group)
        for column, group in space.items()
        if isinstance(group, h5py.Group)
    }
    with audit.check("attribute-types", subject, "float32, or integers of up to 32 bits") as check:
        for path, (group, _) in groups.items():
            values = group.get(names.VALUE)
            if isinstance(values, h5py.Dataset) and (why := unfit(values.dtype)):
                check.fail(f"'{path}' is {why}")
        check.found = f"{len(groups)} attributes"
    expected = "one pointer a cell and one more, from 0, never falling, up to the values' end"
    with audit.check("attribute-pointers", subject, expected) as check:
        seen: set[tuple[int, ...]] = set()
        for path, (group, cells) in groups.items():
            _check_pointers(check, path, group, cells, seen)
        check.found = f"{len(groups)} attributes"
    _check_rows(audit, subject, root, counts)


def _check_pointers(
    check: Check, path: str, group: h5py.Group, cells: int, seen: set[tuple[int, ...]]
) -> None:
    parts = [group.get(name) for name in (names.CELL_INDEX, names.POINTER, names.VALUE)]
    for name, part in zip((names.CELL_INDEX, names.POINTER, names.VALUE), parts, strict=True):
        if not isinstance(part, h5py.Dataset):
            check.fail(f"'{path}' has no '{name}'")
            return
        if part.ndim != 1:
            check.fail(f"'{path}': '{name}' has {part.ndim} dimensions, not one")
            return
    index, pointer, values = parts
    if pointer.size and int(pointer[-1]) != values.size:
        check.fail(f"'{path}': the pointers end at {int(pointer[-1])} of {values.size} values")
    if pointer.size != index.size + 1:
        check.fail(f"'{path}': {pointer.size} pointers for {index.size} cells")
    # Columns share their index by hard links, often: look at each once.
    key = tuple(h5py.h5o.get_info(part.id).addr for part in (index, pointer))
    if key in seen:
        return
    seen.add(key)
    steps = pointer[()].astype(np.int64)
    if steps.size and steps[0] != 0:
        check.fail(f"'{path}': the first pointer is {steps[0]}")
    if np.any(np.diff(steps) < 0):
        at = int(np.flatnonzero(np.diff(steps) < 0)[0])
        check.fail(f"'{path}': the pointers fall after cell {at}")
    named = index[()].astype(np.int64)
    if named.size and int(named.max()) >= cells:
        check.fail(f"'{path}': cell {int(named.max())} of {cells} cells")
    elif np.unique(named).size != named.size:
        check.fail(f"'{path}': a cell is listed twice")


def _check_rows(audit: Audit, subject: str, root: h5py.Group, counts: dict[str, int]) -> None:
    with audit.check("coordinates", subject, "finite x, y, z of every cell") as check:
        for population, count in counts.items():
            if not count:
                continue
            for axis in names.AXES:
                path = f"{population}/{names.COORDINATES}/{axis}"
                group = root.get(path)
                if not isinstance(group, h5py.Group):
                    check.fail(f"no '{path}'")
                    continue
                lacking = count - group[names.CELL_INDEX].size
                if lacking:
                    check.fail(f"'{path}': {lacking} of {count} cells have none")
                wrong = _not_finite(group[names.VALUE])
                if wrong:
                    check.fail(f"'{path}': {wrong} values are not finite")
        check.found = f"{sum(counts.values()):,} cells"
    with audit.check("namespaces", subject, "columns of a namespace have the same rows") as check:
        for population in counts:
            for namespace, space in root.get(population, {}).items():
                if not isinstance(space, h5py.Group):
                    check.fail(f"'{population}/{namespace}' is a dataset, not a namespace")
                elif namespace != names.TREES:
                    _check_alike(check, f"{population}/{namespace}", space)


def _not_finite(values: h5py.Dataset) -> int:
    if values.dtype.kind != "f":
        return 0
    return sum(
        int(np.count_nonzero(~np.isfinite(values[start : start + BLOCK])))
        for start in range(0, values.size, BLOCK)
    )


def _check_alike(check: Check, path: str, space: h5py.Group) -> None:
    first: tuple[str, NDArray[np.int64], int] | None = None
    for column, group in space.items():
        if not isinstance(group, h5py.Group) or names.POINTER not in group:
            continue
        address = h5py.h5o.get_info(group[names.POINTER].id).addr
        if first is None:
            first = (column, _rows_by_cell(group), address)
        elif address != first[2] and not np.array_equal(_rows_by_cell(group), first[1]):
            check.fail(f"'{path}': '{column}' has other rows a cell than '{first[0]}'")


def _rows_by_cell(group: h5py.Group) -> NDArray[np.int64]:
    index, rows = group[names.CELL_INDEX][()], np.diff(group[names.POINTER][()].astype(np.int64))
    return rows[np.argsort(index, kind="stable")] if rows.size == index.size else rows
