"""BMTK builds and runs the network that the SONATA export describes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from livn_core import System, generate
from livn_core.system.exporting import export_system

pytest.importorskip("bmtk.simulator.bionet", reason="BMTK and NEURON are not installed")

#: NEURON has one network a process, and BMTK looks for files from where it runs.
RUN = """
import json, sys
from bmtk.simulator import bionet
config = bionet.Config.from_json("simulation.json")
config.build_env()
network = bionet.BioNetwork.from_config(config)
bionet.BioSimulator.from_config(config, network=network).run()
cells = network.get_local_cells().values()
weights = [each.syn_weight for cell in cells for each in cell.connections()]
print(json.dumps({"cells": len(cells), "weights": weights}))
"""


@pytest.fixture(scope="module")
def culture(tmp_path_factory) -> System:
    """Two populations, all four projections."""
    return generate(
        total_cells=40,
        connectivity={"sigma": 900.0, "mean_degree": 3},
        output_directory=tmp_path_factory.mktemp("bmtk") / "culture",
    )


def test_bmtk_runs_a_culture(culture: System, tmp_path: Path):
    folder = export_system(
        culture, "sonata", tmp_path / "out", parameters={"syn_weight": 0.25}
    ).path
    simulation = {
        "run": {
            "tstop": 20.0,
            "dt": 0.1,
            "dL": 20.0,
            "spike_threshold": -15.0,
            "nsteps_block": 5000,
        },
        "target_simulator": "NEURON",
        "conditions": {"celsius": 34.0, "v_init": -80.0},
        "inputs": {},
        "output": {"output_dir": str(tmp_path / "ran"), "spikes_file": "spikes.h5"},
        "network": str(folder / "circuit_config.json"),
    }
    (folder / "simulation.json").write_text(json.dumps(simulation))
    ran = subprocess.run(
        [sys.executable, "-c", RUN], cwd=folder, check=False, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    edges = {pair: culture.edge_count(*pair) for pair in culture.projections}
    assert found["cells"] == 40
    for source, weight in (("EXC", 0.25), ("INH", -0.25)):
        wanted = sum(number for pair, number in edges.items() if pair[0] == source)
        assert wanted > 0
        assert found["weights"].count(weight) == wanted
    assert len(found["weights"]) == sum(edges.values())


def test_bmtk_opens_both_indices(culture: System, tmp_path: Path):
    from bmtk.utils import sonata

    network = export_system(culture, "sonata", tmp_path / "out").path / "network"
    file = sonata.File(
        data_files=[str(network / f"{kind}.h5") for kind in ("nodes", "edges")],
        data_type_files=[str(network / f"{kind}_types.csv") for kind in ("node", "edge")],
    )
    for edges in file.edges.populations:
        source, target, _ = edges.name.split("__")
        degrees = culture.in_degrees(source, target)
        assert [len(list(edges.get_target(cell))) for cell in range(len(degrees))] == list(degrees)
