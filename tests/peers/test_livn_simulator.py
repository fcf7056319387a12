"""The livn simulator from PyPI loads and simulates what we write, without a warning."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from livn_core import System, generate

pytest.importorskip("livn", reason="the livn simulator is not installed (pip install livn)")


@pytest.fixture(scope="module")
def culture(tmp_path_factory) -> System:
    """A disk with four projections."""
    return generate(
        total_cells=200,
        area="disk",
        area_kwargs={"center": [600, 600], "radius": 500},
        connectivity={"kernel": "gaussian", "sigma": 300.0, "mean_degree": 8},
        output_directory=tmp_path_factory.mktemp("livn") / "culture",
    )


@pytest.fixture
def loaded(culture: System):
    """The same directory in the simulator's own reader; a warning there is an error here."""
    from livn.system import System as Simulated

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield Simulated(str(culture.path))


def test_reads_populations_and_ranges(culture, loaded):
    assert list(loaded.populations) == ["EXC", "INH"]
    assert loaded.cells_meta_data.population_ranges == {"EXC": (0, 160), "INH": (160, 40)}
    assert loaded.num_neurons == 200


def test_reads_the_same_coordinates(culture, loaded):
    for population in culture.populations:
        array = np.asarray(loaded.coordinate_array(population.name))
        assert array[:, 0].tolist() == list(
            range(population.start, population.start + population.count)
        )
        np.testing.assert_array_equal(
            array[:, 1:].astype(np.float32), culture.positions(population.name)
        )


def test_reads_the_same_edges(culture, loaded):
    for source, target in culture.projections:
        ours = set()
        pre, post = culture.population(source), culture.population(target)
        for slab in culture.edges(source, target):
            ours |= set(
                zip(
                    (slab.sources + pre.start).tolist(),
                    (slab.targets + post.start).tolist(),
                    slab.columns["distance"].tolist(),
                    strict=True,
                )
            )
        theirs = set()
        for gid, (sources, namespaces) in loaded.projection_array(source, target):
            distances = namespaces["Connections"]["distance"]
            theirs |= {
                (int(s), int(gid), float(d)) for s, d in zip(sources, distances, strict=True)
            }
        assert len(ours) == culture.edge_count(source, target)
        assert ours == theirs


def test_matrix_points_from_source_to_target(culture, loaded):
    matrix = loaded.connectivity_matrix()
    matrix = np.asarray(matrix.todense() if hasattr(matrix, "todense") else matrix)
    for source, target in culture.projections:
        pre, post = culture.population(source), culture.population(target)
        block = matrix[pre.start : pre.start + pre.count, post.start : post.start + post.count]
        assert np.count_nonzero(block) == culture.edge_count(source, target)
        np.testing.assert_array_equal(
            np.count_nonzero(block, axis=0), culture.in_degrees(source, target)
        )


def test_reads_synapses_of_every_cell(culture, loaded):
    for population in culture.populations:
        expected = sum(
            culture.in_degrees(source, target)
            for source, target in culture.projections
            if target == population.name
        )
        seen = np.zeros(population.count, int)
        for gid, synapses in loaded.synapses(population.name):
            seen[gid - population.start] = len(synapses["syn_ids"])
            assert np.all((synapses["syn_locs"] > 0) & (synapses["syn_locs"] < 1))
        np.testing.assert_array_equal(seen, expected)


def test_summary_says_what_is_there(loaded, capsys):
    text = str(loaded.summary()) + capsys.readouterr().out
    assert "EXC" in text
    assert "INH" in text


def test_graph_names_only_projections_of_the_file(culture):
    graph = json.loads((culture.path / "graph.json").read_text())
    named = {
        (source, target)
        for target, sources in graph["connections"]["culture2d"]["config"]["synapses"].items()
        for source in sources
    }
    assert named == set(culture.projections)


def test_simulates_and_a_thousand_cells_spike(tmp_path):
    """1,000 cells of the shipped motoneuron culture, 100 ms on the built-in backend."""
    from livn.env import Env

    system = generate(
        total_cells=1000,
        area_kwargs={"x_range": [0, 1200], "y_range": [0, 1200]},
        connectivity={"kernel": "gaussian", "sigma": 200.0, "mean_degree": 5},
        output_directory=tmp_path / "thousand",
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*predates.*")
        env = Env(str(system.path)).init()
        env.apply_model_defaults()
        env.record_spikes()
        gids, times, *_ = env.run(100)
    assert len(gids) == len(times) > 0
    assert set(np.asarray(gids).tolist()) <= set(range(1000))
