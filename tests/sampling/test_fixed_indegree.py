"""The rule ``fixed_indegree``: how many sources, which ones, and that every way of choosing has one law."""

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, permutations

import numpy as np
import pytest
from sampling import cells_at, drawn_pairs, reseeded, targets_of
from scipy import stats

from livn_core.culture.wiring import checked
from livn_core.errors import DegreeError
from livn_core.plugins.registry import registry
from livn_core.sampling import near_sources
from livn_core.sampling import race as module
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Projection
from livn_core.sampling.race import Race
from livn_plugins.connectivity.gaussian import Gaussian

RNG = np.random.default_rng(41)
UNIFORM = RNG.uniform(0, 1000, (300, 2))
#: Pairs up to which every waiting time is drawn: no projection here has so few, or so many.
FEW_PAIRS = {"race": 0, "waiting times": 1 << 40}


def rule(degree, kernel="gaussian", sigma=150.0, **parameters):
    """Return the rule as a configuration makes it."""
    kernel = {"kernel": kernel, "sigma": sigma}
    return registry().create(
        "connectivity", "fixed_indegree", {"kernel": kernel, "mean_degree": degree, **parameters}
    )


@pytest.fixture(params=FEW_PAIRS)
def way(request, monkeypatch):
    """Choose sources in one way, then in the other, whatever part of them is wanted."""
    monkeypatch.setattr(module, "FEW_PAIRS", FEW_PAIRS[request.param])
    monkeypatch.setattr(module, "LARGE_PART", 1e9)
    return request.param


@pytest.fixture
def timed(monkeypatch):
    """How many targets had the waiting times of their sources drawn, call by call."""
    calls = []
    draw = Race._by_waiting_times

    def counted(self, targets, wanted, held):
        calls.append(len(targets))
        return draw(self, targets, wanted, held)

    monkeypatch.setattr(Race, "_by_waiting_times", counted)
    return calls


# -- in-degrees ------------------------------------------------------------------------------------


@pytest.mark.parametrize("autapses", [False, True])
@pytest.mark.parametrize("degree", [0, 1, 25, 299])
def test_every_target_has_so_many_distinct_sources(degree, autapses, way, timed, recurrent):
    connector = rule(degree).connect(recurrent(UNIFORM, allow_autapses=autapses))
    assert connector.expected_edges == 300 * degree
    assert not connector.warnings
    edges = connector.sources(0, 300)
    assert (edges.counts.dtype, edges.sources.dtype) == (np.int64, np.uint32)
    assert edges.counts.tolist() == [degree] * 300
    assert (np.diff(targets_of(edges) * 300 + edges.sources.astype(np.int64)) > 0).all()
    own = np.diag(drawn_pairs(edges, 300)).sum()
    # A cell is its own most likely source, where it may be one at all.
    assert own > 0 if autapses and degree else own == 0
    # A race for nearly all sources stalls, and is completed.
    assert bool(timed) == (way == "waiting times" or degree == 299)


def test_all_sources_and_itself(way, recurrent):
    edges = rule(300).connect(recurrent(UNIFORM, allow_autapses=True)).sources(0, 300)
    assert edges.sources.tolist() == [*range(300)] * 300


def test_between_two_populations(way, between):
    connector = rule(7, cutoff=20).connect(between(UNIFORM[:40], UNIFORM[40:]))
    edges = connector.sources(0, 260)
    assert edges.counts.tolist() == [7] * 260
    assert set(edges.sources) == set(range(40))
    assert connector.details == {
        "sigma": 150.0,
        "cutoff": 20.0,
        "mean_degree": 7.0,
        "expected_mean_degree": 7.0,
    }


@pytest.mark.parametrize(("degree", "more"), [(4.25, 75), (0.3, 90), (6.999, 300), (5.0, 0)])
def test_a_fraction_is_dealt(degree, more, way, recurrent):
    projection = recurrent(UNIFORM)
    connectors = [rule(degree).connect(reseeded(projection, seed)) for seed in (1, 1, 2)]
    counts, again, others = (connector.sources(0, 300).counts for connector in connectors)
    assert connectors[0].expected_edges == counts.sum()
    assert (counts == int(degree) + 1).sum() == more
    assert (counts == int(degree)).sum() == 300 - more
    assert np.array_equal(counts, again)
    assert np.array_equal(counts, others) == (more in (0, 300))
    # The order is drawn: half of those that have one more are in the first half.
    if 0 < more < 300:
        first = (counts[:150] > degree).sum()
        assert abs(first - more / 2) < 4.5 * np.sqrt(more * (300 - more) / 4 / 300)


#: Sixty cells, each within 300 um of all others, and three far away from them.
ISLANDS = np.concatenate([UNIFORM[:60] / 5, 5000 + RNG.uniform(0, 50, (3, 2))])


def test_a_target_with_few_sources_in_reach_takes_all(way, recurrent):
    projection = recurrent(ISLANDS)
    connector = rule(5, cutoff=2).connect(projection)
    [warning] = connector.warnings
    assert warning == (
        "EXC->EXC: 3 of 63 target cells have fewer than 5 sources in reach and take all of them; "
        "the mean in-degree is 4.857"
    )
    assert connector.expected_edges == 306
    assert connector.details["expected_mean_degree"] == 306 / 63
    edges = connector.sources(0, 63)
    assert edges.counts.tolist() == [5] * 60 + [2] * 3
    assert edges.sources[-6:].tolist() == [61, 62, 60, 62, 60, 61]
    with pytest.raises(DegreeError, match=r"EXC->EXC: 3 of 63 .* fewer than 5 sources") as caught:
        rule(5, cutoff=2, unreachable_degree="error").connect(projection)
    assert caught.value.reachable == 306 / 63
    assert not rule(2, cutoff=2, unreachable_degree="error").connect(projection).warnings


@pytest.mark.parametrize("sources", [0, 1])
def test_hardly_any_sources(sources, way, between, recurrent):
    connector = rule(1).connect(between(UNIFORM[:sources], UNIFORM))
    edges = connector.sources(0, 300)
    assert edges.counts.tolist() == [sources] * 300
    assert len(connector.warnings) == 1 - sources
    edges = rule(1).connect(recurrent(UNIFORM[:sources])).sources(0, sources)
    assert edges.counts.tolist() == [0] * sources
    assert rule(1).connect(between(UNIFORM, UNIFORM[:0])).sources(0, 0).counts.tolist() == []


def test_a_weight_that_is_hardly_one_counts(way, between):
    """A source is in reach as long as its weight is a number above 0, and is then chosen."""
    sigma = 10.0
    projection = between([[0.0, 0], [38.2 * sigma, 0]], [[0.0, 0]] * 50)
    assert 0 < Gaussian(sigma=sigma).weight(np.array([38.2 * sigma]))[0] < 1e-315
    connector = rule(2, sigma=sigma).connect(projection)
    assert connector.expected_edges == 100
    assert connector.sources(0, 50).counts.tolist() == [2] * 50


# -- who is chosen ---------------------------------------------------------------------------------


def successive(weights, number):
    """Return the probability of each set of sources drawn one after the other, from the definition."""
    chances = {}
    for chosen in combinations(range(len(weights)), number):
        chances[chosen] = 0.0
        for order in permutations(chosen):
            left, chance = weights.sum(), 1.0
            for source in order:
                chance *= weights[source] / left
                left -= weights[source]
            chances[chosen] += chance
    return chances


TARGETS, WANTED = 24_000, 3
PLACES = np.array(
    [[40, 0, 90], [0, 130, 10], [-160, 30, 0], [90, -200, 250], [260, 90, 0], [-300, -80, 60.0]]
)
MODULES = np.array([0, 1, 0, 1, 0, 0], np.uint16)
LAWS = {
    "a kernel": (150.0, {}),
    # Weights from 0.8 down to 1e-6: the race stalls.
    "a steep kernel": (60.0, {}),
    "source factors": (150.0, {"source_factor": np.array([0.2, 20.0, 1.0, 8.0, 0.5, 2.0])}),
    "every part": (
        300.0,
        {
            "source_factor": np.array([4.0, 0.5, 1.0, 3.0, 0.5, 2.0]),
            "target_factor": np.full(TARGETS, 7.0),
            "between": np.array([[1.0, 9.0], [2.5, 9.0]]),
            "mask": lambda targets, sources: sources != 2,
            "distance": "space",
        },
    ),
}  # fmt: skip


def tiny(name):
    """Return a law of six sources and many targets at one place, and the weights of the sources."""
    sigma, parts = LAWS[name]
    parts = dict(parts)
    distance = parts.pop("distance", "plane")
    source = cells_at("EXC", PLACES, modules=MODULES)
    target = cells_at("INH", np.zeros((TARGETS, 2)), modules=np.zeros(TARGETS, np.uint16))
    projection = Projection.within(source, target, seed=3, distance=distance)
    law = PairLaw(projection, ConnectionProbability(Gaussian(sigma=sigma)), **parts)
    axes = 3 if distance == "space" else 2
    weights = np.exp(-(source.positions[:, :axes] ** 2).sum(axis=1) / (2 * sigma**2))
    weights *= parts.get("source_factor", 1.0)
    if "between" in parts:
        weights *= parts["between"][MODULES, 0]
        weights[2] = 0.0
    return law, weights


@pytest.mark.parametrize(
    ("way", "rounds"),
    [("waiting times", 12), ("race", 12), ("race", 1), ("race", 0)],
    indirect=["way"],
)
@pytest.mark.parametrize("name", LAWS)
def test_every_set_of_sources_has_its_probability(name, way, rounds, timed, monkeypatch):
    """Against successive sampling; the race in full, one that stalls, and one that never begins."""
    monkeypatch.setattr(module, "ROUNDS", rounds)
    law, weights = tiny(name)
    counts, sources = Race(law).sources(np.arange(TARGETS), np.full(TARGETS, WANTED))
    assert (counts == WANTED).all()
    if way == "waiting times" or rounds == 0:
        assert timed == [TARGETS]
    elif name == "a steep kernel":
        assert 500 < timed[0] < TARGETS - 500
    chances = successive(weights, WANTED)
    code = (1 << sources.reshape(TARGETS, WANTED).astype(np.int64)).sum(axis=1)
    found = np.array([(code == sum(1 << s for s in chosen)).sum() for chosen in chances])
    p = np.array(list(chances.values()))
    assert p.sum() == pytest.approx(1)
    assert (found[p == 0] == 0).all()
    # Those that are hardly ever expected count together.
    often = TARGETS * p > 10
    found, p = (np.append(part[often], part[~often].sum()) for part in (found, p))
    assert len(p) >= 5
    error = np.sqrt(TARGETS * p * (1 - p))
    assert (abs(found - TARGETS * p) <= 4.5 * np.maximum(error, 1)).all()
    kept = TARGETS * p > 5
    chi2 = ((found - TARGETS * p)[kept] ** 2 / (TARGETS * p[kept])).sum()
    assert stats.chi2.sf(chi2, kept.sum() - 1) > 1e-5


def chosen(law, wanted, few, monkeypatch):
    """Return the sources of all targets, by the race or by waiting times."""
    monkeypatch.setattr(module, "FEW_PAIRS", few)
    monkeypatch.setattr(module, "LARGE_PART", 1e9)
    targets = np.arange(len(law.projection.target))
    return Race(law).sources(targets, np.full(len(targets), wanted))


@pytest.mark.parametrize("rounds", [12, 1])
@pytest.mark.parametrize("factors", [False, True])
def test_race_and_waiting_times_choose_alike(factors, rounds, between, monkeypatch):
    """How often each of thirty sources is chosen by each of twenty targets; and the distances."""
    monkeypatch.setattr(module, "ROUNDS", rounds)
    copies, number, wanted = 300, 30, 9
    often, distances = [], []
    for seed, few in enumerate(FEW_PAIRS.values()):
        # Of two seeds: what completes a race are waiting times, the same ones for one seed.
        projection = between(UNIFORM[:number], np.tile(UNIFORM[100:120], (copies, 1)), seed)
        law = PairLaw(
            projection,
            ConnectionProbability(Gaussian(sigma=250)),
            source_factor=np.random.default_rng(6).lognormal(0, 1.2, number) if factors else None,
        )
        counts, sources = chosen(law, wanted, few, monkeypatch)
        assert (counts == wanted).all()
        target = np.repeat(np.arange(20 * copies), wanted)
        often.append(np.bincount(target % 20 * number + sources, minlength=20 * number))
        distances.append(projection.distances(target, sources))
    share = sum(often) / (2 * copies)
    inner = (share > 0.02) & (share < 0.98)
    score = (often[0] - often[1])[inner] ** 2 / (2 * copies * share * (1 - share))[inner]
    assert len(score) > 300
    assert abs(score.sum() - len(score)) < 4.5 * np.sqrt(2 * len(score))
    assert stats.ks_2samp(*distances).pvalue > 1e-5


def test_race_and_waiting_times_within_one_population(recurrent, monkeypatch):
    """Distances, and how often a cell is chosen by the others."""
    projection = recurrent(np.random.default_rng(8).uniform(0, 2000, (1500, 2)))
    law = PairLaw(projection, ConnectionProbability(Gaussian(sigma=150), 500.0))
    distances, out_degrees = [], []
    for few in FEW_PAIRS.values():
        counts, sources = chosen(law, 12, few, monkeypatch)
        assert counts.tolist() == [12] * 1500
        target = np.repeat(np.arange(1500), 12)
        distances.append(projection.distances(target, sources))
        out_degrees.append(np.bincount(sources, minlength=1500))
    assert distances[0].max() <= 500
    assert not np.array_equal(*out_degrees)
    assert stats.ks_2samp(*distances).pvalue > 1e-5
    assert stats.ks_2samp(*out_degrees).pvalue > 1e-5


# -- blocks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rounds", [12, 1])
@pytest.mark.parametrize("held", [1 << 19, 1])
def test_blocks_threads_and_buffers_do_not_matter(rounds, held, way, timed, recurrent, monkeypatch):
    monkeypatch.setattr(module, "ROUNDS", rounds)
    connector = rule(40.5, sigma=60.0, cutoff=20).connect(recurrent(UNIFORM))
    whole = connector.sources(0, 300)
    assert 0 < timed[0] <= 300
    monkeypatch.setattr(module, "HELD", held)
    monkeypatch.setattr(near_sources, "BLOCK", held)
    for threads, size in ((1, 299), (3, 37)):
        with ThreadPoolExecutor(threads) as pool:
            blocks = list(
                pool.map(
                    lambda start, size=size: connector.sources(start, min(start + size, 300)),
                    range(0, 300, size),
                )
            )
        for name in ("counts", "sources"):
            joined = np.concatenate([getattr(block, name) for block in blocks])
            assert np.array_equal(joined, getattr(whole, name))
    assert connector.sources(7, 7).counts.tolist() == []


def test_a_source_is_not_held_by_a_target_of_another_buffer(way, between, monkeypatch):
    """Of equally likely sources half are wanted: one round is not enough."""
    law = PairLaw(between(UNIFORM, UNIFORM[:3]), ConnectionProbability(Gaussian(sigma=1e9)))
    _, whole = Race(law).sources(np.arange(3), np.full(3, 150))
    monkeypatch.setattr(module, "HELD", 1)
    _, parts = Race(law).sources(np.arange(3), np.full(3, 150))
    assert np.array_equal(parts, whole)


@pytest.mark.parametrize("held", [1 << 19, 1000, 1])
def test_every_target_has_its_own_weights_whatever_fits_a_buffer(held, way, recurrent, monkeypatch):
    """A mask that differs from target to target, and fewer sources than wanted for some."""
    law = PairLaw(
        recurrent(UNIFORM),
        ConnectionProbability(Gaussian(sigma=200)),
        target_factor=np.random.default_rng(9).lognormal(0, 1, 300),
        mask=lambda targets, sources: (targets + sources) % 30 < 1 + targets % 3,
    )
    monkeypatch.setattr(module, "HELD", held)
    counts, sources = Race(law).sources(np.arange(300), np.full(300, 15))
    target = np.repeat(np.arange(300), counts)
    assert law.mask(target, sources).all()
    target, source = np.indices((300, 300))
    there = (law.mask(target, source) & (target != source)).sum(axis=1)
    assert np.array_equal(counts, np.minimum(there, 15))
    assert 0 < (there < 15).sum() < 300


def test_the_engine_adds_the_distances_of_the_somata(way, recurrent):
    projection = recurrent(UNIFORM)
    edges = rule(4).connect(projection).sources(100, 200)
    assert edges.distances is None
    block = checked(edges, projection, 100, 200, "fixed_indegree")
    away = UNIFORM.astype(np.float32).astype(float)
    away = away[targets_of(edges, 100)] - away[edges.sources]
    assert block.distances.dtype == np.float32
    assert np.array_equal(block.distances, np.sqrt((away**2).sum(axis=1)).astype(np.float32))


@pytest.mark.parametrize(("kernel", "cutoff"), [("gaussian", 3.0), ("exponential", 2.0)])
def test_a_large_part_of_the_sources_near_costs_no_more_than_those(
    kernel, cutoff, timed, monkeypatch
):
    """What every target wants is most of what is near it, in a culture that is much larger."""
    looked_at = []
    weigh = PairLaw.weight
    monkeypatch.setattr(
        PairLaw,
        "weight",
        lambda law, targets, sources: (
            looked_at.append(len(targets)) or weigh(law, targets, sources)
        ),
    )
    rng = np.random.default_rng(8)
    target, source = (rng.uniform(0, 20_000, (n, 2)) for n in (1500, 60_000))
    projection = Projection.within(cells_at("INH", source), cells_at("EXC", target))
    connector = rule(80, kernel, 200.0, cutoff=cutoff).connect(projection)
    edges = connector.sources(0, 1500)
    source, target = (cells.positions[:, :2] for cells in (projection.source, projection.target))
    distance = np.sqrt(((target[:, None] - source) ** 2).sum(axis=2))
    reach = cutoff * 200.0
    near = (distance <= reach).sum(axis=1)
    assert np.array_equal(edges.counts, np.minimum(near, 80))
    assert (distance[np.repeat(np.arange(1500), edges.counts), edges.sources] <= reach).all()
    assert sum(looked_at) < 3 * near.sum()
    assert timed[0] > 700
