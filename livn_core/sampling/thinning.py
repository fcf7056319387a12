"""Keeps of the pairs that were drawn from a bound those that the law itself has.

A pair is kept if its own random number is below p_ij / p', with p' the bound that it was drawn from.
Where factors are all that tells the two apart, p_ij / p' is the pair's factor over the largest one
unless p' is clipped: then the kernel need not be asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray, Kernel
from livn_core.sampling.drawing import NOTHING
from livn_core.sampling.packed import pack
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.probability_bounds import EVALUATIONS, ProbabilityBounds
from livn_core.sampling.projection import Edges, bounds
from livn_core.sampling.streams import key64

__all__ = ["Layer", "Thinning"]

#: Pairs that are decided at a time: few enough to stay in a core's cache.
BATCH = 1 << 15

Int = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Layer:
    """Edges with a probability f(p) <= p in place of p.

    Parameters
    ----------
    name
        Keys the random numbers.
    share
        f of probabilities, (n,).
    rises
        Whether f never falls: then f of a bound of p is one of f(p), and edges are drawn from it.
    """

    name: str
    share: Callable[[FloatArray], FloatArray]
    rises: bool


class LayerKernel(Kernel):
    """f(min(1, A k(d))) of a layer that rises: a kernel with the amplitude 1."""

    law: ConnectionProbability
    amplitude: float
    layer: Layer

    @property
    def monotone(self) -> bool:  # type: ignore[override]
        """Whether the law's kernel never grows with distance."""
        return self.law.kernel.monotone

    def weight(self, distance: FloatArray) -> FloatArray:
        """Return f of p at distances in um."""
        return self.layer.share(self.law.probability(self.amplitude, distance))

    def bound(self, nearest: FloatArray, farthest: FloatArray) -> FloatArray:
        """Return f of the bound of p."""
        bound = self.law.bound(nearest, farthest)
        return self.layer.share(self.law.scaled(self.amplitude, bound))


class Thinning:
    """Decides on the pairs of one part of a projection, p_ij = min(1, A w_ij); thread-safe.

    ``bound`` is the law of a distance in the plane that bounds it without factors, ``largest`` the
    largest factor. Whether compiled code does it does not change the outcome; about ``pairs`` pairs were
    decided on before.
    """

    def __init__(
        self,
        law: PairLaw,
        amplitude: float,
        bound: ConnectionProbability,
        largest: float,
        layer: Layer | None,
        *,
        compiled: bool,
        pairs: float,
    ) -> None:
        self._law, self._amplitude, self._layer = law, amplitude, layer
        self._bound, self._largest, self._compiled = bound, largest, compiled
        projection = law.projection
        self._purpose = "thin" if layer is None else f"thin {layer.name}"
        self._key = np.uint64(key64(projection.seed, "pairs", self._purpose, projection.name))
        self._of_distance = law.mask is None and projection.distance != "space"
        # Without them, the share of the bound is that of the factors.
        self._certain = layer is None and self._of_distance and bound.min_probability is None
        self._unclipped = np.inf
        if compiled and layer is None and pairs > EVALUATIONS:
            farthest = float(np.hypot(*bounds(projection)[1])) + 1.0
            table = ProbabilityBounds.build(bound, amplitude * largest, farthest)
            self._unclipped = table.unclipped * (1 + 1e-6)  # float32 distances are compared
        both = projection.target, projection.source
        modules = [
            np.empty(0, np.uint16) if cells.modules is None else cells.modules for cells in both
        ]
        positions = (np.ascontiguousarray(cells.positions) for cells in both)
        self._cells = (*positions, *modules)
        without = law.between is None or not all(map(len, modules))
        self._factors = (
            np.empty(0) if law.target_factor is None else law.target_factor,
            np.empty(0) if law.source_factor is None else law.source_factor,
            np.empty((0, 0)) if without else law.between,
        )

    def packed(self, targets: Int, drawn: Edges, members: Int | None) -> NDArray[np.uint64]:
        """Return the packed pairs of a block; those that are refused are :data:`NOTHING`.

        ``members`` are the cells that the sources which were drawn are numbers of; None: themselves.
        """
        distances = np.asarray(drawn.distances, np.float32)
        if not self._compiled:
            target, source = np.repeat(targets, drawn.counts), drawn.sources.astype(np.int64)
            source = source if members is None else members[source]
            u = self._law.projection.uniform(self._purpose, target, source)
            plane = self._law.projection.distances(target, source, space=False)
            factor = None if self._law.factorless else self._law.factor(target, source)
            kept = self._decided(target, source, u, factor, plane)
            return np.where(kept, pack(source, distances), NOTHING)
        packed = np.empty(len(drawn.sources), np.uint64)
        ends = np.concatenate(([0], np.cumsum(drawn.counts)))
        begin = 0
        while begin < len(targets):
            end = int(np.searchsorted(ends, ends[begin] + BATCH, side="right")) - 1
            end = max(end, begin + 1)
            these, edges = slice(begin, end), slice(ends[begin], ends[end])
            self._decide(
                (
                    targets[these],
                    drawn.counts[these],
                    drawn.sources[edges],
                    np.empty(0, np.int64) if members is None else members,
                    distances[edges],
                ),
                packed[edges],
            )
            begin = end
        return packed

    def _decide(self, pairs: tuple[NDArray[Any], ...], packed: NDArray[np.uint64]) -> None:
        from livn_core.sampling.thinning_loops import decide

        whole, real = np.empty((3, len(packed)), np.int64), np.empty((3, len(packed)))
        bound = (self._largest, self._unclipped, self._certain, self._law.alone)
        left_open = tuple(whole), tuple(real)
        number = decide(pairs, self._cells, self._factors, bound, self._key, packed, left_open)
        place, target, source = whole[:, :number]
        u, factor, plane = real[:, :number]
        kept = self._decided(target, source, u, None if self._law.factorless else factor, plane)
        packed[place[~kept]] = NOTHING

    def _decided(
        self, target: Int, source: Int, u: FloatArray, factor: FloatArray | None, plane: FloatArray
    ) -> NDArray[np.bool_]:
        """Return which pairs the kernel keeps, (n,)."""
        law = self._law
        bound = self._bound.probability(self._amplitude * self._largest, plane)
        if not self._of_distance:
            p = law.probability(self._amplitude, target, source)
        elif factor is None:
            p = bound.copy()
        else:
            p = law.kernel.scaled(self._amplitude, law.kernel.weight(plane) * factor)
        if self._layer is not None:
            itself = target == source if law.projection.recurrent else slice(0, 0)
            alone = p[itself]
            p = self._layer.share(p)
            p[itself] = alone
            if self._layer.rises:
                bound = self._layer.share(bound)
        if law.alone:
            p[target == source] = 0.0
        kept: NDArray[np.bool_] = u * bound < p
        return kept
