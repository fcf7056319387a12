"""SONATA: nodes, edges with both indices, types and the circuit's configuration.

After Dai et al. 2020, "The SONATA data format for efficient description of large-scale network
models", PLoS Comput Biol 16(2), e1007696, and the SONATA developer guide. A population here is a
node population there, with node ids from 0; a projection is an edge population
``SOURCE__TARGET__chemical``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from pydantic import Field

from livn_core.components import Exporter
from livn_core.documents.names import joined_names
from livn_core.errors import LivnError
from livn_core.neuroh5.directory import check_shape
from livn_core.neuroh5.image import FileImage
from livn_core.neuroh5.names import TREES
from livn_core.system.delays import Delay, delay_of
from livn_core.system.reader import System
from livn_core.system.summary import projection_entries, synapse_types
from livn_plugins.exporters.sonata_edges import EdgePopulation, constant, stamp, write_edges
from livn_plugins.exporters.sonata_morphologies import write_morphologies
from livn_plugins.exporters.tables import cell_labels


class Sonata(Exporter):
    """A folder with ``circuit_config.json``, ``network/`` and ``components/``.

    Node attributes: position (um), ``gid``, and ``module`` and ``cluster`` where the culture has any.
    Edge attributes: ``distance`` (um), ``syn_id`` (number of the synapse in its target),
    ``afferent_section_id``, ``afferent_section_pos`` (0 to 1), ``afferent_section_type`` (SWC), and
    ``delay`` (ms) where the configuration has the key ``delay``, or ``velocity`` is given.
    """

    model_type: str = Field(
        "auto",
        description="SONATA model_type of the nodes; auto: biophysical for cells with a morphology, "
        "point_neuron else",
    )
    morphologies: bool = Field(
        True, description="write the morphologies of cells that have them, as SWC files"
    )
    velocity: float | None = Field(
        None,
        gt=0,
        description="conduction velocity, um/ms, for a column delay = distance/velocity; it goes "
        "before the system's own delays",
    )

    template: str = Field(
        "nrn:IntFire1",
        description="SONATA model_template of point neurons: what a simulator builds; in node_types.csv",
    )
    dynamics: dict[str, float] = Field(
        {"tau": 0.01, "refrac": 0.005},
        description="parameters of the template, in components/point_neuron_models/dynamics.json; the "
        "default: those of NEURON's IntFire1, s",
    )
    syn_weight: float = Field(
        1.0,
        description="weight of every connection, in the unit of the target's model (1 is the threshold "
        "of nrn:IntFire1); in edge_types.csv, negative for inhibitory ones onto point neurons",
    )
    delay: float = Field(
        1.0, gt=0, description="delay of every connection without velocity, ms; in edge_types.csv"
    )

    def export(self, system: System, path: Path) -> list[Path]:
        """Write the circuit into the folder ``path``."""
        path.mkdir(parents=True, exist_ok=True)
        if not system.projections:
            raise LivnError(
                f"'{system.path}' has no projection, so no SONATA edges file can be written",
                hint="export its cells with --format csv",
            )
        check_shape(system.graph, "graph", system.path / "graph.json")
        network = path / "network"
        network.mkdir()
        written = [network / "nodes.h5", network / "node_types.csv"]
        written += self._write_nodes(system, *written, path / "components" / "morphologies")
        edges = [network / "edges.h5", network / "edge_types.csv"]
        write_edges(
            edges[0], [self._edges(system, *pair) for pair in enumerate(system.projections)]
        )
        written += edges
        written += self._edge_types(system, edges[1], path / "components" / "synaptic_models")
        (path / "components" / "biophysical_neuron_models").mkdir()
        dynamics = path / "components" / "point_neuron_models" / "dynamics.json"
        dynamics.parent.mkdir()
        dynamics.write_text(json.dumps(self.dynamics, indent=2) + "\n", encoding="utf-8")
        config = path / "circuit_config.json"
        config.write_text(json.dumps(self._config(system), indent=2) + "\n", encoding="utf-8")
        return [*written, dynamics, config]

    def _edges(self, system: System, number: int, pair: tuple[str, str]) -> EdgePopulation:
        delay = Delay(self.velocity) if self.velocity is not None else delay_of(system, *pair)
        return EdgePopulation(system, *pair, edge_population(*pair), number, delay)

    # -- nodes -------------------------------------------------------------------------------

    def _model_type(self, system: System, population: str) -> str:
        if self.model_type != "auto":
            return self.model_type
        return "biophysical" if TREES in system.namespaces(population) else "point_neuron"

    def _write_nodes(
        self, system: System, file: Path, types: Path, morphologies: Path
    ) -> list[Path]:
        """Write the nodes; return the files of their morphologies."""
        rows = [
            ["node_type_id", "population", "pop_name", "model_type", "ei", "model_template",
             "dynamics_params"],
        ]  # fmt: skip
        kinds = synapse_types(system.graph)
        image = FileImage()
        with h5py.File(image, "w") as nodes:
            stamp(nodes)
            for number, population in enumerate(system.populations):
                if not population.count:
                    continue
                count, name = population.count, population.name
                group = nodes.create_group(f"nodes/{name}")
                constant(group, "node_type_id", number, count, np.int64)
                constant(group, "node_group_id", 0, count, np.uint32)
                group["node_group_index"] = np.arange(count, dtype=np.uint64)
                group["node_id"] = np.arange(count, dtype=np.uint64)
                positions = system.positions(name)
                for axis, values in zip("xyz", positions.T, strict=True):
                    group[f"0/{axis}"] = np.ascontiguousarray(values)
                    group[f"0/{axis}"].attrs["units"] = "um"
                # The model's type is in node_types.csv alone: BMTK takes a number for it in the file.
                constant(group, "0/synapse_class", 0, count, np.uint32)
                inhibits = kinds.get(name) == "inhibitory"
                _library(group, "synapse_class", ["INH" if inhibits else "EXC"])
                for label, values in cell_labels(system, name).items():
                    if values.dtype.kind == "U":
                        held, values = np.unique(values, return_inverse=True)
                        _library(group, label, held.tolist())
                    group[f"0/{label}"] = values.astype(np.uint32)
                group["0/gid"] = np.arange(count, dtype=np.uint32) + np.uint32(population.start)
                model = self._model_type(system, name)
                point = (
                    (self.template, "dynamics.json") if model == "point_neuron" else ("NULL",) * 2
                )
                rows.append([str(number), name, name, model, "i" if inhibits else "e", *point])
                if self._has_morphologies(system, name):
                    morphologies.mkdir(parents=True, exist_ok=True)
                    names, which = write_morphologies(system, name, morphologies)
                    group["0/morphology"] = which
                    _library(group, "morphology", names)
        image.store(file)
        _write_types(types, rows)
        return sorted(morphologies.glob("*.swc"))

    def _has_morphologies(self, system: System, population: str) -> bool:
        return self.morphologies and TREES in system.namespaces(population)

    def _edge_types(self, system: System, file: Path, models: Path) -> list[Path]:
        models.mkdir(parents=True)
        rows = [
            ["edge_type_id", "population", "source", "target", "synapse_type", "mechanisms",
             "dynamics_params", "syn_weight", "delay"]
        ]  # fmt: skip
        written = []
        configs = dict(projection_entries(system.graph))
        for number, (source, target) in enumerate(system.projections):
            config = configs.get((source, target)) or {}
            mechanisms = (config.get("mechanisms") or {}).get("default") or {}
            name = f"{joined_names((source, target), '__')}.json"
            # A conductance is positive, its reversal potential inhibits; a point neuron's input is
            # signed. BMTK multiplies weights by "sign" where edges name no section, and only there.
            text = json.dumps({**mechanisms, "sign": 1}, indent=2)
            point = self._model_type(system, target) == "point_neuron"
            sign = -1 if point and config.get("type") == "inhibitory" else 1
            (models / name).write_text(text + "\n", encoding="utf-8")
            written.append(models / name)
            rows.append(
                [
                    str(number),
                    edge_population(source, target),
                    source,
                    target,
                    str(config.get("type") or "NULL"),
                    "+".join(mechanisms) or "NULL",
                    name,
                    f"{sign * self.syn_weight:.9g}",
                    f"{self.delay:.9g}",
                ]
            )
        _write_types(file, rows)
        return written

    # -- configuration -----------------------------------------------------------------------

    def _config(self, system: System) -> dict[str, Any]:
        nodes = {p.name: self._declared(system, p.name) for p in system.populations if p.count}
        edges = {edge_population(*pair): {"type": "chemical"} for pair in system.projections}
        return {
            "version": 2,
            "manifest": {"$BASE_DIR": ".", "$NETWORK_DIR": "$BASE_DIR/network"},
            "components": {
                f"{kind}_models_dir": f"$BASE_DIR/components/{kind}_models"
                for kind in ("synaptic", "point_neuron")
            },
            "networks": {
                "nodes": [
                    {
                        "nodes_file": "$NETWORK_DIR/nodes.h5",
                        "node_types_file": "$NETWORK_DIR/node_types.csv",
                        "populations": nodes,
                    }
                ],
                "edges": [
                    {
                        "edges_file": "$NETWORK_DIR/edges.h5",
                        "edge_types_file": "$NETWORK_DIR/edge_types.csv",
                        "populations": edges,
                    }
                ],
            },
        }

    def _declared(self, system: System, population: str) -> dict[str, str]:
        """Return the configuration of a node population."""
        model_type = self._model_type(system, population)
        if model_type != "biophysical":
            return {"type": model_type}
        if not self._has_morphologies(system, population):
            # libsonata asks a biophysical population for its morphologies.
            return {"type": "point_neuron"}
        return {
            "type": "biophysical",
            "morphologies_dir": "$BASE_DIR/components/morphologies",
            # The simulator defines the channels of the cells: the folder is empty.
            "biophysical_neuron_models_dir": "$BASE_DIR/components/biophysical_neuron_models",
        }


def edge_population(source: str, target: str) -> str:
    """Return the name of a projection's edge population."""
    return f"{joined_names((source, target), '__')}__chemical"


def _library(group: h5py.Group, name: str, values: list[str]) -> None:
    """Declare the texts that the numbers of an attribute stand for."""
    group.create_dataset(f"0/@library/{name}", data=values, dtype=h5py.string_dtype())


def _write_types(file: Path, rows: list[list[str]]) -> None:
    # SONATA's types are separated by single blanks; a text that holds one is quoted.
    lines = [" ".join(f'"{cell}"' if " " in cell else cell for cell in row) for row in rows]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
