"""A system, measured: what is read of its files, and what is said."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from livn_measures.measure import measure
from livn_measures.network import read_network

from livn_cli.main import main
from livn_core import ConfigError, System, generate
from livn_core.selection import select_box, write_selection


@pytest.fixture(scope="module")
def culture(tmp_path_factory):
    """300 cells on 1 mm2, with selections of its left and right half."""
    path = tmp_path_factory.mktemp("made") / "culture"
    generate(
        total_cells=300,
        area_kwargs={"x_range": [0, 1000], "y_range": [0, 1000]},
        connectivity={"kernel": "exponential", "sigma": 150.0, "mean_degree": 8},
        output_directory=path,
    ).close()
    with System(path) as system:
        for name, x in (("left", 250), ("right", 750)):
            write_selection(system, select_box(system, name, (500, 1000), centre=(x, 500)))
    return path


def test_every_connection_is_read_once(culture):
    with System(culture) as system:
        network = read_network(system)
        stored = sum(system.edge_count(*pair) for pair in system.projections)
        degrees = sum(system.in_degrees(source, "INH") for source in ("EXC", "INH"))
        assert len(network.sources) == stored
        inh = network.populations["INH"]
        counted = np.bincount(network.targets, minlength=len(network))[inh.start : inh.stop]
        np.testing.assert_array_equal(counted, degrees)
        first = system.positions("INH")[0]
        np.testing.assert_array_equal(network.positions[inh.start], first)
        (slab,) = system.edges("INH", "EXC")
        lengths = np.linalg.norm(
            network.positions[slab.sources + inh.start] - network.positions[slab.targets], axis=1
        )
        np.testing.assert_allclose(lengths, slab.columns["distance"], atol=12)  # without z


def test_modules_of_selections(culture):
    with System(culture) as system:
        found = measure(system, ["left", "right"])["modularity"]
        halves = [select_box(system, "h", (500, 1000), centre=(x, 500)).count for x in (250, 750)]
        assert found["modules"] == halves
        # Connections of 150 um in halves of 500 um: most stay.
        assert found["within"] > 0.7
        assert 0.2 < found["q"] < 0.5
        assert measure(system, ["left"])["modularity"]["modules"] == halves
        assert measure(system)["modularity"] is None
        with pytest.raises(ConfigError, match="'left' shares cells"):
            measure(system, ["left", "left"])


def test_modules_of_the_cells_attribute(culture, monkeypatch):
    """``Culture/module``, where a generator has written it."""
    with System(culture) as system:
        by_selection = measure(system, ["left", "right"])["modularity"]

        def attributes(population, namespace):
            if namespace != "Culture":
                return System.attributes(system, population, namespace)
            return {"module": (system.positions(population)[:, 0] > 500).astype(np.uint16)}

        monkeypatch.setattr(system, "attributes", attributes)
        monkeypatch.setattr(system, "namespaces", lambda _population: ("Culture",))
        assert measure(system)["modularity"] == by_selection


def test_the_same_seed_gives_the_same(culture):
    with System(culture) as system:
        first, again, other = (measure(system, sources=9, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first["path_length"] != other["path_length"]
    assert first["clustering"] == other["clustering"]


def test_the_command(culture):
    ran = CliRunner().invoke(main, ["measure", str(culture), "--json"])
    document = json.loads(ran.stdout)
    with System(culture) as system:
        assert document == {"version": 1, **measure(system)}
    assert document["somata"]["box_is_region"] is True
    ran = CliRunner().invoke(main, ["measure", str(culture)])
    assert f"{document['connections']:,} connections" in ran.stdout
    assert f"ratio {document['reciprocity']['ratio']:.4g}" in ran.stdout
    assert "no modules" in ran.stdout
    assert "Note" not in ran.stdout


def test_a_disk_does_not_fill_its_box(tmp_path):
    generate(
        area="disk",
        area_kwargs={"radius": 300},
        total_cells=120,
        connectivity={"sigma": 100.0, "mean_degree": 2},
        output_directory=tmp_path / "disk",
    ).close()
    ran = CliRunner().invoke(main, ["measure", str(tmp_path / "disk")])
    assert ran.exit_code == 0, ran.stderr
    assert "box around the cells" in ran.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["absent"], "'absent' does not exist"),
        (["{culture}", "--module", "middle"], "middle"),
    ],
)
def test_mistakes_are_sentences(culture, words, says):
    ran = CliRunner().invoke(main, ["measure", *(word.format(culture=culture) for word in words)])
    assert ran.exit_code == 2
    assert says in ran.stderr


def test_populations_without_connections(tmp_path):
    """They have degrees of zero, and no undefined numbers reach JSON."""
    path = tmp_path / "few"
    generate(
        total_cells=12,
        connectivity={"mean_degree": {"EXC->EXC": 2, "default": 0}},
        output_directory=path,
    ).close()
    with System(path) as system:
        found = measure(system)
    json.dumps(found, allow_nan=False)
    assert found["degrees"]["INH"]["in"]["cv"] is None
    assert found["reciprocity"]["between"][0]["populations"] == ["EXC", "EXC"]
