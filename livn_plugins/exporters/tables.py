"""Node and edge tables: what every exporter of tables writes, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import SystemFormatError
from livn_core.neuroh5.edges import EdgeSlab
from livn_core.plotting.facts import read_modules
from livn_core.system.delays import Delay, delay_of
from livn_core.system.edges import edges_with_synapses, synapse_columns
from livn_core.system.reader import System

#: Columns of the node table; positions in um.
NODE_COLUMNS = ("gid", "population", "x", "y", "z")
#: Columns of the edge table that every system has; the distance in um.
EDGE_COLUMNS = ("source", "target", "source_population", "target_population", "distance", "syn_id")

Table = dict[str, NDArray[Any] | str]


def both_tables(
    system: System, synapses: bool, block_edges: int
) -> Iterator[tuple[str, tuple[str, ...], Iterator[Table]]]:
    """Yield ``nodes`` and ``edges``: name, columns and blocks; ``synapses``: with their columns."""
    yield "nodes", _node_columns(system), node_blocks(system)
    extra = _shared_synapses(system) if synapses else ()
    yield "edges", edge_columns(system) + extra, edge_blocks(system, extra, block_edges)


def cell_labels(system: System, population: str) -> dict[str, NDArray[Any]]:
    """Return what the cells of a population belong to, where the system says so.

    ``module``: its name, or its number where it has none, (cells,) of text; ``cluster``: its number,
    (cells,), 0 for none.

    Raises
    ------
    SystemFormatError
        Cells are in a module that graph.json does not name.
    """
    if "Culture" not in system.namespaces(population):
        return {}
    held = dict(system.attributes(population, "Culture"))
    if "module" in held:
        numbers, names = held["module"].astype(np.int64), read_modules(system)
        if names and len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(names):
            raise SystemFormatError(
                f"'{system.path}': cells of '{population}' are in modules {numbers.min()} to "
                f"{numbers.max()}, and graph.json names {len(names)}"
            )
        held["module"] = np.array(names, np.str_)[numbers] if names else numbers.astype(np.str_)
    return {name: held[name] for name in ("module", "cluster") if name in held}


def _node_columns(system: System) -> tuple[str, ...]:
    """Return the columns of the node table: with the labels that every population has."""
    found = [cell_labels(system, each.name) for each in system.populations if each.count]
    shared = [name for name in (found or [{}])[0] if all(name in each for each in found)]
    return (*NODE_COLUMNS, *shared)


def node_blocks(system: System) -> Iterator[Table]:
    """Yield the nodes by population; a text stands for a column of one value."""
    for population in system.populations:
        if not population.count:
            continue
        x, y, z = system.positions(population.name).T
        gids = np.arange(population.start, population.start + population.count, dtype=np.uint32)
        labels = cell_labels(system, population.name)
        yield {"gid": gids, "population": population.name, "x": x, "y": y, "z": z, **labels}


def _shared_synapses(system: System) -> tuple[str, ...]:
    """Return the synapse columns that every target has."""
    found = [set(synapse_columns(system, t)) for t in {t for _, t in system.projections}]
    return tuple(sorted(set.intersection(*found))) if found else ()


def edge_columns(system: System) -> tuple[str, ...]:
    """Return the columns of the edge table: ``delay``, ms, where the system says what delays are."""
    delayed = any(delay_of(system, *pair) is not None for pair in system.projections)
    return (*EDGE_COLUMNS, "delay") if delayed else EDGE_COLUMNS


def edge_blocks(system: System, synapses: tuple[str, ...], block_edges: int) -> Iterator[Table]:
    """Yield the edges by projection, in order of target; gids, not numbers within a population.

    Where some projections have delays, those of the others are NaN.
    """
    delayed = "delay" in edge_columns(system)
    for source, target in system.projections:
        delay = delay_of(system, source, target)
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
                **({"delay": _delays(delay, slab)} if delayed else {}),
                **{name: slab.columns[name] for name in synapses},
            }


def _delays(delay: Delay | None, slab: EdgeSlab) -> NDArray[np.float32]:
    if delay is None:
        return np.full(len(slab), np.nan, np.float32)
    return delay.of(slab.sources, slab.columns["distance"])
