"""Check the HDF5 files as containers: every reader opens them, and their types name every cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from livn_core.neuroh5 import names
from livn_core.verify.directory import Opened
from livn_core.verify.verdicts import Audit, Check

__all__ = ["Types", "check_container", "check_pairing", "check_types", "datasets"]

_RANGE_FIELDS = ("Start", "Count", "Population")


@dataclass(frozen=True, slots=True)
class Types:
    """What ``H5Types`` says.

    Parameters
    ----------
    rows
        (name, start, count) in the order of the file.
    labels
        Population id -> name.
    """

    rows: tuple[tuple[str, int, int], ...]
    labels: dict[int, str]

    @property
    def counts(self) -> dict[str, int]:
        """Cells of each population."""
        return {name: count for name, _, count in self.rows}


def datasets(group: h5py.Group, path: str = "") -> Iterator[tuple[str, h5py.Dataset]]:
    """Yield every dataset below a group under each of its names."""
    for name, member in group.items():
        at = f"{path}/{name}" if path else name
        if isinstance(member, h5py.Dataset):
            yield at, member
        elif isinstance(member, h5py.Group):
            yield from datasets(member, at)


def check_container(audit: Audit, opened: Opened, name: str) -> h5py.File | None:
    """Check that h5py and pyfive open a file and agree; return it opened."""
    file = opened.containers.get(name)
    with audit.check("hdf5", name, "a whole HDF5 file, every dataset readable") as check:
        opened.raise_for(name)
        number = 0
        for at, dataset in datasets(file):
            number += 1
            if not dataset.size:
                continue
            try:
                dataset[dataset.shape[0] - 1 :]
            except (OSError, ValueError, TypeError) as error:
                check.fail(f"'{at}' cannot be read ({error})")
        check.found = f"{number} datasets"
    if file is None:
        return None
    with audit.check("hdf5-version", name, "the earliest HDF5 format (superblock 0)") as check:
        version = int(file.id.get_create_plist().get_version()[0])
        if version:
            check.warn(f"superblock {version}: older readers may not open it")
        check.found = "superblock 0"
    _check_pyfive(audit, opened, name)
    return file


def _check_pyfive(audit: Audit, opened: Opened, name: str) -> None:
    try:
        import pyfive
    except ImportError:
        audit.note("pyfive is not installed: its view of the files was not compared")
        return
    file = opened.containers[name]
    with audit.check("pyfive", name, "pyfive reads what h5py reads") as check:
        number = 0
        try:
            with pyfive.File(opened.mapped[name]) as other:
                number = _compare(check, file, other)
        except Exception as error:  # noqa: BLE001 - whatever it is, it cannot read it
            check.fail(f"cannot be read ({type(error).__name__}: {error})")
        check.found = f"{number} datasets, their first values"


def _compare(check: Check, file: h5py.File, other: Any) -> int:
    """Hold what pyfive reads against what h5py reads; return the number of datasets."""
    if names.RANGES in file:
        rows = [tuple(int(v) for v in row)[:2] for row in other[names.RANGES][:]]
        ours = [tuple(int(v) for v in row)[:2] for row in file[names.RANGES][()].tolist()]
        if rows != ours:
            check.fail(f"'{names.RANGES}' reads {rows}, not {ours}")
    number = 0
    for root in (names.POPULATIONS, names.PROJECTIONS):
        if root not in file:
            continue
        for at, dataset in datasets(file[root], root):
            number += 1
            try:
                seen = np.asarray(other[at][:2])
            except Exception as error:  # noqa: BLE001 - as above
                check.fail(f"'{at}' cannot be read ({type(error).__name__}: {error})")
                continue
            mine = dataset[:2]
            if not np.array_equal(seen, mine, equal_nan=mine.dtype.kind == "f"):
                check.fail(f"'{at}' reads otherwise")
    return number


def check_types(audit: Audit, file: h5py.File, name: str) -> Types | None:
    """Check the populations and their gid ranges."""
    labels: dict[int, str] | None = None
    with audit.check("labels", name, "a committed enum 'Population labels'") as check:
        committed = file.get(names.LABELS)
        found = None
        if isinstance(committed, h5py.Datatype):
            found = h5py.check_enum_dtype(committed.dtype)
        if not found:
            check.fail("it is missing: neuroh5 cannot open the file")
        if not found and names.RANGES in file:
            found = h5py.check_enum_dtype(file[names.RANGES].dtype["Population"])
        if found:
            labels = {int(number): text for text, number in found.items()}
            check.found = ", ".join(f"{text} {number}" for text, number in sorted(found.items()))
    rows: list[tuple[str, int, int]] = []
    with audit.check("gid-ranges", name, "contiguous from 0, one range a population") as check:
        dataset = file.get(names.RANGES)
        if not isinstance(dataset, h5py.Dataset):
            check.fail(f"no dataset '{names.RANGES}'")
        elif dataset.dtype.names is None or any(
            f not in dataset.dtype.names for f in _RANGE_FIELDS
        ):
            check.fail(f"'{names.RANGES}' has the fields {dataset.dtype.names}")
        else:
            rows = _rows(check, dataset[()], labels or {})
            check.found = ", ".join(
                f"{n} {s}-{s + c - 1}" if c else f"{n} none" for n, s, c in rows
            )
    return Types(tuple(rows), labels or {}) if rows else None


def _rows(check: Any, table: Any, labels: dict[int, str]) -> list[tuple[str, int, int]]:
    rows = []
    for row in table:
        number = int(row["Population"])
        if number not in labels:
            check.fail(f"a range of population id {number}, which has no name")
        rows.append((labels.get(number, f"#{number}"), int(row["Start"]), int(row["Count"])))
    named = [name for name, _, _ in rows]
    for name in sorted({name for name in named if named.count(name) > 1}):
        check.fail(f"'{name}' has two ranges")
    following = 0
    for name, start, count in sorted(rows, key=lambda row: (row[1], row[2])):
        if start != following:
            what = "overlaps the range before" if start < following else "leaves a gap before it"
            check.fail(f"'{name}' starts at {start}, not at {following}: it {what}")
        following = max(following, start + count)
    return rows


def check_pairing(audit: Audit, file: h5py.File, types: Types) -> None:
    """Check the trap of livn's reader: it pairs sorted group names with rows by position."""
    subject = Path(file.filename).name
    expected = "rows and population names in the same (alphabetical) order"
    with audit.check("reading-order", subject, expected) as check:
        groups = sorted(file.get(names.POPULATIONS, {}))
        in_rows = [name for name, _, _ in types.rows]
        for name in groups:
            if name not in in_rows:
                check.fail(f"population '{name}' has cells but no gid range")
        for name, _, count in types.rows:
            if name not in groups and count:
                check.fail(f"population '{name}' has {count} gids but no data")
        for group, (name, start, count) in zip(groups, types.rows, strict=False):
            if group != name and set(groups) <= set(in_rows):
                check.fail(
                    f"livn's pyfive reader gives '{group}' the gids of '{name}' "
                    f"({start}-{start + count - 1})"
                )
        check.found = ", ".join(in_rows)
