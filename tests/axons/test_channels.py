"""Channels: axons go through them, somata are not there, dendrites reach in a little."""

import numpy as np
import pytest
from ways import meets_no_wall

from livn_core.axons.bridges import channel_ways, neighbours
from livn_core.culture.region import Region
from tests.axons.cultures import connect, culture, pairs, rectangle, steps


def chip(overlap=0.0, grooves=6, length=450.0, chambers="AB"):
    """Chambers of 600 x 800 um in a row, with grooves of 10 um between each two."""
    pitch = 600 + length
    parts = [rectangle(pitch * i, 0, 600, 800, name=name) for i, name in enumerate(chambers)]
    for i in range(len(chambers) - 1):
        parts += [
            rectangle(
                pitch * i + 600 - overlap, 75 + 125 * k, length + 2 * overlap, 10, kind="channel"
            )
            for k in range(grooves)
        ]
    return Region(parts)


@pytest.mark.parametrize("overlap", [0.0, 40.0])
def test_one_room(overlap):
    """Whether grooves touch or overlap the chambers: the outline of the union, open at the mouths."""
    region = chip(overlap)
    walls = region.boundary.walls
    round_all = 2 * 2800 + 6 * (2 * 450 - 2 * 10)
    assert np.hypot(*(walls[:, 2:] - walls[:, :2]).T).sum() == pytest.approx(round_all)
    assert len(region.openings.doors) == 12
    start, stop = np.array([[300.0, 80], [300, 90]]), np.array([[1300.0, 80], [1300, 90]])
    assert region.visible(start, stop).tolist() == [True, False]
    ways = channel_ways(region)
    assert {link: len(found) for link, found in ways.items()} == {(0, 1): 6, (1, 0): 6}
    assert ways[0, 1][0].tolist() == [[600, 80], [1050, 80]]


def test_neighbours_are_those_that_a_channel_joins():
    assert neighbours(chip(chambers="ABC")) == [(0, 1), (1, 2)]


@pytest.mark.parametrize("overlap", [0.0, 40.0])
def test_bridges_go_through_the_channels(overlap):
    """Twenty each way, none through a wall; where axons are long enough, all arrive."""
    some = culture(chip(overlap), 400)
    connector = connect(some, bridges=20, axon_length=4000)
    made = connector._touching.axons
    assert len(made.fate.bridges) == 40
    long_enough = made.lengths()[list(made.fate.bridges)] > 1500
    assert made.fate.arrived[list(made.fate.bridges)][long_enough].all()
    begin, end, owner = steps(made)
    assert meets_no_wall(some.region.boundary, begin, end)
    within = (end[:, 0] > 800) & (end[:, 0] < 850)
    assert set(made.fate.bridges) - set(owner[within]) <= set(np.flatnonzero(~made.fate.arrived))


def test_dendrites_reach_a_little_into_a_channel():
    """An axon in a groove is touched within ``dendrite_into`` of the mouths alone."""
    touched = []
    for into in (0.0, 50.0, 100.0, 2000.0):
        some = culture(chip(), 400)
        connector = connect(
            some, bridges=40, axon_length=3000, dendrite_radius=300, dendrite_into=into
        )
        touching = connector._touching
        axons = touching.axons
        middle = (axons.points[:-1].astype(float) + axons.points[1:]) / 2
        inside = (middle[:, 0] > 600) & (middle[:, 0] < 1050)
        depth = np.minimum(middle[:, 0] - 600, 1050 - middle[:, 0])
        own = np.ones(len(middle), bool)
        own[axons.first[1:-1] - 1] = False
        hidden = touching._hidden[:-1]
        assert not hidden[own & ~inside].any()
        assert hidden[own & inside & (depth > into + 6)].all()
        assert not hidden[own & inside & (depth < into)].any()
        touched.append(connector.details["touched_pairs"])
        assert connector.details["dendrite_into"] == into
    assert (np.diff(touched) >= 0).all()
    assert touched[-1] > touched[0]


def test_the_share_across_grows_with_bridges():
    shares = []
    for bridges in (0, 10, 40):
        some = culture(chip(), 300)
        target, source = pairs(connect(some, bridges=bridges, axon_length=2500))
        module = some.cells["E"].modules
        shares.append((module[source] != module[target]).mean())
    assert shares[0] < shares[1] < shares[2]


def test_axons_find_grooves_by_themselves():
    """Without bridges some axons grow through: those that meet a mouth, and none by a wall."""
    some = culture(chip(), 600)
    made = connect(some, axon_length=3000)._touching.axons
    ends = some.region.module_of(made.points[made.first[1:] - 1].astype(float))
    across = ends != some.cells["E"].modules
    assert 0.05 < across.mean() < 0.5
