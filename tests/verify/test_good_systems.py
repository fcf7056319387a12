"""Right systems pass, and the tests' p-values are those of chance."""

from __future__ import annotations

import json
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from layered_document import DOCUMENT

from livn_core.api import generate
from livn_core.verify import Report, verify

#: Fixed: each system fails with a chance of 1e-3 by design, should its random streams change.
SEEDS = range(20, 30)
AREA = {"x_range": [0, 800], "y_range": [-400, 400]}


def made(path: Path, seed: int, **config: Any) -> Report:
    generate({**config, "random_seed": seed}, output_directory=path, jobs=1).close()
    return verify(path, jobs=1)


def findings(report: Report) -> list[str]:
    return [f"{v.check} {v.subject}: {v.found} (p {v.p_value})" for v in report.of("fatal")]


def disc(count: int, rng: np.random.Generator, radius: float = 300.0) -> tuple[Any, Any]:
    """A user's own placement."""
    r, angle = radius * np.sqrt(rng.random(count)), 2 * np.pi * rng.random(count)
    return r * np.cos(angle), r * np.sin(angle)


CULTURES: dict[str, dict[str, Any]] = {
    "gaussian": {
        "area_kwargs": AREA,
        "connectivity": {"kernel": "gaussian", "sigma": 120, "mean_degree": 8, "cutoff": 3},
    },
    "exponential, clipped": {
        "area_kwargs": AREA,
        "connectivity": {"kernel": "exponential", "sigma": 40, "mean_degree": 12, "cutoff": None},
    },
    "disk with a hole, own degrees, autapses": {
        "area": "disk",
        "area_kwargs": {"radius": 500, "inner_radius": 150, "center": [100, 0]},
        "connectivity": {
            "kernel": "exponential",
            "sigma": 120,
            "cutoff": 4,
            "mean_degree": {"EXC->EXC": 12, "EXC->INH": 5, "INH->EXC": 7, "default": 0},
            "allow_self_connections": True,
        },
    },
    "smallest probability": {
        "area_kwargs": AREA,
        "connectivity": {
            "kernel": "gaussian",
            "sigma": 150,
            "mean_degree": 8,
            "cutoff": None,
            "min_probability": 0.04,
        },
    },
    "own placement": {
        "area": disc,
        "connectivity": {"kernel": "gaussian", "sigma": 100, "mean_degree": 6},
    },
}


@pytest.mark.parametrize("name", CULTURES)
def test_ten_seeds_of_each_culture_pass(name: str, tmp_path: Path) -> None:
    for seed in SEEDS:
        report = made(tmp_path / str(seed), seed, total_cells=160, **CULTURES[name])
        assert report.passed, (seed, findings(report))
        assert report.tests >= 6


def test_p_values_are_uniform(tmp_path: Path) -> None:
    values: list[float] = []
    for seed in range(8):
        report = made(tmp_path / str(seed), 100 + seed, total_cells=250, **CULTURES["gaussian"])
        values += [v.p_value for v in report.verdicts if v.p_value is not None]
    values = np.array(values)
    assert len(values) > 120
    # Three standard deviations of a share of 150 (tests of one system are nearly independent).
    assert 0.03 < np.mean(values < 0.1) < 0.18
    assert 0.35 < np.mean(values < 0.5) < 0.65


def test_a_plugins_kernel_passes(plugin_kernel: str, tmp_path: Path) -> None:
    connectivity = {
        "kernel": plugin_kernel,
        "sigma": 40,
        "mean_degree": 6,
        "cutoff": None,
        "kernel_kwargs": {"radius": 180},
    }
    for seed in SEEDS:
        report = made(
            tmp_path / str(seed), seed, total_cells=200, area_kwargs=AREA, connectivity=connectivity
        )
        assert report.passed, (seed, findings(report))
        assert any(v.check == "distance-law" and v.p_value is not None for v in report.verdicts)


def test_layered_systems_pass(layered: Path, tmp_path: Path) -> None:
    report = verify(layered, jobs=1)
    assert report.passed, findings(report)
    assert {"synapse-density", "source-offsets-u", "axon-extent", "cells-per-layer"} <= {
        v.check for v in report.verdicts
    }
    for seed in range(9):
        generate("S1", output_directory=tmp_path / str(seed), random_seed=seed, jobs=1).close()
        report = verify(tmp_path / str(seed), jobs=1)
        assert report.passed, (seed, findings(report))


def test_a_large_system_is_sampled_and_says_so(
    culture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livn_core.verify.distances.PAIRS", 10_000)
    monkeypatch.setattr("livn_core.verify.edges.MOST_ROWS", 2_000)
    monkeypatch.setattr("livn_core.verify.edges.BLOCK_ROWS", 500)
    one, again, other = (verify(culture, seed=seed, jobs=1) for seed in (1, 1, 2))
    assert one.passed
    assert other.passed
    assert one == again
    assert one.verdicts != other.verdicts
    assert any(note.startswith("edges and synapses one by one: ") for note in one.notes)
    # 10,000 pairs of 240 sources are 41 targets, and 48 are looked at at least.
    said = "EXC->EXC: distances and degrees of 48 of 240 targets, chosen at random"
    assert said in one.notes
    monkeypatch.undo()
    assert not any("distances and degrees" in note for note in verify(culture, jobs=1).notes)


def test_cells_with_more_edges_than_a_block_has_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "system"
    one = {"total_cells": 40, "populations": {"EXC": {"ratio": 1}}}
    whole = made(path, 3, **one, area_kwargs=AREA, connectivity={"mean_degree": 2})
    monkeypatch.setattr("livn_core.verify.edges.BLOCK_ROWS", 2)  # a cell has about 5
    assert verify(path, jobs=1) == whole


def test_one_file_for_both_halves_passes(culture: Path, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "graph.h5", "w") as joint:
        for name in ("cells.h5", "connections.h5"):
            with h5py.File(culture / name) as half:
                for group in set(half) - set(joint):
                    half.copy(group, joint)
    with (
        h5py.File(tmp_path / "graph.h5", "r+") as joint,
        h5py.File(culture / "connections.h5") as half,
    ):
        valid = "H5Types/Valid population projections"
        if valid in joint:
            del joint[valid]
        half.copy(valid, joint["H5Types"])
    for name in ("graph.json", "provenance.json"):
        shutil.copyfile(culture / name, tmp_path / name)
    report = verify(tmp_path, jobs=1)
    assert report.passed, findings(report)
    assert not report.of("warning")


def test_distances_in_space_are_measured_in_space(tmp_path: Path) -> None:
    connectivity = {"sigma": 100, "mean_degree": 6, "distance": "space"}
    path = tmp_path / "system"
    report = made(
        path, 3, total_cells=60, area_kwargs=AREA, z_range=[0, 200], connectivity=connectivity
    )
    assert report.passed, findings(report)
    (said,) = {v.expected for v in report.verdicts if v.check == "stored-distances"}
    assert said == "the distance in space, um"
    document = json.loads((path / "provenance.json").read_text())
    document["configuration"]["connectivity"]["distance"] = "plane"
    (path / "provenance.json").write_text(json.dumps(document))
    assert "stored-distances" in {v.check for v in verify(path, jobs=1).of("fatal")}


def test_a_lonely_cell_takes_a_source_beyond_reach_rather_than_itself(
    tmp_path: Path, data: Path
) -> None:
    document = deepcopy(DOCUMENT)
    for cell_type in document["Cell Types"].values():
        cell_type["morphology"] = str(data / "cell.swc")
    document["Geometry"]["Cell Distribution"] = {"EXC": {"SP": 4}, "INH": {"SP": 1}}
    extent = {"default": {"width": [30, 30], "offset": [0, 0]}}
    document["Connection Generator"]["Axon Extent"] = {"EXC": extent, "INH": extent}
    path = tmp_path / "system"
    generate(document, output_directory=path, options={"allow_autapses": False}, jobs=1).close()
    with np.errstate(divide="raise", invalid="raise"):
        report = verify(path, jobs=1)
    assert report.passed, findings(report)
    (reached,) = {v.found for v in report.verdicts if v.subject == "EXC->EXC" and "axon" in v.check}
    assert "4 cells out of reach have the nearest source" in reached


@pytest.mark.parametrize(("low", "tested"), [(0, True), (100_000, False)])
def test_a_density_is_tested_where_float32_has_enough_steps(
    low: float, tested: bool, tmp_path: Path
) -> None:
    path = tmp_path / "system"
    area = {"x_range": [100_000, 101_000], "y_range": [low, low + 50]}
    document = {"total_cells": 200, "random_seed": 3, "connectivity": {"mean_degree": 3}}
    generate({**document, "area_kwargs": area}, output_directory=path).close()
    report = verify(path, jobs=1)
    assert any(verdict.check == "density" for verdict in report.verdicts) == tested
    assert any("a few float32 steps" in note for note in report.notes) != tested


@pytest.mark.parametrize("columns", [7, 8])
def test_layered_systems_without_trees(tmp_path: Path, data: Path, columns: int) -> None:
    lines = [line.split() for line in (data / "cell.swc").read_text().splitlines()[1:]]
    cell = tmp_path / "cell.swc"
    cell.write_text("\n".join(" ".join(line[:columns]) for line in lines))
    document = deepcopy(DOCUMENT)
    for cell_type in document["Cell Types"].values():
        cell_type["morphology"] = str(cell)
    path = tmp_path / "system"
    generate(document, output_directory=path, options={"trees": False}, jobs=1).close()
    report = verify(path, jobs=1)
    assert report.passed, findings(report)
