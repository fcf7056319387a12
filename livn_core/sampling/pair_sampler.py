"""Draws the edges of a pair law: from a bound that depends on the distance alone, then thinned.

A distance in space is never shorter than the one in the plane, so p'(d) = min(1, A max(t s M) k'(d))
with k'(d) = max of k over [d, infinity) bounds p_ij where d is the distance in the plane: the kernel
sampler draws from p', and an edge is kept if its pair's own random number is below p_ij / p'. Where
factors spread widely, cells are cut into octaves of their factor and each pair of octaves is a
projection of its own, so that about half of what is drawn is kept whatever the spread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.projection import Cells, Edges
from livn_core.sampling.sampler import KernelSampler

__all__ = ["PairSampler"]

#: Bytes of the tables for a cell, before they are built.
BYTES_PER_CELL = 50.0


@dataclass(frozen=True, slots=True)
class _Part:
    """Targets and sources of one octave each; None for all cells."""

    targets: NDArray[np.int64] | None
    sources: NDArray[np.int64] | None
    sampler: KernelSampler
    amplitude: float


class PairSampler:
    """The edges of one projection, a block of targets at a time. Thread-safe.

    Parameters
    ----------
    law, amplitude
        p_ij = min(1, A w_ij). A plain law is drawn by the kernel sampler as it is.
    """

    def __init__(self, law: PairLaw, amplitude: float) -> None:
        self._law, self._amplitude = law, amplitude
        self._lock = threading.Lock()
        self._parts: tuple[_Part, ...] | None = None
        self._bound = law.bounding

    def sample(self, start: int, stop: int) -> Edges:
        """Return the edges onto the targets ``start`` to ``stop``, relative to the population."""
        parts = self._made()
        if self._law.plain:
            return parts[0].sampler.sample(start, stop)
        nothing = (np.empty(0, np.int64),) * 2
        found = [nothing, *(self._thinned(part, start, stop) for part in parts)]
        target, source = (np.concatenate(column) for column in zip(*found, strict=True))
        if len(parts) > 1:
            order = np.lexsort((source, target))
            target, source = target[order], source[order]
        counts = np.bincount(target - start, minlength=max(stop - start, 0))
        distance = self._law.projection.distances(target, source)
        return Edges(counts, source.astype(np.uint32), distance.astype(np.float32))

    def _thinned(self, part: _Part, start: int, stop: int) -> tuple[NDArray, NDArray]:
        """Return targets and sources of the edges of one part, by target, then source."""
        law, projection = self._law, self._law.projection
        first, last = start, stop
        if part.targets is not None:
            first, last = (int(at) for at in np.searchsorted(part.targets, (start, stop)))
        drawn = part.sampler.sample(first, last)
        target = np.repeat(np.arange(first, last), drawn.counts)
        source = drawn.sources.astype(np.int64)
        if part.targets is not None:
            target = part.targets[target]
        if part.sources is not None:
            source = part.sources[source]
        p = law.probability(self._amplitude, target, source)
        distance = projection.distances(target, source, space=False)
        bound = self._bound.probability(part.amplitude, distance)
        kept = projection.uniform("thin", target, source) * bound < p
        return target[kept], source[kept]

    def _made(self) -> tuple[_Part, ...]:
        with self._lock:
            if self._parts is None:
                self._parts = tuple(self._make())
            return self._parts

    def _make(self) -> Iterator[_Part]:
        law = self._law
        between = 1.0 if law.between is None else float(law.between.max(initial=0.0))
        whole = law.projection
        for targets, target_factor, target in _octaves(law.target_factor, whole.target, "in"):
            for sources, source_factor, source in _octaves(law.source_factor, whole.source, "out"):
                amplitude = self._amplitude * target_factor * source_factor * between
                projection = replace(whole, source=source, target=target)
                yield _Part(
                    targets, sources, KernelSampler(projection, self._bound, amplitude), amplitude
                )

    @property
    def memory(self) -> float:
        """Bytes of the tables; an estimate before they are built."""
        if self._parts is None:
            projection = self._law.projection
            return BYTES_PER_CELL * (len(projection.source) + len(projection.target))
        return float(sum(part.sampler.nbytes for part in self._parts))


def _octaves(
    factor: FloatArray | None, cells: Cells, side: str
) -> Iterator[tuple[NDArray[np.int64] | None, float, Cells]]:
    """Yield the members of each octave of a factor, ascending, its largest factor, and the cells.

    Cells of factor 0 are in none.
    """
    if factor is None:
        yield None, 1.0, cells
        return
    octave = np.frexp(factor)[1]
    for number in np.unique(octave[factor > 0]):
        members = np.flatnonzero((octave == number) & (factor > 0))
        # The name keys the random numbers: a part of a population draws from its own. An octave of
        # targets is never the octave of sources of that number, whose cells are others.
        part = Cells(f"{cells.name}/{side} {number}", cells.positions[members])
        yield members, float(factor[members].max()), part
