"""Density, least distances, clusters and gradients: numbers with fixed seeds."""

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.stats import kstest, norm

from livn_core import generate, plan
from livn_core.culture import packing, packing_loops
from livn_core.culture.over_region import RegionDrawing, _Groups
from livn_core.culture.positions import place_cells
from livn_core.culture.region import box
from livn_core.culture.spread import ClustersConfig
from livn_core.culture.validation import validate
from livn_core.errors import ConfigError, PlacementError
from livn_core.plugins.registry import registry
from livn_core.sampling.streams import stream
from livn_core.verify import verify

DISH = {"area": "disk", "area_kwargs": {"radius": 2000}, "density": 2500, "spacing": 15}


def placed(document, **keys):
    found = place_cells(validate({**document, **keys}))
    return found, np.concatenate([cells.positions[:, :2] for cells in found.cells.values()])


def keyed(purpose, population=""):
    """A stream of its own for each purpose."""
    return stream(5, purpose, population)


def nearest(points):
    return cKDTree(points).query(points, k=2)[0][:, 1]


def test_density_and_spacing_of_a_dish():
    found, points = placed(DISH)
    assert {name: len(cells) for name, cells in found.cells.items()} == {"EXC": 25133, "INH": 6283}
    assert found.details["algorithm"] == "random sequential addition"
    assert found.details["coverage"] == pytest.approx(0.4418, abs=1e-4)
    np.testing.assert_array_equal(points, points.astype(np.float32))
    assert nearest(points).min() >= 15.0
    assert np.hypot(*points.T).max() <= 2000 - 7.5
    # Populations share all places: the share of INH is the same in the middle and at the rim.
    inner = [(np.hypot(*c.positions[:, :2].T) < 1400).sum() for c in found.cells.values()]
    assert inner[1] / sum(inner) == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / sum(inner)))


def test_sweeps_beyond_sequential_addition():
    found, points = placed(DISH, area_kwargs={"radius": 400}, density=3600)
    assert len(points) == round(3600 * np.pi * 0.16)
    assert "sweeps" in found.details["algorithm"]
    assert nearest(points).min() >= 15.0
    assert np.hypot(*points.T).max() <= 400 - 7.5


def test_what_cannot_be_says_what_could():
    with pytest.raises(ConfigError) as error:
        validate({**DISH, "density": 4200})
    text = str(error.value)
    for words in ("0.742", "0.547", "38,897", "0.9069", "64,490", "0.70", "49,777 cells would fit"):
        assert words in text


def test_few_cells_are_placed_without_compiled_code(monkeypatch):
    small = {"area": "disk", "area_kwargs": {"radius": 300}, "total_cells": 300, "spacing": 15}
    _, plain = placed(small)
    monkeypatch.setattr(packing, "FEW", 0)
    _, compiled = placed(small)
    np.testing.assert_array_equal(plain, compiled)


def test_a_cell_that_was_moved_is_found_where_it_went_and_refused_where_another_is():
    points, following, head = np.zeros((2, 2)), np.full(2, -1), np.full((4, 8), -1)
    lists, grid = (head, following), (np.zeros(2), 10.0)
    places, one = np.array([[15.0, 15], [45, 15]]), np.zeros(2, np.int64)
    assert packing_loops.insert(points, one, 0, *lists, places, one, np.array([2]), *grid, 100) == 2
    places = np.array([[35.0, 15], [44, 15]])  # the second would be 9 um from the first
    packing_loops.move(points, 2, *lists, places, np.ones(2, bool), *grid, 100.0)
    assert points.tolist() == [[35, 15], [45, 15]]
    looked_at = np.array([[15.0, 15], [35, 15], [45, 15]])
    assert packing_loops.open_squares(points, *lists, looked_at, *grid, 1.0) == [0]


class Corner:
    """Room for one cell at 2.8 um, and for another far off in the corner of one square alone."""

    movable = True

    def propose(self, groups, rng):
        return packing.stored(np.full((len(groups), 2), 2.8)), np.ones(len(groups), bool)

    def group_at(self, points):
        return np.where(((points > 7.5) & (points < 10)).all(axis=1), 0, -1)

    def may_hold(self, points, radius):
        return np.ones(len(points), bool)


def test_the_last_room_may_be_the_corner_of_a_square():
    points, _, _ = packing.pack(
        Corner(),
        np.array([2]),
        np.random.default_rng(1),
        spacing=10.0,
        bounds=np.array([[0.0, 0], [10, 10]]),
        covered=0.6,
    )
    assert np.hypot(*np.subtract(*points)) >= 10
    assert (points[1] > 9.8).all()


class Rare:
    """Places of which one in 500 may be used."""

    movable = False

    def propose(self, groups, rng):
        return rng.random((len(groups), 2)), np.arange(len(groups)) % 500 == 499


def test_patience_is_in_proportion_to_the_cells(monkeypatch):
    monkeypatch.setattr(packing, "LEAST", 0)
    many, rng = np.array([30]), np.random.default_rng(1)
    assert len(packing.first_that_fit(Rare(), many, rng)[0]) == 30
    # What the last proposals find counts, though there would be no more.
    monkeypatch.setattr(packing, "MOST", 1)
    assert len(packing.first_that_fit(Rare(), many // 10, rng)[0]) == 3
    with pytest.raises(PlacementError, match="no room was found for 22 of 30 cells"):
        packing.first_that_fit(Rare(), many, rng)


def brute_force(count, spacing, side, seed):
    rng = np.random.Generator(np.random.Philox(seed))
    points = np.empty((count, 2))
    held = 0
    while held < count:
        trial = side * rng.random(2)
        if held == 0 or np.hypot(*(points[:held] - trial).T).min() >= spacing:
            points[held] = trial
            held += 1
    return points


def contact(points, spacing, side):
    """Pairs between d and 1.1 d, over those of independent points; without an edge's loss."""
    inner = np.flatnonzero(((points > 2 * spacing) & (points < side - 2 * spacing)).all(axis=1))
    tree = cKDTree(points)
    within = [
        sum(len(n) for n in tree.query_ball_point(points[inner], r))
        for r in (1.1 * spacing, spacing)
    ]
    ring = np.pi * spacing**2 * (1.1**2 - 1)
    return (within[0] - within[1]) / (len(inner) * len(points) / side**2 * ring)


def test_pair_correlation_at_contact_as_brute_force():
    # Coverage 0.30: 2,000 discs of 15 um; the margin is 0, so that both fill the same square.
    spacing, count = 15.0, 2000
    side = float(np.sqrt(count * np.pi * spacing**2 / 4 / 0.30))
    square = {"area_kwargs": {"x_range": [0, side], "y_range": [0, side]}, "margin": 0}
    ours = [
        contact(placed({**square, "total_cells": count, "spacing": spacing, "random_seed": k})[1], spacing, side)
        for k in range(8)
    ]  # fmt: skip
    theirs = [contact(brute_force(count, spacing, side, k), spacing, side) for k in range(8)]
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.05)
    assert np.mean(ours) > 1.3


def test_thomas_clusters_have_ripleys_k():
    sigma, count, side, radius = 50.0, 50, 3000.0, 100.0
    document = {
        "area_kwargs": {"x_range": [0, side], "y_range": [0, side]},
        "total_cells": 5000,
        "clusters": {"count": count, "sigma": sigma},
    }
    values, ratio = [], []
    for seed in range(20):
        _, points = placed(document, random_seed=seed)
        assert len(points) == 5000
        # Border correction: only cells whose circle lies inside count.
        inner = points[((points > radius) & (points < side - radius)).all(axis=1)]
        tree = cKDTree(points)
        pairs = sum(len(found) - 1 for found in tree.query_ball_point(inner, radius))
        values.append(pairs / len(inner) / (len(points) / side**2))
        ratio.append(nearest(points).mean() / (0.5 / np.sqrt(len(points) / side**2)))
    due = np.pi * radius**2 + (1 - np.exp(-(radius**2) / (4 * sigma**2))) * side**2 / count
    assert np.mean(values) == pytest.approx(due, rel=0.10)
    assert max(ratio) < 0.6


def test_clusters_are_shared_by_populations_and_stored(tmp_path):
    document = {
        "area": "disk",
        "area_kwargs": {"radius": 1000},
        "total_cells": 3000,
        "clusters": {"count": 20, "radius": 60, "apart": 150, "background": 0.1},
        "connectivity": {"sigma": 50, "mean_degree": 2},
    }
    system = generate(document, output_directory=tmp_path / "clustered")
    ids = {name: system.attributes(name, "Culture")["cluster"] for name in ("EXC", "INH")}
    found = np.stack([np.bincount(i, minlength=21) for i in ids.values()]).astype(float)
    assert found[:, 0].sum() == pytest.approx(300, abs=4 * np.sqrt(270))
    due = found.sum(axis=0) * np.array([[0.8], [0.2]])
    assert ((found - due) ** 2 / due).sum() < 46.0  # chi-square of 20 degrees of freedom, p 8e-4
    every = np.concatenate([system.positions(name) for name in ids])
    member = np.concatenate(list(ids.values()))
    centres = np.stack([every[member == k, :2].mean(axis=0) for k in range(1, 21)])
    assert nearest(centres).min() > 120
    for k in range(1, 21):
        assert np.hypot(*(every[member == k, :2] - centres[k - 1]).T).max() < 120
    assert verify(system.path).passed


def test_gradient_shares():
    document = {"total_cells": 40_000, "gradient": {"along": "x", "from": 1, "to": 3}}
    _, points = placed(document)
    assert (points[:, 0] < 2000).mean() == pytest.approx(3 / 8, abs=0.015)


def test_gradient_along_the_radius():
    # Density falls from 1 to 0: the share within half the radius is 3 (1/4) - 2 (1/8) = 1/2.
    document = {
        "area": "disk",
        "area_kwargs": {"radius": 800, "center": [1000, -500]},
        "total_cells": 20_000,
        "gradient": {"along": "radius", "from": 1, "to": 0},
    }
    _, points = placed(document)
    assert (np.hypot(*(points - [1000, -500]).T) < 400).mean() == pytest.approx(0.5, abs=0.015)


@pytest.mark.parametrize(
    "keys",
    [
        DISH | {"density": 600},
        {"area": "disk", "density": 800, "gradient": {"along": "y", "from": 0, "to": 1}},
        {"density": 20, "margin": 100},
    ],
)
def test_verify_takes_what_was_asked_for(keys, tmp_path):
    document = {**keys, "connectivity": {"sigma": 100, "mean_degree": 2}}
    report = verify(generate(document, output_directory=tmp_path / "made").path)
    assert report.passed, [v for v in report.verdicts if v.level == "fatal"]
    checks = {verdict.check for verdict in report.verdicts}
    assert ("spacing" in checks) == ("spacing" in keys)
    assert {"density", "bounds"} <= checks


def test_verify_sees_cells_that_are_too_near(tmp_path):
    import h5py

    made = generate(DISH | {"density": 300}, output_directory=tmp_path / "made")
    made.close()
    with h5py.File(made.path / "cells.h5", "r+") as file:
        for axis in "XY":
            column = file[
                f"Populations/EXC/Generated Coordinates/{axis} Coordinate/Attribute Value"
            ]
            column[1] = column[0] + (3 if axis == "X" else 0)
    report = verify(made.path)
    assert "spacing" in {verdict.check for verdict in report.of("fatal")}


def test_the_seed_alone_decides_and_dry_run_knows(tmp_path):
    _, first = placed(DISH, density=500)
    _, again = placed(DISH, density=500)
    np.testing.assert_array_equal(first, again)
    assert sum(p.count for p in plan(DISH | {"density": 500}).populations) == len(first)


@pytest.mark.parametrize(
    ("keys", "path", "words"),
    [
        ({"area": "file", "area_kwargs": {"path": "x.csv"}, "spacing": 5}, "spacing", "disk"),
        ({"total_cells": 100, "density": 50}, "density", "excludes total_cells"),
        ({"density": 1e-3}, "density", "gives no cell"),
        ({"clusters": {"count": 3}}, "clusters", "either a sigma"),
        ({"clusters": {"count": 3, "sigma": 5, "radius": 5}}, "clusters", "either a sigma"),
        ({"gradient": {"along": "z", "from": 1, "to": 2}}, "gradient.along", "'x'"),
        ({"gradient": {"along": "x", "from": 0, "to": 0}}, "gradient", "both be 0"),
        ({"spacing": 0}, "spacing", "greater than 0"),
        ({"populations": {"EXC": {"count": 9}}, "density": 1}, "density", "gives 16, but"),
    ],
)
def test_findings(keys, path, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text("x,y\n1,2\n")
    with pytest.raises(ConfigError) as error:
        validate(keys)
    found = {finding.path: finding.message for finding in error.value.findings}
    assert list(found) == [path]
    assert words in found[path]


def test_no_room_for_clusters():
    with pytest.raises(PlacementError, match="apart"):
        placed({"area": "disk", "clusters": {"count": 50, "sigma": 9, "apart": 400}})


def test_an_option_takes_the_place_of_the_other():
    from livn_core.execute import resolve

    assert resolve({"density": 10}, settings={"total_cells": 50}).document["total_cells"] == 50
    job = resolve({"total_cells": 50}, overrides=["density=10"])
    assert job.document["density"] == 10
    assert job.document["total_cells"] is None


@pytest.mark.parametrize(
    ("area", "kwargs", "margin", "width"),
    [
        ("rectangle", {"x_range": [0, 1000], "y_range": [0, 1000]}, 499.99, 0.02),
        ("disk", {"radius": 100}, 99.999, 0.002),
        ("ngon", {"corners": 3, "radius": 300}, 149.999, 0.004),
    ],
)
def test_what_a_margin_nearly_leaves_nothing_of_holds_cells_evenly(area, kwargs, margin, width):
    """Of proposals over the whole region one in 10^7 and fewer would be of use."""
    region = registry().create("placement", area, kwargs).region()
    drawn, _ = RegionDrawing(region, margin=margin).draw({"EXC": 400}, keyed)
    points = drawn["EXC"].plane
    assert (region.distance(points) >= margin).all()
    assert (np.ptp(points, axis=0) > 0.5 * width).all()
    assert (np.ptp(points, axis=0) < 1.5 * width).all()


def test_verify_says_that_a_grid_is_too_coarse_for_what_a_margin_leaves(tmp_path):
    document = {
        "area": "modules",
        "margin": 99.999,
        "total_cells": 200,
        "connectivity": {"mean_degree": 1},
    }
    report = verify(generate(document, output_directory=tmp_path / "made").path)
    assert report.passed
    assert any("walls keep cells off nearly all of the region" in note for note in report.notes)


@pytest.mark.parametrize("width", [{"sigma": 1e7}, {"radius": 1e7}])
def test_clusters_wider_than_any_region_are_even_over_it(width):
    region = registry().create("placement", "disk", {"radius": 500}).region()
    clusters = ClustersConfig(count=3, **width)
    drawn, _ = RegionDrawing(region, clusters=clusters).draw({"EXC": 3000}, keyed)
    radii = np.hypot(*drawn["EXC"].plane.T)
    assert kstest((radii / 500) ** 2, "uniform").pvalue > 1e-3
    assert set(drawn["EXC"].clusters) == {1, 2, 3}


def test_wide_clusters_follow_their_law_where_proposals_are_rare():
    """A narrow strip across a wide cluster: cells along it are as dense as the cluster there."""
    strip = box([[-3000, -0.01], [3000, 0.01]])
    clusters = ClustersConfig(count=1, sigma=1000)
    drawn, _ = RegionDrawing(strip, clusters=clusters, spacing=1e-3).draw({"EXC": 800}, keyed)
    x = drawn["EXC"].plane[:, 0]
    parent = _Groups(RegionDrawing(strip, clusters=clusters), np.array([800]), keyed)._centres[0, 0]
    low, high = norm.cdf((np.array([-3000, 3000]) - parent) / 1000)
    assert kstest((norm.cdf((x - parent) / 1000) - low) / (high - low), "uniform").pvalue > 1e-3


@pytest.mark.parametrize(
    ("keys", "key", "words"),
    [
        ({"area": "disk", "margin": 99.9999, "spacing": 1}, "margin", "room for 1 of 50 cells"),
        ({"area": "ngon", "margin": 95}, "margin", "room for 0 of 50 cells"),
        ({"area": "disk", "spacing": 190}, "spacing", "is a coverage of"),
        ({"area": "modules", "margin": 99, "spacing": 1}, "margin", "in the module 'A1'"),
    ],
)
def test_no_room_between_walls_is_said_before_anything_is_drawn(keys, key, words):
    kwargs = {"ngon": {"corners": 3, "radius": 150}, "disk": {"radius": 100}}.get(keys["area"], {})
    with pytest.raises(ConfigError) as caught:
        plan({**keys, "area_kwargs": kwargs, "total_cells": 50})
    found = {finding.path: finding.message for finding in caught.value.findings}
    assert words in found[key]
