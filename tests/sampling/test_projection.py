"""What a rule is handed: numbers that belong to pairs, distances, and what is made once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sampling import cells_at, reseeded
from scipy import stats

from livn_core.sampling.philox import CANDIDATE, COUNT, DIRECT, PAIR, philox, unit
from livn_core.sampling.projection import Cells, Culture, Projection

RNG = np.random.default_rng(61)
SOURCE = cells_at("EXC", RNG.uniform(0, (4000, 4000, 300), (400, 3)))
TARGET = cells_at("INH", RNG.uniform(0, (4000, 4000, 300), (250, 3)))
PROJECTION = Projection.within(SOURCE, TARGET, seed=9)
TARGETS, SOURCES = (index.ravel() for index in np.indices((250, 400)))


# -- numbers of pairs ------------------------------------------------------------------------------


def test_a_number_belongs_to_the_pair_and_the_purpose_alone():
    numbers = PROJECTION.uniform("one", TARGETS, SOURCES)
    assert numbers.dtype == np.float64
    some = np.random.default_rng(8).permutation(len(numbers))[:5000]
    others = Projection.within(SOURCE, TARGET, seed=9, distance="space", allow_autapses=True)
    again = others.uniform("one", TARGETS[some].astype(np.int32), SOURCES[some].astype(np.uint32))
    assert np.array_equal(again, numbers[some])
    assert np.array_equal(PROJECTION.uniform("one", TARGETS[7:8], SOURCES[7:8]), numbers[7:8])
    assert len(PROJECTION.uniform("one", TARGETS[:0], SOURCES[:0])) == 0


@pytest.mark.parametrize(
    "other",
    [
        lambda: PROJECTION.uniform("two", TARGETS, SOURCES),
        lambda: reseeded(PROJECTION, 10).uniform("one", TARGETS, SOURCES),
        lambda: Projection.within(TARGET, SOURCE, seed=9).uniform("one", TARGETS, SOURCES),
        lambda: PROJECTION.uniform("one", SOURCES, TARGETS),
    ],
    ids=["purpose", "seed", "projection", "direction"],
)
def test_other_purposes_and_projections_have_other_numbers(other):
    numbers, others = PROJECTION.uniform("one", TARGETS, SOURCES), other()
    different = TARGETS != SOURCES
    assert not (numbers == others)[different].any()
    assert abs(np.corrcoef(numbers[different], others[different])[0, 1]) < 4.5 / np.sqrt(1e5)


def test_the_numbers_are_uniform_and_independent():
    numbers = PROJECTION.uniform("one", TARGETS, SOURCES)
    assert numbers.min() >= 0
    assert numbers.max() < 1
    assert stats.kstest(numbers, "uniform").pvalue > 1e-5
    table = numbers.reshape(250, 400)
    # Neighbours along both axes, and the means of every target and of every source.
    for a, b in ((table[1:], table[:-1]), (table[:, 1:], table[:, :-1])):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 4.5 / np.sqrt(a.size)
    for axis in (0, 1):
        scores = (table.mean(axis=axis) - 0.5) * np.sqrt(12 * table.shape[axis])
        assert abs(scores).max() < 5
        assert abs((scores**2).mean() - 1) < 4.5 * np.sqrt(2 / len(scores))


def test_they_are_not_the_sampler_s_own():
    """Under the projection's own key and any purpose of the sampler, and under theirs."""
    numbers = set(PROJECTION.uniform("thin", TARGETS, SOURCES))
    assert len(numbers) == len(TARGETS)
    for purpose in (CANDIDATE, DIRECT, COUNT, PAIR):
        for word in philox(SOURCES, purpose, TARGETS, PROJECTION.key):
            assert numbers.isdisjoint(unit(word))


# -- cells and distances ---------------------------------------------------------------------------


def test_distances_in_the_plane_and_in_space():
    away = TARGET.positions[TARGETS] - SOURCE.positions[SOURCES]
    plane, space = np.hypot(away[:, 0], away[:, 1]), np.sqrt((away**2).sum(axis=1))
    assert np.allclose(PROJECTION.distances(TARGETS, SOURCES), plane, rtol=1e-14)
    assert np.allclose(PROJECTION.distances(TARGETS, SOURCES, space=True), space, rtol=1e-14)
    inside = Projection.within(SOURCE, TARGET, distance="space")
    assert np.allclose(inside.distances(TARGETS, SOURCES), space, rtol=1e-14)
    assert np.allclose(inside.distances(TARGETS, SOURCES, space=False), plane, rtol=1e-14)


def test_names():
    within = Projection.within(SOURCE)
    assert (PROJECTION.name, within.name) == ("EXC->INH", "EXC->EXC")
    assert (PROJECTION.recurrent, within.recurrent) == (False, True)
    assert set(PROJECTION.culture.cells) == {"EXC", "INH"}
    known = Cells("EXC", SOURCE.positions, attributes={"in_degree": np.arange(400)})
    assert known.values("in_degree")[7] == 7
    assert len(known) == 400


def test_the_stream_of_a_target():
    first = PROJECTION.stream(4).random(5)
    assert np.array_equal(PROJECTION.stream(4).random(5), first)
    for other in (
        PROJECTION.stream(5),
        reseeded(PROJECTION, 1).stream(4),
        Projection.within(SOURCE).stream(4),
    ):
        assert not np.isin(other.random(5), first).any()


# -- what is made once -----------------------------------------------------------------------------


def test_many_threads_make_it_once():
    culture, made = Culture({}), []
    together = threading.Barrier(8, timeout=30)

    def make():
        made.append(threading.get_ident())
        return np.zeros(1000)

    def ask(_):
        together.wait()
        return culture.once("axons", make)

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(ask, range(8)))
    assert len(made) == 1
    assert all(one is given[0] for one in given)
    assert culture.once("axons", lambda: None) is given[0]
    assert culture.nbytes == 8000


def test_others_need_not_wait():
    """While one thing is made, another is made and asked for, on another thread and within."""
    culture = Culture({})
    begun, done = threading.Event(), threading.Event()

    def slow():
        begun.set()
        assert done.wait(30)
        return culture.once("part", lambda: "made before") + "!"

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(culture.once, "whole", slow)
        assert begun.wait(30)
        assert culture.once("part", lambda: "part") == "part"
        assert culture.nbytes == 0
        done.set()
        assert waiting.result(30) == "part!"


def test_what_could_not_be_made_is_tried_again():
    culture = Culture({})

    def fail():
        raise ValueError("no axons")

    with pytest.raises(ValueError, match="no axons"):
        culture.once("axons", fail)
    assert culture.once("axons", lambda: 3) == 3
