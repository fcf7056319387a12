"""``livn_core.sweep`` and ``livn_core.simulator``: the members of a study, and theta -> x."""

from __future__ import annotations

import numpy as np
import pytest

import livn_core
from livn_core.errors import LivnError

SIGMA = {"connectivity.sigma": [100, 200]}
SMALL = {"total_cells": 30, "random_seed": 7}


def edges(network):
    return [network.edge_count("EXC", "EXC"), network.in_degrees("EXC", "INH").mean()]


def test_its_members_are_those_of_the_command(livn_here, tmp_path):
    words = ("--total-cells", "30", "--seed", "7", "--vary", "connectivity.sigma=100,200")
    assert livn_here("sweep", *words, "--replicates", "2").code == 0
    made = list(livn_core.sweep(vary=SIGMA, replicates=2, **SMALL))
    assert len(made) == 4
    for member in made:
        system = livn_core.System(tmp_path / "runs" / member.path)
        assert np.array_equal(member.result.positions("EXC"), system.positions("EXC"))
        written = member.result.write(tmp_path / f"{member.replicate}{member.values}")
        assert written.digest() == system.digest()
        assert member.seed == system.provenance["seed"]
    kept = list(livn_core.sweep(tmp_path / "runs/study.yml", summary=edges, jobs=2))
    assert [member.result for member in kept] == [edges(member.result) for member in made]


def test_the_first_member_that_cannot_be_is_named():
    members = livn_core.sweep(vary={"connectivity.sigma": [100, -5]}, summary=edges, jobs=2)
    with pytest.raises(LivnError, match=r"sigma=-5/r000: .*greater than 0"):
        list(members)


def test_a_simulator_is_the_same_on_any_number_of_cores():
    keys = ["connectivity.sigma", "connectivity.mean_degree"]
    theta = np.array([[100.0, 2], [200, 4], [300.5, 6]])
    one = livn_core.simulator(None, keys, edges, jobs=1, total_cells=40)
    two = livn_core.simulator(None, keys, edges, jobs=2, total_cells=40)
    x = two(theta, seed=3)
    assert x.shape == (3, 2)
    assert np.array_equal(x, one(theta, seed=3))
    assert np.array_equal(one(theta[0], seed=3), x[0])
    assert not np.array_equal(one(theta, seed=4), x)
    assert x[0, 0] < x[1, 0] < x[2, 0]


def test_what_no_culture_is_is_said_with_its_parameters():
    simulate = livn_core.simulator(None, ["connectivity.sigma"], edges, jobs=2, total_cells=20)
    with pytest.raises(LivnError, match=r"'connectivity\.sigma': -1"):
        simulate([[100.0], [-1.0]])
    with pytest.raises(LivnError, match=r"values are due, of connectivity\.sigma"):
        simulate([[100.0, 3.0]])
    assert simulate(np.empty((0, 1))).shape[0] == 0


def test_values_are_arrays_and_ranges_too():
    made = livn_core.sweep(
        "EI1", vary={"connectivity.sigma": np.array([100, 200])}, replicates=np.int64(2)
    )
    assert [each.path for each in made] == [
        f"sigma={sigma}/r00{replicate}" for sigma in (100, 200) for replicate in (0, 1)
    ]
    seeds = livn_core.sweep("EI1", vary={"random_seed": range(3)})
    assert [each.seed for each in seeds] == [0, 1, 2]
    simulate = livn_core.simulator(
        "EI1", "total_cells", lambda network: [len(network.positions("INH"))], jobs=1
    )
    assert simulate([[10], [20]]).ravel().tolist() == [2, 4]
