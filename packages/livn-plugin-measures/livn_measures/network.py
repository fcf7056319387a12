"""A system's graph in memory: cells with positions, and every connection once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livn_core import ConfigError
from livn_core.selection import read_selection

if TYPE_CHECKING:
    from livn_core import System

__all__ = ["Network", "read_modules", "read_network"]


@dataclass(frozen=True)
class Network:
    """A directed graph without multiple edges; cells are numbered through all populations.

    Parameters
    ----------
    populations
        Name -> the numbers of its cells, a range.
    positions
        (n, 3) float64 somata, um.
    sources, targets
        (edges,) int64 cells of each connection, by source, then target. Several synapses of one
        cell onto another are one connection; autapses are kept.
    """

    populations: dict[str, range]
    positions: NDArray[np.float64]
    sources: NDArray[np.int64]
    targets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.positions)

    def between_cells(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return sources and targets without autapses."""
        kept = self.sources != self.targets
        return self.sources[kept], self.targets[kept]


def read_network(system: System) -> Network:
    """Read all cells and connections of a system: some 50 bytes a connection meanwhile."""
    starts, total = {}, 0
    for population in system.populations:
        starts[population.name] = range(total, total + population.count)
        total += population.count
    positions = [system.positions(name).astype(np.float64) for name in starts]
    keys = [np.empty(0, np.int64)]
    for source, target in system.projections:
        for slab in system.edges(source, target, columns=()):
            cells = slab.sources.astype(np.int64) + starts[source].start
            keys.append(cells * total + slab.targets + starts[target].start)
    edges = np.sort(np.concatenate(keys))
    edges = edges[np.diff(edges, prepend=-1) > 0]  # much faster than np.unique
    sources, targets = np.divmod(edges, max(total, 1))
    return Network(starts, np.concatenate([np.empty((0, 3)), *positions]), sources, targets)


def read_modules(
    system: System, network: Network, selections: Sequence[str]
) -> NDArray[np.int64] | None:
    """Return the module of each cell, (n,) int64; None where nothing names modules.

    Parameters
    ----------
    system, network
        A system, and its graph.
    selections
        The cells of each are a module, and all others together one more. Without any, modules are
        those of the cells' attribute ``Culture/module``.

    Raises
    ------
    ConfigError
        A cell is in two of the selections.
    """
    found = np.full(len(network), len(selections), np.int64)
    if selections:
        for number, name in enumerate(selections):
            for population, gids in read_selection(system, name).gids.items():
                start = system.population(population).start
                cells = np.asarray(gids) - start + network.populations[population].start
                if (found[cells] < number).any():
                    raise ConfigError(
                        f"the selection '{name}' shares cells with another: a cell has one module"
                    )
                found[cells] = number
        return found
    for name, cells in network.populations.items():
        if "Culture" not in system.namespaces(name):
            return None
        columns = system.attributes(name, "Culture")
        if "module" not in columns:
            return None
        found[cells.start : cells.stop] = columns["module"]
    return found
