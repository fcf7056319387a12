"""What may not be meant is told before the work, once everywhere, and refused with --strict."""

from __future__ import annotations

import json
import warnings

import pytest

from livn_core import generate, plan
from livn_core.errors import ConfigError, PlacementError

SOUND = {
    "total_cells": 400,
    "random_seed": 3,
    "area_kwargs": {"x_range": [0, 1000], "y_range": [0, 1000]},
    "connectivity": {"sigma": 200.0, "mean_degree": 5.0},
}

PV = {"EXC": {"ratio": 0.9, "synapse_type": "excitatory"}, "PV": {"ratio": 0.1}}


def told(**changes):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return plan(SOUND, **changes).warnings


def test_a_sound_culture_has_no_doubts(recwarn):
    assert plan(SOUND).warnings == ()
    assert not recwarn.list


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"area": "disk", "area_kwargs": {"radius": 0.3}}, "lengths are in um"),
        ({"area_kwargs": {"x_range": [0, 4], "y_range": [0, 4]}}, "may be in mm or m"),
        ({"area_kwargs": {"x_range": [0, 49], "y_range": [0, 40]}}, "the culture is 49 x 40 um"),
        ({"area_kwargs": {"x_range": [0, 4]}}, "the culture is 4 x 4000 um: lengths are in um"),
        ({"area": "disk", "area_kwargs": {"radius": 60_000}}, "is 1.2e+05 x 1.2e+05 um"),
        ({"area": "modules", "area_kwargs": {"side": 9, "gap": 9}}, "the culture is 27 x 27 um"),
        ({"area": "sphere", "area_kwargs": {"radius": 20}}, "the culture is 40 x 40 um"),
        ({"area_kwargs": {"x_range": [0, 60], "y_range": [0, 60]}}, "cells within"),
        ({"area_kwargs": {"x_range": [0, 4e6], "y_range": [0, 4e6]}}, "may be in nm"),
        ({"connectivity": {"sigma": 0.2, "mean_degree": 5.0}}, "a sigma of 0.2 um"),
        (
            {"connectivity": {"sigma": 60.0, "cutoff": None, "mean_degree": {"EXC->EXC": 60}}},
            "EXC->EXC: 92% of the connections have probability 1",
        ),
        ({"populations": PV}, "'PV' has no synapse_type"),
        ({"populations": PV}, "PV need a model of their own"),
    ],
)
def test_what_may_not_be_meant_is_told(changes, words):
    found = told(**changes)
    assert sum(words in text for text in found) == 1, found


def test_a_placement_that_stacks_cells_and_leaves_the_depth(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.py").write_text(
        "import numpy as np\n"
        "def stack(count, rng):\n    return np.full((count, 2), 7.0)\n"
        "def deep(count, rng):\n    return np.column_stack([rng.random((count, 2)) * 900, "
        "np.full(count, 500.0)])\n"
    )
    # The depths are drawn, and tell no cell from another that is over it.
    found = told(area="p.py:stack", area_kwargs={})
    assert any("399 cells lie exactly where another one is" in text for text in found)
    with pytest.raises(PlacementError, match="320 of 320 cells outside z_range 0 to 10 um"):
        told(area="p.py:deep", area_kwargs={})


@pytest.mark.parametrize("side", [60.0, 100_000.0])
def test_the_extent_of_a_culture_that_may_be_meant(side):
    ranges = {"x_range": [0, side], "y_range": [0, side]}
    assert not any("the culture is" in t for t in told(total_cells=20, area_kwargs=ranges))


def test_a_function_that_states_no_region_is_as_large_as_what_it_places(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.py").write_text(
        "def small(count, rng):\n    return 0.02 * rng.random((count, 2))\n"
    )
    found = told(area="p.py:small", area_kwargs={})
    assert sum("the culture is 0.0" in text for text in found) == 1, found


def test_a_type_that_is_given_is_not_assumed():
    populations = {**PV, "PV": {"ratio": 0.1, "transmitter": "gabaergic"}}
    assert not any("synapse_type" in text for text in told(populations=populations))


def test_warnings_are_once_in_every_report_and_strict_refuses_them(livn_here, tmp_path):
    document = {**SOUND, "connectivity": {"sigma": 0.2, "mean_degree": 5.0}}
    (tmp_path / "net.json").write_text(json.dumps(document))
    dry = livn_here("generate", "net.json", "--dry-run", "--json")
    (text,) = [t for t in json.loads(dry.out)["warnings"] if "a sigma of" in t]
    made = livn_here("generate", "net.json", "-o", "out", "--json")
    assert made.err.count(text) == 1
    assert json.loads(made.out)["provenance"]["warnings"].count(text) == 1
    assert livn_here("inspect", "out").out.count(text) == 1
    refused = livn_here("generate", "net.json", "-o", "strict", "--strict")
    assert refused.code == 2
    assert refused.err.count(text) == 1
    assert not (tmp_path / "strict").exists()
    with pytest.raises(ConfigError, match=r"a sigma of 0\.2 um"):
        generate(document, output_directory="strict", strict=True)
    assert (
        livn_here("generate", "net.json", "--set", "connectivity.sigma=200", "--strict").code == 0
    )
