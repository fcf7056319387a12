"""SONATA's own readers open the export and find the same cells and edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from livn_core import generate
from livn_core.system.delays import Delay
from livn_core.system.exporting import export_system
from livn_core.system.reader import System
from livn_plugins.exporters.sonata_edges import EdgePopulation, write_edges


@pytest.fixture
def circuit(system: System, tmp_path: Path) -> Path:
    return export_system(system, "sonata", tmp_path / "out", parameters={"velocity": 500}).path


def test_libsonata(system: System, circuit: Path, truth):
    libsonata = pytest.importorskip("libsonata")
    config = libsonata.CircuitConfig.from_file(str(circuit / "circuit_config.json"))
    assert config.node_populations == {"EXC", "INH"}
    for population in system.populations:
        nodes = config.node_population(population.name)
        assert nodes.size == population.count
        stored = np.stack([nodes.get_attribute(axis, nodes.select_all()) for axis in "xyz"], axis=1)
        assert np.array_equal(stored, system.positions(population.name))
    for source, target in system.projections:
        edges = config.edge_population(f"{source}__{target}__chemical")
        wanted = truth(system, source, target)
        every = edges.select_all()
        assert (edges.source, edges.target) == (source, target)
        assert np.array_equal(edges.source_nodes(every), wanted["source"])
        assert np.array_equal(edges.target_nodes(every), wanted["target"])
        assert np.array_equal(edges.get_attribute("distance", every), wanted["distance"])
        assert edges.get_attribute("delay", every) == pytest.approx(
            wanted["distance"] / 500, rel=1e-6
        )
        # Both indices: every cell's edges, and no others.
        for cell in range(system.population(target).count):
            found = edges.afferent_edges([cell]).flatten()
            assert np.array_equal(found, np.flatnonzero(wanted["target"] == cell))
        for cell in range(system.population(source).count):
            found = edges.efferent_edges([cell]).flatten()
            assert np.array_equal(found, np.flatnonzero(wanted["source"] == cell))


def test_the_edges_know_their_synapses(system: System, circuit: Path, truth):
    with h5py.File(circuit / "network" / "edges.h5") as file:
        for source, target in system.projections:
            group = file[f"edges/{source}__{target}__chemical/0"]
            wanted = truth(system, source, target)
            for row in np.linspace(0, len(wanted["target"]) - 1, 20).astype(int):
                cell = int(wanted["target"][row])
                _, synapses = system.synapses(target, cell, cell + 1)
                at = np.flatnonzero(synapses["syn_ids"] == wanted["syn_id"][row])
                assert at.size == 1
                assert group["afferent_section_pos"][row] == synapses["syn_locs"][at[0]]
                assert group["afferent_section_id"][row] == synapses["syn_secs"][at[0]]
                assert group["afferent_section_type"][row] == synapses["swc_types"][at[0]]


@pytest.mark.parametrize("block", [1, 100])
def test_the_blocks_do_not_show(culture: System, tmp_path: Path, block: int):
    edges = [
        EdgePopulation(culture, source, target, f"{source}__{target}", number, Delay(500.0))
        for number, (source, target) in enumerate(culture.projections)
    ]
    write_edges(tmp_path / "whole.h5", edges)
    write_edges(tmp_path / "pieces.h5", [replace(each, block_edges=block) for each in edges])
    with (
        h5py.File(tmp_path / "whole.h5") as first,
        h5py.File(tmp_path / "pieces.h5") as second,
    ):
        names: list[str] = []
        first.visititems(lambda n, o: names.append(n) if isinstance(o, h5py.Dataset) else None)
        assert len(names) == 4 * 15
        for name in names:
            assert np.array_equal(first[name][()], second[name][()]), name


def test_bluepysnap(system: System, circuit: Path):
    bluepysnap = pytest.importorskip("bluepysnap")
    opened = bluepysnap.Circuit(str(circuit / "circuit_config.json"))
    assert sorted(opened.nodes.population_names) == ["EXC", "INH"]
    nodes = opened.nodes["INH"].get(properties=["x", "y", "z", "synapse_class", "gid"])
    assert np.array_equal(
        nodes[["x", "y", "z"]].to_numpy(dtype=np.float32), system.positions("INH")
    )
    assert set(nodes["synapse_class"]) == {"INH"}
    assert int(nodes["gid"].iloc[0]) == system.population("INH").start
    edges = opened.edges["EXC__INH__chemical"]
    assert edges.size == system.edge_count("EXC", "INH")
    assert len(edges.afferent_edges(0)) == system.in_degrees("EXC", "INH")[0]


def test_morphologies(reference: Callable[[str], Path], tmp_path: Path):
    bluepysnap = pytest.importorskip("bluepysnap")
    with System(reference("3d_S1")) as system:
        path = export_system(system, "sonata", tmp_path / "out").path
        opened = bluepysnap.Circuit(str(path / "circuit_config.json"))
        for name in ("EXC", "INH"):
            nodes = opened.nodes[name]
            assert nodes.type == "biophysical"
            for cell in range(system.population(name).count):
                tree = system.trees(name, cell)
                points = np.loadtxt(nodes.morph.get_filepath(cell))
                assert np.array_equal(points[:, 0], np.arange(1, len(points) + 1))
                assert np.array_equal(points[:, 1], tree["SWC Type"])
                assert np.array_equal(points[:, 5].astype(np.float32), tree["Radius"])
                above = tree["Parent Point"].astype(int)
                assert np.array_equal(points[:, 6], np.where(above < 0, -1, above + 1))
                for column, axis in enumerate("XYZ", start=2):
                    stored = points[:, column].astype(np.float32)
                    assert np.array_equal(stored, tree[f"{axis} Coordinate"])
        # The cells of a type share their morphology: one file, not one a cell.
        files = sorted(file.name for file in (path / "components" / "morphologies").iterdir())
        assert files == ["EXC_0.swc", "INH_0.swc"]
        bare = export_system(
            system, "sonata", tmp_path / "bare", parameters={"morphologies": False}
        ).path
        assert not (bare / "components" / "morphologies").exists()
        assert bluepysnap.Circuit(str(bare / "circuit_config.json")).nodes["EXC"].size == 7


def test_types_are_tables_of_blanks(circuit: Path, system: System):
    lines = (circuit / "network" / "edge_types.csv").read_text().splitlines()
    assert lines[0].split()[:4] == ["edge_type_id", "population", "source", "target"]
    assert len(lines) == 1 + len(system.projections)
    assert all(len(line.split()) == 9 for line in lines)


def test_measured_cells_come_back(circuit: Path, system: System):
    from livn_core.documents.tables import read_coordinates

    table = read_coordinates(circuit / "network" / "nodes.h5")
    wanted = np.concatenate([system.positions(p.name) for p in system.populations])
    assert np.array_equal(table.positions.astype(np.float32), wanted)
    assert table.columns["population"][0] == "EXC"


def test_a_population_without_outputs_keeps_its_type(tmp_path: Path):
    config = {
        "populations": {
            "PYR": {"count": 20, "synapse_type": "excitatory"},
            "PV": {"count": 5, "synapse_type": "inhibitory"},
        },
        "connectivity": {"sigma": 2000, "mean_degree": {"PYR->PV": 5, "default": 0}},
    }
    system = generate(config, output_directory=tmp_path / "culture")
    path = export_system(system, "sonata", tmp_path / "out").path
    with h5py.File(path / "network" / "nodes.h5") as file:
        library = {
            name: file[f"nodes/{name}/0/@library/synapse_class"][:] for name in file["nodes"]
        }
    assert library == {"PYR": [b"EXC"], "PV": [b"INH"]}
