"""Edges of a block of targets, by the compiled loops: for work that is worth loading a compiler for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.candidate_table import CandidateTable
from livn_core.sampling.drawing import NOTHING, Targets, taken
from livn_core.sampling.poisson import EXP_TABLE, INVERSE, PIECE_CDF, SERIES
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.probability_bounds import EVALUATIONS, ProbabilityBounds
from livn_core.sampling.projection import Edges
from livn_core.sampling.source_grid import SourceGrid

__all__ = ["CompiledDraw", "CompiledTables"]

#: Pairs that are drawn before they are sorted: few enough to stay in a core's cache.
BATCH = 1 << 15


class CompiledTables:
    """The cells, lists and bounds of a projection in the form that compiled loops read.

    About ``pairs`` pairs are decided on in all: few are not worth a table of bounds.
    """

    def __init__(
        self,
        grid: SourceGrid,
        candidates: CandidateTable,
        law: ConnectionProbability,
        amplitude: float,
        pairs: float = np.inf,
    ) -> None:
        self.levels = (grid.columns, grid.rows, grid.base, grid.start, grid.count)
        # One place in memory for what is read of a cell; a double holds its number exactly.
        self.near = np.column_stack((grid.x, grid.y, grid.order.astype(np.float64)))
        self.runs, self.unit = _runs(candidates), candidates.unit
        farthest = float(np.hypot(grid.columns[0], grid.rows[0]) * grid.size)
        self.bounds = ProbabilityBounds.none()
        if pairs > EVALUATIONS:
            self.bounds = ProbabilityBounds.build(law, amplitude, farthest)
        #: Most entries that a target's table can have.
        self.width = int(np.diff(candidates.first).reshape(-1, 4).max(axis=1).sum()) + 64

    @property
    def nbytes(self) -> int:
        """Bytes of all of them."""
        return self.near.nbytes + sum(column.nbytes for column in self.runs) + self.bounds.nbytes


class CompiledDraw:
    """Draws as :class:`~livn_core.sampling.numpy_draw.NumpyDraw` does, compiled."""

    def __init__(
        self,
        source_grid: SourceGrid,
        candidates: CandidateTable,
        law: ConnectionProbability,
        amplitude: float,
        key: int,
        pairs: float,
    ) -> None:
        from livn_core.sampling import loops, sorting_loops

        self._loops, self._sorting = loops, sorting_loops
        self._law, self._amplitude, self._key = law, amplitude, np.uint64(key)
        self._tables = tables = CompiledTables(source_grid, candidates, law, amplitude, pairs)
        self._cells = (source_grid.order, source_grid.x, source_grid.y, tables.near)
        bounds = tables.bounds
        self._bounds = (bounds.first, bounds.certain, bounds.p, bounds.rate)
        self._digits = sorting_loops.digits(len(source_grid.order))

    @property
    def nbytes(self) -> int:
        """Bytes of the cells and lists in the form that the loops read."""
        return self._tables.nbytes

    def edges(self, targets: Targets) -> Edges:
        """Draw all edges of the targets."""
        parts, done = [], 0
        counts = np.empty(len(targets.cell), dtype=np.int64)
        pairs, unsure = _buffers(BATCH)
        scratch = tuple(np.empty(self._tables.width, dtype=np.int64) for _ in range(6))
        ends = np.empty(len(targets.cell), dtype=np.int64)
        columns = (targets.cell, targets.column, targets.row, targets.x, targets.y)
        while done < len(targets.cell):
            begin = done
            done, used, open_pairs, need = self._loops.draw(
                begin,
                columns,
                self._tables.levels,
                self._cells,
                self._tables.runs,
                self._tables.unit,
                self._key,
                (EXP_TABLE, SERIES, INVERSE, PIECE_CDF),
                self._bounds,
                scratch,
                pairs,
                ends,
                unsure,
            )
            if done == begin:
                pairs, unsure = _buffers(need)
                continue
            self._refuse(pairs, [column[:open_pairs] for column in unsure])
            widest = int(np.diff(ends[begin:done], prepend=0).max())
            sources, distances = np.empty(used + 1, np.uint32), np.empty(used + 1, np.float32)
            self._sorting.arrange(
                begin,
                done,
                pairs,
                ends,
                targets.own,
                self._digits,
                np.empty((2, widest + 1), np.uint64),
                sources,
                distances,
                counts,
            )
            parts.append((begin, done, sources, distances))
        return self._joined(targets, counts, parts)

    def _refuse(self, pairs: NDArray[np.uint64], unsure: list[NDArray[Any]]) -> None:
        """Let the kernel decide where the bounds have not."""
        at, squared, threshold, bound, direct = unsure
        for alone in (False, True):
            these = np.flatnonzero(direct == alone)
            if not len(these):
                continue
            distance = np.sqrt(squared[these])
            kept = taken(
                self._law, self._amplitude, distance, threshold[these], bound[these], alone
            )
            pairs[at[these[~kept]]] = NOTHING

    def _joined(
        self, targets: Targets, counts: NDArray[np.int64], parts: list[tuple[Any, ...]]
    ) -> Edges:
        in_place = np.empty_like(counts)
        in_place[targets.place] = counts
        offsets = np.cumsum(in_place) - in_place
        total = int(counts.sum())
        sources, distances = np.empty(total, np.uint32), np.empty(total, np.float32)
        for begin, end, some_sources, some_distances in parts:
            part = slice(begin, end)
            self._sorting.deliver(
                targets.place[part],
                counts[part],
                offsets,
                some_sources,
                some_distances,
                sources,
                distances,
            )
        return Edges(in_place, sources, distances)


def _buffers(size: int) -> tuple[NDArray[np.uint64], tuple[NDArray[Any], ...]]:
    """Return room for the pairs of a batch, and for those that are left open."""
    real = (np.empty(size) for _ in range(3))
    return np.empty(size, np.uint64), (np.empty(size, np.int64), *real, np.empty(size, np.bool_))


def _runs(candidates: CandidateTable) -> tuple[NDArray[np.int64], ...]:
    """Return the lists as runs of neighbouring columns that are all direct, or all not."""
    dx, dy, direct = candidates.dx, candidates.dy, candidates.bound < 0
    begins = np.ones(len(dx), dtype=bool)
    begins[1:] = (dy[1:] != dy[:-1]) | (dx[1:] != dx[:-1] + 1) | (direct[1:] != direct[:-1])
    begins[candidates.first[candidates.first < len(dx)]] = True
    entry = np.flatnonzero(begins)
    length = np.diff(np.append(entry, len(dx)))
    first = np.searchsorted(entry, candidates.first)
    return first, dy[entry], dx[entry], entry, length, candidates.bound
