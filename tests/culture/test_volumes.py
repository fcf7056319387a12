"""Bodies that cells fill: how many, how evenly, how far apart, and their distances in space."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.stats import kstest

from livn_core import build, generate
from livn_core.culture.placement import create_placement
from livn_core.culture.positions import place_cells
from livn_core.culture.validation import validate
from livn_core.errors import ConfigError

BODIES = {
    "sphere": {"center": [10.0, -20.0, 30.0], "radius": 150.0},
    "ellipsoid": {"radii": [300.0, 200.0, 100.0]},
    "shell": {"radius": 200.0, "inner_radius": 150.0},
    "cylinder": {"radius": 200.0, "thickness": 150.0},
    "flattened": {"center": [0.0, 0.0, 80.0], "radius": 160.0},
}


def body(name, **parameters):
    return create_placement(name, parameters or BODIES[name], where="area_kwargs")


def every(system):
    return np.concatenate([system.positions(p.name) for p in system.populations]).astype(float)


@pytest.mark.parametrize("name", BODIES)
def test_volume_and_evenness(name):
    """The share of random points of the box that are inside; each of three coordinates is uniform."""
    made = body(name)
    rng = np.random.Generator(np.random.Philox(7))
    low, high = made.box()
    box = low + (high - low) * rng.random((200_000, 3))
    share = made.contains(box).mean()
    error = np.sqrt(share * (1 - share) / len(box))
    assert made.volume() / np.prod(high - low) == pytest.approx(share, abs=4.5 * error)
    unit = made.evenly(made.place(5_000, rng))
    for axis in range(3):
        assert kstest(unit[:, axis], "uniform").pvalue > 1e-4
    assert np.abs(np.corrcoef(unit.T) - np.eye(3)).max() < 4.5 / np.sqrt(5_000)


@pytest.mark.parametrize("name", BODIES)
def test_the_depth_is_the_distance_from_the_surface(name):
    """Against the nearest of many points just outside."""
    made = body(name)
    rng = np.random.Generator(np.random.Philox(3))
    inner = made.place(200, rng)
    low, high = made.box()
    size = high - low
    cloud = low - 0.02 * size + 1.04 * size * rng.random((3_000_000, 3))
    nearest, _ = cKDTree(cloud[~made.contains(cloud)]).query(inner)
    depth = made.depth(inner)
    # A cloud of finite density is a little farther away, never nearer.
    assert (depth <= nearest + 1e-6).all()
    assert (nearest - depth).max() < 8.0


def test_a_sphere_of_20000_cells(tmp_path):
    """Mean degree 30 in space, r^3 uniform, distances stored in space."""
    system = generate(
        area="sphere",
        area_kwargs={"radius": 250.0},
        total_cells=20_000,
        populations={"EXC": {"ratio": 1.0}},
        connectivity={"sigma": 60.0, "mean_degree": 30.0, "distance": "space"},
        output_directory=tmp_path / "ball",
    )
    xyz = every(system)
    assert kstest((np.linalg.norm(xyz, axis=1) / 250) ** 3, "uniform").pvalue > 1e-4
    assert system.in_degrees("EXC", "EXC").mean() == pytest.approx(30.0, abs=0.2)
    for slab in system.edges("EXC", "EXC"):
        away = np.linalg.norm(xyz[slab.sources] - xyz[slab.targets], axis=1)
        np.testing.assert_allclose(slab.columns["distance"], away, rtol=1e-5, atol=1e-3)
    assert system.bounds()[:, 2].tolist() == [-250, 250]
    assert system.provenance["notes"] == ["distances and connection probabilities are in space"]
    # 80,000 shadows a mm2 lie upon each other; the cells do not.
    assert system.provenance["warnings"] == []


def test_without_connections_nothing_is_said_of_distances(tmp_path):
    system = generate(
        total_cells=10, connectivity={"mean_degree": 0}, output_directory=tmp_path / "alone"
    )
    assert system.provenance["notes"] == []


def test_verify_finds_a_body_right_and_moved_cells_wrong(tmp_path):
    import h5py

    from livn_core.verify import verify

    system = generate(
        area="flattened",
        area_kwargs=BODIES["flattened"],
        density=100_000,
        connectivity={"sigma": 60.0, "mean_degree": 8, "distance": "space"},
        output_directory=tmp_path / "drop",
    )
    count = sum(p.count for p in system.populations)
    assert count == round(1e5 * body("flattened").volume() * 1e-9)
    verdicts = verify(system.path).verdicts
    assert {"volume", "density"} <= {verdict.check for verdict in verdicts}
    assert all(verdict.level != "fatal" for verdict in verdicts)
    system.close()
    path = "Populations/EXC/Generated Coordinates/Z Coordinate/Attribute Value"
    with h5py.File(tmp_path / "drop" / "cells.h5", "r+") as file:
        file[path][0] = 500.0
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        wrong = {v.check for v in verify(tmp_path / "drop").verdicts if v.level == "fatal"}
    assert {"volume", "bounds"} <= wrong


@pytest.mark.parametrize(("spacing", "density"), [(12.0, 50_000), (12.0, 320_000)])
def test_cells_keep_their_distance_in_space(tmp_path, spacing, density):
    system = generate(
        area="sphere",
        area_kwargs={"radius": 120.0},
        density=density,
        spacing=spacing,
        connectivity={"sigma": 50.0, "mean_degree": 5, "distance": "space"},
        output_directory=tmp_path / "spaced",
    )
    xyz = every(system)
    nearest, _ = cKDTree(xyz).query(xyz, k=2)
    assert nearest[:, 1].min() >= spacing
    assert system.provenance["placement"] == {
        "algorithm": "random sequential addition",
        "coverage": pytest.approx(density * np.pi * (spacing / 1000) ** 3 / 6, abs=1e-3),
    }
    # By default half the spacing off the surface, which the rounding to float32 keeps, too.
    assert np.linalg.norm(xyz, axis=1).max() <= 120 - spacing / 2
    again = generate(system.provenance["configuration"], output_directory=tmp_path / "again")
    assert again.digest() == system.digest()


def test_a_margin_without_a_spacing():
    sphere = {"area": "sphere", "area_kwargs": {"radius": 120.0}, "total_cells": 400}
    found = place_cells(validate({**sphere, "margin": 30, "connectivity": {"mean_degree": 0}}))
    away = [np.linalg.norm(cells.positions, axis=1) for cells in found.cells.values()]
    # Uniform in the ball that is left, and placed at once: nothing kept them apart.
    assert kstest((np.concatenate(away) / 90) ** 3, "uniform").pvalue > 1e-3
    assert found.details == {}


def test_verify_measures_the_spacing_in_space(tmp_path):
    """Cells above each other are near in the plane; two that were moved together are found."""
    import h5py

    from livn_core.verify import verify

    system = generate(
        area="sphere",
        area_kwargs={"radius": 120.0},
        density=50_000,
        spacing=12.0,
        connectivity={"sigma": 50.0, "mean_degree": 5, "distance": "space"},
        output_directory=tmp_path / "spaced",
    )
    flat = every(system)[:, :2]
    assert cKDTree(flat).query(flat, k=2)[0][:, 1].min() < 12.0
    verdicts = verify(system.path).verdicts
    assert "spacing" in {verdict.check for verdict in verdicts}
    assert not [verdict for verdict in verdicts if verdict.level == "fatal"]
    system.close()
    with h5py.File(tmp_path / "spaced" / "cells.h5", "r+") as file:
        for axis in "XYZ":
            held = file[f"Populations/EXC/Generated Coordinates/{axis} Coordinate/Attribute Value"]
            held[1] = held[0] + (5.0 if axis == "Z" else 0.0)
    wrong = {v.check for v in verify(tmp_path / "spaced").verdicts if v.level == "fatal"}
    assert "spacing" in wrong


@pytest.mark.parametrize(
    ("document", "path", "says"),
    [
        ({"spacing": 30.0, "total_cells": 5_000}, "spacing", "would fit"),
        ({"z_range": [0, 5]}, "z_range", "states z itself, -200 to 200 um"),
        ({"clusters": {"count": 3, "sigma": 9}}, "clusters", "a body in space"),
        ({"gradient": {"along": "x", "from": 1, "to": 3}}, "gradient", "a body in space"),
        ({"connectivity": {"between": 0.5}}, "connectivity.between", "a body in space"),
        ({"connectivity": {"mask": "visible"}}, "connectivity.mask", "a body in space"),
        (
            {"connectivity": {"projections": {"EXC->INH": {"mask": "visible"}}}},
            "connectivity.projections.EXC->INH.mask",
            "a body in space",
        ),
        ({"connectivity": {"rule": "axon"}}, "connectivity.rule", "area: sphere"),
        ({"density": 1e-9}, "density", "gives no cell on 0.03351 mm3"),
    ],
)
def test_what_a_body_does_not_have(document, path, says):
    with pytest.raises(ConfigError) as caught:
        validate({"area": "sphere", **document})
    assert [finding.path for finding in caught.value.findings] == [path]
    assert says in str(caught.value)


def test_the_coverage_of_a_body_is_the_share_of_its_volume():
    sphere = {"area": "sphere", "area_kwargs": {"radius": 120.0}, "total_cells": 400}
    with pytest.raises(ConfigError, match=r"is a coverage of 6\.250"):  # 400 / (120 / 30)^3
        validate({**sphere, "spacing": 60})


def test_distances_in_the_plane_are_doubted(tmp_path):
    with pytest.warns(UserWarning, match="distance: space takes those in space"):
        generate(area="sphere", connectivity={"mean_degree": 5}, output_directory=tmp_path / "flat")


@pytest.mark.parametrize("kernel", [{"sigma": 60.0}, {"sigma": 60.0, "cutoff": None}])
def test_the_expected_degree_in_space_holds_where_pairs_are_too_many_to_list(kernel):
    """Against all pairs of the law itself: what is far in the plane is not what is far in space."""
    from livn_core.culture.program import CultureProgram
    from livn_core.culture.wiring import wire

    config = validate(
        {
            "area": "sphere",
            "area_kwargs": {"radius": 400.0},
            "populations": {"EXC": {"count": 12_000}},
            "connectivity": {"mean_degree": 30.0, "distance": "space", **kernel},
        }
    )
    (settings,) = config.projections()
    connector = wire(settings, CultureProgram(config).culture()).connector
    some = np.arange(0, 12_000, 40)
    targets = np.repeat(some, 12_000)
    sources = np.tile(np.arange(12_000), len(some))
    p = connector.probability(targets, sources)
    p[targets == sources] = 0.0
    expected = p.reshape(len(some), -1).sum(axis=1)
    error = expected.std() / np.sqrt(len(some))
    assert expected.mean() == pytest.approx(30.0, abs=4 * error)
    assert error < 0.5


def test_distances_along_axons_are_noted():
    axons = {"rule": "axon", "distance": "path", "mean_degree": 2}
    note = build({"total_cells": 50, "connectivity": axons}).provenance["notes"]
    assert note == [
        "distances of EXC->EXC, INH->EXC, EXC->INH, INH->INH are along axons, which grow in the plane"
    ]
