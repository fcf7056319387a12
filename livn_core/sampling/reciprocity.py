"""Pairs of cells that connect both ways more often than chance has it: P(both) = r p^2.

Of symmetric probabilities p two layers are drawn. An undirected one, both directions at once, has
s = p^2 (r - 1) / (1 - 2p + r p^2); a directed one has q = (p - s) / (1 - s) = p (1 - r p) / (1 - p).
A connection is in either of them with 1 - (1 - s)(1 - q) = p, and both are there with
s + (1 - s) q^2 = r p^2: mean degree and law of distance stay what they are. Where r p > 1, r is 1/p,
the most that there can be: s = p and q = 0. The bivariate Bernoulli law with given margins; Song et
al. 2005, PLoS Biol 3(3):e68, measured r of about 4 in slices.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.sampling.amplitude import Amplitude, given_amplitude
from livn_core.sampling.drawing import NOTHING
from livn_core.sampling.packed import Pairs, arranged, by_target
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.pair_sampler import PairSampler
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Edges
from livn_core.sampling.thinning import Layer, LayerKernel

__all__ = ["ReciprocalSampler", "both_ways", "directed", "limited_share", "undirected"]

#: Edges of the undirected layer that a thread draws at a time.
BLOCK_EDGES = 250_000


def undirected(p: FloatArray, r: float) -> FloatArray:
    """Return s, the probability that a pair is in the undirected layer; (n,).

    Examples
    --------
    >>> float(undirected(np.array([0.1]), 4)[0].round(6))
    0.035714
    """
    s = p * p * (r - 1) / ((1 - p) ** 2 + (r - 1) * p * p)
    return np.where(r * p < 1, s, p)


def directed(p: FloatArray, r: float) -> FloatArray:
    """Return q, the probability that a connection is in the directed layer; (n,)."""
    open_ones = np.where(r * p < 1, p, 0.0)
    return open_ones * (1 - r * open_ones) / (1 - open_ones)


def both_ways(p: FloatArray, r: float) -> FloatArray:
    """Return P(i -> j and j -> i) of pairs that connect with p either way, (n,)."""
    return np.minimum(r * p * p, p)


def _one_side(p: FloatArray, r: float) -> FloatArray:
    """Return with what probability each of two draws adds a pair, so that either does with s."""
    return 1 - np.sqrt(1 - undirected(p, r))


def limited_share(law: PairLaw, amplitude: Amplitude, r: float) -> float:
    """Return the share of the expected edges whose p is too large for r: r p > 1."""
    kernel, edges = law.kernel, amplitude.expected_degree
    highest = kernel.bound(np.zeros(1), np.full(1, np.inf)) * law.largest
    if edges <= 0 or r <= 1 or kernel.scaled(amplitude.value, highest)[0] * r <= 1:
        return 0.0
    least = max(1 / r, kernel.min_probability or 0.0)
    those = replace(law, kernel=replace(kernel, min_probability=least))
    return min(given_amplitude(those, amplitude.value).expected_degree / edges, 1.0)


@dataclass
class _LayerBlock:
    """Targets ``start`` to ``stop`` of the undirected layer, and their pairs once they are drawn."""

    start: int
    stop: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    pairs: list[Pairs] | None = None


class ReciprocalSampler:
    """The edges of a recurrent projection with r > 1, a block of targets at a time. Thread-safe.

    The undirected layer is drawn whole on first use and held, 8 bytes an edge. p_ij = min(1, A w_ij)
    is symmetric, r = P(both) / p^2, and ``edges`` is how many are expected.
    """

    def __init__(self, law: PairLaw, amplitude: float, edges: float, r: float) -> None:
        self._law, self._lock = law, threading.Lock()
        self._held: tuple[NDArray[np.int64], NDArray[np.uint64]] | None = None
        one_way = Layer("one way", partial(directed, r=r), rises=False)
        both = Layer("both ways", partial(_one_side, r=r), rises=True)
        self._one_way = PairSampler(law, amplitude, edges, one_way)
        # A connection to itself has but one direction: the directed layer draws it.
        alone = replace(law, projection=replace(law.projection, allow_autapses=False))
        self._both = PairSampler(alone, amplitude, edges, both)
        self._expected = self._expected_both(amplitude, edges, r)
        number = len(law.projection.target)
        rows = int(BLOCK_EDGES / max(self._expected / max(number, 1), 1.0)) + 1
        self._blocks = [
            _LayerBlock(start, min(start + rows, number)) for start in range(0, number, rows)
        ]

    def _expected_both(self, amplitude: float, edges: float, r: float) -> float:
        """Return how many edges the undirected layer is to have; at most, where more than distance counts."""
        law = self._law
        if not law.plain or not edges:
            return edges
        layer = Layer("", partial(undirected, r=r), rises=True)
        kernel = LayerKernel(law=law.kernel, amplitude=amplitude, layer=layer)
        those = replace(law, kernel=ConnectionProbability(kernel, law.kernel.cutoff))
        return given_amplitude(those, 1.0).expected_degree * len(law.projection.target)

    @property
    def memory(self) -> float:
        """Bytes of the tables and of the undirected layer; an estimate before they are made."""
        held = self._held
        layer = 8 * self._expected if held is None else held[0].nbytes + held[1].nbytes
        return self._one_way.memory + self._both.memory + layer

    def sample(self, start: int, stop: int) -> Edges:
        """Return the edges onto the targets ``start`` to ``stop``, relative to the population."""
        ends, words = self._mirrored()
        number, targets = len(self._law.projection.source), np.arange(start, max(start, stop))
        theirs = words[ends[start] : ends[max(start, stop)]]
        held: Pairs = targets, np.diff(ends[start : max(start, stop) + 1]), theirs
        parts = [*self._one_way.pairs(start, stop), held]
        found = arranged(parts, start, stop, number, compiled=self._one_way.compiled)
        return self._one_way.edges(start, *found)

    def _mirrored(self) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Return where each target's words begin, (targets + 1,), and the words of the whole layer.

        A pair may be there twice. Threads that come for the layer draw it together.
        """
        for wait in (False, True):
            for block in self._blocks:
                if block.pairs is None and block.lock.acquire(wait):
                    try:
                        if block.pairs is None:
                            block.pairs = list(self._drawn(block.start, block.stop))
                    finally:
                        block.lock.release()
        with self._lock:
            if self._held is None:
                number = len(self._law.projection.target)
                drawn = [pairs for block in self._blocks for pairs in block.pairs or ()]
                found, words = by_target(drawn, 0, number, compiled=self._both.compiled)
                self._held, self._blocks = (np.concatenate(([0], np.cumsum(found))), words), []
            return self._held

    def _drawn(self, start: int, stop: int) -> Iterator[Pairs]:
        """Yield the pairs of the undirected layer that targets draw, and the same turned round."""
        for targets, counts, drawn in self._both.pairs(start, stop):
            yield targets, counts, drawn
            kept = np.flatnonzero(drawn != NOTHING)
            words, target = drawn[kept], np.repeat(targets, counts)[kept].astype(np.uint64)
            turned = (target << np.uint64(32)) | (words & np.uint64(2**32 - 1))
            yield (words >> np.uint64(32)).astype(np.int64), np.ones(len(kept), np.int64), turned
