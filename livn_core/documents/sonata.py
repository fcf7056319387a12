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
        Not an HDF5 file, no ``/nodes``, or nodes without x and y.
    """
    if not h5py.is_hdf5(path):
        raise ConfigError(f"'{path}' is not an HDF5 file", hint="give a SONATA nodes file")
    with h5py.File(path, "r") as file:
        if not isinstance(file.get("nodes"), h5py.Group):
            raise ConfigError(
                f"'{path}' is not a SONATA nodes file: it has no group 'nodes'",
                hint=f"it holds {', '.join(sorted(file)) or 'nothing'}",
            )
        found: list[NDArray[np.float64]] = []
        names: list[str] = []
        for name in sorted(file["nodes"]):
            positions = _positions(path, name, file["nodes"][name])
            found.append(positions)
            names += [name] * len(positions)
    width = max((part.shape[1] for part in found), default=2)
    found = [np.pad(part, ((0, 0), (0, width - part.shape[1]))) for part in found]
    return np.concatenate(found) if found else np.empty((0, 2)), names


def _positions(path: Path, name: str, nodes: Any) -> NDArray[np.float64]:
    groups = {
        key: item for key, item in nodes.items() if key.isdigit() and isinstance(item, h5py.Group)
    }
    if not groups:
        raise ConfigError(f"'{path}': nodes '{name}' have no attributes, so no positions")
    count = len(nodes["node_type_id"]) if "node_type_id" in nodes else None
    if "node_group_id" in nodes and "node_group_index" in nodes:
        ids, index = nodes["node_group_id"][()], nodes["node_group_index"][()]
    else:
        count = count if count is not None else len(next(iter(groups["0"].values())))
        ids, index = np.zeros(count, dtype=int), np.arange(count)
    axes = ["x", "y"] + (["z"] if all("z" in group for group in groups.values()) else [])
    positions = np.empty((len(ids), len(axes)), dtype=np.float64)
    for key, group in groups.items():
        chosen = ids == int(key)
        for column, axis in enumerate(axes):
            if axis not in group:
                raise ConfigError(
                    f"'{path}': nodes '{name}' have no column '{axis}'{did_you_mean(axis, group)}",
                    hint=f"their attributes are {', '.join(sorted(group)) or 'none'}",
                )
            positions[chosen, column] = group[axis][()][index[chosen]]
    if not np.isfinite(positions).all():
        bad = int(np.flatnonzero(~np.isfinite(positions).all(axis=1))[0])
        raise ConfigError(f"'{path}': node {bad} of '{name}' has no finite position")
    return positions
