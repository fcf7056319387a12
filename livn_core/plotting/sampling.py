"""A fair sample of the connections of a system, in one pass and bounded memory.

Weighted random sampling without replacement with exponential clocks: an edge of weight w rings at
an Exp(w) time, and the first ``size`` to ring are the sample (Efraimidis and Spirakis 2006,
"Weighted random sampling with a reservoir"). Every edge of every projection takes part; nothing
depends on where in the file it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.streams import stream

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = ["EdgeSample", "sample_edges"]


@dataclass(frozen=True, slots=True)
class EdgeSample:
    """Some of the ``total`` connections of a system, ordered by target, then source.

    ``sources`` and ``targets`` are (edges,) gids; ``clocks``, (edges,), say when each rang: the
    earliest of them are a smaller sample.
    """

    sources: NDArray[np.int64]
    targets: NDArray[np.int64]
    clocks: NDArray[np.float64]
    total: int

    def __len__(self) -> int:
        return int(self.sources.size)

    def of(self, some: Sequence[int]) -> EdgeSample:
        """Return the sample of those whose numbers are given."""
        mine = np.sort(np.asarray(some, dtype=np.int64))
        return EdgeSample(self.sources[mine], self.targets[mine], self.clocks[mine], self.total)


def sample_edges(
    system: System,
    size: int,
    *,
    seed: int = 0,
    weight: Literal["length", "uniform"] = "uniform",
    positions: NDArray[np.float32] | None = None,
    among: NDArray[np.bool_] | None = None,
    block_edges: int = 1_000_000,
) -> EdgeSample:
    """Draw ``size`` edges over all projections; all of them where there are no more.

    Parameters
    ----------
    seed
        Keys the random stream of each projection: equal systems give equal samples.
    weight, positions
        ``length``: an edge is taken with a probability proportional to its length, so that long
        ones show, by ``positions``, (cells, 2 or 3), um, by gid. ``uniform``: each is as likely.
    among
        (cells,) by gid: only edges whose source and target are marked take part.
    block_edges
        Edges in memory at a time.
    """
    starts = {p.name: p.start for p in system.populations}
    total = sum(system.edge_count(*pair) for pair in system.projections)
    axes = [] if positions is None else [np.ascontiguousarray(axis) for axis in positions.T]
    keys = np.empty(0)
    kept = np.empty((2, 0), dtype=np.int64)
    limit = np.inf
    for source, target in system.projections if size > 0 else ():
        rng = stream(seed, "edge sample", f"{source}->{target}")
        for slab in system.edges(source, target, block_edges=block_edges, columns=()):
            sources = slab.sources.astype(np.int64) + starts[source]
            targets = slab.targets.astype(np.int64) + starts[target]
            if among is not None:
                inside = among[sources] & among[targets]
                sources, targets = sources[inside], targets[inside]
            clocks = rng.standard_exponential(len(sources))
            if weight == "length":
                clocks /= _lengths(axes, sources, targets)
            early = np.flatnonzero(clocks < limit)
            keys = np.concatenate([keys, clocks[early]])
            kept = np.hstack([kept, [sources[early], targets[early]]])
            if keys.size > size:
                first = np.argpartition(keys, size - 1)[:size]
                keys, kept = keys[first], kept[:, first]
                limit = float(keys.max())
    order = np.lexsort(kept)
    return EdgeSample(kept[0, order], kept[1, order], keys[order], total)


def _lengths(
    axes: list[NDArray[np.float32]], sources: NDArray[np.int64], targets: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Lengths, um; a connection between cells at one place has a tiny one instead of none."""
    squares = np.zeros(sources.size)
    for axis in axes:
        squares += np.square(axis[sources] - axis[targets])
    return np.maximum(np.sqrt(squares), 1e-6)
