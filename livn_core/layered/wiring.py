"""Shares the synapses of one population out to its projections, and draws a source for each.

A synapse goes to one of the projections of its stratum, at random by their proportions. With
``contacts`` above 1 the synapses of a projection in one layer of a cell are sorted by their cable
distance, and each group of that many gets one source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.layered.axons import Axons
from livn_core.layered.dendrites import Strata
from livn_core.layered.synapses import Synapses
from livn_core.program import Column
from livn_core.sampling.streams import stream

__all__ = ["EDGE_COLUMNS", "OutOfReach", "Projection", "Wiring"]

IntArray = NDArray[np.int64]
#: In-degrees of consecutive cells and the columns of their edges, sources ascending within a target.
EdgeRows = tuple[IntArray, dict[str, NDArray[Any]]]

#: An edge is packed into 64 bits, (cell of the chunk, source, synapse), to be sorted.
_SYNAPSE_BITS, _SOURCE_BITS = 25, 32
MOST_CELLS = 1 << (64 - _SYNAPSE_BITS - _SOURCE_BITS)
EDGE_COLUMNS = (
    Column("Source Index", np.dtype(np.uint32)),
    Column("Connections/distance", np.dtype(np.float32)),
    Column("Synapses/syn_id", np.dtype(np.uint32)),
)


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """Cells that no source of a projection can reach, and the nearest source of each."""

    cells: IntArray
    nearest: IntArray

    @classmethod
    def of(
        cls, axons: Axons, u: NDArray[np.float64], v: NDArray[np.float64], *, autapses: bool
    ) -> OutOfReach:
        """Find the cells at (u, v) outside the axon extent of every source."""
        itself = None if autapses else np.arange(len(u))
        cells = axons.out_of_reach(u, v, itself)
        nearest = axons.nearest(u[cells], v[cells], None if itself is None else cells)
        return cls(cells, nearest)


@dataclass(frozen=True)
class Projection:
    """One projection onto the population.

    Parameters
    ----------
    source
        Population of the sources.
    contacts
        Synapses that share a source.
    extent_of
        (strata,) index into ``extents`` of the axon extent that counts there.
    extents
        The source population's axons, one for each extent that is used.
    lost
        Cells without a source, for each of ``extents``.
    autapses
        Whether a cell may be its own source; only for a recurrent projection.
    """

    source: str
    contacts: int
    extent_of: IntArray
    extents: tuple[Axons, ...]
    out_of_reach: tuple[OutOfReach, ...]
    autapses: bool

    @classmethod
    def between(
        cls,
        source: str,
        arc: NDArray[np.float32],
        strata: Strata,
        axons_in: Callable[[str], Axons],
        *,
        contacts: int,
        autapses: bool,
    ) -> Projection:
        """Return the projection of a source population; ``axons_in`` gives its axons in a layer.

        ``arc`` are (n, 2) float32 arc distances of the target cells, um.
        """
        extents: list[Axons] = []
        extent_of = np.full(len(strata.strata), -1, dtype=np.int64)
        for index, stratum in enumerate(strata.strata):
            for name, _, layer in stratum.sources:
                if name == source:
                    axons = axons_in(layer)
                    if axons not in extents:
                        extents.append(axons)
                    extent_of[index] = extents.index(axons)
        u, v = (np.ascontiguousarray(axis, dtype=np.float64) for axis in arc.T)
        out_of_reach = tuple(OutOfReach.of(axons, u, v, autapses=autapses) for axons in extents)
        return cls(source, contacts, extent_of, tuple(extents), out_of_reach, autapses)


class Wiring:
    """All projections onto a population, by their sources.

    ``arc`` are (n, 2) float32 arc distances of the population's cells, um.
    """

    def __init__(
        self,
        seed: int,
        strata: Strata,
        arc: NDArray[np.float32],
        projections: Mapping[str, Projection],
    ) -> None:
        self._seed = seed
        self.target = strata.population
        self._u, self._v = (np.ascontiguousarray(axis, dtype=np.float64) for axis in arc.T)
        self.projections = dict(sorted(projections.items()))
        names = list(self.projections)
        # Bounds s + p1, s + p1 + p2, ..., s + 1 for stratum s: one lookup shares out all synapses.
        bounds: list[float] = []
        owners: list[int] = []
        for index, stratum in enumerate(strata.strata):
            shares = np.array([share for _, share, _ in stratum.sources] or [1.0])
            upto = np.cumsum(shares / shares.sum())
            upto[-1] = 1.0
            bounds.extend((index + upto).tolist())
            owners.extend([names.index(source) for source, _, _ in stratum.sources] or [-1])
        self._bounds, self._owners = np.array(bounds), np.array(owners, dtype=np.int64)
        self._single = len(owners) == len(strata.strata)

    def out_of_reach(self) -> dict[str, int]:
        """Return ``"source->target"`` to the number of target cells that no source can reach."""
        found = {}
        for source, projection in self.projections.items():
            cells = [out.cells for out in projection.out_of_reach]
            number = len(np.unique(np.concatenate(cells))) if cells else 0
            if number:
                found[f"{source}->{self.target}"] = number
        return found

    def share_out(self, synapses: Synapses, rng: np.random.Generator) -> IntArray:
        """Return the number of the projection that each synapse belongs to."""
        if self._single:
            return self._owners[synapses.stratum]
        at = rng.random(len(synapses.stratum)) * (1.0 - 2.0**-40)
        at += synapses.stratum
        return self._owners[np.searchsorted(self._bounds, at, side="right")]

    def edges(
        self, synapses: Synapses, start: int, chunk: int, rng: np.random.Generator
    ) -> dict[str, EdgeRows]:
        """Draw the edges of consecutive cells from ``start`` on, by source.

        The number of the chunk that these cells are keys the random streams of the sources; ``rng``,
        the chunk's own, shares out the synapses.
        """
        projection_of = self.share_out(synapses, rng)
        upto = np.cumsum(synapses.counts)
        found = {}
        for number, (source, projection) in enumerate(self.projections.items()):
            chosen = np.flatnonzero(projection_of == number)
            counts = np.diff(np.searchsorted(chosen, upto, side="left"), prepend=0)
            own = stream(self._seed, "sources", f"{source}->{self.target}", chunk)
            found[source] = self._rows(projection, synapses, chosen, counts, start, own)
        return found

    def _rows(
        self,
        projection: Projection,
        synapses: Synapses,
        chosen: IntArray,
        counts: IntArray,
        start: int,
        rng: np.random.Generator,
    ) -> EdgeRows:
        if not len(chosen):
            # A projection may have no stratum, where no density is configured.
            return counts, {c.name: np.empty(0, c.dtype) for c in EDGE_COLUMNS}
        stratum = synapses.stratum
        if projection.contacts == 1:
            heads, groups, members = chosen, counts, None
        else:
            chosen, heads, groups, members = _grouped(projection.contacts, synapses, chosen, counts)
        extent = projection.extent_of[stratum[heads]] if len(projection.extents) > 1 else None
        drawn = self._sources(projection, extent, groups, start, rng)
        if members is not None:
            drawn = np.repeat(drawn, members)
        cells = np.arange(len(counts), dtype=np.uint64)
        packed = np.repeat(cells << np.uint64(_SYNAPSE_BITS + _SOURCE_BITS), counts)
        packed |= drawn.astype(np.uint64) << np.uint64(_SYNAPSE_BITS)
        packed |= chosen.astype(np.uint64)
        packed.sort()
        synapse = (packed & np.uint64((1 << _SYNAPSE_BITS) - 1)).astype(np.int64)
        packed >>= np.uint64(_SYNAPSE_BITS)
        source = (packed & np.uint64((1 << _SOURCE_BITS) - 1)).astype(np.int64)
        at = slice(start, start + len(counts))
        axons = projection.extents[0]
        distance = np.abs(axons.u[source] - np.repeat(self._u[at], counts))
        distance += np.abs(axons.v[source] - np.repeat(self._v[at], counts))
        columns = (source, distance, synapses.columns["syn_ids"][synapse])
        return counts, {
            c.name: values.astype(c.dtype, copy=False)
            for c, values in zip(EDGE_COLUMNS, columns, strict=True)
        }

    def _sources(
        self,
        projection: Projection,
        extent: IntArray | None,
        groups: IntArray,
        start: int,
        rng: np.random.Generator,
    ) -> IntArray:
        """Return a source for each group, cell after cell."""
        if extent is None:
            return self._from(projection, 0, groups, start, rng)
        drawn = np.empty(int(groups.sum()), dtype=np.int64)
        ends = np.cumsum(groups)
        for number in range(len(projection.extents)):
            here = np.flatnonzero(extent == number)
            sizes = np.diff(np.searchsorted(here, ends, side="left"), prepend=0)
            drawn[here] = self._from(projection, number, sizes, start, rng)
        return drawn

    def _from(
        self,
        projection: Projection,
        number: int,
        groups: IntArray,
        start: int,
        rng: np.random.Generator,
    ) -> IntArray:
        axons, out = projection.extents[number], projection.out_of_reach[number]
        at = slice(start, start + len(groups))
        recurrent_only = None if projection.autapses else np.arange(start, start + len(groups))
        first, last = np.searchsorted(out.cells, (start, start + len(groups)))
        if first == last:
            return axons.draw(groups, self._u[at], self._v[at], rng, recurrent_only)
        missing = np.zeros(len(groups), dtype=bool)
        missing[out.cells[first:last] - start] = True
        stand_in = np.zeros(len(groups), dtype=np.int64)
        stand_in[missing] = out.nearest[first:last]
        drawn = np.repeat(stand_in, groups)
        wanted = np.where(missing, 0, groups)
        drawn[np.repeat(~missing, groups)] = axons.draw(
            wanted, self._u[at], self._v[at], rng, recurrent_only
        )
        return drawn


def _grouped(
    contacts: int, synapses: Synapses, chosen: IntArray, counts: IntArray
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return the synapses by groups, the first one of each, groups a cell, and their sizes."""
    cell = np.repeat(np.arange(len(counts)), counts)
    layer = synapses.columns["syn_layers"][chosen]
    order = np.lexsort((synapses.columns["syn_cdists"][chosen], layer, cell))
    chosen, layer = chosen[order], layer[order]
    new = np.ones(len(chosen), dtype=bool)
    new[1:] = (layer[1:] != layer[:-1]) | (cell[1:] != cell[:-1])
    begins = np.flatnonzero(new)
    rank = np.arange(len(chosen)) - np.repeat(begins, np.diff(begins, append=len(chosen)))
    first = np.flatnonzero(rank % contacts == 0)
    groups = np.bincount(cell[first], minlength=len(counts))
    return chosen, chosen[first], groups, np.diff(first, append=len(chosen))
