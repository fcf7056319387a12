"""The sample of connections: fair, weighted as it says, the same every time, bounded."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from drawn_systems import write_system
from scipy.stats import chisquare

from livn_core.plotting.sampling import sample_edges
from livn_core.system.reader import System


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    """100 sources, two targets: one 10 um from every source, the other 30 um."""
    positions = {
        "A": np.zeros((100, 3)),
        "B": np.array([[10.0, 0, 0], [30.0, 0, 0]]),
    }
    edges = {("A", "B"): (np.tile(np.arange(100), 2), np.repeat([0, 1], 100))}
    return System(write_system(tmp_path_factory.mktemp("ring") / "ring", positions, edges))


def _positions(system):
    return np.concatenate([system.positions(p.name) for p in system.populations])


def test_all_edges_where_there_are_no_more(drawn_culture):
    system = System(drawn_culture)
    total = sum(system.edge_count(*pair) for pair in system.projections)
    sample = sample_edges(system, total)
    assert len(sample) == sample.total == total
    assert len(set(zip(sample.sources, sample.targets, strict=True))) == total
    assert len(sample_edges(system, total - 1)) == total - 1
    assert len(sample_edges(system, 0)) == 0


def test_uniform_sample_is_fair_over_the_file(ring):
    counts = np.zeros((100, 2))
    for seed in range(400):
        sample = sample_edges(ring, 20, seed=seed)
        assert len(sample) == 20
        np.add.at(counts, (sample.sources, sample.targets - 100), 1)
    assert chisquare(counts.ravel()).pvalue > 1e-3


def test_long_edges_are_likelier_in_proportion(ring):
    positions = _positions(ring)
    drawn = [
        sample_edges(ring, 1, seed=seed, weight="length", positions=positions).targets[0]
        for seed in range(800)
    ]
    # 3 of 4: binomial, five standard deviations.
    assert abs(drawn.count(101) - 600) < 5 * np.sqrt(800 * 0.75 * 0.25)


def test_the_same_seed_draws_the_same_whatever_the_blocks(drawn_culture):
    system = System(drawn_culture)
    samples = [sample_edges(system, 50, seed=4, block_edges=size) for size in (7, 100, 10**6)]
    for other in samples[1:]:
        assert np.array_equal(samples[0].sources, other.sources)
        assert np.array_equal(samples[0].targets, other.targets)
    assert not np.array_equal(samples[0].sources, sample_edges(system, 50, seed=5).sources)


def test_sampled_edges_exist(drawn_culture):
    system = System(drawn_culture)
    sample = sample_edges(system, 60, seed=2)
    for source, target in zip(sample.sources, sample.targets, strict=True):
        name = system.locate(int(source))[0].name
        start = system.population(name).start
        assert int(source) - start in system.incoming(int(target))[name].sources


def test_memory_does_not_grow_with_the_edges(make_culture):
    system = System(make_culture(exc=4000, inh=1000, degree=100))
    for pair in system.projections:
        system.edge_count(*pair)
    positions = _positions(system)
    tracemalloc.start()
    sample = sample_edges(system, 100, block_edges=20_000, weight="length", positions=positions)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sample.total == 1_000_000
    # A million edges as two 64-bit gids are 16 MB.
    assert peak < 8e6
