"""Somata: counts, boxes, constraints, distances, independence, rotation, arc distances."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.stats import kstest

from livn_core.layered.configuration import validate
from livn_core.layered.somata import ArcDistances, place_somata
from livn_core.system.rotation import rotation_matrix


@pytest.fixture
def somata_only(document, folder):
    del document["Connection Generator"], document["Cell Types"]
    return document


def test_counts_boxes_and_constraints(somata_only):
    somata_only["Geometry"]["Cell Distribution"]["INH"] = {"SO": 200, "SP": 300, "SR": 250}
    somata_only["Geometry"]["Cell Constraints"] = {"INH": {"SR": [160.0, 170.0]}}
    uvl = place_somata(validate(somata_only), "INH").uvl
    assert uvl.shape == (750, 3)
    assert uvl.dtype == np.float32
    for part, low, high in ((slice(0, 200), 0, 100), (slice(200, 500), 100, 150)):
        assert ((uvl[part, 2] >= low) & (uvl[part, 2] < high)).all()
    assert ((uvl[500:, 2] >= 160) & (uvl[500:, 2] < 170)).all()
    assert ((uvl[:, 0] >= 0) & (uvl[:, 0] < 1000) & (uvl[:, 1] >= 0) & (uvl[:, 1] < 800)).all()


def test_uniform_with_a_minimum_distance(somata_only):
    somata_only["Geometry"]["Cell Distribution"]["EXC"] = {"SP": 5000}
    uvl = place_somata(validate(somata_only), "EXC").uvl.astype(float)
    for axis, (low, size) in enumerate(((0, 1000), (0, 800), (100, 50))):
        assert kstest(uvl[:, axis], "uniform", (low, size)).pvalue > 1e-3
    # half the mean spacing: (1000 * 800 * 50 / 5000) ** (1 / 3) / 2 = 10, the largest there is
    assert not cKDTree(uvl).query_pairs(9.99)


def test_a_layer_without_depth(somata_only):
    boxes = somata_only["Geometry"]["Parametric Surface"]["Layer Extents"]
    boxes["SP"] = [[0, 0, 120], [1000, 800, 120]]
    uvl = place_somata(validate(somata_only), "EXC").uvl
    assert (uvl[:, 2] == 120).all()
    assert not cKDTree(uvl).query_pairs(9.99)


def test_no_population_or_layer_moves_another(somata_only):
    first = place_somata(validate(somata_only), "INH").uvl
    somata_only["Definitions"]["Populations"]["PV"] = 7
    distribution = somata_only["Geometry"]["Cell Distribution"]
    distribution["PV"] = {"SP": 11}
    distribution["INH"] = {"SR": 10, "SP": 25, "SO": 10}
    second = place_somata(validate(somata_only), "INH").uvl
    np.testing.assert_array_equal(second[:10], first[:10])  # SO
    np.testing.assert_array_equal(second[-10:], first[-10:])  # SR
    somata_only["random_seed"] = 6
    assert not np.isin(place_somata(validate(somata_only), "INH").uvl[:, 0], first[:, 0]).any()


def test_rotation(somata_only):
    flat = place_somata(validate(somata_only), "EXC")
    somata_only["Geometry"]["Parametric Surface"]["Rotation"] = [90, 0, 0]
    turned = place_somata(validate(somata_only), "EXC")
    np.testing.assert_array_equal(turned.uvl, flat.uvl)
    x, y, z = flat.xyz.T
    np.testing.assert_allclose(turned.xyz, np.column_stack([x, -z, y]), atol=1e-4)
    # first about x, then about z
    np.testing.assert_allclose(rotation_matrix((90, 0, 90)) @ [0, 1, 0], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(rotation_matrix((90, 0, 90)) @ [1, 0, 0], [0, 1, 0], atol=1e-12)


def test_arc_distances_from_the_median_of_the_geometry(somata_only):
    config = validate(somata_only)
    arc = ArcDistances.of(config)
    uvl = place_somata(config, "EXC").uvl
    np.testing.assert_allclose(arc.distances(uvl), uvl[:, :2] - [500, 400], atol=1e-4)
    assert arc.attributes() == pytest.approx(
        {
            "Reference U Min": -500.01,
            "Reference U Max": 500.01,
            "Reference V Min": -400.01,
            "Reference V Max": 400.01,
        },
        abs=1e-9,
    )


@pytest.mark.parametrize(("u", "origin"), [("min", 0), ("max", 1000), (123.5, 123.5)])
def test_arc_distances_from_elsewhere(somata_only, u, origin):
    somata_only["Geometry"]["Parametric Surface"]["Origin"] = {"U": u}
    arc = ArcDistances.of(validate(somata_only))
    assert arc.origin == (origin, 400)
    assert arc.low[0] == pytest.approx(-0.01 - origin)
