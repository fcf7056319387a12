"""Edges of a block of targets, by the compiled loops: for work that is worth loading a compiler for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.acceptance import Pairs
from livn_core.sampling.candidate_table import CandidateTable
from livn_core.sampling.drawing import Drawing, Targets
from livn_core.sampling.poisson import EXP_TABLE, INVERSE, PIECE_CDF, SERIES
from livn_core.sampling.probability_bounds import EVALUATIONS, ProbabilityBounds
from livn_core.sampling.projection import Edges

__all__ = ["CompiledDraw", "run_lists"]

#: Pairs that are drawn before they are sorted: few enough to stay in a core's cache.
BATCH = 1 << 15
#: What a refused pair is overwritten with.
NOTHING = np.uint64(2**64 - 1)


class CompiledDraw:
    """Draws as :class:`~livn_core.sampling.numpy_draw.NumpyDraw` does, compiled."""

    def __init__(self, drawing: Drawing) -> None:
        from livn_core.sampling import loops, sorting_loops

        self._loops, self._sorting = loops, sorting_loops
        source_grid, candidates, acceptance = (
            drawing.source_grid,
            drawing.candidates,
            drawing.acceptance,
        )
        self._key, self._unit, self._acceptance = (
            np.uint64(drawing.key),
            candidates.unit,
            acceptance,
        )
        self._squeeze = ProbabilityBounds.none()
        if drawing.pairs > EVALUATIONS:
            farthest = float(
                np.hypot(source_grid.columns[0], source_grid.rows[0]) * source_grid.size
            )
            self._squeeze = ProbabilityBounds.build(acceptance.law, acceptance.amplitude, farthest)
        self._grid = (
            source_grid.columns,
            source_grid.rows,
            source_grid.base,
            source_grid.start,
            source_grid.count,
        )
        # One place in memory for what is read of a cell; a double holds its number exactly.
        near = np.column_stack((source_grid.x, source_grid.y, source_grid.order.astype(np.float64)))
        self._cells = (source_grid.order, source_grid.x, source_grid.y, near)
        self._runs = run_lists(candidates)
        lengths = np.diff(candidates.first).reshape(-1, 4)
        self._width = int(lengths.max(axis=1).sum()) + 64
        self._digits = -(-int(len(source_grid.order) - 1).bit_length() // sorting_loops.DIGIT_BITS)

    @property
    def nbytes(self) -> int:
        """Bytes of the cells and lists in the form that the loops read."""
        columns = sum(column.nbytes for column in self._runs)
        return self._cells[3].nbytes + columns + self._squeeze.nbytes

    def edges(self, targets: Targets) -> Edges:
        """Draw all edges of the targets."""
        parts, done = [], 0
        counts = np.empty(len(targets.cell), dtype=np.int64)
        room = _Room(BATCH)
        scratch = tuple(np.empty(self._width, dtype=np.int64) for _ in range(6))
        tables = (EXP_TABLE, SERIES, INVERSE, PIECE_CDF)
        probability_bounds = (
            self._squeeze.first,
            self._squeeze.certain,
            self._squeeze.p,
            self._squeeze.rate,
        )
        ends = np.empty(len(targets.cell), dtype=np.int64)
        columns = (targets.cell, targets.column, targets.row, targets.x, targets.y)
        while done < len(targets.cell):
            begin = done
            done, used, unsure, need = self._loops.draw(
                begin,
                columns,
                self._grid,
                self._cells,
                self._runs,
                self._unit,
                self._key,
                tables,
                probability_bounds,
                scratch,
                room.pairs,
                ends,
                room.unsure,
            )
            if done == begin:
                room = _Room(need)
                continue
            self._refuse(room, unsure)
            widest = int(np.diff(ends[begin:done], prepend=0).max())
            sources, distances = np.empty(used + 1, np.uint32), np.empty(used + 1, np.float32)
            self._sorting.arrange(
                begin,
                done,
                room.pairs,
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

    def _refuse(self, room: _Room, unsure: int) -> None:
        """Let the kernel decide where the probability_bounds has not."""
        at, squared, threshold, bound, direct = (column[:unsure] for column in room.unsure)
        for alone in (False, True):
            these = np.flatnonzero(direct == alone)
            if not len(these):
                continue
            pairs = Pairs(np.sqrt(squared[these]), threshold[these], bound[these], alone)
            room.pairs[at[these[~self._acceptance.taken(pairs)]]] = NOTHING

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


class _Room:
    """The buffers that a batch is drawn into."""

    def __init__(self, size: int) -> None:
        self.pairs = np.empty(size, np.uint64)
        self.unsure: tuple[NDArray[Any], ...] = (
            np.empty(size, np.int64),
            *(np.empty(size) for _ in range(3)),
            np.empty(size, np.bool_),
        )


def run_lists(candidates: CandidateTable) -> tuple[NDArray[np.int64], ...]:
    """Return the lists as runs of neighbouring columns that are all direct, or all not."""
    dx, dy, direct = candidates.dx, candidates.dy, candidates.bound < 0
    begins = np.ones(len(dx), dtype=bool)
    begins[1:] = (dy[1:] != dy[:-1]) | (dx[1:] != dx[:-1] + 1) | (direct[1:] != direct[:-1])
    begins[candidates.first[candidates.first < len(dx)]] = True
    entry = np.flatnonzero(begins)
    length = np.diff(np.append(entry, len(dx)))
    first = np.searchsorted(entry, candidates.first)
    return first, dy[entry], dx[entry], entry, length, candidates.bound
