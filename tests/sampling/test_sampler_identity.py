"""The same edges for any block size, any number of threads, and either implementation."""

import importlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from livn_hexmea.ring import Ring
from sampling import reseeded, sampler, targets_of

from livn_core.sampling import candidate_table as candidate_module
from livn_core.sampling import compiled_draw as compiled_module
from livn_core.sampling import sampler as sampler_module
from livn_core.sampling.compiled_draw import CompiledDraw
from livn_plugins.connectivity.exponential import Exponential
from livn_plugins.connectivity.gaussian import Gaussian

RNG = np.random.default_rng(7)
SPREAD = RNG.uniform(0, 4000, (3000, 2))
CLUSTERED = np.concatenate([c + RNG.normal(0, 60, (750, 2)) for c in RNG.uniform(0, 4000, (4, 2))])
CASES = {
    "gaussian": (SPREAD, Gaussian(sigma=150), 0.7, {}),
    "gaussian cut": (SPREAD, Gaussian(sigma=300), 0.2, {"cutoff": 400.0}),
    "saturated": (SPREAD, Gaussian(sigma=100), 50.0, {}),
    "exponential": (SPREAD, Exponential(sigma=200), 0.4, {}),
    "clustered": (CLUSTERED, Exponential(sigma=100), 0.5, {}),
    "far below a bin": (CLUSTERED, Gaussian(sigma=0.5), 0.9, {}),
    "a plugin's kernel": (SPREAD, Ring(radius=150, sigma=50), 0.3, {"min_probability": 0.01}),
    "hundreds of edges a target": (SPREAD[:2000], Gaussian(sigma=1e9), 0.1, {}),
    "every pair": (SPREAD[:300], Gaussian(sigma=1e9), 1.01, {}),
    "one cell": (SPREAD[:1], Gaussian(sigma=1e9), 0.3, {}),
}


def same(a, b):
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for name in ("counts", "sources", "distances")
    )


def joined(blocks):
    return replace(
        blocks[0],
        **{
            name: np.concatenate([getattr(block, name) for block in blocks])
            for name in ("counts", "sources", "distances")
        },
    )


@pytest.mark.parametrize("case", CASES)
def test_compiled_and_numpy_agree(case, recurrent):
    positions, kernel, amplitude, law = CASES[case]
    projection = recurrent(positions)
    n = len(positions)
    a, b = (
        sampler(projection, kernel, amplitude, compiled=compiled, **law).sample(0, n)
        for compiled in (False, True)
    )
    assert same(a, b)
    assert a.counts.sum() == len(a.sources) == len(a.distances)


@pytest.mark.parametrize("case", ["gaussian", "clustered", "every pair"])
@pytest.mark.parametrize("compiled", [False, True])
def test_blocks_and_threads_do_not_matter(case, compiled, recurrent):
    positions, kernel, amplitude, law = CASES[case]
    n = len(positions)
    drawer = sampler(recurrent(positions), kernel, amplitude, compiled=compiled, **law)
    whole = drawer.sample(0, n)
    for threads, size in ((1, 997), (2, 100), (3, 513)):
        with ThreadPoolExecutor(threads) as pool:
            blocks = pool.map(
                lambda start, size=size: drawer.sample(start, min(start + size, n)),
                range(0, n, size),
            )
            assert same(joined(list(blocks)), whole)
    one = drawer.sample(n // 2, n // 2 + 1)
    first = whole.counts[: n // 2].sum()
    assert np.array_equal(one.sources, whole.sources[first : first + one.counts[0]])


@pytest.mark.parametrize("case", CASES)
def test_edges_are_sorted_without_repeats_and_have_their_distance(case, recurrent):
    positions, kernel, amplitude, law = CASES[case]
    projection = recurrent(positions)
    block = sampler(projection, kernel, amplitude, **law).sample(0, len(positions))
    target = targets_of(block)
    key = target * len(positions) + block.sources.astype(np.int64)
    assert (np.diff(key) > 0).all()
    assert (target != block.sources).all()
    cells = projection.target.positions[:, :2]
    distance = np.sqrt(((cells[target] - cells[block.sources]) ** 2).sum(axis=1))
    assert np.array_equal(block.distances, distance.astype(np.float32))
    assert (block.counts.dtype, block.sources.dtype, block.distances.dtype) == (
        np.int64,
        np.uint32,
        np.float32,
    )


def test_a_small_culture_needs_no_compiler():
    code = """
import gc
import sys
import numpy as np
from livn_core.sampling.amplitude import solve_amplitude
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Cells, Projection
from livn_core.sampling.sampler import KernelSampler, load_compiled
from livn_plugins.connectivity.gaussian import Gaussian
cells = np.random.default_rng(1).uniform(0, 4000, (2000, 3))
projection = Projection.within(Cells("EXC", cells), seed=1)
law = ConnectionProbability(Gaussian(sigma=500), cutoff=1500)
amplitude = solve_amplitude(PairLaw(projection, law), 10.0).value
edges = KernelSampler(projection, law, amplitude).sample(0, 2000)
assert len(edges.sources) > 10_000
load_compiled(20_000)
assert "numba" not in sys.modules
load_compiled(20_000_000)
assert gc.isenabled()
assert "numba" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("compiled", [False, True])
def test_what_is_opened_does_not_change_the_law(compiled, recurrent, exact, monkeypatch):
    """Nodes at no cost: everything is opened down to the finest level."""
    projection = recurrent(SPREAD[:400])
    kernel, amplitude = Exponential(sigma=300), 0.6
    coarse = sampler(projection, kernel, amplitude)
    monkeypatch.setattr(candidate_module, "NODE_COST", 1e-6)
    p = exact(projection, kernel, amplitude)
    total, seeds = 0, 40
    for seed in range(seeds):
        fine = sampler(reseeded(projection, seed), kernel, amplitude, compiled=compiled)
        total += len(fine.sample(0, 400).sources)
    assert len(fine._candidates.dx) > 2 * len(coarse._candidates.dx)
    assert abs(total - seeds * p.sum()) < 4.5 * np.sqrt(seeds * (p * (1 - p)).sum())


def test_compiled_code_runs_where_it_cannot_be_kept(tmp_path):
    """No folder for a cache: compiled anew, and the edges are the same."""
    code = """
import numpy as np
from numba.core import caching
(getattr(caching, "CacheImpl", None) or caching._CacheImpl)._locator_classes = []
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Cells, Projection
from livn_core.sampling.sampler import KernelSampler
from livn_plugins.connectivity.gaussian import Gaussian
cells = np.random.default_rng(1).uniform(0, 1000, (300, 3))
projection = Projection.within(Cells("EXC", cells), seed=1)
law = ConnectionProbability(Gaussian(sigma=150))
a, b = (
    KernelSampler(projection, law, 0.3, compiled=c).sample(0, 300)
    for c in (False, True)
)
assert len(a.sources) > 1000 and np.array_equal(a.sources, b.sources)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_what_numpy_draws_adds_up(recurrent, monkeypatch):
    monkeypatch.setattr(sampler_module, "_done", 0.0)
    drawer = sampler(recurrent(SPREAD), Ring(radius=150, sigma=50), 0.3, compiled=False)
    drawer.sample(0, 100)
    once = sampler_module._done
    assert once == pytest.approx(40 * drawer.pairs * 100 / len(SPREAD))
    drawer.sample(100, 200)
    assert sampler_module._done == pytest.approx(2 * once)


@pytest.mark.parametrize("case", CASES)
def test_tables_of_bounds_do_not_change_edges(case, recurrent, monkeypatch):
    positions, kernel, amplitude, law = CASES[case]
    projection, n = recurrent(positions), min(len(positions), 500)
    drawn, tables = [], []
    for least in (0, np.inf):
        monkeypatch.setattr(compiled_module, "EVALUATIONS", least)
        drawer = sampler(projection, kernel, amplitude, compiled=True, **law)
        drawn.append(drawer.sample(0, n))
        tables.append(len(drawer._draw._tables.bounds.p))
    assert same(*drawn)
    assert tables[0] > 1000
    assert tables[1] == 1


def test_large_work_is_compiled_whatever_the_kernel(recurrent, monkeypatch):
    projection = recurrent(SPREAD)
    monkeypatch.delitem(sys.modules, "livn_core.sampling.loops", raising=False)
    monkeypatch.setattr(sampler_module, "_done", 0.0)
    small = sampler(projection, Ring(radius=150, sigma=50), 0.3)
    monkeypatch.setattr(sampler_module, "SMALL_WORK", 1e5)
    large = sampler(projection, Ring(radius=150, sigma=50), 0.3)
    assert isinstance(large._draw, CompiledDraw)
    assert not isinstance(small._draw, CompiledDraw)
    assert same(small.sample(0, 500), large.sample(0, 500))
    monkeypatch.setattr(sampler_module, "SMALL_WORK", 1e8)
    monkeypatch.setattr(sampler_module, "_done", 1e8)  # many small ones are large work, too
    assert isinstance(sampler(projection, Ring(radius=150, sigma=50), 0.3)._draw, CompiledDraw)
    monkeypatch.undo()
    importlib.import_module("livn_core.sampling.loops")  # code that is there is used for any work
    assert isinstance(sampler(projection, Ring(radius=150, sigma=50), 0.3)._draw, CompiledDraw)


def test_tables_take_bytes_by_the_cell(recurrent):
    positions = np.random.default_rng(3).uniform(0, 10_000, (100_000, 2))
    projection = recurrent(positions)
    for compiled in (False, True):
        drawer = sampler(projection, Gaussian(sigma=200), 0.2, compiled=compiled)
        assert 20 < drawer.nbytes / len(positions) < 100


def test_what_is_not_looked_at_would_not_be_listed(recurrent, between, monkeypatch):
    """Small cultures of one node, and offsets beyond the cutoff: the same lists as from all nodes."""
    rng = np.random.default_rng(3)
    cases, alone = [], []
    known = candidate_module._one_node
    for number in range(60):
        count, width = int(rng.integers(2, 150)), rng.uniform(50, 900)
        positions = rng.uniform(0, 1, (count, 2)) * [width, width * rng.uniform(0.05, 1)]
        projection = recurrent(positions) if number % 2 else between(positions, positions[::3])
        kind = (Gaussian, Exponential)[number % 3 == 0]
        law = {} if number % 5 == 0 else {"cutoff": rng.uniform(0.2, 3) * width}
        cases.append(
            (projection, kind(sigma=rng.uniform(0.2, 3) * width), rng.uniform(0.01, 2), law)
        )

    def tables():
        return [sampler(*case[:3], **case[3])._candidates for case in cases]

    monkeypatch.setattr(
        candidate_module, "_one_node", lambda *words: alone.append(known(*words)) or alone[-1]
    )
    quick = tables()
    monkeypatch.setattr(candidate_module, "_one_node", lambda *words: False)
    monkeypatch.setattr(
        candidate_module,
        "_shapes",
        lambda grid, cutoff: list(zip(grid.rows.tolist(), grid.columns.tolist(), strict=True)),
    )
    for one, other in zip(quick, tables(), strict=True):
        assert (one.skipped, one.cost, one.unit) == (other.skipped, other.cost, other.unit)
        for column in ("first", "dx", "dy", "bound"):
            assert np.array_equal(getattr(one, column), getattr(other, column))
    assert 10 < sum(alone) < 50
