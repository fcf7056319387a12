"""Chips, tracks, squares and wells: sizes, names, and where no soma is."""

from __future__ import annotations

import numpy as np
import pytest

from livn_core import generate
from livn_core.culture.placement import create_placement
from livn_core.errors import ConfigError


def region(name, **parameters):
    return create_placement(name, parameters, where="area_kwargs").region()


def test_a_chip_has_two_chambers_and_grooves_without_somata(tmp_path):
    size = {"chamber": [1500, 7000], "grooves": 60, "groove_length": 450, "groove_width": 10}
    system = generate(
        area="chip", area_kwargs=size, total_cells=2_000, output_directory=tmp_path / "chip"
    )
    assert system.provenance["modules"] == ["A", "B"]
    assert system.provenance["area_um2"] == pytest.approx(2 * 1500 * 7000)
    xy = np.concatenate([system.positions(p.name)[:, :2] for p in system.populations])
    left = xy[:, 0] < 0
    assert left.sum() == 1_000
    assert (np.abs(xy[:, 0]) >= 225).all()
    assert (np.abs(xy[:, 0]) <= 1725).all()
    chip = region("chip", **size)
    assert len(chip.channels) == 60
    assert {channel.area for channel in chip.channels} == {4500.0}
    # A line of sight through a groove is free, one through the wall beside it is not.
    (low, high) = chip.channels[0].bounds
    middle = (low[1] + high[1]) / 2
    sight = np.array([[-300.0, middle], [-300.0, high[1] + 20]])
    assert chip.visible(sight, sight * [-1, 1]).tolist() == [True, False]


def test_tracks_take_turns_and_end_with_the_substrate():
    tracks = region("tracks", extent=[2000.0, 1300.0], width=300.0, gap=200.0, depth=70.0)
    assert tracks.modules == ("V1", "R1", "V2", "R2", "V3")
    assert [part.area for part in tracks.parts] == pytest.approx([6e5, 4e5, 6e5, 4e5, 6e5])
    assert [part.height for part in tracks.parts] == [0, 70, 0, 70, 0]
    assert tracks.bounds.tolist() == [[-1000, -650], [1000, 650]]
    bare = region("tracks", extent=[2000.0, 1300.0], width=300.0, gap=200.0, ridges=False)
    assert bare.modules == ("V1", "V2", "V3")
    # Over a step there is no sight, along a track there is.
    eye = np.array([[0.0, -500], [-900, -500]])
    assert tracks.visible(eye, np.array([[0.0, -300], [900, -500]])).tolist() == [False, True]


def test_squares_and_the_ridge_around_them():
    squares = region("squares", extent=[1200.0, 1800.0], side=300.0, gap=300.0)
    assert squares.modules == ("A1", "A2", "B1", "B2", "C1", "C2", "R")
    assert squares.area == pytest.approx(1200 * 1800)
    assert [part.area for part in squares.parts[:-1]] == [90_000.0] * 6
    assert squares.parts[0].bounds.tolist() == [[-450, 450], [-150, 750]]
    assert squares.parts[-1].height == 70
    assert squares.module_of(np.array([[-300.0, 600], [0, 0], [300, -600]])).tolist() == [0, 6, 5]


@pytest.mark.parametrize(
    ("wells", "growth"), [(6, 9.5), (12, 3.8), (24, 1.9), (48, 0.95), (96, 0.32)]
)
def test_wells_have_the_growth_area_that_the_maker_states(wells, growth):
    assert region("well", wells=wells).area / 1e8 == pytest.approx(growth, rel=0.015)


@pytest.mark.parametrize(
    ("name", "parameters", "says"),
    [
        ("chip", {"grooves": 800}, "800 grooves|leave no wall"),
        ("chip", {"grooves": 10, "groove_pitch": 900}, "8110 um of a chamber 7000 um long"),
        ("chip", {"grooves": 9, "groove_pitch": 10}, "leave no wall between them"),
        ("squares", {"extent": [400, 400]}, "no square of 300 um with 300 um around it fits"),
        ("tracks", {"width": 0.3, "gap": 0.3}, "more than 1,000 tracks; lengths are in um"),
        ("well", {"wells": 7}, "6, 12, 24, 48 or 96"),
    ],
)
def test_what_cannot_be(name, parameters, says):
    with pytest.raises(ConfigError, match=says):
        create_placement(name, parameters, where="area_kwargs")
