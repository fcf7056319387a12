"""MiV-Simulator's own pipeline as a program: it runs whole, then its system is handed on in blocks.

The pipeline runs in a process of its own in a temporary folder, through the interface that its
users call: ``get("miv_simulator.interface.network", "~from_config('...')").launch()``. What it made
is found by its files and read like any system.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import BackendError, ConfigError, Finding, MissingDependencyError
from livn_core.layered.configuration import LayeredConfig
from livn_core.layered.forest import POINTS
from livn_core.layered.morphologies import locate
from livn_core.layered.program import EDGE_COLUMNS, SYNAPSE_COLUMNS, LayeredProgram
from livn_core.program import Block, Task
from livn_core.system.reader import System

__all__ = ["MivProgram", "missing", "require"]

_NEEDED = ("miv_simulator", "neuroh5", "machinable")
_CALL = """\
import sys
from machinable import get
get("miv_simulator.interface.network", f"~from_config({sys.argv[1]!r})").launch()
"""
_TREE_ENTRIES = {
    "tree_points": tuple(name for name, _ in POINTS),
    "tree_sections": ("Section",),
    "tree_topology": ("Source Section", "Destination Section"),
}


def missing() -> str | None:
    """Return why the pipeline cannot run here, or None."""
    absent = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    return f"no module named {', '.join(repr(name) for name in absent)}" if absent else None


def require() -> None:
    """Raise unless the pipeline can run here.

    Raises
    ------
    MissingDependencyError
        Names the modules, and how to get them.
    """
    reason = missing()
    if reason:
        raise MissingDependencyError(
            f"the generator 'miv' runs MiV-Simulator, which is not installed here: {reason}",
            hint="install parallel HDF5 and MPI, then neuroh5 (github.com/iraikov/neuroh5) and "
            "miv-simulator (github.com/GazzolaLab/MiV-Simulator); 'layered3d' needs neither",
        )


def _their_form(document: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration without our keys, mechanisms one level up where there is one."""
    del document["random_seed"]
    for entry in document["Cell Types"].values():
        entry.pop("morphology", None)
    for name in ("SWC Types", "Synapse Types"):
        if not document["Definitions"][name]:
            del document["Definitions"][name]
    for rules in document["Connection Generator"]["Synapses"].values():
        for rule in rules.values():
            if set(rule["mechanisms"]) == {"default"}:
                rule["mechanisms"] = rule["mechanisms"]["default"]
    return document


class MivProgram(LayeredProgram):
    """A layered system made by MiV-Simulator.

    Parameters
    ----------
    config
        A validated configuration.
    templates, mechanisms
        Folders of NEURON cell templates and mechanisms, which the pipeline loads.
    """

    def __init__(self, config: LayeredConfig, *, templates: Path, mechanisms: Path) -> None:
        super().__init__(config)
        self._templates, self._mechanisms = templates, mechanisms
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._made: System | None = None

    @property
    def made(self) -> System:
        """The system that the pipeline made; runs it at first."""
        if self._made is None:
            self._folder = tempfile.TemporaryDirectory(prefix="livn-miv-")
            self._made = self._launch(Path(self._folder.name))
        return self._made

    def _launch(self, folder: Path) -> System:
        shutil.copytree(self._templates, folder / "templates")
        shutil.copytree(self._mechanisms, folder / "mechanisms")
        (folder / "config").mkdir()
        (folder / "morphology").mkdir()
        for name, cell_type in self.config.cell_types.items():
            if cell_type.morphology:
                source = locate(cell_type.morphology.file, Path())
                if source.is_dir():
                    path = f"Cell Types.{name}.morphology"
                    raise ConfigError([Finding(path, "MiV-Simulator takes one file a population")])
                shutil.copy(source, folder / "morphology" / f"{name}.swc")
        document = _their_form(self.config.effective())
        config = folder / "config" / "system.yml"
        config.write_text(json.dumps(document, indent=1))  # JSON is YAML
        done = subprocess.run(
            [sys.executable, "-c", _CALL, str(config)],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        made = [
            path.parent
            for path in folder.rglob("graph.json")
            if all((path.parent / name).exists() for name in ("cells.h5", "connections.h5"))
        ]
        if done.returncode or not made:
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            last = lines[-1] if lines else f"it ended with {done.returncode} and made no system"
            raise BackendError(
                f"MiV-Simulator failed: {last}", hint="run it on its own to see its whole output"
            )
        return System(max(made, key=lambda path: path.stat().st_mtime))

    def prepare(self, jobs: int = 1, *, draw: bool = True) -> None:
        """Run the pipeline."""
        _ = self.made

    def run(self, task: Task) -> Block:
        """Read the task's cells."""
        block = Block(task)
        name = task.population
        for table in self.tables:
            if table.population != name:
                continue
            if table.kind == "attributes":
                counts, columns = self.made.synapses(name, task.start, task.stop)
                block.rows[table.key] = (
                    counts,
                    {
                        column.name: columns[column.name].astype(column.dtype)
                        for column in SYNAPSE_COLUMNS
                    },
                )
            elif table.kind == "projection":
                block.rows[table.key] = self._edges(table.name, name, task)
            else:
                trees = [self.made.trees(name, cell) for cell in range(task.start, task.stop)]
                entries = _TREE_ENTRIES[table.kind]
                kinds = {column.name: column.dtype for column in table.columns}
                block.rows[table.key] = (
                    np.array([len(tree[entries[0]]) for tree in trees], dtype=np.int64),
                    {
                        entry: np.concatenate([tree[entry] for tree in trees]).astype(kinds[entry])
                        for entry in entries
                    },
                )
        return block

    def _edges(
        self, source: str, target: str, task: Task
    ) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
        cells = np.arange(task.start, task.stop)
        targets: list[NDArray[Any]] = []
        values: dict[str, list[NDArray[Any]]] = {column.name: [] for column in EDGE_COLUMNS}
        for slab in self.made.edges(source, target, targets=cells):
            targets.append(slab.targets)
            values["Source Index"].append(slab.sources)
            values["Connections/distance"].append(slab.columns["distance"])
            values["Synapses/syn_id"].append(slab.columns["syn_id"])
        counts = np.bincount(
            np.concatenate(targets).astype(np.int64) - task.start, minlength=len(cells)
        )
        return counts, {
            column.name: np.concatenate(values[column.name]).astype(column.dtype)
            for column in EDGE_COLUMNS
        }

    def cell_attributes(
        self, population: str
    ) -> Mapping[str, tuple[Mapping[str, NDArray[Any]], Mapping[str, float]]]:
        """Return the coordinates and arc distances that the pipeline gave."""
        return {
            namespace: (
                {
                    name: values.astype(np.float32)
                    for name, values in self.made.attributes(population, namespace).items()
                },
                self.made.namespace_attributes(population, namespace),
            )
            for namespace in ("Generated Coordinates", "Arc Distances")
            if namespace in self.made.namespaces(population)
        }

    def warnings(self) -> list[str]:
        """Return what the user should know."""
        return ["MiV-Simulator does not seed its somata: another run gives another system"]

    def provenance(self) -> dict[str, Any]:
        """Return the configuration and what made it."""
        return {
            **super().provenance(),
            "generator": "miv",
            "out_of_reach": {},
            "warnings": self.warnings(),
            "notes": ["made by miv_simulator.interface.network, and published as it came"],
        }
