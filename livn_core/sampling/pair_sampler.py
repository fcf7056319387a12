"""Draws the edges of a pair law: from a bound that depends on the distance alone, then thinned.

A distance in space is never shorter than the one in the plane, so p'(d) = min(1, A max(t s M) k'(d))
with k'(d) = max of k over [d, infinity) bounds p_ij where d is the distance in the plane: the kernel
sampler draws from p', and an edge is kept if its pair's own random number is below p_ij / p'. Cells
that have factors are cut into bins of alike ones, and each pair of bins is a projection of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.factor_bins import factor_bins
from livn_core.sampling.packed import Pairs, arranged, pack
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Cells, Edges, Projection
from livn_core.sampling.sampler import EDGE_WORK, KernelSampler, pays
from livn_core.sampling.thinning import Layer, LayerKernel, Thinning

__all__ = ["PairSampler"]

#: Bytes of the tables for a cell, before they are built.
BYTES_PER_CELL = 50.0


@dataclass(frozen=True, slots=True)
class _Part:
    """Targets and sources of one bin of factors each (None for all cells), and what thins their edges."""

    targets: NDArray[np.int64] | None
    sources: NDArray[np.int64] | None
    sampler: KernelSampler
    thinning: Thinning | None


class PairSampler:
    """The edges of one projection, a block of targets at a time: p_ij = min(1, A w_ij). Thread-safe.

    A plain law is drawn by the kernel sampler as it is. ``edges`` is how many are expected: compiled
    code is worth loading for many. A ``layer`` has another probability than p.
    """

    def __init__(
        self, law: PairLaw, amplitude: float, edges: float = 0.0, layer: Layer | None = None
    ) -> None:
        self._law, self._amplitude, self._layer = law, amplitude, layer
        self._work = edges * EDGE_WORK
        self._exact = law.plain and (layer is None or layer.rises)
        self._lock = threading.Lock()
        self._parts: tuple[_Part, ...] | None = None

    @property
    def compiled(self) -> bool:
        """Whether compiled code draws, as far as it has not begun; the edges are the same."""
        return pays(self._work)

    def sample(self, start: int, stop: int) -> Edges:
        """Return the edges onto the targets ``start`` to ``stop``, relative to the population."""
        if self._exact:
            return self._made()[0].sampler.sample(start, stop)
        number = len(self._law.projection.source)
        found = arranged(self.pairs(start, stop), start, stop, number, compiled=self.compiled)
        return self.edges(start, *found)

    def edges(
        self,
        start: int,
        counts: NDArray[np.int64],
        sources: NDArray[np.uint32],
        distances: NDArray[np.float32],
    ) -> Edges:
        """Return a block; its distances are those in the plane, by which pairs were drawn."""
        projection = self._law.projection
        if projection.distance == "space":
            target = np.repeat(np.arange(start, start + len(counts)), counts)
            distances = projection.distances(target, sources).astype(np.float32)
        return Edges(counts, sources, distances)

    def pairs(self, start: int, stop: int) -> Iterator[Pairs]:
        """Yield targets and packed pairs of the edges onto ``start`` to ``stop``, part by part."""
        for part in self._made():
            first, last = start, stop
            if part.targets is not None:
                first, last = (int(at) for at in np.searchsorted(part.targets, (start, stop)))
            drawn = part.sampler.sample(first, last)
            targets = np.arange(first, last) if part.targets is None else part.targets[first:last]
            if part.thinning is None:
                words = pack(drawn.sources, np.asarray(drawn.distances, np.float32))
            else:
                words = part.thinning.packed(targets, drawn, part.sources)
            yield targets, drawn.counts, words

    def _made(self) -> tuple[_Part, ...]:
        with self._lock:
            if self._parts is None:
                self._parts = tuple(self._make())
            return self._parts

    def _make(self) -> Iterator[_Part]:
        law, layer = self._law, self._layer
        between = 1.0 if law.between is None else float(law.between.max(initial=0.0))
        whole, bounding = law.projection, law.bounding
        for targets, target_factor, target in factor_bins(law.target_factor, whole.target, "in"):
            for sources, source_factor, source in factor_bins(
                law.source_factor, whole.source, "out"
            ):
                largest = target_factor * source_factor * between
                bound, amplitude = bounding, self._amplitude * largest
                if layer is not None and layer.rises:
                    kernel = LayerKernel(law=bounding, amplitude=amplitude, layer=layer)
                    bound, amplitude = ConnectionProbability(kernel, bounding.cutoff), 1.0
                compiled = self.compiled
                drawn = self._drawn(source, target)
                if self._exact:
                    yield _Part(targets, sources, KernelSampler(drawn, bound, amplitude), None)
                    continue
                sampler = KernelSampler(drawn, bound, amplitude, compiled=compiled)
                thinning = Thinning(
                    law,
                    self._amplitude,
                    bounding,
                    largest,
                    layer,
                    compiled=compiled,
                    pairs=sampler.pairs,
                )
                yield _Part(targets, sources, sampler, thinning)

    def _drawn(self, source: Cells, target: Cells) -> Projection:
        """Return the projection whose random numbers a part is drawn with."""
        whole, layer = self._law.projection, self._layer
        if layer is not None and layer.rises:
            # The name keys them: a layer that is drawn from a bound of its own draws its own.
            source, target = (
                replace(cells, name=f"{cells.name}/{layer.name}") for cells in (source, target)
            )
        return replace(whole, source=source, target=target)

    @property
    def memory(self) -> float:
        """Bytes of the tables; an estimate before they are built."""
        if self._parts is None:
            projection = self._law.projection
            return BYTES_PER_CELL * (len(projection.source) + len(projection.target))
        return float(sum(part.sampler.nbytes for part in self._parts))
