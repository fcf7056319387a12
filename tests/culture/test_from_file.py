"""Connections from a file: what was exported comes back, and what is wrong is said with its line."""

import json

import h5py
import numpy as np
import pytest
from sampling import cells_at
from scipy import io, sparse

from livn_core import generate, plan
from livn_core.documents.edge_tables import read_edges
from livn_core.errors import ConfigError, MissingDependencyError
from livn_core.plugins.registry import registry
from livn_core.sampling.projection import Culture, Projection
from livn_core.system.exporting import export_system
from livn_core.verify import verify

CELLS = {"EXC": 3, "INH": 2}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Return a culture of 300 cells, with its nodes exported."""
    folder = tmp_path_factory.mktemp("drawn")
    system = generate(total_cells=300, random_seed=3, output_directory=folder / "drawn")
    export_system(system, "csv", folder / "csv")
    return system


def measured(drawn, name, connectivity, **keys):
    """Generate the culture anew from exported positions, with these connections."""
    return generate(
        populations={p.name: {"count": p.count} for p in drawn.populations},
        area="file",
        area_kwargs={"path": str(drawn.path.parent / "csv" / "nodes.csv")},
        connectivity=connectivity,
        output_directory=drawn.path.parent / name,
        **keys,
    )


def edges_of(system):
    """Return (source, target) -> sources, targets, distances and synapses, in the file's order."""
    return {
        pair: [
            np.concatenate([getattr(slab, end) for slab in slabs])
            if end in {"sources", "targets"}
            else np.concatenate([slab.columns[end] for slab in slabs])
            for end in ("sources", "targets", "distance", "syn_id")
        ]
        for pair in system.projections
        for slabs in [list(system.edges(*pair, columns=("distance", "syn_id")))]
    }


@pytest.mark.parametrize(
    ("format", "parameters", "file"),
    [
        ("csv", {}, "edges.csv"),
        ("parquet", {}, "edges.parquet"),
        ("npz", {}, "network.npz"),
        ("npz", {"value": "distance", "compress": True}, "network.npz"),
    ],
)
def test_what_was_exported_comes_back(drawn, format, parameters, file):
    folder = drawn.path.parent / f"{format}-{len(parameters)}"
    export_system(drawn, format, folder, parameters=parameters)
    rule = {"rule": "from_file", "rule_kwargs": {"edges": str(folder / file)}}
    made = measured(drawn, f"{folder.name}-made", rule)
    for pair, columns in edges_of(drawn).items():
        for found, due in zip(edges_of(made)[pair], columns, strict=True):
            np.testing.assert_array_equal(found, due)
    # z of a measured file is stored as it is: the cells are equal to the bit, too.
    assert made.digest() == drawn.digest()


def test_a_matrix_a_projection_comes_back_and_verify_accepts_it(drawn):
    folder = drawn.path.parent / "npz-each"
    export_system(drawn, "npz", folder, parameters={"whole": False})
    projections = {
        f"{source}->{target}": {
            "rule": "from_file",
            "rule_kwargs": {"edges": str(folder / f"{source}-{target}.npz")},
        }
        for source, target in drawn.projections
    }
    made = measured(drawn, "each-made", {"projections": projections})
    assert made.digest() == drawn.digest()
    report = verify(made.path)
    assert report.passed
    assert sum(v.check == "redrawn-edges" for v in report.verdicts) == 4
    made.close()
    # A source that is not in the file is found.
    with h5py.File(made.path / "connections.h5", "r+") as file:
        edges = file["Projections/EXC/INH/Edges"]
        sources = edges["Source Index"]
        own = sources[: edges["Destination Pointer"][1]]
        k = next(k for k in range(1, own.size) if own[k] > own[k - 1] + 1)
        sources[k] = own[k] - 1
    assert "redrawn-edges" in [v.check for v in verify(made.path).of("fatal")]


def test_without_the_file_verify_warns(drawn):
    export_system(drawn, "npz", drawn.path.parent / "gone")
    file = drawn.path.parent / "gone" / "network.npz"
    rule = {"rule": "from_file", "rule_kwargs": {"edges": str(file)}}
    made = measured(drawn, "gone-made", rule)
    file.unlink()
    report = verify(made.path)
    assert report.passed
    assert not list(report.of("warning"))
    assert any("network.npz' is not there: the copy" in note for note in report.notes)
    # Nor is there a record of its files in what was made before copies were kept.
    provenance = json.loads((made.path / "provenance.json").read_text())
    del provenance["inputs"]
    (made.path / "provenance.json").write_text(json.dumps(provenance))
    report = verify(made.path)
    assert report.passed
    assert {v.check for v in report.of("warning")} == {"rule"}
    assert "network.npz' does not exist" in report.of("warning")[0].found


def test_other_projections_may_be_drawn(drawn):
    export_system(drawn, "csv", drawn.path.parent / "some")
    own = {
        "rule": "from_file",
        "rule_kwargs": {"edges": str(drawn.path.parent / "some" / "edges.csv")},
    }
    made = measured(drawn, "some-made", {"projections": {"INH->INH": own}}, random_seed=9)
    for found, due in zip(
        edges_of(made)["INH", "INH"][:3], edges_of(drawn)["INH", "INH"][:3], strict=True
    ):
        np.testing.assert_array_equal(found, due)
    assert made.edge_count("EXC", "EXC") != drawn.edge_count("EXC", "EXC")
    entry = made.graph["connections"]["culture2d"]["config"]["synapses"]["INH"]["INH"]["kernel"]
    assert entry["rule"] == "from_file"
    assert entry["edges"] == "edges.csv"
    assert "mean_degree" not in entry


def connected(path, text=None, source="EXC", target="INH", **parameters):
    """Return the edges of a file, as pairs, in a culture of three EXC and two INH."""
    if text is not None:
        path.write_text(text)
    cells = {n: cells_at(n, np.arange(2 * k).reshape(k, 2)) for n, k in CELLS.items()}
    autapses = parameters.pop("allow_autapses", False)
    projection = Projection(Culture(cells), cells[source], cells[target], autapses)
    rule = registry().create("connectivity", "from_file", {"edges": str(path), **parameters})
    connector = rule.connect(projection)
    edges = connector.sources(0, len(cells[target]))
    onto = np.repeat(np.arange(len(edges.counts)), edges.counts).tolist()
    assert connector.expected_edges == len(onto)
    return list(zip(edges.sources.tolist(), onto, strict=True))


NAMED = "source,target,source_population,target_population\n"


@pytest.mark.parametrize(
    ("text", "parameters", "due"),
    [
        ("source,target\n2,1\n0,0\n", {}, [(0, 0), (2, 1)]),
        ("2 1\n\n# a remark\n0 0\n", {}, [(0, 0), (2, 1)]),
        ("\ufeffTarget;Source\r\n1;2\r\n0;0\r\n", {}, [(0, 0), (2, 1)]),
        ("source\ttarget\tnote\n2.0\t1\tx\n", {}, [(2, 1)]),
        ("source,target\n2,4\n0,3\n0,1\n", {"ids": "gid"}, [(0, 0), (2, 1)]),
        (NAMED + "2,4,EXC,INH\n3,0,INH,EXC\n", {}, [(2, 1)]),
        (NAMED + '2,1,"EXC",INH\n1,2,INH,EXC\n', {"ids": "row"}, [(2, 1)]),
        ("source,target\n", {}, []),
    ],
)
def test_ids_and_rows(tmp_path, text, parameters, due):
    assert connected(tmp_path / "edges.csv", text, **parameters) == due


@pytest.mark.parametrize(
    ("text", "parameters", "words"),
    [
        ("source,target\n2,1\n0,0\n2,1\n", {}, "line 4: the connection 2 -> 1 is there twice, as in line 2"),
        ("source,target\n2,1\n3,0\n", {}, "line 3: there is no cell 3; the rows of 'EXC' are 0 to 2"),
        ("source,target\n2,5\n", {"ids": "gid"}, "line 2: there is no cell 5; the culture's gids are 0 to 4"),
        (NAMED + "2,4,EXC,INH\n3,4,EXC,INH\n", {}, "line 3: cell 3 is of 'INH', not of 'EXC'"),
        (NAMED + "2,4,EXC,IHN\n", {}, "line 2: there is no population 'IHN'; did you mean 'INH'?"),
        ("source,traget\n2,1\n", {}, "has no column 'target'; did you mean 'traget'?"),
        ("source,target,source_population\n2,1,EXC\n", {}, "no column 'target_population'"),
        ("source,target\n2,1\n-1,0\n", {}, "line 3: source is -1, not a whole number"),
        ("source,target\n2,1\n\n1,nan\n", {}, "line 4: target is 'nan', not a whole number"),
        ("source,target\n2,inf\n", {}, "line 2: target is inf, not a whole number"),
        ("source,target\n2,1.5\n", {}, "line 2: target is 1.5, not a whole number"),
        ("source,target\n2,1\n1,x\n", {}, "line 3: target is 'x', not a whole number"),
        ("source,target\n2,1\n1,1,1\n", {}, "line 3: 3 values for 2 columns"),
        ("source,target\n2,1\n0,2\n1,1\n", {"target": "EXC"}, "line 4: the cell 1 of 'EXC' connects to itself"),
        ("# nothing\n", {}, "holds no rows"),
        ("1,2,3\n", {}, "has no column 'source'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(tmp_path, text, parameters, words):
    with pytest.raises(ConfigError) as caught:
        connected(tmp_path / "edges.csv", text, **parameters)
    assert words in caught.value.message
    assert "edges.csv" in caught.value.message


def test_autapses_where_they_are_allowed(tmp_path):
    text = "source,target\n1,1\n"
    found = connected(tmp_path / "e.csv", text, target="EXC", allow_autapses=True)
    assert found == [(1, 1)]


PAIRS = sparse.coo_array(([1.0, 2.5], ([0, 2], [0, 1])), shape=(3, 2))


@pytest.mark.parametrize("suffix", [".npz", ".mtx"])
def test_matrices_and_their_orientation(tmp_path, suffix):
    def saved(name, matrix):
        path = tmp_path / f"{name}{suffix}"
        save = sparse.save_npz if suffix == ".npz" else io.mmwrite
        save(path, matrix)
        return path

    due = [(0, 0), (2, 1)]
    assert connected(saved("rows", PAIRS)) == due
    assert connected(saved("turned", PAIRS.T), orientation="row-is-target") == due
    whole = sparse.coo_array((PAIRS.data, (PAIRS.row, PAIRS.col + 3)), shape=(5, 5))
    assert connected(saved("whole", whole)) == due
    assert connected(saved("whole", whole), source="INH", target="EXC") == []
    with pytest.raises(ConfigError, match=r"2 sources and 3 targets; EXC->INH has 3 and 2"):
        connected(saved("turned", PAIRS.T))
    for wrong, words in ((-1.0, "row 2, column 1: the entry is -1.0"), (np.nan, "entry is nan")):
        matrix = sparse.coo_array(([1.0, wrong], ([0, 2], [0, 1])), shape=(3, 2))
        with pytest.raises(ConfigError, match=words):
            connected(saved("wrong", matrix))
    twice = sparse.coo_array((np.ones(3), ([0, 2, 2], [0, 1, 1])), shape=(3, 2))
    with pytest.raises(ConfigError, match="source 2, target 1: the connection 2 -> 1 is there"):
        connected(saved("twice", twice))


def test_counts_above_one_are_one_connection_and_said(tmp_path):
    sparse.save_npz(tmp_path / "m.npz", sparse.csr_array(np.array([[0, 3], [1, 0], [0, 0]])))
    cells = {n: cells_at(n, np.arange(2 * k).reshape(k, 2)) for n, k in CELLS.items()}
    projection = Projection(Culture(cells), cells["EXC"], cells["INH"])
    rule = registry().create("connectivity", "from_file", {"edges": str(tmp_path / "m.npz")})
    connector = rule.connect(projection)
    assert connector.expected_edges == 2
    assert "1 entries are above 1" in connector.warnings[0]


def test_files_that_are_none(tmp_path):
    (tmp_path / "broken.npz").write_bytes(b"no archive")
    (tmp_path / "broken.mtx").write_text("no matrix")
    (tmp_path / "broken.parquet").write_text("no table")
    (tmp_path / "edges.xlsx").write_text("")
    np.savez(tmp_path / "dense.npz", a=np.eye(2))
    for name, words in (
        ("none.csv", "does not exist"),
        ("", "is a directory"),
        ("edges.xlsx", "unknown file type"),
        ("broken.npz", "not a sparse matrix of scipy"),
        ("dense.npz", "not a sparse matrix of scipy"),
        ("broken.mtx", "not a Matrix Market file"),
        ("broken.parquet", "cannot be read as Parquet"),
    ):
        with pytest.raises(ConfigError, match=words):
            connected(tmp_path / name)


def test_parquet_is_optional_and_strict(tmp_path, monkeypatch):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "edges.parquet"
    for columns, words in (
        ({"source": [0, None], "target": [0, 1]}, "row 1: source is nan"),
        ({"source": [0, 1], "target": ["a", "b"]}, "row 0: target is a"),
        ({"source": [0, -1], "target": [0, 1]}, "row 1: source is -1"),
        ({"source": [0, 1]}, "no column 'target'"),
        ({"source": [0, 0], "target": [1, 1]}, "row 1: the connection 0 -> 1 is there twice"),
    ):
        parquet.write_table(pyarrow.table(columns), path)
        with pytest.raises(ConfigError, match=words):
            connected(path)
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingDependencyError) as caught:
        connected(path)
    assert "pip install pyarrow" in caught.value.hint


def test_the_file_is_where_the_line_means_it(tmp_path, monkeypatch):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "inh.csv").write_text("source,target\n0,1\n")
    (tmp_path / "parts" / "wiring.yml").write_text(
        "projections:\n  INH->INH: {rule: from_file, rule_kwargs: {edges: inh.csv}}\n"
    )
    (tmp_path / "net.yml").write_text(
        "populations: {EXC: {count: 5}, INH: {count: 2}}\nconnectivity: !include parts/wiring.yml\n"
    )
    (tmp_path / "elsewhere").mkdir()
    for folder in (tmp_path, tmp_path / "elsewhere"):
        monkeypatch.chdir(folder)
        made = {(p.source, p.target): p for p in plan(tmp_path / "net.yml").projections}
        assert made["INH", "INH"].expected_edges == 1
    monkeypatch.chdir(tmp_path / "parts")
    (tmp_path / "parts" / "all.yml").write_text(
        "populations: {INH: {count: 2}}\n"
        "connectivity: {rule: from_file, rule_kwargs: {edges: inh.csv}}\n"
    )
    system = generate("all.yml", output_directory=tmp_path / "all")
    # It stays short in the record where we stand beside it.
    kwargs = system.provenance["configuration"]["connectivity"]["rule_kwargs"]
    assert kwargs == {"edges": "inh.csv"}


def test_keys_that_it_cannot_honour(findings_of, tmp_path):
    rule = {"rule": "from_file", "rule_kwargs": {"edges": "e.csv"}}
    for key, value in (("mean_degree", 5), ("sigma", 100), ("kernel", "gaussian"), ("cutoff", 2)):
        found = findings_of({"connectivity": {**rule, key: value}})
        assert list(found) == [f"connectivity.{key}"]


def test_a_large_file_is_read_in_blocks(tmp_path):
    number = 60_000
    path = tmp_path / "edges.csv"
    ids = np.arange(number)
    lines = [f"{a},{b},EXC,INH" for a, b in zip(ids, ids[::-1], strict=True)]
    lines[50_000] = "7,7, EXC,INH # a remark"
    path.write_text(NAMED + "\n".join(lines))
    table = read_edges(path)
    assert len(table) == number
    assert table.lines[-1] == number + 1
    assert (table.sources[50_000], table.names) == (7, ("EXC", "INH"))
    np.testing.assert_array_equal(table.populations[0], np.zeros(number))
