"""Numbers of synapses in a part of a system: counted anew from 0 in each cell.

An edge has the number of its synapse in the target cell. When edges go, their synapses go, and the
others close up in the order of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import SystemFormatError
from livn_core.neuroh5.names import EDGE_COLUMNS
from livn_core.program import Column, Table

__all__ = ["narrow", "narrowed", "number_synapses", "number_without_synapses", "storable"]

SYN_ID = EDGE_COLUMNS["syn_id"]
_NARROW = {"float64": np.float32, "int64": np.int32, "uint64": np.uint32}

Edges = dict[str, dict[str, NDArray[Any]]]


def number_synapses(
    counts: NDArray[np.int64], syn_ids: NDArray[Any], edges: Edges
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Say which synapses stay, number them anew, and give the edges the new numbers.

    Parameters
    ----------
    counts
        (cells,) synapses of each cell of a block.
    syn_ids
        (synapses,) their old numbers, one cell after another.
    edges
        Source -> ``target`` (cell of the block) and ``Synapses/syn_id``, which is replaced. Without
        that column every synapse stays.

    Returns
    -------
    stays
        (synapses,) bool.
    numbers
        (synapses that stay,) int64: 0, 1, 2, ... in each cell.

    Raises
    ------
    SystemFormatError
        An edge ends on a synapse that its cell does not have, or has twice.
    """
    owners = np.repeat(np.arange(counts.size), counts)
    keys = _keys(owners, syn_ids)
    numbered = [found for found in edges.values() if SYN_ID in found]
    stays = np.ones(keys.size, dtype=bool)
    if numbered:
        wanted = _used(numbered)
        stays = np.isin(keys, wanted)
        if np.count_nonzero(stays) != wanted.size:
            raise SystemFormatError(
                "edges end on synapses that their cells do not have, or have twice",
                hint="see 'livn verify'",
            )
    numbers = _positions(owners[stays], counts.size)
    _renumber(numbered, keys[stays], numbers)
    return stays, numbers


def number_without_synapses(edges: Edges) -> None:
    """Give the edges new numbers where no synapses are stored: in the order of the old ones."""
    numbered = [found for found in edges.values() if SYN_ID in found]
    if numbered:
        keys = _used(numbered)
        owners = (keys >> np.uint64(32)).astype(np.int64)
        _renumber(numbered, keys, _positions(owners, int(owners.max(initial=-1)) + 1))


def _keys(cells: NDArray[Any], numbers: NDArray[Any]) -> NDArray[np.uint64]:
    return (cells.astype(np.uint64) << np.uint64(32)) | numbers.astype(np.uint64)


def _used(numbered: list[dict[str, NDArray[Any]]]) -> NDArray[np.uint64]:
    return np.unique(np.concatenate([_keys(found["target"], found[SYN_ID]) for found in numbered]))


def _positions(owners: NDArray[np.int64], cells: int) -> NDArray[np.int64]:
    """Return 0, 1, 2, ... for each owner's rows, which lie together."""
    held = np.bincount(owners, minlength=cells)
    return np.arange(owners.size) - np.repeat(np.cumsum(held) - held, held)


def _renumber(
    numbered: list[dict[str, NDArray[Any]]],
    keys: NDArray[np.uint64],
    numbers: NDArray[np.int64],
) -> None:
    order = np.argsort(keys, kind="stable")
    keys, numbers = keys[order], numbers[order]
    for found in numbered:
        rows = np.searchsorted(keys, _keys(found["target"], found[SYN_ID]))
        found[SYN_ID] = numbers[rows].astype(np.uint32)


def storable(column: Column) -> Column:
    """Return a column in a type that every reader takes: 64 bits crash some."""
    dtype = np.dtype(_NARROW.get(column.dtype.name, column.dtype))
    return Column(column.name, dtype, column.constant)


def narrowed(table: Table, values: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the columns of a table that are not constant, in its types."""
    return {
        c.name: narrow(c.name, values[c.name], c.dtype) for c in table.columns if c.constant is None
    }


def narrow(name: str, values: NDArray[Any], dtype: np.dtype[Any] | None = None) -> NDArray[Any]:
    """Return values in a storable type.

    Raises
    ------
    SystemFormatError
        They do not fit.
    """
    wanted = np.dtype(_NARROW.get(values.dtype.name, values.dtype)) if dtype is None else dtype
    if values.dtype == wanted:
        return np.ascontiguousarray(values)
    narrow = values.astype(wanted)
    if wanted.kind in "iu" and not np.array_equal(narrow, values):
        raise SystemFormatError(f"column '{name}' holds numbers that do not fit into {wanted}")
    return narrow
