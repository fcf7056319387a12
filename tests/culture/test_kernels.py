"""Kernels without a length scale: what they give, what they refuse, what is recorded."""

import numpy as np
import pytest
from sampling import cells_at, solve

from livn_core import generate
from livn_core.culture.validation import validate
from livn_core.errors import ConfigError
from livn_core.plugins.registry import registry
from livn_core.sampling.projection import Projection
from livn_core.verify import verify

PROFILE = {"distances": [20.0, 50.0, 200.0, 400.0], "weights": [1.0, 3.0, 1.0, 0.5]}


def table(**parameters):
    return registry().create("kernel", "table", parameters)


def test_a_profile_is_linear_between_its_points_and_ends_with_the_last():
    kernel = table(**PROFILE)
    distance = np.array([0.0, 20.0, 35.0, 50.0, 125.0, 400.0, 400.1, 1e9])
    np.testing.assert_allclose(kernel.weight(distance), [1, 1, 2, 3, 2, 0.5, 0, 0])
    assert kernel.length_scale is None


@pytest.mark.parametrize("weights", [[1.0, 3, 1, 0.5], [3, 1, 1, 0], [0, 0, 1, 2], [2, 1, 3, 1]])
def test_its_bound_is_exact_over_every_interval(weights):
    kernel = table(distances=PROFILE["distances"], weights=weights)
    rng = np.random.default_rng(1)
    # The ends are on a lattice of 1 um, where the highest value of an interval is.
    nearest, farthest = np.sort(rng.integers(0, 450, (2, 500)), axis=0).astype(float)
    fine = np.arange(0.0, 451.0)
    weight = kernel.weight(fine)
    highest = [weight[int(a) : int(b) + 1].max() for a, b in zip(nearest, farthest, strict=True)]
    np.testing.assert_allclose(kernel.bound(nearest, farthest), highest, rtol=1e-12)
    infinite = np.full(len(nearest), np.inf)
    to_the_end = [weight[int(a) :].max() for a in nearest]
    np.testing.assert_allclose(kernel.bound(nearest, infinite), to_the_end, rtol=1e-12)
    assert kernel.monotone == (np.diff(weight) <= 0).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"distances": [20, 50, 50, 400]}, "must be >= 0 and ascend"),
        ({"distances": [-1, 50, 60, 400]}, "must be >= 0 and ascend"),
        ({"weights": [1, 2, 3]}, "has 4 distances for 3 weights"),
        ({"weights": [1, -2, 3, 1]}, "must be >= 0, and one of them positive"),
        ({"weights": [0, 0, 0, 0]}, "must be >= 0, and one of them positive"),
        ({"distances": [3], "weights": [1]}, "needs at least two points"),
        ({"profile": "p.csv"}, "has both a profile and lists"),
    ],
)
def test_points_that_are_no_profile(change, words):
    with pytest.raises(ConfigError, match=words):
        table(**{**PROFILE, **change})


def test_a_profile_from_a_file(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "profile.csv").write_text("# measured\nweight;distance\n3;0\n1;200\n")
    (tmp_path / "sub" / "net.yml").write_text(
        "connectivity: {kernel: table, kernel_kwargs: {profile: profile.csv}, mean_degree: 0.1}\n"
    )
    monkeypatch.chdir(tmp_path)
    system = generate("sub/net.yml", output_directory="made")
    entry = system.graph["connections"]["culture2d"]["config"]["synapses"]["EXC"]["EXC"]["kernel"]
    assert (entry["distances"], entry["weights"]) == ([0.0, 200.0], [3.0, 1.0])
    for text, words in (
        ("distance\n1\n", "has no column 'weight'"),
        ("distance,weight\n0,1\n5,x\n", "line 3: weight is 'x', not a finite number"),
        ("distance,weight\n0\n", "line 2: weight is missing"),
        ("", "holds no rows"),
    ):
        (tmp_path / "sub" / "profile.csv").write_text(text)
        with pytest.raises(ConfigError, match=words):
            table(profile="sub/profile.csv")
    with pytest.raises(ConfigError, match=r"'none.csv' does not exist"):
        table(profile="none.csv")


@pytest.mark.parametrize("rule", ["pairwise_bernoulli", "fixed_indegree"])
@pytest.mark.parametrize(
    ("kernel", "kwargs"), [("uniform", {}), ("table", PROFILE)], ids=["uniform", "table"]
)
def test_a_scale_that_it_does_not_have_is_an_error(findings_of, rule, kernel, kwargs):
    connectivity = {"rule": rule, "kernel": kernel, "kernel_kwargs": kwargs}
    assert validate({"connectivity": connectivity}).projection("EXC", "EXC").rule.cutoff is None
    for key in ("sigma", "cutoff"):
        found = findings_of({"connectivity": {**connectivity, key: 3.0}})
        assert list(found) == [f"connectivity.{key}"]
        assert f"({kernel}) has a sigma" in found[f"connectivity.{key}"]
        own = {"kernel": kernel, "kernel_kwargs": kwargs, key: 3.0}
        found = findings_of({"connectivity": {"projections": {"INH->EXC": own}}})
        assert list(found) == [f"connectivity.projections.INH->EXC.{key}"]
    # Where another projection's kernel has one, it is that one's.
    mixed = {**connectivity, "projections": {"INH->EXC": {"kernel": "gaussian"}}, "sigma": 70.0}
    made = validate({"connectivity": mixed})
    assert made.projection("INH", "EXC").rule.cutoff_um == 210
    assert made.projection("EXC", "EXC").rule.cutoff_um is None


def test_uniform_pairs_have_one_probability():
    cells = cells_at("EXC", np.random.default_rng(2).uniform(0, 1000, (200, 2)))
    kernel = registry().create("kernel", "uniform")
    amplitude = solve(Projection.within(cells), kernel, 20.0)
    assert amplitude.value == pytest.approx(20 / 199, rel=1e-9)


@pytest.mark.parametrize(
    "connectivity",
    [
        {"distance": "space", "sigma": 250, "mean_degree": 4},
        {"distance": "space", "kernel": "table", "kernel_kwargs": PROFILE, "mean_degree": 2},
        {"kernel": "uniform"},
        {"kernel": "uniform", "amplitude": 0.05},
        {"kernel": "table", "kernel_kwargs": PROFILE, "mean_degree": 2},
        {"rule": "fixed_indegree", "kernel": "uniform", "mean_degree": 7},
        {"rule": "fixed_indegree", "kernel": "table", "kernel_kwargs": PROFILE, "mean_degree": 1},
    ],
)
def test_verify_accepts_what_is_made(tmp_path, connectivity):
    system = generate(
        total_cells=600,
        z_range=[0, 300],
        random_seed=4,
        connectivity=connectivity,
        output_directory=tmp_path / "made",
    )
    report = verify(system.path)
    assert report.of("fatal") == ()
    assert {verdict.check for verdict in report.of("warning")} <= {"reachable-degree"}
    entry = system.graph["connections"]["culture2d"]["config"]["synapses"]["EXC"]["EXC"]["kernel"]
    assert entry["distance"] == connectivity.get("distance", "plane")
    stored = [v.expected for v in report.verdicts if v.check == "stored-distances"]
    assert set(stored) == {
        "the distance in space, um"
        if "distance" in connectivity
        else "the distance in the plane, um"
    }


def test_distances_of_another_kind_are_found(tmp_path):
    system = generate(
        total_cells=200,
        z_range=[0, 300],
        random_seed=4,
        connectivity={"distance": "space"},
        output_directory=tmp_path / "made",
    )
    file = system.path / "provenance.json"
    file.write_text(file.read_text().replace('"distance": "space"', '"distance": "plane"'))
    checks = {verdict.check for verdict in verify(system.path).of("fatal")}
    assert "stored-distances" in checks


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("scale", [1e-300, 1e-310, 1e300])
def test_the_scale_of_a_profile_does_not_matter(tmp_path, scale):
    def made(name, factor):
        weights = [factor * weight for weight in (1.0, 1.0, 0.5, 0.0)]
        kernel = {"distances": [0.0, 100.0, 400.0, 900.0], "weights": weights}
        return generate(
            total_cells=100,
            connectivity={"kernel": "table", "kernel_kwargs": kernel, "mean_degree": 3},
            output_directory=tmp_path / name,
        )

    plain, scaled = made("plain", 1.0), made("scaled", scale)
    for pair in plain.projections:
        assert scaled.edge_count(*pair) == pytest.approx(plain.edge_count(*pair), abs=1)
    assert verify(tmp_path / "scaled").passed
