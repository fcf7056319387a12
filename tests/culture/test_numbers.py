"""The numbers of a flat culture are those that were asked for.

Inputs are small versions of what users of such tools reported; seeds are fixed and tolerances are
in standard errors of the quantity that is tested.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from livn_core import ConfigError, LivnError, System, generate
from livn_core.culture.program import CultureProgram
from livn_core.culture.validation import validate
from livn_core.errors import DegreeError
from livn_core.run.run import run_program


@pytest.fixture
def make(base, tmp_path):
    """Generate the small culture with some keys replaced."""
    made = 0

    def make(**settings) -> System:
        nonlocal made
        made += 1
        configuration = {**base, **settings}
        configuration = {k: v for k, v in configuration.items() if v is not ...}
        return generate(configuration, output_directory=tmp_path / f"system{made}")

    return make


def ranges(system: System) -> dict[str, tuple[int, int]]:
    return {p.name: (p.start, p.count) for p in system.populations}


def test_gids_follow_the_alphabet_whatever_the_type_ids(make):
    system = make(
        populations={
            "PYR": {"count": 8, "synapse_type": "excitatory"},
            "BC": {"count": 2, "synapse_type": "inhibitory"},
        },
        population_definitions={"PYR": 10, "BC": 11},
        connectivity={
            "kernel": "exponential",
            "sigma": 200.0,
            "mean_degree": {"PYR->BC": 3, "BC->PYR": 1, "default": 0},
        },
        total_cells=...,
    )
    assert ranges(system) == {"BC": (0, 2), "PYR": (2, 8)}
    livn = pytest.importorskip("livn.system")
    simulated = livn.System(str(system.path))
    assert simulated.cells_meta_data.population_ranges == ranges(system)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {
                "populations": {
                    "EXC": {"count": 0, "synapse_type": "excitatory"},
                    "INH": {"count": 2, "synapse_type": "inhibitory"},
                },
                "total_cells": ...,
                "connectivity": {"mean_degree": 0},
            },
            {"EXC": (0, 0), "INH": (0, 2)},
        ),
    ],
)
def test_an_empty_population_shifts_no_other(make, settings, expected):
    system = make(**settings)
    assert ranges(system) == expected
    livn = pytest.importorskip("livn.system")
    simulated = livn.System(str(system.path))
    assert {
        name: tuple(simulated.cells_meta_data.population_ranges[name]) for name in expected
    } == expected


@pytest.mark.parametrize(
    "connectivity",
    [
        {"kernel": "exponential", "sigma": 50, "cutoff": None},
        {"kernel": "exponential", "sigma": 600, "cutoff": 1.5},
        {"kernel": "exponential", "sigma": 600, "cutoff": 2.0},
        {"kernel": "gaussian", "sigma": 50, "cutoff": None},
        {"kernel": "gaussian", "sigma": 500, "cutoff": 3.0},
    ],
)
def test_mean_in_degree_survives_clip_and_cutoff(make, connectivity):
    degrees = []
    for seed in range(1, 9):
        system = make(
            area_kwargs={},
            populations={"EXC": {"count": 200, "synapse_type": "excitatory"}},
            population_definitions={"EXC": 10},
            connectivity={**connectivity, "mean_degree": 20},
            random_seed=seed,
            total_cells=...,
        )
        degrees.append(system.edge_count("EXC", "EXC") / 200)
    # Edges are independent Bernoulli pairs, so the variance of their number is at most its mean.
    error = np.sqrt(20 / 200 / len(degrees))
    assert abs(np.mean(degrees) - 20) < 4 * error


def test_an_unreachable_degree_says_what_can_be_reached(make):
    with pytest.raises(DegreeError, match=r"(?s)EXC->EXC.*20.*largest.*\d") as caught:
        make(
            area_kwargs={},
            populations={"EXC": {"count": 200, "synapse_type": "excitatory"}},
            population_definitions={"EXC": 10},
            connectivity={
                "kernel": "exponential",
                "sigma": 600,
                "cutoff": 0.1,
                "mean_degree": 20,
                "unreachable_degree": "error",
            },
            total_cells=...,
        )
    assert caught.value.exit_code == 2


def test_the_default_degree_gives_way_where_it_cannot_be_reached(make):
    """50 cells on the default 4 x 4 mm: few INH cells lie within three sigma of an EXC cell."""
    with pytest.warns(UserWarning, match="INH->EXC: a mean in-degree of 10 cannot be reached"):
        system = make(area_kwargs={}, total_cells=50, connectivity={})
    assert any("INH->EXC" in warning for warning in system.provenance["warnings"])
    xy = {p.name: system.positions(p.name)[:, :2].astype(float) for p in system.populations}
    pair = np.hypot(*(xy["INH"][:, None] - xy["EXC"][None]).transpose(2, 0, 1))
    assert system.edge_count("INH", "EXC") == (pair <= 1500).sum()
    with pytest.warns(UserWarning, match="INH->EXC"):
        again = make(**system.provenance["configuration"])
    assert again.digest() == system.digest()


def test_degree_zero_is_none(make):
    system = make(
        connectivity={
            "kernel": "exponential",
            "sigma": 200,
            "mean_degree": {"EXC->EXC": 0, "default": 5},
        }
    )
    assert set(system.projections) == {("EXC", "INH"), ("INH", "EXC"), ("INH", "INH")}


@pytest.mark.parametrize("seed", [1, 2, 3, 50, 200])
def test_probability_one_is_all(make, seed):
    system = make(
        populations={"EXC": {"count": 5, "synapse_type": "excitatory"}},
        population_definitions={"EXC": 10},
        connectivity={"kernel": "gaussian", "sigma": 1e9, "mean_degree": 4},
        random_seed=seed,
        total_cells=...,
    )
    assert system.edge_count("EXC", "EXC") == 20


@pytest.mark.parametrize("degree", [-1, float("nan"), None, "10", True])
def test_a_degree_that_is_no_number_is_refused(make, degree):
    with pytest.raises(ConfigError, match="mean_degree"):
        make(connectivity={"mean_degree": degree})


def test_degree_is_the_targets(make):
    system = make(
        populations={
            "EXC": {"count": 100, "synapse_type": "excitatory"},
            "INH": {"count": 10, "synapse_type": "inhibitory"},
        },
        connectivity={
            "kernel": "gaussian",
            "sigma": 1e6,
            "mean_degree": {"EXC->INH": 20, "default": 0},
        },
        total_cells=...,
    )
    assert system.projections == (("EXC", "INH"),)
    edges = system.edge_count("EXC", "INH")
    # p = 0.2 for each of 1,000 pairs.
    assert abs(edges - 200) < 4 * np.sqrt(1000 * 0.2 * 0.8)
    assert system.out_degrees("EXC", "INH").sum() == system.in_degrees("EXC", "INH").sum() == edges
    assert len(system.in_degrees("EXC", "INH")) == 10


def test_distances_are_in_the_plane_and_follow_the_kernel(make):
    """Chi-square of the distances of the realised edges against p(d), z being ten times as deep."""
    system = make(
        total_cells=...,
        z_range=[0, 5000],
        populations={"EXC": {"count": 1500, "synapse_type": "excitatory"}},
        population_definitions={"EXC": 10},
        connectivity={"kernel": "gaussian", "sigma": 150.0, "mean_degree": 30, "cutoff": None},
    )
    xy = system.positions("EXC")[:, :2].astype(float)
    pair = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    np.fill_diagonal(pair, np.inf)
    kernel = json.loads((system.path / "graph.json").read_text())["connections"]["culture2d"][
        "config"
    ]["synapses"]["EXC"]["EXC"]["kernel"]
    probability = np.minimum(1, kernel["amplitude"] * np.exp(-(pair**2) / (2 * 150.0**2)))
    edges = np.linspace(0, 600, 25)
    drawn = np.zeros(24)
    for slab in system.edges("EXC", "EXC"):
        d = pair[slab.targets, slab.sources]
        np.testing.assert_allclose(slab.columns["distance"], d, rtol=1e-6)
        drawn += np.histogram(d, edges)[0]
    expected, _ = np.histogram(pair, edges, weights=probability)
    variance, _ = np.histogram(pair, edges, weights=probability * (1 - probability))
    chi2 = ((drawn - expected) ** 2 / variance).sum()
    assert chi2 < 51.2  # 99.9 % of chi-square with 24 degrees of freedom


@pytest.mark.parametrize("inner", [0.0, 300.0])
def test_a_disk_is_uniform_by_area(make, inner):
    system = make(
        area="disk",
        area_kwargs={"radius": 500.0, "inner_radius": inner, "center": [100, -50]},
        total_cells=...,
        populations={"EXC": {"count": 20000, "synapse_type": "excitatory"}},
        population_definitions={"EXC": 10},
        connectivity={"mean_degree": 0},
    )
    x, y, z = system.positions("EXC").astype(float).T
    x, y = x - 100, y + 50
    share = (x**2 + y**2 - inner**2) / (500.0**2 - inner**2)
    assert share.min() > -1e-6
    assert share.max() < 1 + 1e-6
    angle = np.arctan2(y, x) / (2 * np.pi) + 0.5
    for uniform in (share, angle, z / 10):
        counts, _ = np.histogram(uniform, 20, (0, 1))
        assert ((counts - 1000) ** 2 / 1000).sum() < 43.8  # 99.9 %, 19 degrees of freedom


def test_in_degrees_spread_like_independent_pairs(make):
    """Far from the border, in-degrees are Poisson-binomial: variance is sum of p(1 - p)."""
    system = make(
        total_cells=...,
        populations={"EXC": {"count": 2000, "synapse_type": "excitatory"}},
        population_definitions={"EXC": 10},
        connectivity={"kernel": "gaussian", "sigma": 1e7, "mean_degree": 500},
    )
    degrees = system.in_degrees("EXC", "EXC")
    variance = 1999 * (500 / 1999) * (1 - 500 / 1999)
    # Relative standard error of a sample variance of n values is sqrt(2 / n).
    assert abs(degrees.var() / variance - 1) < 4 * np.sqrt(2 / 2000)


def test_locations_are_inside_and_land_where_the_transmitter_says(make):
    system = make()
    for population in system.populations:
        counts, columns = system.synapses(population.name, 0, population.count)
        assert counts.sum() > 0
        assert set(np.unique(columns["syn_locs"])) == {0.5}
        inhibitory = columns["syn_types"] == 1
        soma = inhibitory | (population.name == "INH")
        np.testing.assert_array_equal(columns["syn_secs"], np.where(soma, 0, 1))
        np.testing.assert_array_equal(columns["swc_types"], np.where(soma, 1, 4))
        begins = np.cumsum(counts) - counts
        np.testing.assert_array_equal(
            columns["syn_ids"], np.arange(counts.sum()) - np.repeat(begins, counts)
        )


def test_each_edge_names_a_synapse_of_its_target(make):
    system = make()
    for population in system.populations:
        used = [set() for _ in range(population.count)]
        for source, target in system.projections:
            if target != population.name:
                continue
            for slab in system.edges(source, target):
                for cell, synapse in zip(slab.targets, slab.columns["syn_id"], strict=True):
                    assert synapse not in used[cell]
                    used[cell].add(int(synapse))
        counts, _ = system.synapses(population.name, 0, population.count)
        assert [len(ids) for ids in used] == counts.tolist()


def test_same_seed_same_digest_and_populations_stay_put(make):
    first, second = make(), make()
    assert first.digest() == second.digest() == first.provenance["digest"]
    assert (first.path / "graph.json").read_text() == (second.path / "graph.json").read_text()
    assert make(random_seed=8).digest() != first.digest()
    more = make(
        total_cells=...,
        populations={
            "AAA": {"count": 30, "synapse_type": "excitatory"},
            "EXC": {"count": 80, "synapse_type": "excitatory"},
            "INH": {"count": 20, "synapse_type": "inhibitory"},
        },
        population_definitions=...,
    )
    for name in ("EXC", "INH"):
        np.testing.assert_array_equal(more.positions(name), first.positions(name))
    assert more.edge_count("INH", "EXC") == first.edge_count("INH", "EXC")


def test_block_size_changes_nothing(make, base, tmp_path):
    program = CultureProgram(validate(base), block_edges=13)
    assert len(program.tasks()) > 10
    assert run_program(program, tmp_path / "cut").digest() == make().digest()


def test_an_unwritten_seed_is_drawn_and_recorded(make):
    drawn = make(random_seed=None)
    seed = drawn.provenance["configuration"]["random_seed"]
    assert isinstance(seed, int)
    assert make(random_seed=seed).digest() == drawn.digest()


def test_provenance_gives_the_same_system_back(make):
    first = make(random_seed=2**63, z_range=(np.float32(0), np.int64(20)))
    again = json.loads((first.path / "provenance.json").read_text())["configuration"]
    assert make(**again).digest() == first.digest()


def test_a_projection_without_edges_is_in_no_file_and_in_provenance(make):
    system = make(
        total_cells=...,
        populations={
            "EXC": {"count": 3, "synapse_type": "excitatory"},
            "INH": {"count": 2, "synapse_type": "inhibitory"},
        },
        connectivity={
            "kernel": "exponential",
            "sigma": 200,
            "mean_degree": {"EXC->EXC": 1.0, "INH->INH": 1e-6, "default": 0},
        },
    )
    assert system.projections == (("EXC", "EXC"),)
    assert "INH->INH" in json.dumps(system.provenance)
    graph = json.loads((system.path / "graph.json").read_text())
    assert set(graph["connections"]["culture2d"]["config"]["synapses"]) == {"EXC"}


def test_min_probability_drops_the_tail(make):
    settings = {"kernel": "exponential", "sigma": 100.0, "mean_degree": 5, "cutoff": None}
    system = make(connectivity={**settings, "min_probability": 0.05})
    for source, target in system.projections:
        kernel = system.graph["connections"]["culture2d"]["config"]["synapses"][target][source][
            "kernel"
        ]
        reach = -100.0 * np.log(0.05 / kernel["amplitude"])
        for slab in system.edges(source, target):
            assert slab.columns["distance"].max() <= reach * (1 + 1e-6)


def test_an_existing_directory_is_kept(make, base):
    system = make()
    before = system.digest()
    with pytest.raises(LivnError, match="exists") as caught:
        generate({**base, "random_seed": 1}, output_directory=system.path)
    assert "overwrite" in caught.value.hint
    assert System(system.path).digest() == before
    replaced = generate({**base, "random_seed": 1}, output_directory=system.path, overwrite=True)
    assert replaced.digest() != before
