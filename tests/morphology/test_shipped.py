"""The cells of systems/morphology: made by their script, to their figures, valid elsewhere."""

from __future__ import annotations

import inspect
import subprocess
import sys
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from livn_core.morphology import read_swc

FOLDER = Path(__file__).parents[2] / "systems" / "morphology"
SOMA, AXON, BASAL, APICAL, AIS = 1, 2, 3, 4, 7
SO, SP, SR, SLM = 5, 6, 8, 9

PYRAMIDAL = {
    (SOMA, SP): 18,
    (AXON, SP): 110,
    (AXON, SR): 140,
    (BASAL, SO): 3272,
    (APICAL, SP): 553,
    (APICAL, SR): 1531,
    (APICAL, SLM): 4639,
    (AIS, SP): 50,
}
BASKET = {
    (SOMA, SP): 20,
    (BASAL, SO): 600,
    (APICAL, SP): 267,
    (APICAL, SR): 266,
    (APICAL, SLM): 667,
}
APPENDIX = {(SOMA, SR): 10, (BASAL, SR): 600, (APICAL, SR): 67, (APICAL, SLM): 1133}
LENGTHS = {
    **dict.fromkeys(("EXC", "PYR"), PYRAMIDAL),
    **dict.fromkeys(("INH", "PVBC", "AAC", "BS"), BASKET),
    **dict.fromkeys(("SCA", "IS2"), APPENDIX),
    "CCKBC": {
        (SOMA, SP): 20,
        (BASAL, SO): 402,
        (BASAL, SP): 198,
        (APICAL, SR): 798,
        (APICAL, SLM): 402,
    },
    "IVY": {(SOMA, SP): 20, (BASAL, SO): 535, (BASAL, SP): 65, (APICAL, SR): 1200},
    "NGFC": {(SOMA, SLM): 20, (BASAL, SLM): 600, (APICAL, SLM): 1200},
    "OLM": {(SOMA, SO): 20, (AXON, SLM): 150, (BASAL, SO): 783},
    "IS1": {(SOMA, SP): 10, (BASAL, SO): 600, (APICAL, SR): 1199},
    "IS3": {(SOMA, SP): 10, (BASAL, SO): 600, (APICAL, SR): 872, (APICAL, SLM): 328},
}
BRANCHES = {
    **dict.fromkeys(LENGTHS, (2, 4)),
    **dict.fromkeys(("EXC", "PYR"), (81, 85)),
    "OLM": (2, 3),
}
SPANS = {
    **dict.fromkeys(("EXC", "PYR"), (-180, 707)),
    **dict.fromkeys(("INH", "PVBC", "AAC", "BS"), (-276, 573)),
}


def load(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_swc(FOLDER / f"{name}.swc")


def test_the_folder_holds_a_cell_for_each_type():
    assert {path.stem for path in FOLDER.glob("*.swc")} == set(LENGTHS)


def test_the_files_are_what_the_script_makes(tmp_path):
    subprocess.run([sys.executable, FOLDER / "make.py", tmp_path], check=True, timeout=60)
    for name in LENGTHS:
        mine, shipped = (np.loadtxt(folder / f"{name}.swc") for folder in (tmp_path, FOLDER))
        # The last digit may differ between mathematical libraries.
        np.testing.assert_allclose(mine, shipped, rtol=0, atol=0.0025)


@pytest.mark.parametrize("name", LENGTHS)
def test_lengths_by_type_and_layer(name):
    found = defaultdict(float)
    segments = load(name).segments()
    for kind, layer, length in zip(
        segments.type.tolist(), segments.layer.tolist(), segments.length.tolist(), strict=True
    ):
        found[kind, layer] += length
    assert set(found) == set(LENGTHS[name])
    for key, length in LENGTHS[name].items():
        assert found[key] == pytest.approx(length, rel=0.01), key


@pytest.mark.parametrize("name", LENGTHS)
def test_branch_points_tips_and_depth(name):
    cell = load(name)
    children = np.bincount(cell.parent[1:], minlength=len(cell))
    assert (np.count_nonzero(children > 1), np.count_nonzero(children == 0)) == BRANCHES[name]
    np.testing.assert_allclose(cell.soma, 0, atol=1e-9)
    if name in SPANS:
        height = cell.xyz[:, 1]
        np.testing.assert_allclose((height.min(), height.max()), SPANS[name], rtol=0.06)


@pytest.mark.parametrize("name", LENGTHS)
def test_radii_are_those_of_a_neuron(name):
    cell = load(name)
    neurite = cell.types != SOMA
    assert cell.radius[neurite].min() >= 0.2
    assert cell.radius[neurite].max() <= 2.0
    # Thinner at the tips than where the neurites leave the soma.
    tips = np.setdiff1d(np.arange(len(cell)), cell.parent)
    first = np.flatnonzero(neurite & (cell.types[cell.parent] == SOMA))
    assert cell.radius[tips].max() < cell.radius[first].max()


@pytest.mark.parametrize("name", LENGTHS)
def test_valid_in_morphio_and_in_neurom(name):
    morphio = pytest.importorskip("morphio")
    neurom = pytest.importorskip("neurom")
    from neurom.check import morphology_checks

    path = FOLDER / f"{name}.swc"
    assert len(morphio.Morphology(str(path)).sections) == len(load(name).sections) - 1
    cell = neurom.load_morphology(path)
    # NeuroM takes the type of a neurite's root for the type of all of it, so that an axon beyond an
    # initial segment (type 7) does not count.
    kinds = set(cell_kind(load(name)))
    missing = {
        check
        for check, kind in (
            ("has_axon", AXON),
            ("has_basal_dendrite", BASAL),
            ("has_apical_dendrite", APICAL),
        )
        if kind not in kinds
    }
    checks = {
        check: function
        for check, function in inspect.getmembers(morphology_checks, inspect.isfunction)
        if check.startswith("has_") and function.__module__ == morphology_checks.__name__
    }
    assert len(checks) > 12
    failed = set()
    for check, function in checks.items():
        needed = [
            p
            for p in list(inspect.signature(function).parameters.values())[1:]
            if p.default is p.empty
        ]
        if not needed and not function(cell).status:
            failed.add(check)
    assert failed == missing


def cell_kind(cell):
    root = (cell.parent >= 0) & (cell.types != SOMA) & (cell.types[cell.parent] == SOMA)
    return cell.types[root].tolist()
