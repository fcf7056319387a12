"""How many bytes a system will take, from expected numbers of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from livn_core.neuroh5 import names
from livn_core.neuroh5.layout import Slot, plan_layout
from livn_core.program import Population, Table

__all__ = ["estimate_bytes"]

# What HDF5 needs beside the values, fitted to files of 8 to 83 groups: it is most of a small file.
_FILE = 2800
_GROUP = 1000
_DATASET = 300
#: graph.json and provenance.json.
_DOCUMENTS = 8000


def estimate_bytes(
    populations: Sequence[Population],
    tables: Sequence[Table],
    rows: Mapping[str, float],
    *,
    cell_columns: int = 6,
) -> float:
    """Return the bytes of all files of a system.

    ``rows``: table key -> expected number of rows; ``cell_columns``: how many columns of four bytes have
    one value a cell, the coordinates.
    """
    layout = plan_layout(populations, tables, {key: round(count) for key, count in rows.items()})
    total = float(_DOCUMENTS)
    for slots in (layout.cells, layout.connections):
        total += _FILE + sum(slot.nbytes for slot in slots) + _DATASET * len(slots)
        total += _GROUP * (len(_groups(slots)) + 3)
    for population in populations:
        # Values, one set of cell numbers and pointers, and a group for each column.
        total += population.count * (4 * cell_columns + 12)
        total += (_GROUP + _DATASET) * cell_columns + 2 * _DATASET + _GROUP
    return total


def _groups(slots: Sequence[Slot]) -> set[str]:
    found = set()
    for slot in slots:
        for path in (slot.path, *slot.links):
            parts = path.split("/")[:-1]
            found |= {"/".join(parts[: i + 1]) for i in range(len(parts))}
    return found - {names.POPULATIONS, names.PROJECTIONS}
