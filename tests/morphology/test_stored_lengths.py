"""Cells built from ``Trees`` are those of the file: lengths of sections, and where synapses lie."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from livn_core import System, generate
from livn_core.morphology import decode_sections, encode_tree, read_swc
from livn_core.verify.stored_trees import stored_morphology

SHIPPED = Path(__file__).parents[2] / "systems" / "morphology"


def lines(tree):
    """Return the points of each section as the file lists them, um."""
    counts, points = decode_sections(tree["Section"])
    xyz = np.stack([tree[f"{axis} Coordinate"] for axis in "XYZ"], axis=1).astype(float)
    return [xyz[part.astype(int)] for part in np.split(points, np.cumsum(counts)[:-1])]


def lengths(tree):
    return np.array([np.linalg.norm(np.diff(p, axis=0), axis=1).sum() for p in lines(tree)])


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.swc")), ids=lambda path: path.stem)
def test_section_lengths_are_those_of_the_file(path):
    morphology = read_swc(path)
    made = encode_tree(morphology)
    tree = {**made.points, "Section": made.section}
    np.testing.assert_allclose(lengths(tree), morphology.sections.length, atol=1e-3)
    # A reader that goes from point to point finds the same sections.
    stored = stored_morphology(tree, "stored").sections
    assert np.array_equal(stored.parent, morphology.sections.parent)
    assert np.array_equal(stored.type, morphology.sections.type)
    np.testing.assert_allclose(stored.length, morphology.sections.length, atol=1e-3)
    np.testing.assert_allclose(stored.cable, morphology.sections.cable, atol=1e-3)


def test_s1s_dendrites_are_as_long_as_those_of_its_reference(reference, tmp_path):
    """MiV-Simulator's own S1: 3,272 um basal and 6,723 um apical, from the same morphology."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = generate("S1", output_directory=tmp_path / "S1")
    with System(reference("3d_S1")) as theirs, ours:
        for kind in (3, 4):
            um = []
            for system in (ours, theirs):
                tree = system.trees("EXC", 0)
                counts, points = decode_sections(tree["Section"])
                first = points[np.cumsum(counts) - counts].astype(int)
                um.append(lengths(tree)[tree["SWC Type"][first] == kind].sum())
            assert um[0] == pytest.approx(um[1], rel=2e-4)


#: Builds one cell from points, one from an SWC file; answers with lengths, and with the place of
#: each synapse in space, which NEURON interpolates along the section.
BUILDER = """
import json, sys
from neuron import h
h.load_file("import3d.hoc")
given = json.load(sys.stdin)
def place(section, x):
    n = section.n3d()
    at = [h.arc3d(i, sec=section) / section.L for i in range(n)]
    i = max(1, next((i for i in range(n) if at[i] >= x), n - 1))
    w = 0 if at[i] == at[i - 1] else (x - at[i - 1]) / (at[i] - at[i - 1])
    return [(1 - w) * f(i - 1, sec=section) + w * f(i, sec=section) for f in (h.x3d, h.y3d, h.z3d)]
def answer(sections):
    return {"L": [s.L for s in sections], "synapses": [place(sections[n], x) for n, x in given["synapses"]]}
mine = []
for number, points in enumerate(given["points"]):
    section = h.Section(name=f"s{number}")
    for x, y, z, d in points:
        section.pt3dadd(x, y, z, d)
    mine.append(section)
first = answer(mine)
del section
mine.clear()
reader = h.Import3d_SWC_read()
reader.quiet = 1
reader.input(given["swc"])
h.Import3d_GUI(reader, False).instantiate(None)
sections = sorted(h.allsec(), key=lambda s: ["soma", "axon", "dend", "apic"].index(s.name().split("[")[0]) if s.name().split("[")[0] in ("soma", "axon", "dend", "apic") else 9)
sys.stdout.write("ANSWER" + json.dumps([first, answer(sections)]))
"""


@pytest.mark.skipif(find_spec("neuron") is None, reason="neuron is not installed")
@pytest.mark.parametrize("population", ["EXC", "INH"])
def test_neuron_builds_the_same_cell_from_trees_and_from_the_file(population, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        system = generate("S1", output_directory=tmp_path / "S1")
    with system:
        tree = system.trees(population, 0)
        counts, columns = system.synapses(population, 0, 1, ["syn_secs", "syn_locs"])
    chosen = np.linspace(0, counts[0] - 1, 200).astype(int)
    counts, points = decode_sections(tree["Section"])
    width = 2 * tree["Radius"].astype(float)
    parts = np.split(points.astype(int), np.cumsum(counts)[:-1])
    given = {
        "swc": str(SHIPPED / f"{population}.swc"),
        "points": [
            np.column_stack([line, width[part]]).tolist()
            for line, part in zip(lines(tree), parts, strict=True)
        ],
        "synapses": [(int(columns["syn_secs"][i]), float(columns["syn_locs"][i])) for i in chosen],
    }
    done = subprocess.run(
        [sys.executable, "-c", BUILDER],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    ours, theirs = json.loads(done.stdout.rpartition("ANSWER")[2])
    np.testing.assert_allclose(ours["L"], theirs["L"], rtol=1e-4)
    np.testing.assert_allclose(ours["synapses"], theirs["synapses"], atol=0.05)
