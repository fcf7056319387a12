"""Laws of more than a distance: factors, modules, masks and space, against the exact p of every pair."""

from itertools import pairwise

import numpy as np
import pytest
from livn_hexmea.ring import Ring
from sampling import cells_at, check_law, drawn_pairs, targets_of

from livn_core.errors import DegreeError
from livn_core.sampling import edge_counts, pair_weights
from livn_core.sampling.amplitude import given_amplitude, solve_amplitude
from livn_core.sampling.factor_bins import factor_bins
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.pair_sampler import PairSampler
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Projection
from livn_core.sampling.sampler import KernelSampler
from livn_plugins.connectivity.exponential import Exponential
from livn_plugins.connectivity.gaussian import Gaussian

RNG = np.random.default_rng(31)
SOURCES, TARGETS = 50, 30
SOURCE_AT, TARGET_AT = (RNG.uniform(0, (1000, 1000, 400), (n, 3)) for n in (SOURCES, TARGETS))
SOURCE_MODULES, TARGET_MODULES = (
    RNG.integers(0, 3, n).astype(np.uint16) for n in (SOURCES, TARGETS)
)
NARROW = RNG.lognormal(0, 0.3, TARGETS)
#: Over eight octaves and more, and two cells of no factor at all.
WIDE_TARGETS, WIDE_SOURCES = (RNG.lognormal(0, 1.6, n) for n in (TARGETS, SOURCES))
WIDE_TARGETS[4] = WIDE_SOURCES[7] = 0.0
BETWEEN = np.array([[1.0, 0.2, 0.0], [0.1, 3.0, 0.4], [0.5, 0.0, 0.7]])
APART = RNG.random((TARGETS, SOURCES)) < 0.7


def mask(targets, sources):
    """Part of the pairs; whatever stands in a multiple of targets is the same cell."""
    return APART[targets % TARGETS, sources]


CASES = {
    "target factors": (Gaussian(sigma=300), 0.3, {"target_factor": NARROW}),
    "wide target factors": (Gaussian(sigma=300), 0.5, {"target_factor": WIDE_TARGETS}),
    "wide source factors": (Exponential(sigma=250), 0.5, {"source_factor": WIDE_SOURCES}),
    "both": (
        Gaussian(sigma=400), 0.3, {"target_factor": WIDE_TARGETS, "source_factor": WIDE_SOURCES}
    ),
    "saturated": (
        Gaussian(sigma=200), 20.0, {"target_factor": WIDE_TARGETS, "source_factor": WIDE_SOURCES}
    ),
    "modules": (Gaussian(sigma=400), 0.4, {"between": BETWEEN}),
    "mask": (Exponential(sigma=300), 0.7, {"mask": mask}),
    "space": (Gaussian(sigma=250), 0.6, {"distance": "space"}),
    "space cut": (Exponential(sigma=400), 0.6, {"distance": "space", "cutoff": 450.0}),
    "space, a ring": (Ring(radius=350, sigma=60), 0.5, {"distance": "space"}),
    "space, a ring, cut": (
        Ring(radius=350, sigma=60), 0.5, {"distance": "space", "cutoff": 380.0}
    ),
    "everything": (
        Ring(radius=300, sigma=150),
        0.8,
        {
            "target_factor": NARROW,
            "source_factor": WIDE_SOURCES,
            "between": BETWEEN,
            "mask": mask,
            "distance": "space",
            "cutoff": 500.0,
            "min_probability": 0.02,
        },
    ),
}  # fmt: skip


def made(
    kernel, *, repeats=1, seed=5, distance="plane", cutoff=None, min_probability=None, **parts
):
    """Return a law between two populations; every target is there ``repeats`` times."""
    projection = Projection.within(
        cells_at("EXC", SOURCE_AT, modules=SOURCE_MODULES),
        cells_at("INH", np.tile(TARGET_AT, (repeats, 1)), modules=np.tile(TARGET_MODULES, repeats)),
        seed=seed,
        distance=distance,
    )
    if "target_factor" in parts:
        parts["target_factor"] = np.tile(parts["target_factor"], repeats)
    return PairLaw(projection, ConnectionProbability(kernel, cutoff, min_probability), **parts)


def weights(law):
    """Return w of every pair, (targets, sources), from the definition."""
    projection, axes = law.projection, 3 if law.projection.distance == "space" else 2
    source, target = projection.source, projection.target
    away = target.positions[:, None, :axes] - source.positions[:, :axes]
    distance = np.sqrt((away**2).sum(axis=2))
    weight = law.kernel.kernel.weight(distance)
    if law.kernel.cutoff is not None:
        weight[distance > law.kernel.cutoff] = 0.0
    if law.target_factor is not None:
        weight *= law.target_factor[:, None]
    if law.source_factor is not None:
        weight *= law.source_factor
    if law.between is not None:
        weight *= law.between[source.modules[None, :], target.modules[:, None]]
    if law.mask is not None:
        weight[~law.mask(*np.indices(weight.shape))] = 0.0
    if projection.recurrent and not projection.allow_autapses:
        np.fill_diagonal(weight, 0.0)
    return weight


def exact(law, amplitude):
    """Return p of every pair, (targets, sources), from the definition."""
    p = np.minimum(1.0, amplitude * weights(law))
    p[p < (law.kernel.min_probability or 0.0)] = 0.0
    return p


@pytest.mark.parametrize("case", CASES)
def test_every_pair_has_its_probability(case):
    kernel, amplitude, parts = CASES[case]
    repeats = 400
    law = made(kernel, repeats=repeats, **parts)
    block = PairSampler(law, amplitude).sample(0, repeats * TARGETS)
    drawn = drawn_pairs(block, SOURCES).reshape(repeats, TARGETS, SOURCES)
    p = exact(made(kernel, **parts), amplitude)
    assert ((p > 0) & (p < 1)).sum() > 200
    check_law(drawn, p)


@pytest.mark.parametrize("case", CASES)
def test_the_law_of_each_pair_is_the_definition(case):
    kernel, amplitude, parts = CASES[case]
    law = made(kernel, **parts)
    targets, sources = (index.ravel() for index in np.indices((TARGETS, SOURCES)))
    assert np.allclose(law.weight(targets, sources), weights(law).ravel(), rtol=1e-12, atol=0)
    p = law.probability(amplitude, targets, sources)
    assert np.allclose(p, exact(law, amplitude).ravel(), rtol=1e-12, atol=0)


@pytest.mark.parametrize("allow_autapses", [False, True])
def test_within_one_population(allow_autapses):
    """Two factors of the same cells: the octaves of one are not those of the other.

    Every cell is there many times: of a pair of cells, each copy of one with each of the other.
    """
    out_factor, in_factor = WIDE_SOURCES, np.random.default_rng(3).permutation(WIDE_SOURCES)

    def law(copies, allow_autapses):
        cells = cells_at("EXC", np.tile(SOURCE_AT, (copies, 1)))
        return PairLaw(
            Projection.within(cells, allow_autapses=allow_autapses),
            ConnectionProbability(Gaussian(sigma=400)),
            np.tile(in_factor, copies),
            np.tile(out_factor, copies),
        )

    copies = 20
    block = PairSampler(law(copies, allow_autapses), 0.4).sample(0, copies * SOURCES)
    drawn = drawn_pairs(block, copies * SOURCES)
    drawn = drawn.reshape(copies, SOURCES, copies, SOURCES).transpose(0, 2, 1, 3)
    same = np.eye(copies, dtype=bool)
    p = exact(law(1, allow_autapses), 0.4)
    assert (np.diag(p) > 0).any() == allow_autapses
    check_law(drawn[same], p)
    check_law(drawn[~same], exact(law(1, True), 0.4))


@pytest.mark.parametrize("case", ["both", "space, a ring", "everything"])
def test_edges_ascend_have_their_distance_and_depend_on_no_block(case):
    kernel, amplitude, parts = CASES[case]
    repeats = 20
    law = made(kernel, repeats=repeats, **parts)
    count = repeats * TARGETS
    whole = PairSampler(law, amplitude).sample(0, count)
    target = targets_of(whole)
    assert (np.diff(target * SOURCES + whole.sources.astype(np.int64)) > 0).all()
    distance = law.projection.distances(target, whole.sources)
    assert np.array_equal(whole.distances, distance.astype(np.float32))
    types = [getattr(whole, name).dtype for name in ("counts", "sources", "distances")]
    assert types == [np.int64, np.uint32, np.float32]
    for cuts in ([0, count], [0, 0, 7, 8, 311, 311, count], range(0, count + 1, 60)):
        sampler = PairSampler(law, amplitude)
        # The last block first: none knows of another.
        blocks = [sampler.sample(a, b) for a, b in reversed(list(pairwise(cuts)))]
        for name in ("counts", "sources", "distances"):
            joined = np.concatenate([getattr(block, name) for block in reversed(blocks)])
            assert np.array_equal(joined, getattr(whole, name))


def test_factors_that_spread_widely_are_drawn_economically(monkeypatch):
    """What is drawn before it is thinned, against what stays."""
    drawn = []
    sample = KernelSampler.sample

    def counted(self, start, stop):
        edges = sample(self, start, stop)
        drawn.append(len(edges.sources))
        return edges

    monkeypatch.setattr(KernelSampler, "sample", counted)
    repeats = 100
    law = made(
        Gaussian(sigma=400),
        repeats=repeats,
        target_factor=WIDE_TARGETS,
        source_factor=WIDE_SOURCES,
    )
    kept = len(PairSampler(law, 0.01).sample(0, repeats * TARGETS).sources)
    assert len(drawn) == 24
    assert kept > 0.4 * sum(drawn)


def test_no_cell_with_a_factor():
    law = made(Gaussian(sigma=400), target_factor=np.zeros(TARGETS))
    block = PairSampler(law, 1.0).sample(3, TARGETS)
    assert block.counts.tolist() == [0] * (TARGETS - 3)
    assert (block.sources.dtype, len(block.sources)) == (np.uint32, 0)
    assert solve_amplitude(law, 0).expected_degree == 0
    with pytest.raises(DegreeError, match="is 0"):
        solve_amplitude(law, 1)


def test_a_plain_law_is_drawn_by_the_kernel_sampler():
    law = made(Gaussian(sigma=400), cutoff=700.0)
    ours, plain = (
        made_of.sample(0, TARGETS)
        for made_of in (
            PairSampler(law, 0.5),
            KernelSampler(law.projection, law.kernel, 0.5),
        )
    )
    assert law.plain
    for name in ("counts", "sources", "distances"):
        assert np.array_equal(getattr(ours, name), getattr(plain, name))


@pytest.mark.parametrize("case", CASES)
def test_what_bounds_the_factors(case):
    kernel, _, parts = CASES[case]
    law = made(kernel, **parts)
    assert not law.plain
    targets, sources = (index.ravel() for index in np.indices((TARGETS, SOURCES)))
    factor = law.factor(targets, sources)
    assert (factor <= law.largest).all()
    wanted = [
        parts[name].max() for name in parts if name in ("source_factor", "target_factor", "between")
    ]
    assert law.largest == pytest.approx(np.prod(wanted))
    plane = law.projection.distances(targets, sources, space=False)
    bound = law.bounding.weight(plane) * law.largest
    assert (law.weight(targets, sources) <= bound * (1 + 1e-12)).all()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("degree", [0.5, 8.0])
def test_the_expected_degree_is_the_wanted_one(case, degree):
    kernel, _, parts = CASES[case]
    law = made(kernel, **parts)
    solved = solve_amplitude(law, degree)
    p = exact(law, solved.value)
    assert solved.method == "direct"
    assert abs(solved.expected_degree / degree - 1) < 1e-9
    assert abs(p.sum() / TARGETS / degree - 1) < solved.relative_error < 2e-4
    assert abs(solved.certain_share - (p == 1).sum() / p.sum()) < 2e-3
    given = given_amplitude(law, solved.value)
    assert given == solved


@pytest.mark.parametrize("allow_autapses", [False, True])
def test_the_expected_degree_within_one_population(allow_autapses):
    projection = Projection.within(cells_at("EXC", SOURCE_AT), allow_autapses=allow_autapses)
    kernel = ConnectionProbability(Gaussian(sigma=100))
    law = PairLaw(projection, kernel, source_factor=WIDE_SOURCES)
    solved = solve_amplitude(law, 8)
    assert abs(exact(law, solved.value).sum() / SOURCES / 8 - 1) < solved.relative_error < 2e-4


@pytest.mark.parametrize("way", ["direct", "near", "grid"])
def test_a_given_amplitude_of_a_plain_law(way, monkeypatch):
    """Its degree, and the share of the edges that are certain."""
    if way != "direct":
        monkeypatch.setattr(edge_counts, "FEW_PAIRS", 1)
        monkeypatch.setattr(edge_counts, "FEW_NEAR_PAIRS", 1 << 40 if way == "near" else 1)
        monkeypatch.setattr(edge_counts, "TOLERANCE", 1.0)
    cells = cells_at("EXC", np.random.default_rng(2).uniform(0, 4000, (1500, 2)))
    law = PairLaw(Projection.within(cells), ConnectionProbability(Exponential(sigma=100)))
    for amplitude, certain in ((0.5, False), (20.0, True)):
        found, p = given_amplitude(law, amplitude), exact(law, amplitude)
        assert found.method == way
        assert abs(found.expected_degree * 1500 / p.sum() - 1) < found.relative_error < 2e-4
        share = (p == 1).sum() / p.sum()
        assert (share > 0.1) == certain
        assert abs(found.certain_share - share) < (1e-12 if way == "direct" else 5e-3)
    assert given_amplitude(law, 0.0).expected_degree == 0


def test_a_degree_that_factors_put_out_of_reach():
    law = made(Gaussian(sigma=300), cutoff=400.0, mask=mask, source_factor=WIDE_SOURCES)
    largest = (weights(law) > 0).sum() / TARGETS
    with pytest.raises(DegreeError, match=f"EXC->INH.*is {largest:.4g}") as caught:
        solve_amplitude(law, SOURCES)
    assert caught.value.reachable == pytest.approx(largest)
    solved = solve_amplitude(law, caught.value.reachable)
    assert abs(exact(law, solved.value).sum() / TARGETS / largest - 1) < solved.relative_error


def test_some_targets_stand_for_all_of_them(monkeypatch):
    """The error that is stated is of the size of the true one, over many laws."""
    # Masks alone have no bins: some of the targets are looked at, here 32.
    monkeypatch.setattr(pair_weights, "FEW_PAIRS", 1)
    monkeypatch.setattr(pair_weights, "SAMPLED_PAIRS", 1)
    stated, true = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        cells = cells_at("EXC", rng.uniform(0, 2000, (400, 2)))
        law = PairLaw(
            Projection.within(cells),
            ConnectionProbability(Gaussian(sigma=200)),
            target_factor=rng.lognormal(0, 0.5, 400),
            mask=lambda targets, _: np.ones(np.shape(targets), bool),
        )
        solved = solve_amplitude(law, 10)
        assert solved.method == "sampled"
        stated.append(solved.relative_error)
        true.append(exact(law, solved.value).sum() / 400 / 10 - 1)
    # A ratio of two mean squares of forty numbers each: within a factor of two, 4.5 standard errors.
    assert 0.5 < np.sqrt(np.mean(np.square(true)) / np.mean(np.square(stated))) < 2


@pytest.mark.parametrize("case", ["both", "saturated", "modules", "mask", "space, a ring, cut"])
def test_compiled_code_keeps_the_same_edges(case, monkeypatch):
    monkeypatch.setattr("livn_core.sampling.pair_sampler.pays", lambda work: work > 0)
    kernel, amplitude, parts = CASES[case]
    law = made(kernel, repeats=40, **parts)
    count = 40 * TARGETS
    plain, compiled = PairSampler(law, amplitude), PairSampler(law, amplitude, edges=1e9)
    assert (plain.compiled, compiled.compiled) == (False, True)
    for start, stop in ((0, count), (17, 400)):
        one, other = plain.sample(start, stop), compiled.sample(start, stop)
        for name in ("counts", "sources", "distances"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name


@pytest.mark.parametrize(("spread", "most"), [(0.05, 1.05), (0.5, 1.2), (1.6, 1.5)])
def test_bins_of_factors_are_alike(spread, most):
    factor = np.random.default_rng(5).lognormal(0, spread, 5000)
    factor[::100] = 0.0
    cells = cells_at("A", np.zeros((5000, 3)))
    found = list(factor_bins(factor, cells, "in"))
    members = np.concatenate([part for part, _, _ in found])
    assert sorted(members) == np.flatnonzero(factor).tolist()
    assert all(factor[part].max() == largest for part, largest, _ in found)
    drawn = sum(len(part) * largest for part, largest, _ in found)
    assert drawn < most * factor.sum()
