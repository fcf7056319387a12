"""Exports of nodes say which module and which cluster each cell is in."""

from __future__ import annotations

import csv
import json
import shutil

import h5py
import pytest

from livn_core import System, generate
from livn_core.cut import cut_system
from livn_core.errors import SystemFormatError
from livn_core.selection import select_modules
from livn_core.system.exporting import export_system

#: Pieces whose ids are not in alphabetical order, nor without a comma.
PIECES = {"b, upper": (0, 500), "+a": (0, 0), "c": (500, 0)}


@pytest.fixture(scope="module")
def plated(tmp_path_factory):
    """A culture of three pieces of a drawing with ids, in clusters; and (gid, module, cluster) of each cell."""
    folder = tmp_path_factory.mktemp("labels")
    features = [
        {
            "type": "Feature",
            "id": name,
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, y], [x + 300, y], [x + 300, y + 300], [x, y + 300], [x, y]]],
            },
        }
        for name, (x, y) in PIECES.items()
    ]
    (folder / "pieces.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features})
    )
    system = generate(
        area="shape",
        area_kwargs={"path": str(folder / "pieces.geojson")},
        total_cells=60,
        clusters={"count": 5, "sigma": 30, "background": 0.2},
        connectivity={"sigma": 100, "mean_degree": 1},
        output_directory=folder / "plated",
    )
    due = []
    for population in system.populations:
        held = system.attributes(population.name, "Culture")
        gids = range(population.start, population.start + population.count)
        xy = system.positions(population.name)[:, :2]
        names = [
            next(n for n, (x, y) in PIECES.items() if x <= px <= x + 300 and y <= py <= y + 300)
            for px, py in xy
        ]
        due += list(zip(gids, names, held["cluster"].tolist(), strict=True))
    assert {name for _, name, _ in due} == set(PIECES)
    return system, due


def test_csv(plated, tmp_path):
    system, due = plated
    made = export_system(system, "csv", tmp_path / "out")
    with (made.path / "nodes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    # "+a" has an apostrophe before it, as a population's name has.
    found = [(int(r["gid"]), r["module"].removeprefix("'"), int(r["cluster"])) for r in rows]
    assert found == due


def test_parquet(plated, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    system, due = plated
    made = export_system(system, "parquet", tmp_path / "out")
    table = parquet.read_table(made.path / "nodes.parquet").to_pydict()
    assert list(zip(table["gid"], table["module"], table["cluster"], strict=True)) == due


def test_graphml(plated, tmp_path):
    networkx = pytest.importorskip("networkx")
    system, due = plated
    made = export_system(system, "graphml", tmp_path / "out.graphml")
    nodes = networkx.read_graphml(made.path, node_type=int).nodes(data=True)
    assert sorted((gid, known["module"], known["cluster"]) for gid, known in nodes) == due


def test_sonata(plated, tmp_path):
    system, due = plated
    made = export_system(system, "sonata", tmp_path / "out")
    found = []
    with h5py.File(made.path / "network" / "nodes.h5") as file:
        for group in (file[f"nodes/{name}/0"] for name in ("EXC", "INH")):
            names = group["@library/module"].asstr()[:][group["module"][:]]
            found += zip(
                group["gid"][:].tolist(), names.tolist(), group["cluster"][:].tolist(), strict=True
            )
    assert found == due
    snap = pytest.importorskip("libsonata")
    nodes = snap.NodeStorage(str(made.path / "network" / "nodes.h5")).open_population("INH")
    got = nodes.get_attribute("module", nodes.select_all())
    assert list(got) == [name for gid, name, _ in due if gid >= system.population("INH").start]


def test_a_cut_of_modules(plated, tmp_path):
    system, due = plated
    chosen = select_modules(system, "two", ["c", "+a"])
    with cut_system(system, chosen, tmp_path / "cut") as part:
        export_system(part, "csv", tmp_path / "out")
    with (tmp_path / "out" / "nodes.csv").open(newline="") as file:
        found = [row["module"].removeprefix("'") for row in csv.DictReader(file)]
    assert found == [name for _, name, _ in due if name in {"c", "+a"}]


def test_modules_that_graph_json_does_not_name(plated, tmp_path):
    system, _ = plated
    copy = tmp_path / "copy"
    shutil.copytree(system.path, copy)
    graph = json.loads((copy / "graph.json").read_text())
    config = graph["architecture"]["config"]
    config["modules"] = config["modules"][:1]
    (copy / "graph.json").write_text(json.dumps(graph))
    with System(copy) as opened, pytest.raises(SystemFormatError, match="names 1"):
        export_system(opened, "csv", tmp_path / "csv")
    # Without names a module is its number.
    del config["modules"]
    (copy / "graph.json").write_text(json.dumps(graph))
    with System(copy) as opened:
        export_system(opened, "csv", tmp_path / "csv")
    with (tmp_path / "csv" / "nodes.csv").open(newline="") as file:
        assert {row["module"] for row in csv.DictReader(file)} == {"0", "1", "2"}
