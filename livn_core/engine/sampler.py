"""Draws the edges of a projection: every pair independently with p(d) = min(1, A k(d)).

The cost grows with the edges, not with the pairs. Events are proposed at a rate that bounds
-log(1 - p) (:mod:`~livn_core.engine.proposal`), each is kept with the ratio of the true rate to
the bound, and a pair that is hit more than once counts once: it is hit at least once with
probability 1 - exp(log(1 - p)) = p, independently of every other pair. Where p is large, the pairs
are decided one by one. No step is approximate, whatever the kernel's tail.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livn_core.components import RadialKernel
from livn_core.engine.amplitude import Amplitude
from livn_core.engine.candidates import NumpyCandidates, Pairs, Targets
from livn_core.engine.compiled import CompiledCandidates
from livn_core.engine.law import Law
from livn_core.engine.philox import MASK, SHIFT
from livn_core.engine.projection import EdgeBlock, Projection
from livn_core.engine.proposal import Proposal, broken_bound
from livn_core.engine.pyramid import Pyramid, morton

__all__ = ["KernelSampler"]

#: A kernel may exceed its bound by so much of rounding error in p.
ROUNDING = 1e-12
#: Work (about nanoseconds of compiled code) that NumPy does itself: compiled code takes half a
#: second to load, and some seconds to compile, once.
SMALL_WORK = 1e8


class KernelSampler:
    """The edges of one projection, a block of targets at a time.

    Thread-safe. What a target receives depends on the projection and the target alone.

    Parameters
    ----------
    projection
        Positions, seed, names.
    kernel
        k(d).
    amplitude
        A in p(d) = min(1, A k(d)): a number, or what
        :func:`~livn_core.engine.amplitude.solve_amplitude` returned.
    cutoff
        k = 0 beyond, um; None for no cutoff.
    min_probability
        Pairs with a smaller p are dropped; None drops none.
    compiled
        Whether to use compiled code; None leaves it to the amount of work. The edges are the same.

    Raises
    ------
    PluginError
        The kernel returned something else than finite values >= 0, or exceeds its own bound.
    """

    def __init__(
        self,
        projection: Projection,
        kernel: RadialKernel,
        amplitude: float | Amplitude,
        *,
        cutoff: float | None = None,
        min_probability: float | None = None,
        compiled: bool | None = None,
    ) -> None:
        self.projection = projection
        self._law = Law(kernel, cutoff, min_probability)
        if isinstance(amplitude, Amplitude):
            self.amplitude, degree = amplitude.value, amplitude.expected_degree
        else:
            self.amplitude, degree = float(amplitude), projection.mean_degree
        self._expected = degree * len(projection.target_positions)
        self._key = projection.key
        sources, targets = projection.source_positions, projection.target_positions
        self._empty = not (len(sources) and len(targets) and self.amplitude > 0)
        if self._empty:
            return
        pyramid = Pyramid.build(projection)
        self._proposal = Proposal.plan(pyramid, self._law, self.amplitude, targets)
        self._pyramid = pyramid.without_finest(self._proposal.skipped)
        if compiled is None:
            compiled = self._proposal.cost * len(targets) > SMALL_WORK
        way = CompiledCandidates if compiled else NumpyCandidates
        self._candidates: NumpyCandidates | CompiledCandidates = way(
            self._pyramid, self._proposal, self._key
        )

    def sample(self, start: int, stop: int) -> EdgeBlock:
        """Return the edges onto the targets ``start`` to ``stop``, relative to the population."""
        pairs = [np.empty(0, dtype=np.uint64)]
        distances = [np.empty(0, dtype=np.float32)]
        if not self._empty and stop > start:
            for batch in self._candidates.batches(self._targets(start, stop)):
                taken = self._taken(batch, start)
                pairs.append(batch.pair[taken])
                distances.append(batch.distance[taken].astype(np.float32))
        return _block(
            max(0, stop - start),
            len(self.projection.source_positions),
            np.concatenate(pairs),
            np.concatenate(distances),
        )

    def _targets(self, start: int, stop: int) -> Targets:
        positions = self.projection.target_positions[start:stop]
        column, row = self._pyramid.bins(positions)
        # Neighbours one after the other read the same nodes and cells.
        place = np.argsort(morton(column, row), kind="stable")
        x, y = positions[place, 0], positions[place, 1]
        return Targets(place, place + start, column[place], row[place], x, y)

    def _taken(self, batch: Pairs, start: int) -> NDArray[np.int64]:
        """Return which candidates become edges, in their order."""
        p = self._law.probability(self.amplitude, batch.distance)
        threshold = batch.threshold
        # -log(1 - p) lies between low and 1.03 low where pairs are proposed, as p is small there.
        low = p if batch.direct else p * (1 + p * (0.5 + p / 3))
        beyond = low > batch.bound * (1 + 1e-9) + ROUNDING
        if beyond.any():
            raise broken_bound(self._law, float(batch.distance[np.argmax(beyond)]))
        taken = threshold < low
        if not batch.direct:
            # The logarithm is needed only where that does not settle it.
            unsure = np.flatnonzero((threshold < 1.03 * low) & ~taken)
            taken[unsure] = threshold[unsure] < -np.log1p(-p[unsure])
        indices = np.flatnonzero(taken)
        if self.projection.recurrent and not self.projection.allow_autapses:
            pair = batch.pair[indices]
            target = (pair >> SHIFT) + np.uint64(start)
            indices = indices[(pair & MASK) != target]
        return indices

    def expected_edges(self) -> float:
        """Return the expected number of edges of the whole projection."""
        return self._expected

    def memory(self) -> int:
        """Return the bytes that the lookup tables take."""
        if self._empty:
            return 0
        return self._pyramid.nbytes + self._proposal.nbytes + self._candidates.nbytes


def _block(
    targets: int, sources: int, pairs: NDArray[np.uint64], distances: NDArray[np.float32]
) -> EdgeBlock:
    """Sort the edges by target and source, and drop repeats."""
    source_bits = np.uint64(max(1, int(sources - 1).bit_length()))
    index_bits = np.uint64(max(1, len(pairs).bit_length()))
    target_bits = max(1, targets.bit_length())
    pairs = ((pairs >> SHIFT) << source_bits) | (pairs & MASK)
    if target_bits + int(source_bits) + int(index_bits) <= 64:
        # Plain sorting is vectorised and several times as fast as sorting an index.
        pairs = (pairs << index_bits) | np.arange(len(pairs), dtype=np.uint64)
        pairs.sort()
        index = (pairs & ((np.uint64(1) << index_bits) - np.uint64(1))).astype(np.int64)
        pairs >>= index_bits
    else:
        index = np.argsort(pairs)
        pairs = pairs[index]
    repeated = np.flatnonzero(pairs[1:] == pairs[:-1])
    if len(repeated):
        pairs, index = np.delete(pairs, repeated), np.delete(index, repeated)
    first = np.searchsorted(pairs, np.arange(targets + 1, dtype=np.uint64) << source_bits)
    source = (pairs & ((np.uint64(1) << source_bits) - np.uint64(1))).astype(np.uint32)
    return EdgeBlock(np.diff(first), source, distances[index])
