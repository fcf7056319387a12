"""Pairs that connect both ways: P(both) = r p^2, with mean degree and law of distance as they are."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sampling import cells_at

from livn_core import generate, plan
from livn_core.errors import ConfigError
from livn_core.sampling.projection import Culture, Projection
from livn_core.sampling.reciprocity import both_ways, directed, undirected
from livn_core.verify import verify
from livn_core.verify.chance import cumulants, pair_cumulants
from livn_core.verify.distances import expect
from livn_plugins.connectivity.gaussian import Gaussian
from livn_plugins.connectivity.pairwise_bernoulli import PairwiseBernoulli

DENSE = {
    "total_cells": 200,
    "random_seed": 5,
    "area_kwargs": {"x_range": [0, 800], "y_range": [0, 800]},
    "connectivity": {"sigma": 150, "mean_degree": 15, "reciprocity": 4},
}


def projection(number, side, *, space=False, **settings):
    positions = np.random.default_rng(2).uniform(0, side, (number, 3))
    if not space:
        positions[:, 2] = 0
    cells = cells_at("EXC", positions)
    return Projection(
        Culture({"EXC": cells}, 3), cells, cells, distance="space" if space else "plane", **settings
    )


def rule(**parameters):
    parameters = {"kernel": Gaussian(sigma=200), "mean_degree": 20, "reciprocity": 4, **parameters}
    return PairwiseBernoulli(**parameters)


def codes(edges, start=0):
    target = np.repeat(np.arange(start, start + len(edges.counts)), edges.counts)
    return target, edges.sources.astype(np.int64)


def test_the_layers_give_p_and_r_p_squared():
    p = np.array([0.0, 1e-9, 0.01, 0.1, 0.2499, 0.25, 0.2501, 0.7, 1.0])
    s, q = undirected(p, 4), directed(p, 4)
    assert s[3] == pytest.approx(0.035714, abs=1e-6)
    assert q[3] == pytest.approx(0.066667, abs=1e-6)
    assert 1 - (1 - s) * (1 - q) == pytest.approx(p, rel=1e-12)
    assert s + (1 - s) * q**2 == pytest.approx(both_ways(p, 4), rel=1e-9)
    assert both_ways(p, 4) == pytest.approx(np.where(p < 0.25, 4 * p**2, p))


def test_the_cumulants_of_a_pair_are_those_of_two_trials_where_they_are_independent():
    p = np.array([0.03, 0.4, 0.9])
    assert pair_cumulants(p, p * p) == pytest.approx(cumulants(p), abs=1e-12)
    # Both or neither: twice a trial, whose n-th cumulant is 2^n that of one.
    scale = 2.0 ** np.array([1, 2, 3, 4, 6])[:, None]
    assert pair_cumulants(p, p) == pytest.approx(scale * cumulants(p) / 2, abs=1e-11)


def test_mutual_pairs_are_r_times_as_many_at_every_distance():
    """Of 10,000 cells with mean degree 100, in each of ten ranges of distance: 4 standard errors."""
    cells = projection(10_000, 4000)
    connector = rule(kernel=Gaussian(sigma=500), mean_degree=100).connect(cells)
    assert connector.details["limited_share"] == 0
    target, source = codes(connector.sources(0, 10_000))
    distance = cells.distances(target, source)
    assert abs(len(target) / 10_000 - 100) < 0.4
    mutual = np.isin(target * 10_000 + source, source * 10_000 + target) & (source < target)
    ends = np.quantile(distance, np.linspace(0, 1, 11))
    found = np.histogram(distance[mutual], ends)[0]
    due, by_chance = np.zeros((2, 10))
    for start in range(0, 10_000, 250):
        pairs = np.repeat(np.arange(start, start + 250), 10_000), np.tile(np.arange(10_000), 250)
        pairs = tuple(side[pairs[1] < pairs[0]] for side in pairs)
        away, p = cells.distances(*pairs), connector.probability(*pairs)
        due += np.histogram(away, ends, weights=connector.both(*pairs))[0]
        by_chance += np.histogram(away, ends, weights=p * p)[0]
    assert due / by_chance == pytest.approx(np.full(10, 4.0))
    assert (np.abs(found - due) < 4 * np.sqrt(due)).all()


@pytest.mark.parametrize("case", ["plane", "space", "saturated", "smallest", "autapses"])
def test_p_and_both_are_those_of_every_pair_and_no_block_changes_them(case):
    """400 copies of 12 cells, too far apart to connect, and six seeds."""
    more = {"saturated": {"mean_degree": 9}, "smallest": {"min_probability": 0.2}}.get(case, {})
    settings = {"space": case == "space", "allow_autapses": case == "autapses"}
    one = projection(12, 500, **settings)
    apart = np.stack([*np.meshgrid(np.arange(20), np.arange(20)), np.zeros((20, 20))], axis=-1)
    cells = cells_at("EXC", (one.source.positions + 4000 * apart.reshape(400, 1, 3)).reshape(-1, 3))
    number, seen, mutual = len(cells), np.zeros(144), np.zeros(144)
    for seed in range(6):
        copies = Projection(
            Culture({"EXC": cells}, seed), cells, cells, one.allow_autapses, one.distance
        )
        connector = rule(**{"mean_degree": 4, "cutoff": 10, **more}).connect(copies)
        edges = connector.sources(0, number)
        blocks = [connector.sources(at, min(at + 777, number)) for at in range(0, number, 777)]
        assert np.array_equal(np.concatenate([b.sources for b in blocks]), edges.sources)
        assert connector.sources(5, 5).counts.size == 0
        target, source = codes(edges)
        assert np.array_equal(edges.distances, copies.distances(target, source).astype(np.float32))
        assert (target // 12 == source // 12).all()
        pair = target % 12 * 12 + source % 12
        back = np.isin(target * number + source, source * number + target)
        seen += np.bincount(pair, minlength=144)
        mutual += np.bincount(pair[back], minlength=144)
    pairs = tuple(side.reshape(400, 144) for side in _within(number))
    for found, law in ((seen, connector.probability), (mutual, connector.both)):
        p = law(pairs[0].ravel(), pairs[1].ravel()).reshape(400, 144)
        due, variance = 6 * p.sum(axis=0), 6 * (p * (1 - p)).sum(axis=0)
        assert (np.abs(found - due) <= 4.5 * np.sqrt(variance) + 1e-9).all()


def _within(number):
    """Return the targets and sources of all pairs of a copy, copy by copy."""
    first = 12 * np.arange(number // 12)[:, None, None]
    one = np.arange(12)
    return (
        np.broadcast_to(first + one[:, None], (number // 12, 12, 12)),
        np.broadcast_to(first + one, (number // 12, 12, 12)),
    )


def test_compiled_code_gives_the_same_edges(monkeypatch):
    cells = projection(800, 1500)
    monkeypatch.setattr("livn_core.sampling.pair_sampler.pays", lambda work: False)
    one = rule(mean_degree=40).connect(cells).sources(0, 800)
    monkeypatch.setattr("livn_core.sampling.pair_sampler.pays", lambda work: True)
    other = rule(mean_degree=40).connect(cells).sources(0, 800)
    for name in ("counts", "sources", "distances"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


@pytest.mark.parametrize("compiled", [False, True])
def test_threads_draw_the_layer_together(monkeypatch, compiled):
    monkeypatch.setattr("livn_core.sampling.pair_sampler.pays", lambda work: compiled)
    monkeypatch.setattr("livn_core.sampling.reciprocity.BLOCK_EDGES", 200)
    connector = rule(mean_degree=40).connect(projection(800, 1500))
    starts = range(0, 800, 100)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda at: connector.sources(at, at + 100), starts))
    alone = rule(mean_degree=40).connect(projection(800, 1500)).sources(0, 800)
    for name in ("counts", "sources", "distances"):
        together = np.concatenate([getattr(edges, name) for edges in found])
        assert np.array_equal(together, getattr(alone, name)), name


def test_r_of_one_is_the_rule_without():
    cells = projection(300, 1000)
    plain, one = (rule(reciprocity=r).connect(cells) for r in (None, 1))
    assert np.array_equal(plain.sources(0, 300).sources, one.sources(0, 300).sources)
    assert one.both(np.array([0]), np.array([1])) is None


def test_verify_knows_the_covariance_and_the_plan_what_is_limited(tmp_path):
    system = generate(DENSE, output_directory=tmp_path / "out")
    report = verify(system.path)
    assert report.of("fatal") == ()
    tested = [v.subject for v in report.verdicts if v.check == "reciprocity"]
    assert tested == ["EXC->EXC", "INH->INH"]
    planned = plan(DENSE)
    details = {(p.source, p.target): p.details for p in planned.projections}
    assert details["EXC", "EXC"]["reciprocity"] == 4
    assert "reciprocity" not in details["EXC", "INH"]
    share = details["EXC", "EXC"]["limited_share"]
    assert 0 < share < 1
    assert any(f"p is above 1/4 for {share:.0%}" in text for text in planned.warnings)
    assert any("p is above 1/4" in text for text in system.provenance["warnings"])


@pytest.mark.parametrize("allow_autapses", [False, True])
def test_verify_counts_a_pair_once_and_no_cell_with_itself(allow_autapses):
    cells = projection(40, 300, allow_autapses=allow_autapses)
    connector = rule(mean_degree=5).connect(cells)
    expected = expect(cells, connector.probability, None, np.random.default_rng(1), connector.both)
    high, low = np.tril_indices(40, -1)
    assert expected.mutual.mean == pytest.approx(connector.both(high, low).sum())
    assert expected.by_chance == pytest.approx((connector.probability(high, low) ** 2).sum())


def test_verify_finds_connections_without_the_reciprocity_that_was_asked_for(tmp_path):
    without = {**DENSE, "connectivity": {"sigma": 150, "mean_degree": 15}}
    path = generate(without, output_directory=tmp_path / "out").path
    provenance = path / "provenance.json"
    text = provenance.read_text()
    assert '"mask"' not in text
    provenance.write_text(text.replace('"sigma": 150.0', '"sigma": 150.0, "reciprocity": 4', 1))
    wrong = {(v.check, v.subject) for v in verify(path).of("fatal")}
    assert ("reciprocity", "EXC->EXC") in wrong


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"populations": {"EXC": {"count": 9, "in_degree": {"law": "gamma", "cv": 0.5}}}},
            r"connectivity\.reciprocity: excludes populations\.EXC\.in_degree",
        ),
        (
            {"area": "modules", "area_kwargs": {}, "connectivity": {"between": {"A1->A2": 0.5}}},
            r"reciprocity: excludes a one-way connectivity\.between: A1->A2 is 0\.5 and A2->A1 is 0",
        ),
        (
            {"connectivity": {"projections": {"EXC->INH": {"reciprocity": 2}}}},
            r"projections\.EXC->INH\.reciprocity: is for projections of a population onto itself",
        ),
        ({"connectivity": {"mean_degree": {"EXC->INH": 5}}}, "connects a population with itself"),
        ({"connectivity": {"rule": "fixed_indegree"}}, "those that do: pairwise_bernoulli"),
        ({"connectivity": {"reciprocity": 0.5}}, "must be at least 1, not 0.5"),
    ],
)
def test_what_it_excludes_is_named(change, words):
    connectivity = {"reciprocity": 4, **change.get("connectivity", {})}
    document = {"total_cells": 60, **change, "connectivity": connectivity}
    if "populations" in change:
        del document["total_cells"]
    with pytest.raises(ConfigError, match=words):
        plan(document)


@pytest.mark.parametrize(
    "degrees",
    [
        {"mean_degree": 0},
        {"mean_degree": {"EXC->EXC": 0, "EXC->INH": 5}},
        {"mean_degree": {"EXC->INH": 5}, "projections": {"EXC->EXC": {"mean_degree": 0}}},
        {"amplitude": 0},
    ],
)
def test_of_no_connections_none_are_mutual(tmp_path, degrees):
    """A sweep of degrees may begin at 0."""
    document = {"total_cells": 60, "connectivity": {"reciprocity": 4, **degrees}}
    system = generate(document, output_directory=tmp_path / "none")
    assert ("EXC", "EXC") not in system.projections


def test_the_rule_itself_refuses_one_way_probabilities():
    other = cells_at("INH", np.zeros((5, 2)))
    with pytest.raises(ConfigError, match="either way"):
        rule().connect(Projection.within(projection(5, 10).source, other))


def test_one_projection_may_do_without(tmp_path):
    projections = {"EXC->EXC": {"reciprocity": None}}
    document = {**DENSE, "connectivity": {**DENSE["connectivity"], "projections": projections}}
    details = {(p.source, p.target): p.details for p in plan(document).projections}
    assert "reciprocity" not in details["EXC", "EXC"]
    assert details["INH", "INH"]["reciprocity"] == 4
