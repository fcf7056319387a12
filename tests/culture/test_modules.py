"""Modules: exact numbers, factors between them, lines of sight, selections."""

import numpy as np
import pytest

from livn_core import generate
from livn_core.culture.modules import cells_in_modules
from livn_core.culture.validation import validate
from livn_core.errors import ComponentNotFoundError, ConfigError
from livn_core.selection import select_modules
from livn_core.verify import verify

FOUR = {
    "area": "modules",
    "area_kwargs": {"rows": 2, "columns": 2, "side": 200, "gap": 200},
    "total_cells": 160,
    "connectivity": {"sigma": 200, "mean_degree": 8},
}
NAMES = ["A1", "A2", "B1", "B2"]


def made(tmp_path, document):
    return generate(document, output_directory=tmp_path / "modular")


def modules_of(system):
    return {p.name: system.attributes(p.name, "Culture")["module"] for p in system.populations}


def crossing(system):
    """Return edges within a module, and from one to another, of all projections."""
    ids, found = modules_of(system), np.zeros(2, int)
    for source, target in system.projections:
        for slab in system.edges(source, target):
            a, b = ids[source][slab.sources], ids[target][slab.targets]
            found += [(a == b).sum(), (a != b).sum()]
    return found


def test_numbers_are_exact(tmp_path):
    system = made(tmp_path, FOUR)
    found = {name: np.bincount(ids).tolist() for name, ids in modules_of(system).items()}
    assert found == {"EXC": [32] * 4, "INH": [8] * 4}
    assert system.graph["architecture"]["config"]["modules"] == NAMES
    assert system.provenance["modules"] == NAMES
    x, y, _ = system.positions("EXC")[modules_of(system)["EXC"] == 1].T
    assert ((x >= 100) & (x <= 300)).all()
    assert ((y >= 100) & (y <= 300)).all()
    report = verify(system.path)
    assert report.passed
    assert "modules" in {verdict.check for verdict in report.verdicts}


@pytest.mark.parametrize("rule", ["pairwise_bernoulli", "fixed_indegree"])
def test_between_0_leaves_no_edge_across(tmp_path, rule):
    system = made(
        tmp_path,
        FOUR
        | {"connectivity": {**FOUR["connectivity"], "between": 0, "rule": rule, "mean_degree": 5}},
    )
    within, across = crossing(system)
    assert across == 0
    assert within > 500
    assert system.in_degrees("EXC", "EXC").mean() == pytest.approx(5, abs=4 * np.sqrt(5 / 128))
    assert verify(system.path).passed


def test_between_is_directed_and_the_degree_is_kept(tmp_path):
    between = {"A1->A2": 1, "default": 0.1}
    document = {**FOUR, "total_cells": 2000}
    document["connectivity"] = {
        "sigma": 2000,
        "cutoff": None,
        "mean_degree": 30,
        "between": between,
    }
    system = made(tmp_path, document)
    ids = modules_of(system)["EXC"]
    pairs = np.zeros((4, 4))
    for slab in system.edges("EXC", "EXC"):
        np.add.at(pairs, (ids[slab.sources], ids[slab.targets]), 1)
    assert pairs[0, 1] / pairs[1, 0] == pytest.approx(10, rel=0.2)
    assert system.in_degrees("EXC", "EXC").mean() == pytest.approx(30, abs=4 * np.sqrt(30 / 1600))
    assert verify(system.path).passed


def test_mask_visible_lets_nothing_cross_a_wall(tmp_path):
    document = {**FOUR, "connectivity": {**FOUR["connectivity"], "mask": "visible"}}
    system = made(tmp_path, document)
    within, across = crossing(system)
    assert (across, within > 500) == (0, True)
    assert verify(system.path).passed


def test_mask_visible_around_a_hole(tmp_path):
    document = {
        "area": "disk",
        "area_kwargs": {"radius": 300, "inner_radius": 150},
        "total_cells": 200,
        "connectivity": {"sigma": 300, "mean_degree": 10, "mask": "visible"},
    }
    system = made(tmp_path, document)
    every = system.positions("EXC").astype(float)[:, :2]
    for slab in system.edges("EXC", "EXC"):
        a, b = every[slab.sources], every[slab.targets]
        along = b - a
        share = np.clip(-(a * along).sum(1) / (along**2).sum(1), 0, 1)
        assert np.hypot(*(a + share[:, None] * along).T).min() > 149.9
    assert verify(system.path).passed


def test_populations_have_modules_of_their_own(tmp_path):
    document = {
        **FOUR,
        "populations": {
            "EXC": {"ratio": 0.8, "modules": {"A1": 3, "A2": 1}},
            "INH": {"ratio": 0.2, "modules": ["B1"]},
        },
    }
    found = {
        n: np.bincount(i, minlength=4).tolist()
        for n, i in modules_of(made(tmp_path, document)).items()
    }
    assert found == {"EXC": [96, 32, 0, 0], "INH": [0, 0, 32, 0]}


def test_both_margins_are_exact_whatever_the_numbers():
    rng = np.random.Generator(np.random.Philox(5))
    for _ in range(300):
        rows, columns = rng.integers(1, 6), rng.integers(1, 8)
        counts = {f"P{k}": int(n) for k, n in enumerate(rng.integers(0, 60, rows))}
        shares = {
            name: {f"M{m}": float(v) for m, v in enumerate(rng.integers(0, 4, columns))}
            | {"M0": 1.0}
            for name in counts
        }
        found = cells_in_modules(counts, shares)
        exact = np.array(
            [[counts[p] * v / sum(s.values()) for v in s.values()] for p, s in shares.items()]
        )
        np.testing.assert_array_equal(found.sum(axis=1), list(counts.values()))
        assert (np.abs(found - exact) < 1).all()
        assert (np.abs(found.sum(axis=0) - exact.sum(axis=0)) < 1).all()


def test_modules_are_selected(tmp_path):
    system = made(tmp_path, FOUR)
    chosen = select_modules(system, "top", ["A1", "A2"])
    assert {name: len(gids) for name, gids in chosen.gids.items()} == {"EXC": 64, "INH": 16}
    with pytest.raises(ComponentNotFoundError, match="no module 'A3'"):
        select_modules(system, "none", ["A3"])


@pytest.mark.parametrize(
    ("keys", "path", "words"),
    [
        ({"populations": {"EXC": {"count": 9, "modules": ["A3"]}}}, "populations.EXC.modules", "A3"),
        ({"populations": {"EXC": {"count": 9, "modules": []}}}, "populations.EXC.modules", "no module"),
        ({"connectivity": {"between": {"A1->C1": 1}}}, "connectivity.between.A1->C1", "pair"),
        ({"area": "disk", "area_kwargs": {}, "connectivity": {"between": 0}}, "connectivity.between", "one module"),
        # Over all four modules a coverage of 0.201.
        ({"spacing": 16, "populations": {"EXC": {"count": 160, "modules": ["B2"]}}}, "spacing", "160 cells on 0.04 mm2 of the module 'B2' is a coverage of 0.804"),
        ({"spacing": 16, "populations": {"EXC": {"count": 160, "modules": {"A1": 1, "B1": 9}}}}, "spacing", "144 cells on 0.04 mm2 of the module 'B1' is a coverage of 0.724"),
    ],
)  # fmt: skip
def test_findings(keys, path, words):
    document = {key: value for key, value in FOUR.items() if key != "total_cells"}
    with pytest.raises(ConfigError) as error:
        validate({**document, **keys})
    found = {finding.path: finding.message for finding in error.value.findings}
    assert list(found) == [path]
    assert words in found[path]


def test_the_largest_fractions_are_rounded_up():
    shares = {"EXC": {"A": 0.4, "B": 0.6}, "INH": {"A": 0.6, "B": 0.4}}
    assert cells_in_modules({"EXC": 1, "INH": 1}, shares).tolist() == [[0, 1], [1, 0]]
