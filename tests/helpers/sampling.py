"""Projections for the tests of the sampler, and what is drawn from them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livn_core.components import Kernel
from livn_core.sampling.amplitude import Amplitude, solve_amplitude
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Cells, Culture, Edges, Projection
from livn_core.sampling.sampler import KernelSampler


def cells_at(name: str, positions: ArrayLike, **known: Any) -> Cells:
    """Return cells at (n, 2) or (n, 3) positions, um, on float32 values; z is 0 if not given."""
    given = np.asarray(positions, np.float32)
    given = given if given.ndim == 2 else given.reshape(-1, 2)
    places = np.zeros((len(given), 3))
    places[:, : given.shape[1]] = given
    return Cells(name, places, **known)


def reseeded(projection: Projection, seed: int) -> Projection:
    """Return the same projection of a culture with another seed."""
    return replace(projection, culture=Culture(projection.culture.cells, seed))


def sampler(
    projection: Projection,
    kernel: Kernel,
    amplitude: float,
    *,
    compiled: bool | None = None,
    **law: float | None,
) -> KernelSampler:
    """Return the sampler of p(d) = min(1, A k(d)); ``law`` is cutoff and smallest p."""
    return KernelSampler(
        projection, ConnectionProbability(kernel, **law), amplitude, compiled=compiled
    )


def solve(projection: Projection, kernel: Kernel, degree: float, **law: float | None) -> Amplitude:
    """Return the amplitude of p(d) = min(1, A k(d)) with a mean in-degree."""
    return solve_amplitude(PairLaw(projection, ConnectionProbability(kernel, **law)), degree)


def targets_of(edges: Edges, start: int = 0) -> NDArray[np.int64]:
    """Return the target of each edge of a block that begins at a target, (edges,)."""
    return np.repeat(np.arange(start, start + len(edges.counts)), edges.counts)


def drawn_pairs(edges: Edges, sources: int) -> NDArray[np.bool_]:
    """Return which pairs are connected, (targets, sources); no pair may be drawn twice."""
    drawn = np.zeros((len(edges.counts), sources), dtype=bool)
    drawn[targets_of(edges), edges.sources] = True
    if drawn.sum() != len(edges.sources):
        raise AssertionError("a pair was drawn twice")
    return drawn


def check_law(drawn: NDArray[np.bool_], p: NDArray[np.float64]) -> None:
    """Hold independent draws of all pairs against the probability of each.

    Parameters
    ----------
    drawn
        (repeats, targets, sources) bool.
    p
        (targets, sources). Tolerances are 4.5 standard errors, 5 of a variance.
    """
    repeats, found = len(drawn), drawn.sum(axis=0)
    assert (found[p == 1] == repeats).all()
    assert (found[p == 0] == 0).all()
    # Pairs are independent: the sum over pairs of squared standard scores has known moments.
    inner = (p > 1e-4) & (p < 1 - 1e-4)
    if inner.any():
        variance = repeats * p[inner] * (1 - p[inner])
        score = (found[inner] - repeats * p[inner]) ** 2 / variance
        # Var of a squared standardised binomial: 2 + (1 - 6 p q) / (n p q).
        spread = np.sqrt((2 + (1 - 6 * p[inner] * (1 - p[inner])) / variance).sum())
        assert abs(score.sum() - len(score)) < 4.5 * spread
    total = found.sum() - repeats * p.sum()
    assert abs(total) < 4.5 * np.sqrt(repeats * (p * (1 - p)).sum()) + 1e-9
    # In-degree of each target, out-degree of each source: variances of sums of independent pairs.
    for axis in (0, 1):
        expected = (p * (1 - p)).sum(axis=1 - axis)
        many = expected > 0.5
        if many.any():
            ratio = drawn.sum(axis=2 - axis)[:, many].var(axis=0, ddof=1) / expected[many]
            assert abs(ratio.mean() - 1) < 5 * np.sqrt(2 / repeats / many.sum()) + 0.02
