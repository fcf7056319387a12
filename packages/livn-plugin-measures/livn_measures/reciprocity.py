"""Reciprocal pairs against what the distances between cells would give by themselves."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from livn_core.sampling.streams import stream
from livn_measures.network import Network

__all__ = ["reciprocity"]

#: Pairs of cells whose distances are counted, for each pair of populations; more are sampled.
MOST_PAIRS = 50_000_000


def reciprocity(network: Network, *, bins: int = 40, seed: int = 0) -> dict[str, Any]:
    r"""Count pairs of cells that are connected both ways, and how many distance alone would give.

    Were connections independent, each with a probability that depends on populations and distance
    alone, the expected number of reciprocal pairs between populations A and B would be

        sum over bins b of n_b p_b(A->B) p_b(B->A),    p_b(A->B) = e_b(A->B) / n_b

    with n_b pairs of cells (a, b) and e_b connections of A onto B whose length lies in bin b; within
    a population n_b p_b^2, with p_b = e_b / (2 n_b) for n_b unordered pairs. This is the excess over
    chance of Song et al. 2005 (PLoS Biology 3:e68), whose p is one number, n p^2, with the
    correction for what Hoffmann and Triesch 2017 (Network Neuroscience 1:31) show: wherever p varies
    among pairs, E[p^2] exceeds E[p]^2 and reciprocal pairs abound without any tendency to
    reciprocate. ``expected_uniform`` is the number by one p for each pair of populations.

    Parameters
    ----------
    network
        Cells and connections; autapses do not count.
    bins
        Bins of distance, with equally many connections each.
    seed
        Of the choice of cells whose distances are counted where there are more than
        :data:`MOST_PAIRS` pairs.

    Returns
    -------
    ``pairs`` (reciprocal, unordered), ``fraction`` (of the connections that are part of one),
    ``expected``, ``expected_uniform``, ``ratio`` (pairs over expected), and in ``between`` the same
    for each pair of populations with connections. None where nothing is expected.
    """
    sources, targets = network.between_cells()
    both = _reciprocated(sources, targets, len(network))
    lengths = np.linalg.norm(network.positions[sources] - network.positions[targets], axis=1)
    owner = np.empty(len(network), np.int64)
    for number, cells in enumerate(network.populations.values()):
        owner[cells.start : cells.stop] = number
    kind = owner[sources] * len(network.populations) + owner[targets]
    rng = stream(seed, "measure", "reciprocity")
    rows = []
    for (i, first), (j, second) in combinations_with_replacement(enumerate(network.populations), 2):
        there = kind == i * len(network.populations) + j
        back = kind == j * len(network.populations) + i
        if not (there.any() and back.any()):
            continue
        expected, uniform = _expected(
            lengths[there],
            None if i == j else lengths[back],
            network.positions[owner == i],
            network.positions[owner == j],
            bins,
            rng,
        )
        pairs = int(both[there].sum()) // (2 if i == j else 1)
        rows.append(_row(pairs, expected, uniform) | {"populations": [first, second]})
    total = _row(
        *(sum(row[key] for row in rows) for key in ("pairs", "expected", "expected_uniform"))
    )
    fraction = float(both.mean()) if both.size else None
    return {**total, "fraction": fraction, "between": rows}


def _row(pairs: int, expected: float, uniform: float) -> dict[str, Any]:
    return {
        "pairs": pairs,
        "expected": expected,
        "expected_uniform": uniform,
        "ratio": pairs / expected if expected > 0 else None,
    }


def _reciprocated(
    sources: NDArray[np.int64], targets: NDArray[np.int64], cells: int
) -> NDArray[np.bool_]:
    """Return for each connection, in order of source and target, whether there is one back."""
    keys, reverse = sources * cells + targets, targets * cells + sources
    at = np.searchsorted(keys, reverse)
    found = at < len(keys)
    found[found] = keys[at[found]] == reverse[found]
    return found


def _expected(
    there: NDArray[np.float64],
    back: NDArray[np.float64] | None,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    bins: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Return the expected reciprocal pairs, by distance and by one probability.

    Parameters
    ----------
    there, back
        Lengths of the connections of ``first`` onto ``second`` and back, um; ``back`` is None
        within a population.
    first, second
        (n, 3) somata of the two populations, um.
    bins, rng
        As for :func:`reciprocity`.
    """
    lengths = there if back is None else np.concatenate([there, back])
    # A limit may be a length, and the tree's own distance of that pair differ in the last digit.
    limits = np.unique(np.quantile(lengths, np.linspace(0, 1, bins + 1)[1:])) * (1 + 1e-9)
    sampled = max(1, min(len(first), MOST_PAIRS // len(second)))
    chosen = first
    if sampled < len(first):
        chosen = first[rng.choice(len(first), sampled, replace=False)]
    within = cKDTree(chosen).count_neighbors(cKDTree(second), limits).astype(np.float64)
    if back is None:
        within -= sampled  # each cell is its own neighbour
    ordered = np.diff(within * len(first) / sampled, prepend=0.0)
    forth = _by_bin(there, limits)
    other = forth if back is None else _by_bin(back, limits)
    # Within a population, n_b p_b^2 with n_b = ordered / 2 and p_b = e_b / (2 n_b).
    halved = 2 if back is None else 1
    seen = ordered > 0
    expected = float((forth[seen] * other[seen] / ordered[seen]).sum()) / halved
    every = len(first) * (len(second) - (back is None))
    return expected, float(forth.sum() * other.sum() / every) / halved


def _by_bin(lengths: NDArray[np.float64], limits: NDArray[np.float64]) -> NDArray[np.float64]:
    bins = np.searchsorted(limits, lengths)
    return np.bincount(bins, minlength=len(limits)).astype(np.float64)
