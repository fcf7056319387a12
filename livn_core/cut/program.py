"""The selected part of a system, as a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.cut.graph import cut_graph
from livn_core.cut.synapses import (
    narrow,
    narrowed,
    number_synapses,
    number_without_synapses,
    storable,
)
from livn_core.errors import LivnError
from livn_core.neuroh5 import names
from livn_core.neuroh5.directory import check_shape
from livn_core.neuroh5.ragged import pieces
from livn_core.program import TREE_TABLES, Block, Column, Plan, Population, Table, Task

if TYPE_CHECKING:
    from livn_core.system.reader import System
    from livn_core.system.selection import Selection

__all__ = ["CutProgram"]

#: Edges of the whole system onto the cells of a block.
BLOCK_EDGES = 1_000_000


class CutProgram:
    """The selected part of a system; populations without a selected cell are left out.

    ``block_edges`` is the number of edges of the whole system onto the cells of a block.
    """

    def __init__(
        self, system: System, selection: Selection, *, block_edges: int = BLOCK_EDGES
    ) -> None:
        self.system = system
        self.selection = selection
        self.block_edges = block_edges
        #: Population -> chosen cells, relative to its start in ``system``.
        self.kept: dict[str, NDArray[np.int64]] = {}
        #: Population -> new number of each old cell, -1 for those that stay behind.
        self._renumbered: dict[str, NDArray[np.int64]] = {}
        populations: list[Population] = []
        first = 0
        for old in sorted(system.populations, key=lambda population: population.name):
            cells = np.asarray(selection.gids.get(old.name, ()), dtype=np.int64) - old.start
            if not cells.size:
                continue
            self.kept[old.name] = cells
            self._renumbered[old.name] = np.full(old.count, -1, dtype=np.int64)
            self._renumbered[old.name][cells] = np.arange(cells.size)
            populations.append(Population(old.name, first, cells.size, old.type_id))
            first += cells.size
        if not populations:
            raise LivnError(f"the selection '{selection.name}' holds no cell")
        self.populations: Sequence[Population] = populations
        self._single = {name: self._single_valued(name) for name in self.kept}
        self.tables: Sequence[Table] = tuple(self._tables())

    # -- what is in the system -----------------------------------------------------------------

    def _single_valued(self, population: str) -> dict[str, dict[str, NDArray[Any]]]:
        """Return the namespaces with one value a cell, for the kept cells."""
        found = {}
        for namespace in self.system.namespaces(population):
            if namespace in {names.SYNAPSES, names.TREES}:
                continue
            counts, values = self.system.rows_of(population, namespace, self.kept[population])
            if values and np.all(counts == 1):
                found[namespace] = {name: narrow(name, column) for name, column in values.items()}
        return found

    def _tables(self) -> list[Table]:
        tables = []
        for population in self.kept:
            for namespace in self.system.namespaces(population):
                columns = self.system.columns(population, namespace)
                if namespace == names.TREES:
                    for kind, entries in TREE_TABLES.items():
                        found = [storable(columns[name]) for name in entries if name in columns]
                        tables.append(Table(population, kind, namespace, tuple(found)))
                elif namespace not in self._single[population] and columns:
                    stored = tuple(
                        # Synapses are counted anew: their numbers are never constant.
                        Column(c.name, storable(c).dtype) if c.name == "syn_ids" else storable(c)
                        for c in columns.values()
                    )
                    tables.append(Table(population, "attributes", namespace, stored))
            for source in self._sources(population):
                edges = self.system.edge_columns(source, population).values()
                tables.append(
                    Table(
                        population,
                        "projection",
                        source,
                        (
                            Column(names.SOURCE_INDEX, np.dtype(np.uint32)),
                            *(Column(c.name, storable(c).dtype) for c in edges),
                        ),
                    )
                )
        return tables

    def _sources(self, target: str) -> list[str]:
        return [s for s, t in self.system.projections if t == target and s in self.kept]

    def plan(self) -> Plan:
        """Return the populations; how many edges stay is known when they have been read."""
        return Plan(tuple(self.populations), (), 0.0, 0.0)

    def prepare(self, jobs: int = 1, *, draw: bool = True) -> None:
        """Do nothing: blocks need only the numbers that are there already."""

    def tasks(self) -> Sequence[Task]:
        """Cut the kept cells into blocks that read a bounded number of edges."""
        tasks = []
        for name, cells in self.kept.items():
            load = np.ones(cells.size, dtype=np.int64)
            for source, target in self.system.projections:
                if target == name:
                    load += self.system.in_degrees(source, target)[cells]
            tasks += [Task(name, *piece) for piece in pieces(load, self.block_edges)]
        return tasks

    # -- the blocks ----------------------------------------------------------------------------

    def run(self, task: Task) -> Block:
        """Read the task's cells and leave out what stays behind."""
        block = Block(task)
        cells = self.kept[task.population][task.start : task.stop]
        edges = {
            source: self._edges_onto(source, task.population, cells)
            for source in self._sources(task.population)
        }
        for table in self.tables:
            if table.population != task.population or table.kind == "projection":
                continue
            wanted = [c.name for c in table.columns if c.constant is None]
            if table.name == names.SYNAPSES and "syn_ids" in wanted:
                counts, values = self.system.rows_of(table.population, table.name, cells, wanted)
                kept, numbers = number_synapses(counts, values["syn_ids"], edges)
                values = {name: column[kept] for name, column in values.items()}
                values["syn_ids"] = numbers
                owners = np.repeat(np.arange(cells.size), counts)
                counts = np.bincount(owners[kept], minlength=cells.size)
                block.rows[table.key] = (counts, narrowed(table, values))
                continue
            # A table of constants has rows too: one stored column says how many.
            read = wanted or [table.columns[0].name]
            counts, values = self.system.rows_of(table.population, table.name, cells, read)
            block.rows[table.key] = (counts, narrowed(table, values))
        if names.SYNAPSES not in self.system.namespaces(task.population):
            number_without_synapses(edges)
        for source, found in edges.items():
            counts = np.bincount(found["target"], minlength=cells.size)
            key = f"projection/{task.population}/{source}"
            table = next(table for table in self.tables if table.key == key)
            block.rows[key] = (counts, narrowed(table, found))
        return block

    def _edges_onto(
        self, source: str, target: str, cells: NDArray[np.int64]
    ) -> dict[str, NDArray[Any]]:
        """Return the edges that stay: target in the block, new source, columns by their path."""
        columns = self.system.edge_columns(source, target)
        parts: dict[str, list[NDArray[Any]]] = {
            "target": [np.empty(0, dtype=np.int64)],
            names.SOURCE_INDEX: [np.empty(0, dtype=np.uint32)],
            **{c.name: [np.empty(0, dtype=c.dtype)] for c in columns.values()},
        }
        for slab in self.system.edges(
            source, target, columns=tuple(columns), targets=cells, block_edges=self.block_edges
        ):
            renumbered = self._renumbered[source][slab.sources]
            stays = renumbered >= 0
            parts["target"].append(np.searchsorted(cells, slab.targets[stays]))
            parts[names.SOURCE_INDEX].append(renumbered[stays].astype(np.uint32))
            for name, column in columns.items():
                parts[column.name].append(slab.columns[name][stays])
        return {name: np.concatenate(part) for name, part in parts.items()}

    # -- the rest of a system --------------------------------------------------------------------

    def cell_attributes(
        self, population: str
    ) -> Mapping[str, tuple[Mapping[str, NDArray[Any]], Mapping[str, float]]]:
        """Return what the cells had one value of, and their old gids."""
        start = self.system.population(population).start
        return {
            **{
                namespace: (columns, self.system.namespace_attributes(population, namespace))
                for namespace, columns in self._single[population].items()
            },
            "Origin": ({"gid": (self.kept[population] + start).astype(np.uint32)}, {}),
        }

    def graph(self, edges: Mapping[tuple[str, str], int], digest: str) -> dict[str, Any]:
        """Return the old graph.json without what stays behind."""
        positions = {name: self.system.positions(name)[cells] for name, cells in self.kept.items()}
        check_shape(self.system.graph, "graph", self.system.path / "graph.json")
        return cut_graph(self.system.graph, positions, self.selection.bounds, edges, digest)

    def provenance(self) -> dict[str, Any]:
        """Return what was cut from what."""
        origin = self.system.provenance or {}
        return {
            "generator": "cut",
            "configuration": {
                "selection": self.selection.name,
                "bounds": self.selection.bounds,
                "details": dict(self.selection.details),
                "cells": {name: int(cells.size) for name, cells in self.kept.items()},
            },
            "seed": origin.get("seed"),
            "components": origin.get("components", []),
            "cut_from": {
                "name": self.system.path.resolve().name,
                "digest": origin.get("digest") or self.system.digest(),
                "provenance": origin,
            },
        }
