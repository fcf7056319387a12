"""Sections, lengths, attachments and distances against NEURON's own loader."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from livn_core.morphology import read_swc, write_swc

# Not imported here: it would change the process that runs the tests.
pytestmark = pytest.mark.skipif(find_spec("neuron") is None, reason="neuron is not installed")

# In a process of its own: loading a cell is global state there. One process for all the files.
LOADER = """
import json, sys
from neuron import h
h.load_file("import3d.hoc")
answer = []
for path in json.load(sys.stdin):
    reader = h.Import3d_SWC_read()
    reader.quiet = 1
    reader.input(path)
    importer = h.Import3d_GUI(reader, False)
    importer.instantiate(None)
    sections = list(h.allsec())
    for section in sections:
        section.nseg = 5  # h.distance() measures to nodes: 0, 0.1, 0.3, 0.5, ...
    root = next(s for s in sections if s.parentseg() is None)
    cell = []
    for section in sections:
        seg = section.parentseg()
        cell.append({
            "name": section.name(), "L": section.L,
            "parent": -1 if seg is None else sections.index(seg.sec),
            "x": 0.0 if seg is None else seg.x,
            "arc": [section.arc3d(i) for i in range(section.n3d())],
            "distance": [h.distance(root(0.5), section(x)) for x in (0.0, 0.3, 1.0)],
            "soma0": h.distance(root(0.0), section(0.3)),
        })
    answer.append(cell)
    for section in sections:
        h.delete_section(sec=section)
sys.stdout.write("ANSWER" + json.dumps(answer))
"""

SHIPPED = Path(__file__).parents[2] / "systems" / "morphology"
NAMES = {1: "soma", 2: "axon", 3: "dend", 4: "apic"}


def neuron_cells(paths):
    done = subprocess.run(
        [sys.executable, "-c", LOADER],
        input=json.dumps([str(path) for path in paths]),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout.rpartition("ANSWER")[2])


def check_same(morphology, cell):
    sections, segments = morphology.sections, morphology.segments()
    kinds = [NAMES.get(kind, f"dend_{kind}") for kind in sections.type.tolist()]
    assert [section["name"].partition("[")[0] for section in cell] == kinds
    assert sections.parent.tolist() == [section["parent"] for section in cell]
    np.testing.assert_allclose(sections.parent_x, [section["x"] for section in cell])
    # NEURON keeps points as float32.
    np.testing.assert_allclose(
        sections.length, [section["L"] for section in cell], rtol=1e-4, atol=1e-4
    )
    numbers = np.arange(len(cell))[:, None]
    np.testing.assert_allclose(
        morphology.distance(numbers, np.array([0.0, 0.3, 1.0])),
        [section["distance"] for section in cell],
        rtol=1e-4,
        atol=1e-3,
    )
    np.testing.assert_allclose(
        morphology.distance(numbers[:, 0], 0.3, origin=0.0),
        [section["soma0"] for section in cell],
        rtol=1e-4,
        atol=1e-3,
    )
    for number, section in enumerate(cell):
        mine = segments.section == number
        arc = np.append(segments.start[mine], segments.start[mine][-1] + segments.length[mine][-1])
        theirs = np.array(section["arc"])
        if len(theirs) != len(arc):  # a soma of one point: three points of one cylinder there
            assert number == sections.root
            theirs = theirs[[0, -1]]
        np.testing.assert_allclose(arc, theirs, rtol=1e-4, atol=1e-4)


def random_cell(rng, points, shape):
    """A random tree in an order that NEURON can load: depth first, or sections by first point."""
    kinds, parents, xyz = [1], [-1], [rng.normal(size=3)]
    somata = {"one": 1, "three": 3, "chain": int(rng.integers(2, 7)), "star": 4}[shape]
    for number in range(1, somata):
        kinds.append(1)
        parents.append({"three": 0, "star": 0}.get(shape, number - 1))
        step = [0, (-6 if number == 1 else 6), 0] if shape == "three" else rng.normal(size=3) * 4
        xyz.append(xyz[parents[-1]] + step)
    while len(kinds) < points:
        # A new branch hangs from any point; its first point may come next to it or not.
        at = int(rng.integers(0, len(kinds))) if rng.random() < 0.6 else len(kinds) - 1
        kind = kinds[at]
        if kind == 1 or rng.random() < 0.1:
            kind = int(rng.choice([2, 3, 4, 5, 7]))
        for _ in range(int(rng.integers(1, 6))):
            kinds.append(kind)
            parents.append(at)
            # Now and then two points in one place, and pieces far shorter than the radius.
            step = rng.choice([0.0, 0.1, 10.0], p=[0.08, 0.12, 0.8])
            xyz.append(xyz[at] + rng.normal(size=3) * step)
            at = len(kinds) - 1
    radius = np.where(np.array(kinds) == 1, 6.0, 0.5)
    return "".join(
        f"{i + 1} {kinds[i]} {x:.3f} {y:.3f} {z:.3f} {radius[i]} {parents[i] + 1 if i else -1}\n"
        for i, (x, y, z) in enumerate(xyz)
    )


def test_random_trees_are_cut_as_neuron_cuts_them(swc, tmp_path):
    rng = np.random.default_rng(5)
    cells, paths = [], []
    for number in range(160):
        shape = ("one", "three", "chain", "star")[number % 4]
        path = swc(random_cell(rng, int(rng.integers(4, 40)), shape), f"r{number}.swc")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            morphology = read_swc(path)
        if any("stand apart" in note for note in morphology.notes):
            # NEURON mixes such branches up; it must agree once they are in order.
            path = tmp_path / f"o{number}.swc"
            write_swc(morphology, path)
        cells.append(morphology)
        paths.append(path)
    in_order = sum(path.name.startswith("r") for path in paths)
    assert 60 < in_order < len(paths)
    for morphology, cell in zip(cells, neuron_cells(paths), strict=True):
        check_same(morphology, cell)


def test_written_cells_load_as_the_same_sections(swc, tmp_path):
    rng = np.random.default_rng(6)
    cells, paths = [], []
    for number in range(40):
        shape = ("one", "three", "chain", "star")[number % 4]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cells.append(read_swc(swc(random_cell(rng, 25, shape))))
        paths.append(tmp_path / f"w{number}.swc")
        write_swc(cells[-1], paths[-1])
    for morphology, cell in zip(cells, neuron_cells(paths), strict=True):
        check_same(morphology, cell)


def test_shipped_cells_load_as_the_same_sections():
    paths = sorted(SHIPPED.glob("*.swc"))
    cells = [read_swc(path) for path in paths]
    for morphology, cell in zip(cells, neuron_cells(paths), strict=True):
        check_same(morphology, cell)
    # The axon initial segment, type 7, is dend_7 there, and comes last.
    assert cells[[path.stem for path in paths].index("PYR")].sections.type[-1] == 7


@pytest.mark.parametrize("extra", ["", "10 4 0 60 0 0.7 7\n11 4 0 80 0 0.7 10\n12 4 9 80 0 1 10\n"])
def test_a_section_without_length_leaves_the_numbers_of_neuron(g0, swc, extra):
    path = swc(g0 + extra)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        morphology = read_swc(path)
    (cell,) = neuron_cells([path])
    check_same(morphology, cell)
    assert len(cell) == (9 if extra else 7)
