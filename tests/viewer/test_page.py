"""What a page carries, read from its text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from livn_core import generate, viewer
from livn_core.errors import OutputError
from livn_core.plotting import PlotError
from livn_core.plotting.axons import sample_axons
from livn_core.plotting.palette import SECTIONS, looks
from livn_core.plotting.trees import Shape
from livn_core.system.reader import System
from livn_core.viewer import write_page
from livn_core.viewer.packing import packed
from livn_core.viewer.shapes import simplified

REAL = ("positions", "electrodes", "rings", "axons")
WHOLE = ("in-degrees", "out-degrees", "edge-counts", "edge-sources", "gids", "lines", "modules")


def _unpacked(data: bytes) -> np.ndarray:
    """Whole numbers of 7 bits a byte."""
    found, value, shift = [], 0, 0
    for byte in data:
        value += (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(value)
            value = shift = 0
    return np.array(found, dtype=np.int64)


def _read(path: Path):
    """Return the JSON document and the blocks of a page."""
    text = path.read_text()
    meta = json.loads(re.search(r'id="meta">(.*?)</script>', text, re.DOTALL)[1])
    blocks = {}
    for name, coded in re.findall(r'id="data-([a-z-]+)">(.*?)</script>', text, re.DOTALL):
        data = base64.b64decode(coded)
        if name in REAL:
            blocks[name] = np.frombuffer(data, "<f4")
        elif name in WHOLE:
            blocks[name] = _unpacked(data)
    if "gids" in blocks:
        blocks["gids"] = np.cumsum(blocks["gids"])
    return meta, blocks


def _edges(blocks):
    found, first = [], 0
    for target, count in enumerate(blocks["edge-counts"]):
        sources = np.cumsum(blocks["edge-sources"][first : first + count])
        found += [(source, target) for source in sources.tolist()]
        first += count
    return found


def _all_edges(system):
    found = []
    for source, target in system.projections:
        starts = system.population(source).start, system.population(target).start
        for slab in system.edges(source, target, columns=()):
            pairs = zip(slab.sources.tolist(), slab.targets.tolist(), strict=True)
            found += [(s + starts[0], t + starts[1]) for s, t in pairs]
    return found


def test_a_page_carries_the_system(drawn_culture, tmp_path):
    write_page(drawn_culture, tmp_path / "a.html")
    meta, blocks = _read(tmp_path / "a.html")
    system = System(drawn_culture)
    positions = np.concatenate([system.positions(p.name) for p in system.populations])
    assert np.array_equal(blocks["positions"].reshape(-1, 3), positions)
    edges = _all_edges(system)
    assert sorted(_edges(blocks)) == sorted(edges)
    assert np.array_equal(blocks["in-degrees"], np.bincount([t for _, t in edges], minlength=100))
    assert np.array_equal(blocks["out-degrees"], np.bincount([s for s, _ in edges], minlength=100))
    assert blocks["electrodes"].reshape(-1, 3)[1].tolist() == [750, 250, 5]
    assert meta["edges"] == {"total": len(edges), "embedded": len(edges)}
    assert meta["notes"] == []
    assert set(map(tuple, blocks["lines"].reshape(-1, 2).tolist())) <= set(edges)
    assert [(p["name"], p["count"], p["kind"]) for p in meta["populations"]] == [
        ("EXC", 80, "excitatory"),
        ("INH", 20, "inhibitory"),
    ]


def test_of_many_connections_a_page_has_a_sample_and_says_so(drawn_culture, tmp_path):
    contents = write_page(drawn_culture, tmp_path / "a.html", max_edges=300)
    meta, blocks = _read(tmp_path / "a.html")
    edges = _edges(blocks)
    assert len(edges) == 300
    assert set(edges) <= set(_all_edges(System(drawn_culture)))
    assert blocks["in-degrees"].sum() == 2000
    assert "300 of 2,000 connections" in meta["notes"][0]
    assert contents.meta["notes"] == meta["notes"]


def test_of_many_cells_a_page_has_a_sample_with_their_gids(drawn_culture, tmp_path):
    write_page(drawn_culture, tmp_path / "a.html", max_cells=40)
    meta, blocks = _read(tmp_path / "a.html")
    gids = blocks["gids"]
    assert len(np.unique(gids)) == 40
    system = System(drawn_culture)
    positions = np.concatenate([system.positions(p.name) for p in system.populations])
    assert np.array_equal(blocks["positions"].reshape(-1, 3), positions[gids])
    known = {e for e in _all_edges(system) if e[0] in gids and e[1] in gids}
    assert {(int(gids[s]), int(gids[t])) for s, t in _edges(blocks)} == known
    assert sum(p["shown"] for p in meta["populations"]) == 40
    assert [p["count"] for p in meta["populations"]] == [80, 20]
    assert "40 of 100 cells" in meta["notes"][0]


def test_equal_systems_give_equal_pages_that_name_no_place(drawn_culture, tmp_path):
    other = shutil.copytree(drawn_culture, tmp_path / "elsewhere" / drawn_culture.name)
    write_page(drawn_culture, tmp_path / "a.html", max_edges=100)
    write_page(other, tmp_path / "b.html", max_edges=100)
    page = (tmp_path / "a.html").read_bytes()
    assert page == (tmp_path / "b.html").read_bytes()
    for place in (drawn_culture, tmp_path, Path(viewer.__file__).parent, Path.home()):
        assert str(place).encode() not in page
    write_page(drawn_culture, tmp_path / "c.html", max_edges=100, seed=1)
    assert page != (tmp_path / "c.html").read_bytes()


def test_names_cannot_break_out(make_system, tmp_path):
    bad = "</script><script>alert(1)</script>"
    layers = {bad: [[0, 0, 0], [1, 1, 1]], "b&<!--": [[0, 0, 1], [1, 1, 2]]}
    system = make_system({"<img src=x onerror=alert(1)>": np.zeros((2, 3))}, {}, layers=layers)
    write_page(system, tmp_path / "a.html", title=bad)
    text = (tmp_path / "a.html").read_text()
    assert bad not in text
    assert "<img" not in text
    meta, _ = _read(tmp_path / "a.html")
    assert meta["title"] == bad
    assert {layer["name"] for layer in meta["layers"]} == set(layers)
    assert meta["populations"][0]["name"].startswith("<img")


def test_the_policy_allows_our_scripts_alone(drawn_culture, tmp_path):
    write_page(drawn_culture, tmp_path / "a.html")
    text = (tmp_path / "a.html").read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    allowed = re.findall(r"'sha256-([^']*)'", policy)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    hashes = [
        base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        for part in scripts + styles
    ]
    assert sorted(hashes) == sorted(allowed)
    assert not re.search(r"""(src|href)=["'](?!data:)""", text.replace("".join(scripts), ""))


def test_the_library_is_the_one_that_is_documented():
    folder = Path(viewer.__file__).parent / "assets" / "vendor"
    digest = hashlib.sha256((folder / "three.min.js").read_bytes()).hexdigest()
    assert digest in (folder / "README.md").read_text()
    assert "MIT License" in (folder / "LICENSE.three").read_text()


def test_morphologies_are_carried_once_and_bounded(drawn_layers, tmp_path):
    everything = write_page(drawn_layers, tmp_path / "a.html").meta["trees"]
    # Every cell of this system has the same shape.
    assert everything["ranges"] == [(0, 5)]
    assert sorted(everything["cells"]) == list(range(9))
    few = write_page(drawn_layers, tmp_path / "b.html", max_morphologies=4).meta["trees"]
    assert len(few["cells"]) == 4
    assert (
        write_page(drawn_layers, tmp_path / "c.html", max_morphologies=0).meta["trees"]["cells"]
        == {}
    )


def test_simplified_shapes_keep_their_course():
    rng = np.random.default_rng(2)
    # A trunk of 200 points that bends once and jitters by 0.05 um, then two straight branches.
    up = np.column_stack([np.zeros(100), np.zeros(100), np.linspace(0, 100, 100)])
    side = np.column_stack([np.linspace(1, 100, 100), np.zeros(100), np.full(100, 100.0)])
    arms = [
        np.column_stack([np.full(50, 100.0), sign * np.linspace(1, 50, 50), np.full(50, 100.0)])
        for sign in (1, -1)
    ]
    points = np.concatenate([up, side, *arms]) + rng.uniform(-0.05, 0.05, (300, 3))
    parents = np.arange(-1, 299)
    parents[[200, 250]] = 199
    types = np.repeat([4, 4, 3], 100)
    shape = Shape(points.astype(np.float32), parents, np.ones(300, np.float32), types)
    small = simplified(shape)
    assert len(small.points) < 60
    children, before = small.segments()
    assert len(children) == len(small.points) - 1
    a, b = (small.points[i].astype(float) for i in (before, children))
    line = b - a
    along = np.einsum("sk,psk->ps", line, points[:, None] - a) / np.square(line).sum(axis=1)
    near = a + np.clip(along, 0, 1)[..., None] * line
    distance = np.sqrt(np.square(points[:, None] - near).sum(axis=2)).min(axis=1)
    assert distance.max() < 0.5
    # The bend, the branching point and the tips are still there.
    for point in (99, 199, 249, 299):
        assert np.abs(small.points - shape.points[point]).sum(axis=1).min() < 3
    assert np.bincount(before).max() == 2


def test_refusals(drawn_culture, tmp_path, monkeypatch):
    with pytest.raises(OutputError, match="HTML"):
        write_page(drawn_culture, tmp_path / "a.png")
    with pytest.raises(OutputError, match="no directory"):
        write_page(drawn_culture, tmp_path / "none" / "a.html")
    (tmp_path / "there.html").write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        write_page(drawn_culture, tmp_path / "there.html", overwrite=False)
    with pytest.raises(PlotError, match="max_cells"):
        write_page(drawn_culture, tmp_path / "a.html", max_cells=0)
    with pytest.raises(PlotError, match="max_edges"):
        write_page(drawn_culture, tmp_path / "a.html", max_edges=-1)

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("livn_core.viewer.page._page", full)
    with pytest.raises(OutputError, match="No space left"):
        write_page(drawn_culture, tmp_path / "a.html")
    assert [p.name for p in tmp_path.iterdir()] == ["there.html"]
    assert (tmp_path / "there.html").read_text() == "mine"


def test_awkward_systems(make_system, tmp_path):
    positions = {"A": np.ones((1, 3)), "B": np.empty((0, 3))}
    meta = write_page(make_system(positions, {}), tmp_path / "a.html").meta
    assert meta["edges"] == {"total": 0, "embedded": 0}
    assert [p["shown"] for p in meta["populations"]] == [1, 0]


def test_pages_need_no_matplotlib(drawn_culture, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert write_page(drawn_culture, tmp_path / "a.html").meta["cells"] == 100


def test_command(livn, livn_here, drawn_culture, tmp_path):
    done = livn("view", str(drawn_culture), "--max-edges", "50", "--json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert document["path"] == "culture.html"
    assert document["edges"] == 50
    assert document["total_edges"] == 2000
    assert (tmp_path / "culture.html").stat().st_size == document["bytes"]
    again = livn_here("view", str(drawn_culture))
    assert again.code == 2
    assert "--overwrite" in again.err


@pytest.mark.parametrize("top", [0, 1, 127, 128, 16383, 16384, 2**31, 2**32 - 1])
def test_packed_numbers_are_what_they_were_in_few_bytes(top):
    values = np.random.default_rng(0).integers(0, top + 1, 100)
    values[7] = top
    raw = packed(values)
    assert np.array_equal(_unpacked(raw.tobytes()), values)
    assert len(raw) == sum(max(1, -(-int(v).bit_length() // 7)) for v in values)


def test_a_page_of_100_000_cells_and_two_million_connections_has_less_than_10_mb(
    make_system, tmp_path
):
    rng = np.random.default_rng(1)
    cells, degree = 100_000, 20
    positions = {"EXC": rng.uniform(0, 4000, (cells, 3))}
    edges = {
        ("EXC", "EXC"): (
            rng.integers(0, cells, cells * degree),
            np.repeat(np.arange(cells), degree),
        )
    }
    write_page(make_system(positions, edges), tmp_path / "a.html")
    assert (tmp_path / "a.html").stat().st_size < 10_000_000


def test_the_title_is_the_systems_name_and_seed(tmp_path):
    system = generate(
        total_cells=60,
        area="modules",
        connectivity={"mean_degree": 2},
        output_directory=tmp_path / "dish",
    )
    page = write_page(system, tmp_path / "a.html")
    assert page.meta["title"] == "dish, seed 123"
    meta, blocks = _read(tmp_path / "a.html")
    assert "<title>dish, seed 123</title>" in (tmp_path / "a.html").read_text()
    # The modules, and their outlines.
    assert meta["modules"] == ["A1", "A2", "B1", "B2"]
    assert meta["shades"] == [0, 1, 2, 3]
    assert np.bincount(blocks["modules"]).tolist() == [15, 15, 15, 15]
    assert meta["rings"] == [4, 4, 4, 4]
    corners = blocks["rings"].reshape(4, 4, 2)
    positions = blocks["positions"].reshape(-1, 3)
    for number, ring in enumerate(corners):
        mine = positions[blocks["modules"] == number, :2]
        assert (mine >= ring.min(axis=0)).all()
        assert (mine <= ring.max(axis=0)).all()


def _lab(colour):
    """CIELAB of #RRGGBB, D65."""
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    rgb = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(np.array(to_xyz) @ rgb / [0.9505, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_no_population_has_the_colour_of_a_neurite():
    names = [f"{kind[0]}{i}" for kind in ("excitatory", "inhibitory", "other") for i in range(8)]
    kinds = {n: {"e": "excitatory", "i": "inhibitory", "o": None}[n[0]] for n in names}
    used = [_lab(look.colour) for look in looks(names, kinds).values()]
    neurites = [_lab(colour) for kind, (_, colour) in SECTIONS.items() if kind != 1]
    for number, colour in enumerate(neurites):
        others = used + neurites[:number]
        assert min(np.linalg.norm(colour - other) for other in others) > 25


def test_a_page_carries_axons_and_says_where_it_cannot(tmp_path):
    document = {"total_cells": 300, "connectivity": {"rule": "axon", "amplitude": 0.01}}
    system = generate(document, output_directory=tmp_path / "net")
    write_page(system, tmp_path / "a.html", seed=2)
    meta, blocks = _read(tmp_path / "a.html")
    sample = sample_axons(system, seed=2)
    assert meta["axons"]["total"] == 300
    assert meta["axons"]["gids"] == sample.gids.tolist()
    assert meta["axons"]["points"] == [len(path) for path in sample.paths]
    assert np.array_equal(blocks["axons"].reshape(-1, 2), np.concatenate(sample.paths))
    (tmp_path / "net" / "provenance.json").unlink()
    write_page(tmp_path / "net", tmp_path / "b.html")
    meta, blocks = _read(tmp_path / "b.html")
    assert meta["axons"]["total"] == len(blocks["axons"]) == 0
    assert [note for note in meta["notes"] if "axons" in note] == [
        "Its axons are not drawn: provenance.json does not say what they grew from."
    ]
