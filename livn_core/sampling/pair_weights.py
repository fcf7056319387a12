"""The expected number of edges of a pair law whose weights depend on more than a distance.

Every pair is evaluated while there are few; else those of some targets, chosen at random, stand for
all of them, and the scatter between the targets says how well that is known.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.edge_counts import ExpectedEdges
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.streams import stream
from livn_core.sampling.weight_histogram import binned

__all__ = ["expected_pair_edges"]

#: Pairs that are evaluated, and at a time.
PAIRS, BLOCK = 1 << 27, 1 << 20


def expected_pair_edges(law: PairLaw) -> ExpectedEdges:
    """Return the expected number of edges as a function of the amplitude."""
    projection = law.projection
    sources, targets = len(projection.source), len(projection.target)
    some = min(targets, max(32, PAIRS // max(sources, 1)))
    chosen = np.arange(targets)
    if some < targets:
        chosen = np.sort(stream(0, "pair weights").choice(targets, some, replace=False))
    scale = targets / some
    # Two halves, told apart: their difference is the error of a sample.
    halves = [
        binned((weight, scale) for weight in _weights(law, part))
        for part in (chosen[::2], chosen[1::2])
    ]
    smallest = law.kernel.min_probability

    def edges(amplitude: float) -> float:
        return sum(half.edges(amplitude, smallest) for half in halves)

    def error(amplitude: float) -> float:
        if some == targets:
            return 1e-4
        first, second = (half.edges(amplitude, smallest) for half in halves)
        return abs(first - second) / max(first + second, 1e-300) + 1e-4

    return ExpectedEdges(
        edges,
        error,
        lambda amplitude: sum(half.certain(amplitude) for half in halves),
        lambda amplitude: all(half.saturated(amplitude) for half in halves),
        "direct" if some == targets else "sampled",
    )


def _weights(law: PairLaw, targets: NDArray[np.int64]) -> Iterator[NDArray[np.float64]]:
    """Yield the weights of all pairs of these targets, without autapses that are not allowed."""
    projection = law.projection
    sources = np.arange(len(projection.source))
    rows = max(1, BLOCK // max(len(sources), 1))
    alone = projection.recurrent and not projection.allow_autapses
    for start in range(0, len(targets), rows):
        part = targets[start : start + rows]
        target, source = np.repeat(part, len(sources)), np.tile(sources, len(part))
        weight = law.weight(target, source)
        if alone:
            weight[target == source] = 0.0
        yield weight
