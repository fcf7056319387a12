"""MiV-Simulator's pipeline as a program: it runs whole, then its system is handed on in blocks."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core import System
from livn_core.layered.configuration import LayeredConfig, validate
from livn_core.plugins.registry import registry
from livn_core.program import Block, Plan, Population, Program, Table, Task
from livn_miv.document import as_read, one_for_all
from livn_miv.pipeline import make
from livn_miv.stack import programs, versions

__all__ = ["MivProgram"]

Rows = tuple[NDArray[np.int64], dict[str, NDArray[Any]]]

#: Seconds of S1 and S2 on one core (49 to 58 and 292, 20 of them for compiling mechanisms), which
#: have 0.26 and 2.8 million synapses.
_SECONDS, _SECONDS_PER_SYNAPSE = 30.0, 9.3e-5
_SOMATA = "Generated Coordinates", "Arc Distances"
_NOTES = [
    "made by MiV-Simulator's miv_simulator.interface.network and published as it came",
    "each of its components runs in a process of its own",
    "its synapses depend on the cells' numbers and its sources on fixed seeds: the seed places somata",
    "it draws the layer of each soma: 'livn verify' tells how far the counts are off",
]


class MivProgram:
    """A layered system made by MiV-Simulator.

    Tables and graph are those of the generator ``layered3d``; the values are MiV-Simulator's.

    Parameters
    ----------
    config
        A configuration that MiV-Simulator can read.
    templates, mechanisms
        Folders of NEURON cell templates and mechanisms.
    """

    def __init__(self, config: LayeredConfig, *, templates: Path, mechanisms: Path) -> None:
        self.config = config
        self._folders = {"templates": templates, "mechanisms": mechanisms}
        layered = registry().create("generator", "layered3d")
        self._asked: Program = layered.program(config)
        self._expected: Program = layered.program(validate(as_read(config.effective())))
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._made: System | None = None

    @property
    def made(self) -> System:
        """The system that the pipeline made; runs it at first."""
        if self._made is None:
            self._folder = tempfile.TemporaryDirectory(prefix="livn-miv-")
            self._made = make(self.config, Path(self._folder.name).resolve(), **self._folders)
        return self._made

    @property
    def populations(self) -> Sequence[Population]:
        """The populations, with our order of gids."""
        return self._asked.populations

    @property
    def tables(self) -> Sequence[Table]:
        """The tables of a layered system."""
        return self._asked.tables

    def plan(self) -> Plan:
        """Return what MiV-Simulator would make, from the densities as it reads them."""
        plan = self._expected.plan()
        synapses = sum(projection.expected_edges for projection in plan.projections)
        seconds = _SECONDS + _SECONDS_PER_SYNAPSE * synapses
        return replace(
            plan,
            seconds=seconds,
            core_seconds=seconds,
            warnings=tuple(self.warnings()),
            notes=tuple(_NOTES),
        )

    def prepare(self, jobs: int = 1, *, draw: bool = True) -> None:
        """Run the pipeline, where blocks follow."""
        if draw:
            _ = self.made

    def tasks(self) -> Sequence[Task]:
        """Return the blocks of a layered system."""
        return self._asked.tasks()

    def run(self, task: Task) -> Block:
        """Read the task's cells."""
        block = Block(task)
        for table in self.tables:
            if table.population == task.population:
                rows = self._rows(table, task)
                if rows is not None:
                    counts, columns = rows
                    block.rows[table.key] = (
                        counts,
                        {
                            column.name: columns[column.name].astype(column.dtype)
                            for column in table.columns
                        },
                    )
        return block

    def _rows(self, table: Table, task: Task) -> Rows | None:
        name = task.population
        if table.kind == "projection":
            return (
                self._edges(table.name, task)
                if (table.name, name) in self.made.projections
                else None
            )
        if table.kind == "attributes":
            return self.made.rows(name, table.name, task.start, task.stop)
        trees = [self.made.trees(name, cell) for cell in range(task.start, task.stop)]
        entries = [column.name for column in table.columns]
        return (
            np.array([len(tree[entries[0]]) for tree in trees], dtype=np.int64),
            {entry: np.concatenate([tree[entry] for tree in trees]) for entry in entries},
        )

    def _edges(self, source: str, task: Task) -> Rows:
        cells = np.arange(task.start, task.stop)
        slabs = list(self.made.edges(source, task.population, targets=cells))
        targets = np.concatenate([slab.targets for slab in slabs]).astype(np.int64)
        return np.bincount(targets - task.start, minlength=len(cells)), {
            "Source Index": np.concatenate([slab.sources for slab in slabs]),
            "Connections/distance": np.concatenate([slab.columns["distance"] for slab in slabs]),
            "Synapses/syn_id": np.concatenate([slab.columns["syn_id"] for slab in slabs]),
        }

    def cell_attributes(
        self, population: str
    ) -> Mapping[str, tuple[Mapping[str, NDArray[Any]], Mapping[str, float]]]:
        """Return the coordinates and arc distances that the pipeline gave."""
        there = self.made.namespaces(population)
        return {
            namespace: (
                {
                    name: values.astype(np.float32)
                    for name, values in self.made.attributes(population, namespace).items()
                },
                self.made.namespace_attributes(population, namespace),
            )
            for namespace in _SOMATA
            if namespace in there
        }

    def graph(self, edges: Mapping[tuple[str, str], int], digest: str) -> dict[str, Any]:
        """Return the graph.json of a layered system of this configuration."""
        return self._asked.graph(edges, digest)

    def warnings(self) -> list[str]:
        """Return what the user should know of this configuration, one line each."""
        return one_for_all(self.config.effective())

    def provenance(self) -> dict[str, Any]:
        """Return the configuration, what made it, and of what."""
        document = self.config.effective()
        for entry in document["Cell Types"].values():
            morphology = entry.get("morphology")
            if morphology and not morphology["file"].startswith("systems/"):
                # A user's own file is known by its name and digest; its folder may be another.
                morphology["file"] = Path(morphology["file"]).name
        return {
            "generator": "miv",
            "configuration": document,
            "parameters": {name: str(folder) for name, folder in self._folders.items()},
            "seed": self.config.seed,
            "components": [],
            "pipeline": {
                "versions": versions(),
                **{f"{name}_sha256": _digests(path) for name, path in self._folders.items()},
                "programs_sha256": {path.name: _digest(path) for path in programs()},
            },
            "warnings": self.warnings(),
            "notes": [*_NOTES, *self.config.notes()],
        }


def _digests(folder: Path) -> dict[str, str]:
    """Return file -> SHA-256 of the templates and mechanisms in a folder."""
    return {
        path.relative_to(folder).as_posix(): _digest(path)
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".hoc", ".mod"}
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
