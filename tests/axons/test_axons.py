"""Grown axons against the laws of their lengths and turning, and their contacts against brute force."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import stats

from livn_core.axons.contacts import Tally, Touching
from livn_core.axons.growth import Growth, grow, spread_dendrites
from livn_core.culture.validation import validate
from livn_core.errors import ConfigError, DegreeError
from livn_core.plugins.registry import registry
from livn_core.sampling.projection import Cells, Culture, Projection

RNG = np.random.default_rng(3)


def cells(count, side, name="EXC", seed=1, **more):
    flat = np.random.default_rng(seed).uniform(0, side, (count, 2)).astype(np.float32)
    return Cells(name, np.column_stack([flat, np.zeros(count)]).astype(np.float64), **more)


def rule(**parameters):
    return registry().create("connectivity", "axon", parameters)


def grown(count=10_000, seed=3, **growth):
    return grow(
        Growth(axon_start=0.0, **growth), np.zeros((count, 3)), seed=seed, population="E", side=50
    )


def heading(axons, number, enough):
    at = axons.first[:-1][enough] + number
    step = axons.points[at + 1].astype(float) - axons.points[at].astype(float)
    return np.arctan2(step[:, 1], step[:, 0])


def test_lengths_are_rayleigh():
    """10,000 axons: mean 1002.7 +- 21 um (4 standard errors), and the law itself."""
    lengths = grown(axon_scale=800).lengths()
    assert abs(lengths.mean() - 800 * np.sqrt(np.pi / 2)) < 21
    assert stats.kstest(lengths, stats.rayleigh(scale=800).cdf).pvalue > 1e-3
    cut = grown(axon_scale=800, axon_max=600).lengths()
    assert cut.max() < 600.01
    law = stats.rayleigh(scale=800)
    assert stats.kstest(cut, lambda x: law.cdf(x) / law.cdf(600)).pvalue > 1e-3
    assert abs(grown(axon_length=500).lengths().mean() - 500) < 11


def test_headings_forget_each_other():
    """cos of the turning after 100 segments of 0.1 rad: exp(-0.5), within 4 standard errors."""
    axons = grown(axon_scale=800, turn=0.1)
    enough = np.diff(axons.first) > 101
    turned = heading(axons, 100, enough) - heading(axons, 0, enough)
    assert abs(np.cos(turned).mean() - np.exp(-0.5)) < 0.027
    assert abs(np.sin(turned).mean()) < 4 / np.sqrt(enough.sum())


@pytest.mark.parametrize("segment", [5, 20])
def test_the_end_to_end_distance_is_that_of_the_persistence_length(segment):
    """RMS of 1 mm at P = 2 mm: sqrt(2 P s - 2 P^2 (1 - exp(-s / P))) = 923 um, within 1.5 %."""
    axons = grown(axon_scale=1500, persistence=2000, segment=segment)
    at = axons.first[:-1][np.diff(axons.first) > 1000 // segment + 1]
    ends = axons.points[at + 1000 // segment].astype(float) - axons.points[at].astype(float)
    assert abs(np.sqrt((ends**2).sum(axis=1).mean()) / 923 - 1) < 0.015


def test_a_preferred_direction():
    axons = grown(2000, axon_scale=100, turn=0.0, direction={"mean": 90.0, "kappa": 50.0})
    first = heading(axons, 0, np.diff(axons.first) > 2)
    assert abs(np.sin(first).mean() - 1) < 0.03


def test_dendrites_are_normal_and_positive():
    radius = spread_dendrites(150, 20, 20_000, seed=1, population="E")
    assert abs(radius.mean() - 150) < 0.6
    assert abs(radius.std() - 20) < 0.45
    wide = spread_dendrites(10, 30, 5000, seed=1, population="E")
    assert wide.min() > 0
    law = stats.truncnorm(-1 / 3, np.inf, loc=10, scale=30)
    assert stats.kstest(wide, law.cdf).pvalue > 1e-3


def brute(axons, radius, positions, target):
    """Length of each axon inside a target's disc, from points spread along the segments."""
    x, y = positions[target, :2]
    found = np.zeros(len(axons.first) - 1)
    share = (np.arange(2000) + 0.5) / 2000
    for source in range(len(found)):
        path = axons.points[axons.first[source] : axons.first[source + 1]].astype(float)
        for a, b in itertools.pairwise(path):
            points = a + share[:, None] * (b - a)
            inside = np.hypot(points[:, 0] - x, points[:, 1] - y) < radius[target]
            found[source] += inside.mean() * np.hypot(*(b - a))
    return found


def test_touched_pairs_are_all_there_is():
    some = cells(40, 400)
    projection = Projection.within(some, seed=4)
    axons = grow(Growth(axon_length=150), some.positions, seed=4, population="EXC", side=30)
    radius = spread_dendrites(60, 10, 40, seed=4, population="EXC")
    found = Touching(projection, axons, radius).block(0, 40)
    ends = np.cumsum(found.counts)
    for target in range(0, 40, 7):
        length = np.zeros(40)
        at = slice(ends[target] - found.counts[target], ends[target])
        length[found.sources[at]] = found.length[at]
        wanted = brute(axons, radius, some.positions, target)
        wanted[target] = 0
        np.testing.assert_allclose(length, wanted, atol=0.05)
        assert (np.diff(found.sources[at]) > 0).all()


def test_pairs_agree_with_blocks_and_blocks_with_each_other():
    some, others = cells(300, 1200), cells(120, 1200, "INH", seed=2)
    projection = Projection.within(some, others, seed=5)
    connector = rule(mean_degree=20, persistence=300).connect(projection)
    touching = connector._touching
    found = touching.block(0, 120)
    target = np.repeat(np.arange(120), found.counts)
    length, number = touching.pairs(target, found.sources)
    np.testing.assert_allclose(length, found.length, rtol=1e-12)
    np.testing.assert_array_equal(number, found.number)
    whole = connector.sources(0, 120)
    with ThreadPoolExecutor(3) as pool:
        cut = [0, 1, 37, 90, 120]
        parts = list(pool.map(connector.sources, cut[:-1], cut[1:]))
    np.testing.assert_array_equal(whole.counts, np.concatenate([p.counts for p in parts]))
    np.testing.assert_array_equal(whole.sources, np.concatenate([p.sources for p in parts]))


def test_degrees_of_a_wide_open_culture():
    """alpha rho (2 E[R] E[L] + pi E[R^2]) = 37.27 for straight axons; 3 cultures, +- 1.6."""
    degrees = []
    for seed in range(3):
        some = cells(19_600, 14_000, seed=seed)
        straight = rule(contact="crossing", amplitude=1.0, axon_scale=800, turn=0.0, axon_start=0.0)
        edges = straight.connect(Projection.within(some, seed=seed)).sources(0, 19_600)
        middle = (np.abs(some.positions[:, :2] - 7000) < 3000).all(axis=1)
        degrees.append(edges.counts[middle].mean())
    assert abs(np.mean(degrees) - 37.27) < 1.6


def test_the_segment_does_not_matter():
    some = cells(1500, 3500)
    degrees = []
    for segment in (2, 5, 10, 20):
        made = [
            rule(amplitude=0.004, axon_scale=600, persistence=500, segment=segment)
            .connect(Projection.within(some, seed=seed))
            .expected_edges
            for seed in range(4)
        ]
        degrees.append(np.mean(made) / 1500)
    assert np.ptp(degrees) / np.mean(degrees) < 0.02


@pytest.mark.parametrize("contact", ["length", "crossing", "segments"])
def test_the_degree_is_met(contact):
    """160 cells on 400 x 400 um, degree 30: exact in expectation, 30 +- 0.3 over 20 seeds."""
    some, realised = cells(160, 400), []
    for seed in range(20):
        connector = rule(contact=contact, mean_degree=30).connect(
            Projection.within(some, seed=seed)
        )
        target, source = np.divmod(np.arange(160 * 160), 160)
        p = connector.probability(target, source)
        assert abs(p.sum() / 160 - 30) < 1e-3
        assert abs(connector.expected_edges / 160 - 30) < 1e-8
        realised.append(connector.sources(0, 160).counts.mean())
    assert abs(np.mean(realised) - 30) < 0.3


def test_a_larger_degree_only_adds_edges():
    some = cells(200, 800)
    few, many = (
        rule(mean_degree=degree).connect(Projection.within(some, seed=2)).sources(0, 200)
        for degree in (10, 25)
    )
    pairs = [
        set(zip(np.repeat(np.arange(200), e.counts), e.sources.tolist(), strict=True))
        for e in (few, many)
    ]
    assert pairs[0] < pairs[1]


def test_one_axon_for_all_projections_of_a_cell():
    populations = {"EXC": cells(100, 600), "INH": cells(50, 600, "INH", seed=2)}
    culture = Culture(populations, 7)
    made = [
        rule(mean_degree=5).connect(Projection(culture, populations["EXC"], target))
        for target in populations.values()
    ]
    assert made[0]._touching.axons is made[1]._touching.axons
    assert culture.nbytes > made[0]._touching.axons.nbytes


def test_path_distances_are_longer_than_the_straight_line():
    some = cells(200, 1500)
    projection = Projection.within(some, seed=3, distance="path")
    connector = rule(mean_degree=10, persistence=2000).connect(projection)
    edges = connector.sources(0, 200)
    target = np.repeat(np.arange(200), edges.counts)
    straight = projection.distances(target, edges.sources, space=False)
    # From the soma's edge along the axon, then to the other soma.
    assert (edges.distances >= straight - 2 * 7.5 - 0.1).all()
    assert 1.0 < (edges.distances / np.maximum(straight, 50)).mean() < 1.6


@pytest.mark.parametrize(
    ("contact", "value", "strength"),
    [
        ("length", 2.0, np.log(50) / 2),  # 1 - exp(-2 lambda) = 0.98, with lambda above 1 / um
        ("crossing", 2.0, 0.98),
        ("segments", 3.0, 1 - 0.02 ** (1 / 3)),
    ],
)
def test_the_strength_is_the_inverse_of_the_law(contact, value, strength):
    some = Projection.within(cells(50, 100), seed=1)
    tally = Tally(100, np.array([value]), np.array([100.0]))
    assert tally.solve(contact, 98 / 50, some).strength == pytest.approx(strength, rel=1e-6)


def test_a_degree_beyond_reach():
    some = cells(50, 3000)
    projection = Projection.within(some, seed=1)
    with pytest.raises(DegreeError, match=r"mean in-degree of 49 cannot be reached; [\d.]+ axons"):
        rule(mean_degree=49, unreachable_degree="error").connect(projection)
    for contact in ("length", "crossing", "segments"):
        connector = rule(mean_degree=49, contact=contact).connect(projection)
        assert "cannot be reached" in connector.warnings[0]
        assert connector.sources(0, 50).counts.sum() <= connector.details["touched_pairs"]


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"axon_length": 5, "axon_scale": 4}, "both axon_length and axon_scale"),
        ({"turn": 0.1, "persistence": 4}, "both persistence and turn"),
        ({"mean_degree": 3, "amplitude": 0.1}, "either a mean_degree or an amplitude"),
        ({"contact": "crossing", "amplitude": 1.5}, "amplitude is a probability"),
    ],
)
def test_parameters_that_exclude_each_other(parameters, text):
    with pytest.raises(ConfigError, match=text):
        rule(**{"mean_degree": 3, **parameters} if "amplitude" not in parameters else parameters)


def test_neurites_belong_to_populations():
    document = {
        "populations": {
            "EXC": {"count": 60, "synapse_type": "excitatory", "neurites": {"axon_scale": 300}},
            "INH": {"count": 20, "synapse_type": "inhibitory"},
        },
        "connectivity": {"rule": "axon", "rule_kwargs": {"axon_length": 900}, "mean_degree": 3},
    }
    config = validate(document)
    made = config.cells({name: np.zeros((2, 3)) for name in ("EXC", "INH")})
    axon = config.projection("EXC", "INH").rule
    assert axon.growth_of(made["EXC"]).scale == 300
    assert axon.growth_of(made["INH"]).axon_length == 900
    assert validate(config.effective()).effective() == config.effective()
    document["connectivity"]["projections"] = {"EXC->INH": {"rule_kwargs": {"axon_length": 5}}}
    with pytest.raises(ConfigError, match=r"populations\.NAME\.neurites\.axon_length"):
        validate(document)
    document["connectivity"]["projections"] = {}
    document["populations"]["EXC"]["neurites"] = {"axon_lenght": 5}
    with pytest.raises(ConfigError, match="axon_length"):
        validate(document)


@pytest.mark.parametrize("keys", [{"axon_length": 1e300}, {"segment": 1e-300}])
def test_axons_of_more_segments_than_memory_holds_are_refused(keys):
    with pytest.raises(ConfigError, match=r"e\+\d+ segments of .* of memory are free"):
        grow(Growth(**keys), np.zeros((3, 2)), seed=1, population="EXC", side=50.0)
