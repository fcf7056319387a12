"""The arrays that can be bought: numbers, distances, labels, as the vendors give them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from livn_core.errors import ConfigError
from livn_core.plugins.registry import registry
from livn_core.system.mea import build_mea
from livn_plugins.mea import ARRAYS

BOUNDS = np.array([[0.0, 0.0, 0.0], [4000.0, 4000.0, 10.0]])

#: name: electrodes, nearest neighbour (um), extent (um), first and last label.
FIGURES = {
    "mcs-60mea200-30": (60, 200, (1400, 1400), "21", "78"),
    "mcs-60mea100-10": (60, 100, (700, 700), "21", "78"),
    "mcs-120mea200-30": (120, 200, (2200, 2200), "D1", "J12"),
    "mcs-120mea100-30": (120, 100, (1100, 1100), "D1", "J12"),
    "mcs-256mea200-30": (252, 200, (3000, 3000), "B1", "P16"),
    "mcs-256mea100-30": (252, 100, (1500, 1500), "B1", "P16"),
    "mcs-60hexamea40-10": (60, 40, (320, 160 * np.sqrt(3)), None, None),
    "mcs-6wellmea200-30": (9, 200, (400, 400), "A_11", "A_33"),
    "axion-12": (64, 200, (1400, 1400), "A1_18", "A1_81"),
    "axion-24": (16, 350, (1050, 1050), "A1_14", "A1_41"),
    "axion-48": (16, 350, (1050, 1050), "A1_14", "A1_41"),
    "maxone": (740, 105, (36 * 105, 19 * 105), "441", "25737"),
    "biocam-42": (4096, 42, (63 * 42, 63 * 42), "1-1", "64-64"),
    "biocam-60": (4096, 60, (63 * 60, 63 * 60), "1-1", "64-64"),
}


def make(name: str, **parameters: object):
    return registry().create("mea", name, parameters)


def test_every_array_has_figures_here():
    assert {name for name, _, _ in ARRAYS} == set(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_figures(name: str):
    count, pitch, extent, first, last = FIGURES[name]
    layout = make(name)
    places = layout.electrodes(BOUNDS)
    assert places.shape == (count, 3)
    nearest, _ = cKDTree(places).query(places, k=2)
    assert nearest[:, 1] == pytest.approx(np.full(count, pitch), rel=1e-9)
    assert np.ptp(places[:, :2], axis=0) == pytest.approx(extent)
    # Centred on the culture, in the middle of its height; a choice of MaxOne's electrodes as well
    # as its lattice allows.
    centre = (places.min(axis=0) + places.max(axis=0)) / 2
    assert centre == pytest.approx([2000, 2000, 5], abs=17.5 / 2 if name == "maxone" else 1e-9)
    labels = layout.labels()
    if first is None:
        assert labels is None
    else:
        assert (labels[0], labels[-1]) == (first, last)
        assert len(set(labels)) == count


@pytest.mark.parametrize("name", FIGURES)
def test_each_says_where_its_figures_come_from(name: str):
    layout = make(name)
    assert layout.source
    assert layout.contact_size


def test_60mea_has_no_corners_and_names_column_first():
    layout = make("mcs-60mea200-30")
    place = dict(zip(layout.labels(), layout.electrodes(BOUNDS).tolist(), strict=True))
    assert {"11", "18", "81", "88"}.isdisjoint(place)
    # Column 2, row 3 from the top: one column right of column 1, below row 1.
    assert place["23"][0] - place["13"][0] == 200
    assert place["22"][1] - place["23"][1] == 200


def test_60mea_reference_can_be_left_out():
    layout = make("mcs-60mea200-30")
    assert layout.references() == ["15"]
    without = make("mcs-60mea200-30", reference="omit")
    assert len(without.electrodes(BOUNDS)) == 59
    assert "15" not in without.labels()
    assert without.references() == []
    # Nothing else moves.
    kept = dict(zip(layout.labels(), layout.electrodes(BOUNDS).tolist(), strict=True))
    for label, place in zip(without.labels(), without.electrodes(BOUNDS).tolist(), strict=True):
        assert kept[label] == place


def test_120mea_lacks_six_electrodes_at_each_corner():
    labels = set(make("mcs-120mea200-30").labels())
    assert {"A1", "A2", "A3", "B1", "B2", "C1"}.isdisjoint(labels)
    assert {"A4", "B3", "C2", "D1"} <= labels


def test_origin_and_rotation_keep_the_geometry():
    still = make("mcs-60mea200-30").electrodes(BOUNDS)
    moved = make("mcs-60mea200-30", origin=[100, -200], rotate=90).electrodes(BOUNDS)
    centre = (moved.min(axis=0) + moved.max(axis=0)) / 2
    assert centre == pytest.approx([100, -200, 5])
    local = still[:, :2] - 2000
    turned = np.column_stack([-local[:, 1], local[:, 0]])
    assert moved[:, :2] == pytest.approx(turned + np.array([100, -200]))


def test_origin_as_a_command_line_gives_it():
    assert make("axion-12", origin="1.5,-20").origin == (1.5, -20)
    assert make("maxone", selected="0,221").selected == (0, 221)
    with pytest.raises(ConfigError, match="origin"):
        make("axion-12", origin="here")


def test_wells():
    one = make("axion-48", wells="B3")
    assert one.labels()[0] == "B3_14"
    plate = make("axion-48", wells="all", well_pitch=13000)
    assert len(plate.electrodes(BOUNDS)) == 768
    assert len(set(plate.labels())) == 768
    place = dict(zip(plate.labels(), plate.electrodes(BOUNDS).tolist(), strict=True))
    assert place["A2_11"][0] - place["A1_11"][0] == pytest.approx(13000)
    assert place["A1_11"][1] - place["B1_11"][1] == pytest.approx(13000)
    # Rows of a well count from its bottom.
    assert place["A1_12"][1] - place["A1_11"][1] == pytest.approx(350)


def test_wrong_wells_are_refused():
    with pytest.raises(ConfigError, match=r"no well 'A9'.*A1 to C4"):
        make("axion-12", wells="A9")
    with pytest.raises(ConfigError, match="well_pitch"):
        make("axion-12", wells="all")


class TestMaxOne:
    def test_a_choice_never_exceeds_what_can_be_routed(self):
        for pattern in ("sparse", "block", "random"):
            for count in (1, 7, 500, 1020):
                layout = make("maxone", pattern=pattern, count=count)
                labels = layout.labels()
                assert 0 < len(labels) <= count
                assert len(set(labels)) == len(labels) == len(layout.electrodes(BOUNDS))

    def test_all(self):
        places = make("maxone", pattern="all").electrodes(BOUNDS)
        assert len(places) == 26_400
        assert np.ptp(places[:, :2], axis=0) == pytest.approx([219 * 17.5, 119 * 17.5])

    def test_random_belongs_to_the_seed(self):
        first = make("maxone", pattern="random", seed=1).labels()
        assert first == make("maxone", pattern="random", seed=1).labels()
        assert first != make("maxone", pattern="random", seed=2).labels()

    def test_numbers_have_the_coordinates_of_the_recordings(self):
        corner, other = make("maxone", selected=[0, 221]).electrodes(BOUNDS)
        assert (other - corner).tolist() == [17.5, 17.5, 0]
        # The chip is centred, not the choice.
        assert corner[:2] == pytest.approx([2000 - 219 * 17.5 / 2, 2000 - 119 * 17.5 / 2])

    @pytest.mark.parametrize(
        ("selected", "message"),
        [([26400], "0 to 26399"), ([3, 3], "twice"), (list(range(1021)), "at most 1020")],
    )
    def test_wrong_choices(self, selected: list[int], message: str):
        with pytest.raises(ConfigError, match=message):
            make("maxone", selected=selected)


def test_electrodes_outside_and_deaf_are_counted():
    small = np.array([[0.0, 0.0, 0.0], [1000.0, 1000.0, 10.0]])
    made = build_mea(make("mcs-60mea200-30"), small, np.array([[500.0, 500.0, 5.0]]))
    text = " / ".join(made.warnings)
    assert "24 of 60 electrodes lie outside" in text
    assert "60 of 60 electrodes have no cell in reach" in text
    assert [row[0] for row in made.document["electrode_coordinates"]] == list(range(60))
    assert made.labels[0] == "21"


def test_rectangular():
    places = make("rectangular", columns=3, rows=2, pitch_x=100, pitch_y=17.5).electrodes(BOUNDS)
    assert places[:, :2].tolist() == [
        [1900, 2008.75],
        [2000, 2008.75],
        [2100, 2008.75],
        [1900, 1991.25],
        [2000, 1991.25],
        [2100, 1991.25],
    ]


@pytest.mark.parametrize("empty", [0, 26, 34, 60])
def test_the_hexagons_centre_stays_whichever_site_is_empty(empty):
    """Without a corner on the left or right, the extent of what is left has another centre."""
    layout = registry().create("mea", "mcs-60hexamea40-10", {"empty": empty, "rotate": 30.0})
    places = layout.electrodes(BOUNDS)[:, :2] - 2000
    sites = np.hypot(*places.T)
    # Every site but the centre has one opposite: what is left over lies opposite the empty one.
    distance, _ = cKDTree(places).query(-places)
    assert np.count_nonzero(distance > 1e-6) == 1
    assert sites.max() == pytest.approx(160)
