"""A whole system on disk: what is in the files, and who can read them."""

from __future__ import annotations

import json
import warnings
from itertools import product

import h5py
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from livn_core.cut.cut import cut_system
from livn_core.documents.document import load_document
from livn_core.documents.shipped import systems_directory
from livn_core.plugins.registry import registry
from livn_core.run.run import run_program
from livn_core.system.mea import write_mea
from livn_core.system.reader import System
from livn_core.system.rotation import depths
from livn_core.system.selection import select_box
from livn_plugins.generators.layered3d import Layered3D


@pytest.fixture(scope="module")
def s1(tmp_path_factory):
    """S1, as it ships."""
    generator = Layered3D()
    document = load_document(systems_directory() / "config" / "S1.yml")
    config = generator.configuration(document)
    return run_program(generator.program(config), tmp_path_factory.mktemp("s") / "S1", jobs=2)


def layout(file, root):
    """Return the paths below a group, without the raggedness of each."""
    found = []
    file[root].visit(found.append)
    ends = ("Attribute Pointer", "Attribute Value", "Cell Index", "Section Pointer")
    return {path for path in found if not path.endswith(ends)}


def test_the_generator_is_registered_under_both_names():
    assert registry().load("generator", "layered3d") is Layered3D
    assert registry().load("generator", "generate") is Layered3D


def test_the_files_are_laid_out_as_those_of_today(s1, reference):
    today = reference("3d_S1")
    for name, root in (("cells.h5", "Populations"), ("connections.h5", "Projections")):
        with h5py.File(s1.path / name) as ours, h5py.File(today / name) as theirs:
            assert layout(ours, root) == layout(theirs, root)
    with h5py.File(s1.path / "cells.h5") as ours, h5py.File(today / "cells.h5") as theirs:
        path = "Populations/EXC/Arc Distances"
        assert dict(ours[path].attrs) == pytest.approx(dict(theirs[path].attrs), abs=1e-9)
        for attribute in theirs["Populations/EXC/Synapse Attributes"]:
            path = f"Populations/EXC/Synapse Attributes/{attribute}/Attribute Value"
            assert ours[path].dtype == theirs[path].dtype


def test_the_graph_has_the_elements_of_today(s1, reference):
    theirs = json.loads((reference("3d_S1") / "graph.json").read_text())
    ours = s1.graph
    assert ours["version"] == 1
    assert set(ours) == {*theirs, "version"}
    for kind in ("synapse_forest", "synapses", "connections"):
        assert set(ours[kind]) == set(theirs[kind])
    for key in ("layer_extents", "cell_distributions", "rotation"):
        expected = theirs["architecture"]["config"][key]
        assert ours["architecture"]["config"][key] == expected
    for name in ("EXC", "INH"):
        mine, other = (g["connections"][name]["config"] for g in (ours, theirs))
        for key in ("axon_extents", "population_definitions", "layer_definitions"):
            assert mine[key] == other[key]
        for target, sources in other["synapses"].items():
            for source, rule in sources.items():
                assert mine["synapses"][target][source] == rule
        types = [g["synapses"][name]["config"]["cell_types"] for g in (ours, theirs)]
        assert types[0] == types[1]


def test_the_provenance_makes_the_same_system_again(s1, tmp_path):
    provenance = s1.provenance
    generator = Layered3D(**provenance["parameters"])
    config = generator.configuration(provenance["configuration"])
    again = run_program(generator.program(config), tmp_path / "again", jobs=1)
    assert again.digest() == s1.digest()
    assert (again.path / "graph.json").read_bytes() == (s1.path / "graph.json").read_bytes()


def test_livn_loads_it(s1):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from livn.system import System
    system = System(str(s1.path))
    assert system.populations == ["EXC", "INH"]
    assert system.num_neurons == 11
    np.testing.assert_allclose(system.bounding_box, [[0, 0, 0], [40, 40, 45]])
    coordinates = system.coordinate_array("INH")
    np.testing.assert_array_equal(coordinates[:, 0], [7, 8, 9, 10])
    np.testing.assert_allclose(coordinates[:, 1:], s1.positions("INH"))
    for source, target in s1.projections:
        projections = list(system.projection_array(source, target))
        assert projections


def test_neuron_sections_of_the_stored_synapses_exist(s1):
    for name in ("EXC", "INH"):
        counts, columns = s1.synapses(name, 0, 4)
        tree = s1.trees(name, 0)
        assert columns["syn_secs"].max() < tree["Section"][0]
        assert ((columns["syn_locs"] > 0) & (columns["syn_locs"] < 1)).all()
        assert counts.min() > 1000


def test_the_plan_of_large_work_says_what_ranks_would_take(livn, livn_here):
    plan = json.loads(livn("generate", "CA1", "--dry-run", "--json").out)
    assert plan["expected_edges"] == pytest.approx(6.67e9, rel=0.01)
    rate = plan["expected_edges"] / (plan["rank_hours"] * 3600)
    assert 1e6 < rate < 1e7
    text = livn_here("generate", "CA1", "--dry-run").out
    assert f"ranks x hours: {plan['rank_hours']:.2f}" in text
    assert f"16 in {60 * plan['rank_hours'] / 16:.1f} min" in text
    assert "ranks x hours" not in livn_here("generate", "S1", "--dry-run").out


def test_the_older_grammar_names_a_layered_system_by_its_configuration(livn, tmp_path):
    ran = livn(
        "systems", "generate", "config=systems/config/S1.yml", "--launch", "--mea", "--export"
    )
    assert ran.code == 0, ran.err
    assert System(tmp_path / "systems" / "data" / "S1").edge_count("EXC", "EXC") > 100_000
    assert "no cell in reach" not in ran.err


def test_the_array_is_the_same_by_its_name(s1):
    found, named = write_mea(s1), write_mea(s1, "depth-grid")
    assert named.document == found.document
    assert len(found.document["electrode_coordinates"]) == 16
    assert (found.document["output_radius"], found.warnings) == (22.5, ())
    set_ = write_mea(s1, "depth-grid", {"output_radius": 4.0, "rows": 2}).document
    assert (len(set_["electrode_coordinates"]), set_["output_radius"]) == (8, 4.0)
    assert set_["input_radius"] == 22.5


def test_own_morphologies_are_kept_and_reproduced_from_anywhere(
    document, folder, livn_here, monkeypatch
):
    """A file, one of the same name elsewhere, and a folder: copies by names that tell them apart."""
    for name in ("a", "b", "trees"):
        (folder / name).mkdir()
    lines = (folder / "cell.swc").read_text()
    (folder / "a" / "cell.swc").write_text(lines)
    (folder / "b" / "cell.swc").write_text(lines.replace(" 10 ", " 9 "))
    for number in range(3):
        (folder / "trees" / f"{number}.swc").write_text(lines.replace(" 10 ", f" {number + 5} "))
    (folder / "trees" / "notes.txt").write_text("not a morphology")
    for kinds in (("a/cell.swc", "b/cell.swc"), ("trees", "cell.swc")):
        for population, file in zip(("EXC", "INH"), kinds, strict=True):
            document["Cell Types"][population]["morphology"] = file
        (folder / "net.json").write_text(json.dumps(document))
        made = livn_here("generate", "net.json", "-o", "s", "--overwrite")
        assert made.code == 0, made.err
        (folder / "other").mkdir(exist_ok=True)
        monkeypatch.chdir(folder / "other")
        ran = livn_here("reproduce", "../s")
        assert ran.code == 0, ran.err
        assert "reproduced: equal content" in ran.out
        monkeypatch.chdir(folder)
    recorded = json.loads((folder / "s" / "provenance.json").read_text())
    assert [entry["path"] for entry in recorded["inputs"]] == ["cell.swc", "trees/"]
    assert {path.name for path in (folder / "s" / "inputs" / "trees").iterdir()} == {
        "0.swc",
        "1.swc",
        "2.swc",
    }
    (folder / "s" / "inputs" / "trees" / "mine.txt").write_text("of the user")
    refused = livn_here("generate", "net.json", "-o", "s", "--overwrite")
    assert refused.code == 2
    assert "holds what livn did not write" in refused.err
    assert (folder / "s" / "inputs" / "trees" / "mine.txt").exists()


@pytest.mark.parametrize("rotation", [[0, 0, 0], [30, -20, 75]])
def test_boxes_that_are_turned_or_side_by_side(document, make_program, tmp_path, rotation):
    surface = document["Geometry"]["Parametric Surface"]
    surface["Rotation"] = rotation
    surface["Layer Extents"]["SO"] = [[0, 0, 100], [400, 800, 150]]
    surface["Layer Extents"]["SP"] = [[400, 0, 100], [1000, 800, 150]]
    whole = run_program(make_program(document), tmp_path / "whole")
    positions = np.concatenate([whole.positions(name) for name in ("EXC", "INH")])
    corners = list(product((0, 1000), (0, 800), (100, 450)))
    corners = Rotation.from_euler("xyz", rotation, degrees=True).apply(corners)
    np.testing.assert_allclose(whole.bounds(), [corners.min(axis=0), corners.max(axis=0)])
    coordinates = [whole.attributes(name, "Generated Coordinates") for name in ("EXC", "INH")]
    stored = np.concatenate([columns["L Coordinate"] for columns in coordinates])
    np.testing.assert_allclose(depths(whole.graph, positions), stored, atol=1e-3)
    selection = select_box(whole, "part", 500)
    assert min(len(gids) for gids in selection.gids.values()) > 8
    part = cut_system(whole, selection, tmp_path / "part")
    counts = part.graph["architecture"]["config"]["cell_distributions"]
    for name in ("EXC", "INH"):
        columns = part.attributes(name, "Generated Coordinates")
        u, depth = columns["U Coordinate"], columns["L Coordinate"]
        flat = depth < 150
        known = {
            "SO": np.count_nonzero(flat & (u < 400)),
            "SP": np.count_nonzero(flat & (u >= 400)),
            "SR": np.count_nonzero(~flat),
            "SLM": 0,
        }
        assert counts[name] == known
