"""Populations and their gid ranges: the ``H5Types`` group of both files."""

from __future__ import annotations

from collections.abc import Sequence

import h5py
import numpy as np

from livn_core.errors import SystemFormatError
from livn_core.neuroh5 import names
from livn_core.neuroh5.opening import dataset, group, reading
from livn_core.program import Population

__all__ = ["read_populations", "write_types"]


def write_types(
    file: h5py.File,
    populations: Sequence[Population],
    projections: Sequence[tuple[str, str]],
) -> None:
    """Write the committed types, the gid ranges and the projections that have edges.

    Populations are in alphabetical order of name: the pyfive reader of livn pairs rows and sorted names
    by position.
    """
    ids = {population.name: population.type_id for population in populations}
    label = h5py.enum_dtype(ids, basetype="<u2")
    # pyfive reads the names of an enum as ASCII; those of the committed labels it need not read.
    shown = label if all(name.isascii() for name in ids) else np.dtype("<u2")
    ranges = np.dtype([("Start", "<u8"), ("Count", "<u4"), ("Population", shown)])
    # pyfive cannot read two enums in a compound, nor a dataset of a committed type; the other
    # readers accept plain numbers.
    pairs = np.dtype([("Source", "<u2"), ("Destination", "<u2")])
    file[names.LABELS] = label
    file[names.RANGE_TYPE] = ranges
    file[names.PROJECTION_TYPE] = pairs
    file.create_dataset(
        names.RANGES,
        data=np.array([(p.start, p.count, p.type_id) for p in populations], dtype=ranges),
        dtype=ranges,
    )
    rows = [(ids[source], ids[target]) for source, target in projections]
    file.create_dataset(
        names.VALID_PROJECTIONS,
        data=np.array(sorted(rows, key=lambda row: (row[1], row[0])), dtype=pairs),
        dtype=pairs,
    )


def read_populations(file: h5py.File) -> tuple[Population, ...]:
    """Return the populations in order of their first gid.

    Rows are matched to names by their *enum id*, never by position: files exist in which the two
    orders differ.
    """
    group(file, names.TYPES)
    rows = dataset(file, names.RANGES)
    with reading(file, f"'{names.RANGES}'"):
        table = rows[()]
        labels = h5py.check_enum_dtype(rows.dtype["Population"])
        if labels is None:
            committed = file.get(names.LABELS)
            labels = None if committed is None else h5py.check_enum_dtype(committed.dtype)
    if labels is None:
        raise SystemFormatError(f"'{file.filename}' has no '{names.LABELS}' to name its cells by")
    by_id = {int(number): name for name, number in labels.items()}
    found = []
    for row in table:
        number = int(row["Population"])
        if number not in by_id:
            raise SystemFormatError(
                f"'{file.filename}': '{names.RANGES}' has a population of id {number}, which "
                f"'{names.LABELS}' does not name"
            )
        found.append(Population(by_id[number], int(row["Start"]), int(row["Count"]), number))
    if not found:
        raise SystemFormatError(f"'{file.filename}': '{names.RANGES}' lists no population")
    return tuple(sorted(found, key=lambda p: (p.start, p.count, p.name)))
