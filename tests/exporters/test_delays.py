"""Delays: worked out from distances where they are asked for; the files keep lengths."""

import csv
import json

import h5py
import numpy as np
import pytest

from livn_core import generate, plan
from livn_core.errors import ConfigError
from livn_core.exporting import export_system
from livn_core.system.delays import Delay

DELAY = {"velocity": 400, "fixed": 0.3, "cv": 0.2}


def document(delay=DELAY, **connectivity):
    own = {} if delay is None else {"delay": delay}
    return {
        "total_cells": 100,
        "random_seed": 7,
        "area_kwargs": {"x_range": [0, 1000], "y_range": [0, 1000]},
        "connectivity": {"sigma": 200, "mean_degree": 5, **own, **connectivity},
    }


@pytest.fixture
def delayed(tmp_path):
    return generate(document(), output_directory=tmp_path / "delayed")


def expected(system, source, target):
    (slab,) = system.edges(source, target)
    factor = system.attributes(source, "Culture")["velocity_factor"]
    return slab.columns["distance"] / (np.float32(400) * factor[slab.sources]) + np.float32(0.3)


def test_the_content_is_that_without_delays(delayed, tmp_path):
    without = generate(document(None), output_directory=tmp_path / "without")
    for pair in delayed.projections:
        one, other = (next(iter(system.edges(*pair))) for system in (delayed, without))
        assert np.array_equal(one.sources, other.sources)
        assert np.array_equal(one.columns["distance"], other.columns["distance"])
        assert set(one.columns) == set(other.columns) == {"distance", "syn_id"}
    constant = generate(
        document({"velocity": 400, "fixed": 0.3}), output_directory=tmp_path / "constant"
    )
    assert constant.digest() == without.digest()
    assert delayed.provenance["configuration"]["connectivity"]["delay"] == DELAY
    synapses = delayed.graph["connections"]["culture2d"]["config"]["synapses"]
    assert synapses["INH"]["EXC"]["kernel"]["delay"] == DELAY


def test_factors_have_mean_one_and_the_cv(tmp_path):
    many = {**document(mean_degree=0.5), "total_cells": 20_000}
    values = generate(many, output_directory=tmp_path / "many").attributes("EXC", "Culture")
    factor = values["velocity_factor"].astype(float)
    assert abs(factor.mean() - 1) < 1e-6
    assert abs(factor.std() - 0.2) < 0.005
    assert abs(np.log(factor).std() - np.sqrt(np.log1p(0.04))) < 0.005


def test_sonata_and_tables_have_them(delayed, tmp_path):
    folder = export_system(delayed, "sonata", tmp_path / "sonata").path
    with h5py.File(folder / "network" / "edges.h5") as file:
        for source, target in delayed.projections:
            column = file[f"edges/{source}__{target}__chemical/0/delay"]
            assert column.attrs["units"] == "ms"
            assert np.array_equal(column[:], expected(delayed, source, target))
    table = export_system(delayed, "csv", tmp_path / "csv").path / "edges.csv"
    with table.open() as file:
        rows = list(csv.DictReader(file))
    for source, target in delayed.projections:
        mine = [
            row["delay"]
            for row in rows
            if (row["source_population"], row["target_population"]) == (source, target)
        ]
        assert np.array_equal(np.array(mine, np.float32), expected(delayed, source, target))


def test_a_projection_without_has_none_in_a_table(tmp_path):
    projections = {"EXC->EXC": {"delay": {"fixed": 1}}}
    system = generate(document(None, projections=projections), output_directory=tmp_path / "out")
    table = export_system(system, "csv", tmp_path / "csv").path / "edges.csv"
    with table.open() as file:
        for row in csv.DictReader(file):
            ours = (row["source_population"], row["target_population"]) == ("EXC", "EXC")
            due = np.float32(row["distance"]) / np.float32(250) + np.float32(1)
            assert np.float32(row["delay"]) == due if ours else row["delay"] == "nan"


def test_the_velocity_of_an_export_goes_first(delayed, tmp_path):
    made = export_system(delayed, "sonata", tmp_path / "out", parameters={"velocity": 500})
    with h5py.File(made.path / "network" / "edges.h5") as file:
        group = file["edges/EXC__EXC__chemical/0"]
        assert np.array_equal(group["delay"][:], group["distance"][:] / np.float32(500))


def test_inspect_says_them(delayed, livn):
    rows = json.loads(livn("inspect", str(delayed.path), "--json").out)["projections"]
    for row in rows:
        due = expected(delayed, row["source"], row["target"])
        assert row["delay_ms"]["mean"] == pytest.approx(float(due.mean()), rel=1e-5)
        assert (row["delay_ms"]["min"], row["delay_ms"]["max"]) == (due.min(), due.max())
    assert "Delays of exports, ms:" in livn("inspect", str(delayed.path)).out


def test_another_velocity_than_that_of_livn_is_told_once():
    with pytest.warns(UserWarning, match=r"distance / 250 um/ms, whatever") as told:
        plan(document())
    assert sum("250 um/ms" in str(one.message) for one in told) == 1
    assert not any("250" in text for text in plan(document({"fixed": 0.5})).warnings)


def test_one_axon_has_one_factor():
    projections = {"EXC->EXC": {"delay": {"cv": 0.1}}, "EXC->INH": {"delay": {"cv": 0.3}}}
    with pytest.raises(
        ConfigError, match=r"EXC->INH\.delay\.cv: is 0\.3 and .*EXC->EXC\.delay\.cv"
    ):
        plan(document(None, projections=projections))


@pytest.mark.parametrize(
    ("delay", "where"),
    [({"velocity": 0}, "velocity"), ({"fixed": -1}, "fixed"), ({"speed": 4}, "speed")],
)
def test_what_is_no_delay(delay, where):
    with pytest.raises(ConfigError, match=rf"connectivity\.delay\.{where}"):
        plan(document(delay))


def test_a_delay_of_no_scatter_needs_no_factor():
    delays = Delay(250.0).of(np.array([3, 4]), np.array([500.0, 0.0], np.float32))
    assert delays.tolist() == [2.0, 0.0]
    assert delays.dtype == np.float32
