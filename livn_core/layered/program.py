"""A layered system as a program: chunks of cells, in any order, on any thread or rank.

Random streams belong to (seed, purpose, population, chunk), where a chunk is a fixed number of
consecutive cells that follows from the configuration alone. Blocks are cut between chunks, so
every cut gives the same system.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import ConfigError, Finding
from livn_core.layered.axons import Axons
from livn_core.layered.configuration import LayeredConfig
from livn_core.layered.dendrites import Pieces, Strata
from livn_core.layered.forest import Forest
from livn_core.layered.graph import layered_graph
from livn_core.layered.morphologies import SHIPPED
from livn_core.layered.plan import plan_of
from livn_core.layered.somata import ArcDistances, Somata, place_somata
from livn_core.layered.synapses import draw_synapses
from livn_core.layered.wiring import EDGE_COLUMNS, MOST_CELLS, Projection, Wiring
from livn_core.program import (
    Block,
    Column,
    Plan,
    Population,
    Table,
    Task,
)
from livn_core.sampling.streams import stream

__all__ = ["LayeredProgram"]

#: Synapses that a chunk is cut for: enough that the vectorised passes outweigh their calls, few
#: enough that its arrays stay in a core's cache. Part of what a seed means: never change it.
CHUNK_SYNAPSES = 131_072
#: Synapses that a block is cut for.
BLOCK_SYNAPSES = 500_000
#: Cells of a block of a population without synapses.
BLOCK_CELLS = 65_536

SYNAPSE_COLUMNS = (
    Column("syn_ids", np.dtype(np.uint32)),
    Column("syn_types", np.dtype(np.uint8)),
    Column("syn_cdists", np.dtype(np.float32)),
    Column("syn_locs", np.dtype(np.float32)),
    Column("syn_secs", np.dtype(np.uint32)),
    Column("syn_layers", np.dtype(np.int8)),
    Column("swc_types", np.dtype(np.uint8)),
)

#: Grows with every change that gives an equal configuration other files. 2: trees repeat the parent's
#: end at the head of a section.
SCHEME = 2


class LayeredProgram:
    """A layered system.

    Parameters
    ----------
    config
        A validated configuration, scaled if it is to be.
    trees
        Store each cell's morphology.
    allow_autapses
        Whether a cell may be its own source.
    out_of_reach
        What a synapse gets whose projection has no source in reach: the ``nearest`` source, or an
        ``error`` before anything is made.
    parameters
        What provenance.json says of the generator.
    block_synapses
        Synapses that a block is cut for.
    """

    def __init__(
        self,
        config: LayeredConfig,
        *,
        trees: bool = True,
        allow_autapses: bool = True,
        out_of_reach: Literal["nearest", "error"] = "nearest",
        parameters: Mapping[str, Any] | None = None,
        block_synapses: int = BLOCK_SYNAPSES,
    ) -> None:
        self.config = config
        self._block_synapses = block_synapses
        self.allow_autapses = allow_autapses
        self.parameters = dict(parameters or {})
        self._out_of_reach = out_of_reach
        self.populations: Sequence[Population] = config.populations()
        self.counts = config.counts()
        self.arc_reference = ArcDistances.of(config)
        self._somata: dict[str, Somata] = {}
        self._axons: dict[tuple[str, str], Axons] = {}
        self._wirings: dict[str, Wiring] = {}
        self.forests = {
            name: Forest(config, name, partial(self._depths, name))
            for name, cell_type in sorted(config.cell_types.items())
            if cell_type.morphology is not None
        }
        self.trees = trees
        self._chunks = {name: self._chunk(name) for name in self.counts}
        self.tables: Sequence[Table] = tuple(self._tables())

    # -- what is in the system -----------------------------------------------------------------

    def _chunk(self, population: str) -> int:
        """Return the cells of a chunk: a power of 2."""
        forest = self.forests.get(population)
        expected = forest.typical if forest else 0.0
        if expected <= 0:
            return MOST_CELLS // 2
        return int(2 ** np.clip(np.round(np.log2(CHUNK_SYNAPSES / expected)), 0, 6))

    def sources(self, population: str) -> tuple[str, ...]:
        """Return the source populations of the projections onto a population, by name."""
        forest = self.forests.get(population)
        if forest is None or not self.counts[population]:
            return ()
        rules = self.config.connections.synapses.get(population, {})
        return tuple(sorted(name for name in rules if self.counts[name]))

    def _tables(self) -> list[Table]:
        tables = []
        for name, forest in self.forests.items():
            if not self.counts[name]:
                continue
            if self.trees:
                tables.extend(forest.tables())
            if forest.strata.strata:
                tables.append(Table(name, "attributes", "Synapse Attributes", SYNAPSE_COLUMNS))
                tables.extend(
                    Table(name, "projection", source, EDGE_COLUMNS) for source in self.sources(name)
                )
        return tables

    def somata(self, population: str) -> Somata:
        """Return the cells of a population; places them at first."""
        if population not in self._somata:
            self._somata[population] = place_somata(self.config, population)
        return self._somata[population]

    def _depths(self, population: str) -> NDArray[np.float32]:
        return self.somata(population).uvl[:, 2]

    # -- before the blocks ---------------------------------------------------------------------

    def plan(self) -> Plan:
        """Return what would be made, from expected numbers: nothing is drawn but the somata."""
        return plan_of(self)

    def prepare(self, jobs: int = 1, *, draw: bool = True) -> None:
        """Place the somata, build the grids of sources, find the cells that they do not reach."""
        if not draw:
            return  # the plan is made of expected numbers
        for name, forest in self.forests.items():
            if name not in self._wirings and self.sources(name):
                self._wirings[name] = self._wired(name, forest.strata)
        if self._out_of_reach == "error" and (lost := self.out_of_reach()):
            raise ConfigError(
                [
                    Finding("", f"{name}: {number} target cells have no source in reach")
                    for name, number in lost.items()
                ],
                hint="widen the axon extents, add cells, or let the nearest source stand in",
            )

    def _wired(self, target: str, strata: Strata) -> Wiring:
        rules = self.config.connections.synapses[target]
        arc = self.arc(target)
        projections = {
            source: Projection.between(
                source,
                arc,
                strata,
                partial(self.axons, source),
                contacts=rules[source].contacts,
                autapses=source != target or self.allow_autapses or self.counts[source] == 1,
            )
            for source in self.sources(target)
        }
        return Wiring(self.config.seed, strata, arc, projections)

    def axons(self, source: str, layer: str) -> Axons:
        """Return the axons of a population in a layer."""
        extents = self.config.connections.axon_extents[source]
        key = (source, layer if layer in extents else "default")
        if key not in self._axons:
            u, v = self.arc(source).astype(np.float64).T
            self._axons[key] = Axons(
                np.ascontiguousarray(u), np.ascontiguousarray(v), extents[key[1]]
            )
        return self._axons[key]

    def layer_name(self, layer: int) -> str:
        """Return the name of a layer id; ``-`` for none."""
        names = {number: name for name, number in self.config.definitions.layers.items()}
        return names.get(layer, "-")

    def arc(self, population: str) -> NDArray[np.float32]:
        """Return (n, 2) float32 arc distances of a population's cells, um."""
        return self.arc_reference.distances(self.somata(population).uvl)

    def tasks(self) -> Sequence[Task]:
        """Cut each population into blocks of about as many synapses, between chunks."""
        tasks: list[Task] = []
        for population in self.populations:
            forest = self.forests.get(population.name)
            expected = forest.typical if forest else 0.0
            step = int(self._block_synapses / expected) if expected else BLOCK_CELLS
            chunk = self._chunks[population.name]
            step = max(step // chunk, 1) * chunk
            tasks.extend(
                Task(population.name, start, min(start + step, population.count))
                for start in range(0, population.count, step)
            )
        return tasks

    # -- the blocks ----------------------------------------------------------------------------

    def run(self, task: Task) -> Block:
        """Draw the synapses of the task's cells and their sources.

        Raises
        ------
        ValueError
            A task that begins within a chunk, or ends within one before the last cell.
        """
        chunk = self._chunks[task.population]
        last = self.counts[task.population]
        if task.start % chunk or (task.stop % chunk and task.stop != last):
            raise ValueError(f"{task} does not keep to chunks of {chunk} cells")
        block = Block(task)
        name = task.population
        forest = self.forests.get(name)
        if forest is None:
            return block
        if self.trees:
            block.rows.update(forest.trees(task.start, task.stop))
        if not forest.strata.strata:
            return block
        parts = [
            self._run_chunk(name, start, min(start + chunk, task.stop), start // chunk)
            for start in range(task.start, task.stop, chunk)
        ]
        for key in parts[0]:
            counts, columns = zip(*(part[key] for part in parts), strict=True)
            block.rows[key] = (
                np.concatenate(counts),
                {
                    column: np.concatenate([each[column] for each in columns])
                    for column in columns[0]
                },
            )
        return block

    def _run_chunk(self, name: str, start: int, stop: int, number: int) -> dict[str, Any]:
        """Return (counts, columns) of a chunk by the key of their table."""
        pieces = self.forests[name].pieces(start, stop)
        rng = stream(self.config.seed, "synapses", name, number)
        sizes = np.array([len(part) for part in pieces], dtype=np.int64)
        synapses = draw_synapses(Pieces.join(pieces), sizes, rng)
        wiring = self._wirings.get(name)
        edges = wiring.edges(synapses, start, number, rng) if wiring else {}
        return {
            f"attributes/{name}/Synapse Attributes": (synapses.counts, synapses.columns),
            **{f"projection/{name}/{source}": rows for source, rows in edges.items()},
        }

    # -- the rest of a system --------------------------------------------------------------------

    def cell_attributes(
        self, population: str
    ) -> Mapping[str, tuple[Mapping[str, NDArray[Any]], Mapping[str, float]]]:
        """Return coordinates and arc distances."""
        somata = self.somata(population)
        columns = np.column_stack([somata.xyz, somata.uvl]).astype(np.float32)
        arc = self.arc(population)
        return {
            "Generated Coordinates": (
                {
                    f"{axis} Coordinate": np.ascontiguousarray(columns[:, index])
                    for index, axis in enumerate("XYZUVL")
                },
                {},
            ),
            "Arc Distances": (
                {
                    f"{axis} Distance": np.ascontiguousarray(arc[:, index])
                    for index, axis in enumerate("UV")
                },
                self.arc_reference.attributes(),
            ),
        }

    def graph(self, edges: Mapping[tuple[str, str], int], digest: str) -> dict[str, Any]:
        """Return graph.json's content."""
        return layered_graph(self.config, edges, digest)

    def out_of_reach(self) -> dict[str, int]:
        """Return ``"source->target"`` to the number of target cells without a source in reach."""
        found: dict[str, int] = {}
        for name in sorted(self._wirings):
            found |= self._wirings[name].out_of_reach()
        return found

    def warnings(self) -> list[str]:
        """Return what the user should know of this system, one line each."""
        notes = []
        if not self.forests:
            notes.append("no cell types with synapses are configured: only the somata are made")
        if nowhere := [stratum for forest in self.forests.values() for stratum in forest.nowhere]:
            notes.append(
                "synapse densities that meet no dendrite, because no morphology has any there: "
                + ", ".join(nowhere)
            )
        for name, forest in self.forests.items():
            notes += [
                f"{name}: {text}" for text in (*forest.oversized(), *forest.without_synapses())
            ]
        if lost := self.out_of_reach():
            worst = max(lost, key=lambda name: lost[name] / self.counts[name.rpartition(">")[2]])
            target = worst.rpartition(">")[2]
            notes.append(
                f"{len(lost)} projections have target cells with no source within reach of its axons, "
                f"whose synapses get the nearest source (most of all {worst}: {lost[worst]} of "
                f"{self.counts[target]} cells); provenance.json lists them"
            )
        return notes

    def provenance(self) -> dict[str, Any]:
        """Return the configuration, the generator's parameters, and what was out of reach."""
        self.prepare()  # tells which cells are out of reach
        document = self.config.effective()
        own = {str(path): name for name, path in self.inputs().items()}
        for entry in document["Cell Types"].values():
            if morphology := entry.get("morphology"):
                morphology["file"] = own.get(morphology["file"], morphology["file"])
        return {
            "generator": "layered3d",
            "scheme": SCHEME,
            "configuration": document,
            "parameters": self.parameters,
            "seed": self.config.seed,
            "components": [],
            "out_of_reach": self.out_of_reach(),
            "warnings": self.warnings(),
            "notes": [*self.config.law(), *self.config.notes(), *self._morphology_notes()],
        }

    def inputs(self) -> dict[str, Path]:
        """Return the user's own morphologies by the names that tell them apart.

        A file is known by its name and digest: its folder may be another. A folder's ends with "/".
        """
        used = (cell.morphology for cell in self.config.cell_types.values())
        own = {Path(each.file) for each in used if each and not each.file.startswith(SHIPPED)}
        named = {}
        for path in sorted(own):
            parts = next(
                path.parts[-n:]
                for n in range(1, len(path.parts) + 1)
                if all(path.parts[-n:] != other.parts[-n:] for other in own if other != path)
            )
            named["/".join(parts) + ("/" if path.is_dir() else "")] = path
        return named

    def _morphology_notes(self) -> list[str]:
        """Return what had to be changed in morphologies to load them."""
        return [
            f"morphology {morphology.name} of {name}: {note}"
            for name, forest in self.forests.items()
            for morphology in forest.morphologies
            for note in morphology.notes
        ]
