"""What a system says of itself for a paper, and of its electrodes."""

from __future__ import annotations

import json
from copy import deepcopy

import numpy as np
import pytest
from layered_document import DOCUMENT

from livn_core import System, generate
from livn_core.errors import SystemFormatError
from livn_core.mea import write_mea
from livn_core.plugins.registry import registry
from livn_core.system.electrodes import electrode_rows
from livn_core.system.methods import methods


@pytest.fixture(scope="module")
def culture(tmp_path_factory):
    config = {
        "area": "disk",
        "area_kwargs": {"radius": 300},
        "total_cells": 100,
        "spacing": 10,
        "connectivity": {
            "sigma": 200,
            "mean_degree": 8,
            "projections": {
                "INH->EXC": {"rule": "fixed_indegree", "kernel": "exponential", "sigma": 120}
            },
        },
    }
    return generate(config, output_directory=tmp_path_factory.mktemp("methods") / "k")


def test_the_paragraph_has_numbers_laws_seed_and_program(culture):
    text = methods(culture)
    assert "A network of 100 cells (80 EXC, excitatory; 20 INH, inhibitory)" in text
    assert "livn-core 0." in text
    assert "random seed 123" in text
    assert "radius = 300 um" in text
    assert "somata at least 10 um apart" in text
    assert "353.7 cells/mm2" in text
    # The laws, as the components state them, and which projections each holds for.
    assert "p(d) = min(1, A k(d))" in text
    assert "k(d) = exp(-d^2 / (2 sigma^2)); sigma = 200 um; cutoff = 3 sigma" in text
    assert "INH->EXC follow the rule 'fixed_indegree'" in text
    assert "k(d) = exp(-d / sigma); sigma = 120 um" in text
    degrees = culture.in_degrees("INH", "EXC")
    assert f"INH->EXC {degrees.mean():.2f} +- {degrees.std():.2f} (8 asked)" in text
    total = sum(culture.edge_count(*pair) for pair in culture.projections)
    assert f"{total:,} connections in all" in text
    assert culture.provenance["digest"][:16] in text


def test_a_system_of_others_says_what_it_can(reference):
    text = methods(System(reference("2d_default_100")))
    assert text.startswith("A network of ")
    assert "connections in all" in text


def test_electrodes_with_label_and_cells_in_reach(culture, livn):
    with pytest.raises(SystemFormatError, match="no electrodes"):
        electrode_rows(culture)
    write_mea(culture, "mcs-60mea200-30", {"input_radius": 150.0, "output_radius": 100.0})
    rows = electrode_rows(culture)
    cells = np.concatenate([culture.positions(p.name) for p in culture.populations])
    labels = json.loads((culture.path / "mea_labels.json").read_text())["labels"]
    assert [row["label"] for row in rows] == labels
    for row in rows:
        away = np.linalg.norm(cells - [row["x"], row["y"], row["z"]], axis=1)
        assert row["stimulates"] == (away <= 150).sum()
        assert row["records"] == (away <= 100).sum()
    assert sum(row["records"] for row in rows) > 0
    ran = livn("inspect", culture.path, "--electrodes")
    head, *lines = ran.out.splitlines()
    assert head.split() == ["id", "label", "x", "y", "z", "stimulates", "records"]
    assert len(lines) == len(rows)
    written = livn("inspect", culture.path, "--electrodes", "--json").out
    assert json.loads(written)["electrodes"] == rows


def test_methods_on_the_command_line(culture, livn):
    ran = livn("inspect", culture.path, "--methods")
    assert ran.code == 0
    assert " ".join(ran.out.split()) == " ".join(methods(culture).split())
    assert max(map(len, ran.out.splitlines())) <= 80
    assert livn("inspect", culture.path, "--methods", "--electrodes").code == 2


def test_one_thing_is_named_in_the_singular(livn, tmp_path):
    config = {"populations": {"EXC": {"count": 1}}, "connectivity": {"mean_degree": 0}}
    one = generate(config, output_directory=tmp_path / "one")
    assert "A network of 1 cell (1 EXC, excitatory)" in methods(one)
    write_mea(one, "coordinates", {"coordinates": [[0, 0]]})
    said = livn("inspect", one.path).out
    assert "one: 1 cell, 0 connections, " in said
    assert "\n1 electrode (mea.json)" in said


def test_axons_are_one_law_with_units_and_without_what_was_counted(tmp_path):
    document = {
        "total_cells": 60,
        "area": "chip",
        "connectivity": {"rule": "axon", "amplitude": 0.01},
    }
    with generate(document, output_directory=tmp_path / "axons") as system:
        words = methods(system)
    assert words.count("follow the rule 'axon'") == 1
    assert "All projections follow" in words
    assert "segment = 10 um; axon_start = 7.5 um; dendrite_radius = 150 um" in words
    assert not [key for key in ("touched", "mean_axon_length", "axons_at_walls") if key in words]


def test_a_layered_system_says_its_law_with_the_extents_of_its_axons(data, tmp_path):
    document = deepcopy(DOCUMENT)
    for cell in document["Cell Types"].values():
        cell["morphology"] = str(data / "cell.swc")
    document["Connection Generator"]["Axon Extent"]["INH"] = {
        "default": {"width": [200, 150], "offset": [20, 0]},
        "SO": {"width": [80, 60]},
    }
    system = generate(document, output_directory=tmp_path / "layers")
    words = methods(system)
    for part in (
        "exp(-(|du| - offset_u)^2 / (2 s_u^2)) exp(-(|dv| - offset_v)^2 / (2 s_v^2))",
        "s = (width / 2 - offset) / 3",
        "sum over its sections of density x length x proportion of the projection",
        "INH 200 x 150, offset 20 x 0; INH in SO 80 x 60",
    ):
        assert part in words


def test_a_component_without_a_description_has_its_summary(culture, monkeypatch):
    monkeypatch.setattr(registry().load("placement", "disk"), "__doc__", None)
    summary = registry().find("placement", "disk").summary
    assert f"Cells were placed by 'disk': {summary}; radius = 300 um" in methods(culture)


def test_a_function_is_named_without_its_folder(tmp_path):
    (tmp_path / "own.py").write_text("def line(count, rng):\n    return rng.random((count, 2))\n")
    document = {"area": f"{tmp_path}/own.py:line", "connectivity": {"mean_degree": 0}}
    with generate(document, output_directory=tmp_path / "own") as system:
        assert "Cells were placed by 'own.py:line'. There are no connections." in methods(system)
