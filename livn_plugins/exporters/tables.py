"""Node and edge tables: what every exporter of tables writes, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.system.edges import edges_with_synapses, synapse_columns
from livn_core.system.reader import System

#: Columns of the node table; positions in um.
NODE_COLUMNS = ("gid", "population", "x", "y", "z")
#: Columns of the edge table that every system has; the distance in um.
EDGE_COLUMNS = ("source", "target", "source_population", "target_population", "distance", "syn_id")

Table = dict[str, NDArray[Any] | str]


def node_blocks(system: System) -> Iterator[Table]:
    """Yield the nodes by population; a text stands for a column of one value."""
    for population in system.populations:
        if not population.count:
            continue
        x, y, z = system.positions(population.name).T
        gids = np.arange(population.start, population.start + population.count, dtype=np.uint32)
        yield {"gid": gids, "population": population.name, "x": x, "y": y, "z": z}


def all_synapse_columns(system: System) -> tuple[str, ...]:
    """Return the synapse columns that every target has."""
    found = [
        set(synapse_columns(system, target))
        for target in sorted({t for _, t in system.projections})
    ]
    return tuple(sorted(set.intersection(*found))) if found else ()


def edge_blocks(system: System, synapses: tuple[str, ...], block_edges: int) -> Iterator[Table]:
    """Yield the edges by projection, in order of target; gids, not numbers within a population."""
    for source, target in system.projections:
        first = np.uint32(system.population(source).start)
        onto = np.uint32(system.population(target).start)
        for slab in edges_with_synapses(
            system, source, target, synapses=synapses, block_edges=block_edges
        ):
            yield {
                "source": slab.sources + first,
                "target": slab.targets + onto,
                "source_population": source,
                "target_population": target,
                "distance": slab.columns["distance"],
                "syn_id": slab.columns["syn_id"],
                **{name: slab.columns[name] for name in synapses},
            }
