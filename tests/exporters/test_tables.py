"""Node and edge tables, matrices and graphs hold what the system holds."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

from livn_core.errors import ComponentNotFoundError, ConfigError, LivnError, OutputError
from livn_core.system.exporting import export_system
from livn_core.system.reader import System


def all_edges(system: System, truth) -> dict[str, np.ndarray]:
    """Return every edge with gids, in order of the projections."""
    parts = []
    for source, target in system.projections:
        edges = truth(system, source, target)
        edges["source"] = edges["source"] + system.population(source).start
        edges["target"] = edges["target"] + system.population(target).start
        parts.append(edges)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def test_csv(culture: System, truth, tmp_path: Path):
    made = export_system(culture, "csv", tmp_path / "out")
    with (made.path / "nodes.csv").open() as file:
        nodes = list(csv.DictReader(file))
    assert [int(row["gid"]) for row in nodes] == list(range(100))
    assert {row["population"] for row in nodes[:80]} == {"EXC"}
    positions = np.array([[row[axis] for axis in "xyz"] for row in nodes], dtype=np.float32)
    assert np.array_equal(
        positions, np.concatenate([culture.positions("EXC"), culture.positions("INH")])
    )
    with (made.path / "edges.csv").open() as file:
        rows = list(csv.DictReader(file))
    wanted = all_edges(culture, truth)
    for name, dtype in (
        ("source", int),
        ("target", int),
        ("syn_id", int),
        ("distance", np.float32),
    ):
        assert np.array_equal(np.array([row[name] for row in rows]).astype(dtype), wanted[name])
    assert {row["target_population"] for row in rows if int(row["target"]) >= 80} == {"INH"}


def test_csv_with_the_columns_of_the_synapses(culture: System, tmp_path: Path):
    made = export_system(culture, "csv", tmp_path / "out", parameters={"synapses": True})
    with (made.path / "edges.csv").open() as file:
        rows = list(csv.DictReader(file))
    # Synapses of excitatory cells have type 0, of inhibitory ones 1; all lie within (0, 1).
    assert {row["syn_types"] for row in rows if row["source_population"] == "EXC"} == {"0"}
    assert {row["syn_types"] for row in rows if row["source_population"] == "INH"} == {"1"}
    assert all(0 < float(row["syn_locs"]) < 1 for row in rows)
    # The distance of a synapse's own record is that of its edge.
    assert all(row["distance"] == row["syn_cdists"] for row in rows)


def test_parquet(system: System, truth, tmp_path: Path):
    parquet = pytest.importorskip("pyarrow.parquet")
    made = export_system(system, "parquet", tmp_path / "out")
    table = parquet.read_table(made.path / "edges.parquet")
    wanted = all_edges(system, truth)
    for name, values in wanted.items():
        assert np.array_equal(table[name].to_numpy(), values)
    assert str(table.schema.field("distance").type) == "float"
    nodes = parquet.read_table(made.path / "nodes.parquet").to_pydict()
    assert nodes["gid"] == list(range(len(nodes["gid"])))
    assert nodes["population"][0] == "EXC"


class TestMatrices:
    def test_whole(self, system: System, truth, tmp_path: Path):
        made = export_system(system, "npz", tmp_path / "out")
        matrix = scipy.sparse.load_npz(made.path / "network.npz")
        edges = all_edges(system, truth)
        cells = sum(population.count for population in system.populations)
        wanted = np.zeros((cells, cells), dtype=int)
        np.add.at(wanted, (edges["source"], edges["target"]), 1)
        assert matrix.shape == (cells, cells)
        assert np.array_equal(matrix.toarray(), wanted)
        assert matrix.has_canonical_format

    def test_projections_and_distances(self, system: System, truth, tmp_path: Path):
        parameters = {"whole": False, "value": "distance", "compress": True}
        made = export_system(system, "npz", tmp_path / "out", parameters=parameters)
        for source, target in system.projections:
            matrix = scipy.sparse.load_npz(made.path / f"{source}-{target}.npz").toarray()
            edges = truth(system, source, target)
            shape = system.population(source).count, system.population(target).count
            total, count = np.zeros(shape), np.zeros(shape)
            np.add.at(total, (edges["source"], edges["target"]), edges["distance"])
            np.add.at(count, (edges["source"], edges["target"]), 1)
            assert matrix.shape == shape
            # Means are stored as float32.
            assert matrix == pytest.approx(total / np.maximum(count, 1), rel=1e-6)

    def test_orientation_is_from_row_to_column(self, culture: System, tmp_path: Path):
        made = export_system(culture, "npz", tmp_path / "out")
        matrix = scipy.sparse.load_npz(made.path / "network.npz")
        onto_inhibitory = matrix[:80, 80:].sum()
        assert onto_inhibitory == culture.edge_count("EXC", "INH")
        assert onto_inhibitory != culture.edge_count("INH", "EXC")


class TestFewProjections:
    def test_rows_and_columns_are_gids_even_of_one_projection(self, one_projection, tmp_path):
        made = export_system(one_projection, "npz", tmp_path / "out")
        matrix = scipy.sparse.load_npz(made.path / "network.npz").tocoo()
        assert matrix.row.min() >= 80
        assert matrix.col.max() < 80
        assert matrix.sum() == one_projection.edge_count("INH", "EXC")

    @pytest.mark.parametrize("format", ["csv", "npz", "parquet", "graphml"])
    def test_no_edges_is_an_ordinary_system(self, unconnected, tmp_path: Path, format: str):
        made = export_system(unconnected, format, tmp_path / f"out-{format}")
        assert made.bytes > 0
        if format == "csv":
            assert len((made.path / "edges.csv").read_text().splitlines()) == 1
        if format == "npz":
            assert scipy.sparse.load_npz(made.path / "network.npz").nnz == 0

    def test_sonata_needs_edges(self, unconnected, tmp_path: Path):
        with pytest.raises(LivnError, match="has no projection"):
            export_system(unconnected, "sonata", tmp_path / "out")


class TestGraphML:
    networkx = pytest.importorskip("networkx")

    def test_it_is_the_same_graph(self, culture: System, truth, tmp_path: Path):
        made = export_system(culture, "graphml", tmp_path / "out.graphml")
        graph = self.networkx.read_graphml(made.path, node_type=int, force_multigraph=True)
        edges = all_edges(culture, truth)
        assert graph.is_directed()
        assert sorted(zip(edges["source"], edges["target"], strict=True)) == sorted(graph.edges())
        assert graph.nodes[0]["population"] == "EXC"
        place = [graph.nodes[0][axis] for axis in "xyz"]
        assert place == pytest.approx(culture.positions("EXC")[0].tolist())

    def test_too_large(self, culture: System, tmp_path: Path):
        with pytest.raises(LivnError, match=r"too many .*limit 10\)"):
            export_system(culture, "graphml", tmp_path / "o.graphml", parameters={"limit": 10})
        assert list(tmp_path.iterdir()) == []


class TestPublishing:
    def test_an_existing_output_is_refused_and_replaced_on_demand(self, culture, tmp_path: Path):
        out = tmp_path / "out"
        export_system(culture, "csv", out)
        (out / "stale").write_text("")
        with pytest.raises(OutputError, match="exists already"):
            export_system(culture, "csv", out)
        export_system(culture, "npz", out, overwrite=True)
        assert sorted(path.name for path in out.iterdir()) == ["export.json", "network.npz"]
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    def test_only_an_export_is_replaced(self, culture, tmp_path: Path):
        (tmp_path / "thesis").mkdir()
        (tmp_path / "thesis" / "chapter1.tex").write_text("all my work")
        with pytest.raises(OutputError, match="is no export"):
            export_system(culture, "csv", tmp_path / "thesis", overwrite=True)
        assert (tmp_path / "thesis" / "chapter1.tex").read_text() == "all my work"

    def test_never_onto_the_system(self, culture):
        for place in (culture.path, culture.path.parent):
            with pytest.raises(OutputError, match="holds the system itself"):
                export_system(culture, "csv", place, overwrite=True)

    def test_nothing_is_left_of_a_failure(self, culture, tmp_path: Path, monkeypatch):
        from livn_plugins.exporters import tables

        def broken(*_: object):
            yield from ()
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(tables, "edge_blocks", broken)
        with pytest.raises(OutputError, match="No space left on device"):
            export_system(culture, "csv", tmp_path / "out")
        assert list(tmp_path.iterdir()) == []

    def test_the_folder_says_what_it_is(self, culture, tmp_path: Path):
        made = export_system(culture, "csv", tmp_path / "out", parameters={"synapses": True})
        marker = json.loads((made.path / "export.json").read_text())
        assert marker["format"] == "csv"
        assert marker["parameters"] == {"synapses": True}
        assert made.bytes == sum(path.stat().st_size for path in made.path.iterdir())

    def test_unknown_format_and_parameter(self, culture, tmp_path: Path):
        with pytest.raises(ComponentNotFoundError, match="did you mean 'sonata'"):
            export_system(culture, "sonatta", tmp_path / "out")
        with pytest.raises(ConfigError, match="did you mean 'synapses'"):
            export_system(culture, "csv", tmp_path / "out", parameters={"synapse": True})
