"""Kernels in shares of the connections: what they give, what they refuse, what is recorded."""

import json

import numpy as np
import pytest
from sampling import cells_at

from livn_core import generate
from livn_core.errors import ConfigError
from livn_core.plugins.kernels import kernel_in
from livn_core.plugins.registry import registry
from livn_core.sampling.projection import Projection
from livn_core.system.mixtures import part_shares
from livn_core.verify import verify

PARTS = [
    {"kernel": "gaussian", "sigma": 60.0, "share": 0.7},
    {"kernel": "uniform", "share": 0.3},
]


def mixture(parts=PARTS, **parameters):
    return registry().create("kernel", "mixture", {"parts": parts, **parameters})


def rule(name, degree, parts=PARTS, **parameters):
    given = {"kernel": mixture(parts), "mean_degree": degree, **parameters}
    return registry().create("connectivity", name, given)


def square(count, side=1500.0):
    return cells_at("EXC", np.random.default_rng(3).uniform(0, side, (count, 2)))


@pytest.mark.parametrize("count", [1500, 4000])
def test_parts_have_their_shares_of_the_expected_connections(count):
    # 4000 cells are more pairs than are evaluated one by one.
    projection = Projection.within(square(count))
    kernel = rule("pairwise_bernoulli", 1).prepared(projection).kernel
    at = projection.source.positions[:, :2]
    sums = np.zeros(2)
    for cell in range(count):
        away = np.hypot(*(at - at[cell]).T)
        sums += kernel.weights(np.delete(away, cell)).sum(axis=1)
    np.testing.assert_allclose(sums / sums.sum(), [0.7, 0.3], atol=2e-4)


def test_the_drawn_connections_have_the_shares():
    projection = Projection.within(square(2000), seed=5)
    connector = rule("pairwise_bernoulli", 10).connect(projection)
    edges = connector.sources(0, 2000)
    # Beyond three sigma there are only uniform ones: 0.3 of all, less those that are near.
    at = projection.source.positions[:, :2]
    far = np.mean([(np.hypot(*(at - at[i]).T) > 180).sum() / 1999 for i in range(2000)])
    total = int(edges.counts.sum())
    assert total == pytest.approx(connector.expected_edges, abs=5 * np.sqrt(total))
    assert connector.expected_edges == pytest.approx(20_000, rel=1e-3)
    expected = 0.3 * far
    error = np.sqrt(expected * (1 - expected) / total)
    assert (edges.distances > 180).mean() == pytest.approx(expected, abs=4 * error + 1e-3)


def test_the_bound_holds_over_every_interval():
    profile = {"kernel": "table", "distances": [20, 50, 400], "weights": [1, 3, 0.5], "share": 0.3}
    kernel = mixture([PARTS[0], profile])
    assert (kernel.monotone, mixture().monotone) == (False, True)
    nearest, farthest = np.sort(np.random.default_rng(1).uniform(0, 450, (2, 200)), axis=0)
    for a, b, bound in zip(nearest, farthest, kernel.bound(nearest, farthest), strict=True):
        assert kernel.weight(np.linspace(a, b, 50)).max() <= bound * (1 + 1e-12)


@pytest.mark.parametrize(
    ("parts", "more", "words"),
    [
        ([PARTS[0]], {}, "add up to 0.7, not to 1"),
        ([], {}, "parts"),
        ([{**PARTS[1], "cutoff": 2}, PARTS[0]], {}, "which this kernel does not have"),
        ([{**PARTS[1], "sigma": 2}, PARTS[0]], {}, "sigma"),
        ([{"kernel": "uniform"}], {}, "share"),
        ([{"share": 1.0}], {}, "kernel"),
        ([{"kernel": "uniform", "share": -1.0}], {}, "share"),
        (PARTS, {"factors": [1.0]}, "has 1 factors for 2 parts"),
        (PARTS, {"factors": [1.0, -1.0]}, "must be finite and >= 0"),
    ],
)
def test_what_is_no_mixture(parts, more, words):
    with pytest.raises(ConfigError, match=words):
        mixture(parts, **more)


def test_a_part_that_reaches_no_pair_is_an_error():
    parts = [{**PARTS[0], "sigma": 1e-3}, PARTS[1]]
    with pytest.raises(ConfigError, match=r"reach of the part 'gaussian', share 0\.7"):
        rule("pairwise_bernoulli", 1, parts).connect(Projection.within(square(50)))


@pytest.mark.parametrize(
    "name",
    ["pairwise_bernoulli", "fixed_indegree"],
)
def test_verify_accepts_what_is_made_and_graph_json_has_the_kernel(tmp_path, name):
    system = generate(
        total_cells=600,
        random_seed=4,
        connectivity={
            "rule": name,
            "kernel": "mixture",
            "kernel_kwargs": {"parts": PARTS},
            "mean_degree": 4,
        },
        output_directory=tmp_path / "made",
    )
    assert verify(system.path).of("fatal") == ()
    synapses = system.graph["connections"]["culture2d"]["config"]["synapses"]
    entry = synapses["EXC"]["EXC"]["kernel"]
    assert [part["kernel"] for part in entry["parts"]] == ["gaussian", "uniform"]
    assert [part["cutoff"] for part in entry["parts"]] == [3.0, None]
    assert max(entry["factors"]) == 1
    assert min(entry["factors"]) > 0
    kernel = kernel_in(entry)
    beyond = kernel.weight(np.array([181.0, 900.0]))
    assert beyond == pytest.approx(entry["factors"][1])


def test_the_general_sigma_is_not_that_of_the_parts(findings_of):
    found = findings_of(
        {"connectivity": {"kernel": "mixture", "kernel_kwargs": {"parts": PARTS}, "sigma": 50}}
    )
    assert list(found) == ["connectivity.sigma"]


def test_the_file_of_a_part_lies_where_the_configuration_does(livn_here, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/measured.csv").write_text("distance,weight\n0,1\n100,0.5\n200,0\n")
    (tmp_path / "sub/net.yml").write_text(
        "area: disk\ntotal_cells: 100\nconnectivity:\n  kernel: mixture\n  mean_degree: 3\n"
        "  kernel_kwargs: {parts: [{kernel: table, profile: measured.csv, share: 0.8}, "
        "{kernel: uniform, share: 0.2}]}\n"
    )
    ran = livn_here("generate", "sub/net.yml", "--output", "made")
    assert ran.code == 0, ran.err
    assert livn_here("reproduce", "made").code == 0


def test_with_factors_and_modules(tmp_path):
    """The shares are those of all pairs of the projection, whatever else changes their weights."""
    system = generate(
        area="modules",
        area_kwargs={"rows": 1, "columns": 2, "side": 400, "gap": 100},
        total_cells=1000,
        random_seed=1,
        populations={
            "EXC": {"ratio": 0.8, "out_degree": {"law": "lognormal", "cv": 0.4}},
            "INH": {"ratio": 0.2},
        },
        connectivity={
            "kernel": "mixture",
            "kernel_kwargs": {"parts": PARTS},
            "mean_degree": 20,
            "between": 0.3,
        },
        output_directory=tmp_path / "made",
    )
    assert verify(system.path).of("fatal") == ()
    for pair in (("EXC", "EXC"), ("INH", "EXC")):
        degrees = system.in_degrees(*pair)
        error = np.sqrt(20 / len(degrees))
        assert degrees.mean() == pytest.approx(20, abs=4 * error)


@pytest.mark.parametrize("change", [{"mask": "visible"}, {"distance": "space"}])
def test_the_shares_hold_for_what_is_seen_and_in_space(tmp_path, change):
    """Shares of the pairs that may connect, in the distance that counts; what is stored follows."""
    document = {
        "total_cells": 900,
        "random_seed": 8,
        "area": "modules",
        "area_kwargs": {"rows": 1, "columns": 2, "side": 700, "gap": 100},
        "z_range": [0, 150],
        "connectivity": {
            "kernel": "mixture", "kernel_kwargs": {"parts": PARTS}, "mean_degree": 2, **change
        },
    }  # fmt: skip
    system = generate(document, output_directory=tmp_path / "out")
    assert verify(system.path).of("fatal") == ()
    modules = system.attributes("EXC", "Culture")["module"]
    (slab,) = system.edges("EXC", "EXC")
    crossing = modules[slab.sources] != modules[slab.targets]
    # Of the far connections half would go to the other module.
    assert (not crossing.any()) == ("mask" in change)
    for source, target in system.projections:
        shares = part_shares(system, source, target)
        edges = system.edge_count(source, target)
        assert [part["asked"] for part in shares] == [0.7, 0.3]
        assert shares[0]["realised"] == pytest.approx(0.7, abs=4 * np.sqrt(0.21 / edges) + 0.01)


def test_inspect_says_the_realised_shares(tmp_path, livn):
    """Where p is clipped nearby, the far part comes out larger than asked."""
    document = {
        "total_cells": 150,
        "connectivity": {
            "kernel": "mixture",
            "kernel_kwargs": {"parts": PARTS},
            "mean_degree": {"EXC->EXC": 10},
        },
    }
    generate(document, output_directory=tmp_path / "out")
    (row,) = json.loads(livn("inspect", "out", "--json").out)["projections"]
    assert [part["kernel"] for part in row["parts"]] == ["gaussian", "uniform"]
    assert sum(part["realised"] for part in row["parts"]) == pytest.approx(1)
    assert row["parts"][1]["realised"] > 0.5
    assert "Shares of a mixture's parts, asked for and realised:" in livn("inspect", "out").out
