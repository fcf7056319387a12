"""Fibres as livn reads them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from livn_core.errors import ConfigError
from livn_core.system.lightarray import LightArray, build_light_array, write_light_array
from livn_core.system.reader import System

BOUNDS = [[-100, 0, 0], [300, 400, 10]]


def test_one_fibre_over_the_centre():
    assert build_light_array(BOUNDS)["fiber_coordinates"] == [[0, 100, 200, 10]]
    higher = build_light_array(BOUNDS, light=LightArray(height=50))
    assert higher["fiber_coordinates"] == [[0, 100, 200, 60]]


def test_fibres_where_they_are_wanted():
    document = build_light_array(BOUNDS, [(1, 2), (3, 4, 5)])
    assert document["fiber_coordinates"] == [[0, 1, 2, 10], [1, 3, 4, 5]]


@pytest.mark.parametrize(
    "fibers", [[(1,)], [(1, 2, 3, 4)], [(1, float("nan"))], [(1, 2), (1, 2)], []]
)
def test_wrong_fibres(fibers: list):
    with pytest.raises(ConfigError):
        build_light_array(BOUNDS, fibers)


def test_every_wrong_property_is_named():
    with pytest.raises(ConfigError) as caught:
        LightArray(numerical_aperture=2, fiber_radius=-1, scattering=-3)
    assert [finding.path for finding in caught.value.findings] == [
        "fiber_radius",
        "numerical_aperture",
        "scattering",
    ]


def test_livn_reads_it_and_the_light_is_brightest_below_the_fibre(copy_of):
    io = pytest.importorskip("livn.io")
    culture = copy_of("culture")
    with System(culture) as system:
        x, y, _ = system.positions("EXC")[17]
        path = write_light_array(system, [(x, y), (0, 0)], LightArray(fiber_radius=50))
        positions = np.concatenate([system.positions("EXC"), system.positions("INH")])
    assert set(json.loads(path.read_text())) == {
        "fiber_coordinates",
        "numerical_aperture",
        "fiber_radius_um",
        "wavelength_nm",
        "scattering_coefficient",
    }
    array = io.LightArray.from_directory(str(culture))
    assert array.num_channels == 2
    assert list(array.channel_ids) == [0, 1]
    assert array.fiber_radius_um == 50
    reach = array.reach(np.column_stack([np.arange(100), positions]))
    assert reach.shape == (2, 100)
    assert int(np.argmax(reach[0])) == 17


def test_fibres_outside_the_culture_are_told(copy_of):
    with (
        System(copy_of("culture")) as system,
        pytest.warns(UserWarning, match="1 of 2 fibres lie outside the culture"),
    ):
        write_light_array(system, [(1e6, 0), tuple(system.bounds().mean(axis=0)[:2])])


def test_the_fibres_before_are_kept(copy_of):
    culture = copy_of("culture")
    with System(culture) as system:
        first = write_light_array(system, [(0, 0)]).read_text()
        write_light_array(system, [(0, 0)])
        assert not (culture / "lightarray.previous.json").exists()
        write_light_array(system, [(10, 0)])
    assert (culture / "lightarray.previous.json").read_text() == first
