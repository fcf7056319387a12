"""Axons on the built-in substrates, from the configuration on: tracks, squares, chips."""

import numpy as np
import pytest
from ways import meets_no_wall

from livn_core.culture.positions import place_cells
from livn_core.culture.validation import validate
from livn_core.culture.wiring import wire
from tests.axons.cultures import steps

RELIEFS = {
    "tracks": {"extent": [3000, 1500], "width": 300, "gap": 300},
    "squares": {"extent": [1500, 1500], "side": 300, "gap": 200},
}


def made(area, area_kwargs, cross, *, cells=1000, **rule_kwargs):
    """Return a culture, and the connector of its one projection."""
    document = {
        "area": area,
        "area_kwargs": area_kwargs,
        "total_cells": cells,
        "walls": {"axons": "follow", "cross": cross},
        "populations": {"EXC": {"ratio": 1}},
        "connectivity": {"rule": "axon", "rule_kwargs": rule_kwargs, "mean_degree": 15},
    }
    config = validate(document)
    some = config.culture(place_cells(config).cells)
    return some, wire(config.projection("EXC", "EXC"), some).connector


def joined(some, connector):
    """Return the modules of source and target of each edge, and how far apart they are, um."""
    cells = some.cells["EXC"]
    edges = connector.sources(0, len(cells))
    target = np.repeat(np.arange(len(cells)), edges.counts)
    away = np.abs(cells.positions[target, :2] - cells.positions[edges.sources, :2])
    return cells.modules[edges.sources], cells.modules[target], away


@pytest.mark.parametrize("ridges", [False, True])
@pytest.mark.parametrize("area", RELIEFS)
def test_the_share_across_rises_with_cross(area, ridges):
    """None where walls are impassable, with cells on the ridges or without; along the tracks at first."""
    shares = []
    for cross in (0.0, 0.1, 0.3, 1.0):
        source, target, away = joined(*made(area, {**RELIEFS[area], "ridges": ridges}, cross))
        shares.append((source != target).mean())
        along, across = away.mean(axis=0)
        if area == "tracks" and cross == 0:
            assert along > 3 * across
    assert shares[0] == 0
    assert (np.diff(shares) > 0.001).all()


@pytest.mark.parametrize("area", RELIEFS)
def test_a_step_is_a_wall_and_the_edge_of_the_substrate_another(area):
    """By the height of the step: valleys of 70 um are as passable as ``cross`` says for 70 um."""
    shares = {}
    for depth in (0.0, 70.0, 140.0):
        some, connector = made(
            area, {**RELIEFS[area], "depth": depth}, {"0": 1, "70": 0.2, "140": 0}
        )
        source, target, _ = joined(some, connector)
        shares[depth] = (source != target).mean()
        assert some.region.contains(connector.axons.points.astype(float)).all()
    assert shares[140.0] == 0
    assert 0.02 < shares[70.0] < 0.8 * shares[0.0]


def test_no_soma_is_in_a_groove_and_axons_pass_them():
    shape = {"chamber": [500, 800], "grooves": 10, "groove_length": 300, "groove_width": 10}
    some, connector = made("chip", shape, 0.0, cells=600)
    cells = some.cells["EXC"]
    x = cells.positions[:, 0]
    low, high = some.region.parts[0].bounds[1, 0], some.region.parts[1].bounds[0, 0]
    assert high - low == 300
    assert ((x <= low) | (x >= high)).all()
    # Each axon stays in the shape: what has points in both chambers came through a groove.
    begin, end, owner = steps(connector.axons)
    assert meets_no_wall(some.region.boundary, begin, end)
    reached = [np.unique(owner[side]) for side in (end[:, 0] < low, end[:, 0] > high)]
    passed = np.intersect1d(*reached)
    assert 5 < len(passed) < 100
    source, target, _ = joined(some, connector)
    across = source != target
    assert 0 < across.mean() < 0.2
    bridged, more = made("chip", shape, 0.0, cells=600, bridges={"A->B": 40})
    source, target, _ = joined(bridged, more)
    assert (source < target).sum() > 1.5 * (source > target).sum()
