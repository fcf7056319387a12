"""Reads the positions in a SONATA nodes file.

Layout: Dai et al. 2020, "The SONATA data format for efficient description of large-scale network
models", PLoS Comput Biol 16(2), and the SONATA developer guide: ``/nodes/<population>`` holds
``node_type_id`` and numbered groups; ``node_group_id`` and ``node_group_index`` say in which group,
and where in it, a node's attributes are. Positions are in um.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from livn_core.errors import ConfigError
from livn_core.suggest import did_you_mean

__all__ = ["read_nodes"]

_HINT = "give a SONATA nodes file"


def read_nodes(path: Path) -> tuple[NDArray[np.float64], list[str]]:
    """Read every node population of a SONATA nodes file, in alphabetical order of their names.

    Returns
    -------
    positions
        (n, 2) or (n, 3) float64, um.
    populations
        The population of each node.

    Raises
    ------
    ConfigError
        Not an HDF5 file or a damaged one, no ``/nodes``, nodes without x and y, or without a row of
        their own.
    """
    found: list[NDArray[np.float64]] = []
    names: list[str] = []
    try:
        if not h5py.is_hdf5(path):
            raise ConfigError(f"'{path}' is not an HDF5 file", hint=_HINT)
        with h5py.File(path, "r", locking="best-effort") as file:
            if not isinstance(file.get("nodes"), h5py.Group):
                raise ConfigError(
                    f"'{path}' is not a SONATA nodes file: it has no group 'nodes'",
                    hint=f"it holds {', '.join(_keys(str(path), file)) or 'nothing'}",
                )
            for name in _keys(f"'{path}': nodes", file["nodes"]):
                positions = _positions(path, name, file["nodes"][name])
                found.append(positions)
                names += [name] * len(positions)
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        # What the HDF5 library says of a truncated or damaged file.
        reason = " ".join(str(error).strip("'\"").split())
        raise ConfigError(f"'{path}' cannot be read: {reason}", hint=_HINT) from error
    width = max((part.shape[1] for part in found), default=2)
    found = [np.pad(part, ((0, 0), (0, width - part.shape[1]))) for part in found]
    return np.concatenate(found) if found else np.empty((0, 2)), names


def _positions(path: Path, name: str, nodes: Any) -> NDArray[np.float64]:
    what = f"'{path}': nodes '{name}'"
    if not isinstance(nodes, h5py.Group):
        raise ConfigError(f"{what} are no group", hint=_HINT)
    groups = {
        int(key): nodes[key]
        for key in _keys(what, nodes)
        if key.isdecimal() and isinstance(nodes.get(key), h5py.Group)
    }
    if not groups:
        raise ConfigError(f"{what} have no attributes, so no positions")
    axes = ["x", "y"] + (["z"] if all("z" in group for group in groups.values()) else [])
    for group in groups.values():
        own = _keys(what, group)
        for axis in axes:
            if axis not in group:
                raise ConfigError(
                    f"{what} have no column '{axis}'{did_you_mean(axis, own)}",
                    hint=f"their attributes are {', '.join(own) or 'none'}",
                )
    columns = {
        key: [_column(f"{what}, group '{key}'", group, axis, "iuf") for axis in axes]
        for key, group in groups.items()
    }
    if "node_group_id" in nodes and "node_group_index" in nodes:
        ids, index = (_column(what, nodes, f"node_group_{each}", "iu") for each in ("id", "index"))
    elif len(groups) == 1:
        ((only, (x, *_)),) = columns.items()
        ids, index = np.full(len(x), only), np.arange(len(x))
    else:
        raise ConfigError(f"{what} have several groups, and no node_group_id says which is whose")
    if len(ids) != len(index):
        raise ConfigError(f"{what} have {len(ids)} node_group_id for {len(index)} node_group_index")
    positions = np.empty((len(ids), len(axes)), dtype=np.float64)
    for key in np.unique(ids).tolist():
        if key not in columns:
            raise ConfigError(f"{what} are in group '{key}', which is not there")
        mine, rows = np.flatnonzero(ids == key), min(map(len, columns[key]))
        wrong = mine[(index[mine] < 0) | (index[mine] >= rows)]  # no index counts from the end
        if len(wrong):
            raise ConfigError(
                f"{what}: node {wrong[0]} is row {index[wrong[0]]} of group '{key}', which has "
                f"{rows} rows from 0"
            )
        positions[mine] = np.column_stack([column[index[mine]] for column in columns[key]])
    if not np.isfinite(positions).all():
        bad = int(np.flatnonzero(~np.isfinite(positions).all(axis=1))[0])
        raise ConfigError(f"'{path}': node {bad} of '{name}' has no finite position")
    return positions


def _keys(what: str, group: h5py.Group) -> list[str]:
    """Return the names in a group, sorted; h5py gives those that are no UTF-8 as bytes."""
    wrong = [key for key in group if not isinstance(key, str)]
    if wrong:
        raise ConfigError(f"{what}: the name {wrong[0]!r} is no UTF-8 text", hint=_HINT)
    return sorted(group)


def _column(what: str, group: h5py.Group, name: str, kinds: str) -> NDArray[Any]:
    """Return a column of numbers, (n,)."""
    found = group[name]
    if not isinstance(found, h5py.Dataset) or found.ndim != 1 or found.dtype.kind not in kinds:
        raise ConfigError(f"{what}: '{name}' is no column of numbers", hint=_HINT)
    values: NDArray[Any] = found[()]
    return values
