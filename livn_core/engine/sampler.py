"""Draws the edges of a projection: every pair independently with p(d) = min(1, A k(d)).

The cost grows with the edges, not with the pairs. Events are proposed at a rate that bounds
-log(1 - p) (:mod:`~livn_core.engine.proposal`), each is kept with the ratio of the true rate to
the bound, and a pair that is hit more than once counts once: it is hit at least once with
probability 1 - exp(log(1 - p)) = p, independently of every other pair. Where p is large, the pairs
are decided one by one. No step is approximate, whatever the kernel's tail.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from livn_core.components import RadialKernel
from livn_core.engine.amplitude import Amplitude
from livn_core.engine.candidates import Candidates, PaddedLists, Targets, candidates
from livn_core.engine.law import Law
from livn_core.engine.projection import EdgeBlock, Projection
from livn_core.engine.proposal import Proposal, broken_bound
from livn_core.engine.pyramid import Pyramid, morton

__all__ = ["KernelSampler"]

#: Work that NumPy does itself: loading compiled code (or compiling it, once) costs more.
SMALL_WORK = 2e8
#: Entries of tables, and candidates, that a batch of the NumPy path holds at a time.
BATCH = 1 << 18


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
        pyramid = Pyramid.build(sources, targets)
        self._proposal = Proposal.plan(pyramid, self._law, self.amplitude, targets)
        self._pyramid = pyramid.without_finest(self._proposal.skipped)
        self._lists = PaddedLists(self._proposal)
        work = self._proposal.cost * len(targets)
        self._compiled = work > SMALL_WORK if compiled is None else compiled

    def sample(self, start: int, stop: int) -> EdgeBlock:
        """Return the edges onto the targets ``start`` to ``stop``, relative to the population."""
        if self._empty or stop <= start:
            return _block(max(0, stop - start), [], [], [])
        positions = self.projection.target_positions[start:stop]
        column, row = self._pyramid.bins(positions)
        # Neighbours one after the other read the same nodes and cells.
        order = np.argsort(morton(column, row), kind="stable")
        targets = Targets(
            order + start, column[order], row[order], *(positions[order, i] for i in (0, 1))
        )
        rows, sources, distances = [], [], []
        for first, batch in self._batches(targets):
            taken = self._accept(batch)
            place = order[first + batch.target[taken]]
            source = batch.source[taken]
            if self.projection.recurrent and not self.projection.allow_autapses:
                other = source != place + start
                place, source, taken = place[other], source[other], taken[other]
            rows.append(place)
            sources.append(source)
            distances.append(batch.distance[taken])
        return _block(stop - start, rows, sources, distances)

    def _batches(self, targets: Targets) -> Iterator[tuple[int, Candidates]]:
        """Yield candidates with the place of the first target of their batch."""
        width = max(1, self._lists.width, int(self._proposal.cost / 10))
        size = min(max(1, BATCH // width), 4096)
        for first in range(0, len(targets.cell), size):
            part = slice(first, first + size)
            batch = Targets(
                targets.cell[part],
                targets.column[part],
                targets.row[part],
                targets.x[part],
                targets.y[part],
            )
            yield first, candidates(self._pyramid, self._proposal, self._lists, batch, self._key)

    def _accept(self, batch: Candidates) -> NDArray[np.int64]:
        """Return which candidates become edges, in their order."""
        p = self._law.probability(self.amplitude, batch.distance)
        threshold, n = batch.threshold, batch.proposed
        # -log(1 - p) lies between these two; the logarithm is needed only for what falls between.
        proposed = p[:n]
        low = proposed * (1 + proposed * (0.5 + proposed / 3))
        beyond = low > batch.bound * (1 + 1e-9)
        if beyond.any():
            raise broken_bound(self._law, float(batch.distance[np.argmax(beyond)]))
        taken = np.concatenate((threshold[:n] < low, threshold[n:] < p[n:]))
        near = np.flatnonzero((threshold[:n] >= low) & (threshold[:n] < low * 1.03))
        taken[near] = threshold[near] < -np.log1p(-p[near])
        return np.flatnonzero(taken)

    def expected_edges(self) -> float:
        """Return the expected number of edges of the whole projection."""
        return self._expected

    def memory(self) -> int:
        """Return the bytes that the lookup tables take."""
        return 0 if self._empty else self._pyramid.nbytes + self._proposal.nbytes


def _block(
    targets: int,
    rows: list[NDArray[np.int64]],
    sources: list[NDArray[np.uint32]],
    distances: list[NDArray[np.float64]],
) -> EdgeBlock:
    """Sort the edges by target and source, and drop repeats."""
    if not rows:
        empty = np.empty(0)
        return EdgeBlock(
            np.zeros(targets, np.int64), empty.astype(np.uint32), empty.astype(np.float32)
        )
    row, source = np.concatenate(rows).astype(np.uint64), np.concatenate(sources)
    distance = np.concatenate(distances)
    key = (row << np.uint64(32)) | source
    order = np.argsort(key)
    key = key[order]
    new = np.ones(len(key), dtype=bool)
    new[1:] = key[1:] != key[:-1]
    order = order[new]
    counts = np.bincount(row[order].astype(np.int64), minlength=targets)
    return EdgeBlock(counts, source[order], distance[order].astype(np.float32))
