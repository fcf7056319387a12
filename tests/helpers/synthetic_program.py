"""A program that every engine's part can be tried on, its numbers known beforehand."""

from __future__ import annotations

from typing import Any

import numpy as np

from livn_core.program import Block, Column, Plan, PlannedProjection, Population, Table, Task
from livn_core.sampling.streams import stream


class Synthetic:
    """A deterministic program: a 2D culture and, if asked, trees; every rule is a few lines."""

    def __init__(
        self,
        counts: dict[str, int] | None = None,
        *,
        ids: dict[str, int] | None = None,
        degrees: dict[tuple[str, str], int] | None = None,
        block: int = 16,
        trees: bool = False,
        per_cell_counter: bool = False,
        seed: int = 3,
        settings: dict[str, Any] | None = None,
    ) -> None:
        counts = {"EXC": 80, "INH": 20} if counts is None else counts
        ids = ids or {name: 10 + i for i, name in enumerate(sorted(counts))}
        starts = np.cumsum([0, *(counts[name] for name in sorted(counts))])
        self.populations = tuple(
            Population(name, int(start), counts[name], ids[name])
            for name, start in zip(sorted(counts), starts, strict=False)
        )
        self.by_name = {population.name: population for population in self.populations}
        self.degrees = degrees or {(s, t): 3 for s in counts for t in counts}
        self.block, self.trees, self.seed = block, trees, seed
        self.per_cell_counter = per_cell_counter
        self.settings = settings or {}
        self.prepared = 0
        self.ran: list[Task] = []

    @property
    def tables(self) -> tuple[Table, ...]:
        f4, u4, u1 = np.dtype("<f4"), np.dtype("<u4"), np.dtype("u1")
        found = []
        for name in self.by_name:
            synapses = (
                Column("syn_ids", u4, per_cell_counter=self.per_cell_counter),
                Column("syn_locs", f4, 0.5),
                Column("syn_secs", np.dtype("<i2"), 1),
                Column("swc_types", u1),
                Column("syn_layers", u1, 0),
            )
            found.append(Table(name, "attributes", "Synapse Attributes", synapses))
            if self.trees:
                points = ("Parent Point", np.dtype("<i4")), ("X Coordinate", f4), ("Radius", f4)
                found += [
                    Table(name, "tree_points", "Trees", tuple(Column(*p) for p in points)),
                    Table(name, "tree_sections", "Trees", (Column("Section", np.dtype("<u2")),)),
                    Table(
                        name,
                        "tree_topology",
                        "Trees",
                        tuple(
                            Column(f"{end} Section", np.dtype("<u2"))
                            for end in ("Destination", "Source")
                        ),
                    ),
                ]
        edge = (
            Column("Source Index", u4),
            Column("Connections/distance", f4),
            Column("Synapses/syn_id", u4, per_cell_counter=self.per_cell_counter),
        )
        found += [Table(target, "projection", source, edge) for source, target in self.degrees]
        return tuple(found)

    def plan(self) -> Plan:
        planned = tuple(
            PlannedProjection(s, t, float(d * self.by_name[t].count))
            for (s, t), d in self.degrees.items()
        )
        return Plan(self.populations, planned, expected_bytes=0.0, peak_memory=0.0)

    def prepare(self, jobs: int = 1, *, draw: bool = True) -> None:
        self.prepared += 1

    def tasks(self) -> list[Task]:
        return [
            Task(p.name, start, min(start + self.block, p.count))
            for p in self.populations
            for start in range(0, p.count, self.block)
        ]

    def sources(self, source: str, target: str, cell: int) -> np.ndarray:
        """Every third cell has no edge at all: rows of length zero."""
        count = self.by_name[source].count
        degree = 0 if cell % 3 == 1 else min(self.degrees[source, target], count)
        if not degree:
            return np.empty(0, dtype=np.uint32)
        rng = stream(self.seed, "edges", f"{source}->{target}", cell)
        return np.sort(rng.choice(count, degree, replace=False)).astype(np.uint32)

    def run(self, task: Task) -> Block:
        self.ran.append(task)
        block, cells = Block(task), range(task.start, task.stop)
        synapses = np.zeros(len(cells), dtype=np.int64)
        kinds: list[list[int]] = [[] for _ in cells]
        for source, target in self.degrees:
            if target != task.population:
                continue
            lists = [self.sources(source, target, cell) for cell in cells]
            counts = np.array([each.size for each in lists], dtype=np.int64)
            if not counts.sum():
                continue
            ids = [s + np.arange(n, dtype=np.uint32) for s, n in zip(synapses, counts, strict=True)]
            if self.per_cell_counter:
                ids = [synapses.astype(np.uint32)]
            columns = {
                "Source Index": np.concatenate(lists),
                "Connections/distance": np.concatenate(lists).astype(np.float32) * 1.5,
                "Synapses/syn_id": np.concatenate(ids).astype(np.uint32),
            }
            block.rows[f"projection/{target}/{source}"] = (counts, columns)
            synapses += counts
            for kind, n in zip(kinds, counts, strict=True):
                kind += [4 if source == "EXC" else 1] * int(n)
        if synapses.sum():
            ids = [np.arange(n, dtype=np.uint32) for n in synapses]
            if self.per_cell_counter:
                ids = [np.zeros(len(cells), np.uint32)]
            block.rows[f"attributes/{task.population}/Synapse Attributes"] = (
                synapses,
                {
                    "syn_ids": np.concatenate(ids),
                    "swc_types": np.array([k for kind in kinds for k in kind], dtype=np.uint8),
                },
            )
        if self.trees:
            self._trees(block)
        return block

    def _trees(self, block: Block) -> None:
        task = block.task
        sizes = np.arange(task.start, task.stop, dtype=np.int64) % 4 + 2

        def rows(counts: np.ndarray, **columns: type) -> tuple[np.ndarray, dict[str, np.ndarray]]:
            values = np.concatenate([np.arange(n) for n in counts])
            names = {name.replace("_", " "): kind for name, kind in columns.items()}
            return counts, {name: values.astype(kind) for name, kind in names.items()}

        where = f"{task.population}/Trees"
        block.rows[f"tree_points/{where}"] = rows(
            sizes, Parent_Point=np.int32, X_Coordinate=np.float32, Radius=np.float32
        )
        block.rows[f"tree_sections/{where}"] = rows(sizes + 2, Section=np.uint16)
        block.rows[f"tree_topology/{where}"] = rows(
            sizes - 1, Destination_Section=np.uint16, Source_Section=np.uint16
        )

    def cell_attributes(self, population: str) -> dict[str, Any]:
        owner = self.by_name[population]
        rng = stream(self.seed, "positions", population)
        axes = {f"{axis} Coordinate": rng.random(owner.count, dtype=np.float32) for axis in "XYZ"}
        found: dict[str, Any] = {"Generated Coordinates": (axes, {})}
        if self.trees:
            arc = {"U Distance": np.arange(owner.count, dtype=np.float32)}
            found["Arc Distances"] = (arc, {"Reference U Min": -20.0, "Reference U Max": 20.01})
        return found

    def graph(self, edges: dict[tuple[str, str], int], digest: str) -> dict[str, Any]:
        synapses: dict[str, Any] = {}
        for source, target in edges:
            synapses.setdefault(target, {})[source] = {"type": "excitatory"}
        return {
            "version": 1,
            "architecture": {
                "uuid": digest[:8],
                "config": {
                    "layer_extents": {"2D": [[0, 0, 0], [1, 1, 1]]},
                    "cell_distributions": {p.name: {"2D": p.count} for p in self.populations},
                },
            },
            "connections": {"culture2d": {"uuid": digest[8:16], "config": {"synapses": synapses}}},
        }

    def provenance(self) -> dict[str, Any]:
        return {
            "configuration": {"seed": self.seed, **self.settings},
            "generator": "synthetic",
            "components": [],
        }
