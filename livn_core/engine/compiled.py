"""Candidate edges of a block of targets, by the compiled loops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.engine.candidates import Pairs, Targets
from livn_core.engine.poisson import EXP_TABLE, INVERSE, PIECE_CDF, SERIES
from livn_core.engine.proposal import Proposal
from livn_core.engine.pyramid import Pyramid

__all__ = ["CompiledCandidates"]

#: Candidates that are handed over at a time: few enough to stay in a core's cache.
BATCH = 1 << 15


class CompiledCandidates:
    """Proposes as :class:`~livn_core.engine.candidates.NumpyCandidates` does, compiled.

    Parameters
    ----------
    pyramid
        The source cells.
    proposal
        Which nodes to look at, with their bounds.
    key
        The projection's key.
    """

    def __init__(self, pyramid: Pyramid, proposal: Proposal, key: int) -> None:
        from livn_core.engine.loops import fill

        self._fill, self._key, self._unit = fill, np.uint64(key), proposal.unit
        self._grid = (pyramid.columns, pyramid.rows, pyramid.base, pyramid.start, pyramid.count)
        # One place in memory for what is read of a cell; a double holds its number exactly.
        self._cells = np.column_stack((pyramid.x, pyramid.y, pyramid.order.astype(np.float64)))
        self._runs = _runs(proposal)
        lengths = np.diff(proposal.first).reshape(-1, 4)
        self._width = int(lengths.max(axis=1).sum()) + 64

    @property
    def nbytes(self) -> int:
        """Bytes of the cells and lists in the form that the loops read."""
        return self._cells.nbytes + sum(column.nbytes for column in self._runs)

    def batches(self, targets: Targets) -> Iterator[Pairs]:
        """Yield all candidates of the targets, in parts that are valid until the next."""
        columns = (targets.place, targets.cell, targets.column, targets.row, targets.x, targets.y)
        scratch = tuple(np.empty(self._width, dtype=np.int64) for _ in range(7))
        tables = (EXP_TABLE, SERIES, INVERSE, PIECE_CDF)
        proposed, direct = _buffers(BATCH), _buffers(BATCH)
        at = 0
        while at < len(targets.cell):
            done, n, m, need, direct_need = self._fill(
                at,
                columns,
                self._grid,
                self._cells,
                self._runs,
                self._unit,
                self._key,
                tables,
                scratch,
                proposed,
                direct,
            )
            if done == at:
                proposed = _buffers(max(need, BATCH))
                direct = _buffers(max(direct_need + 1, BATCH))
                continue
            at = done
            for (pair, distance, threshold, bound), count, alone in (
                (proposed, n, False),
                (direct, m, True),
            ):
                part = slice(count)
                yield Pairs(pair[part], distance[part], threshold[part], bound[part], alone)


def _buffers(size: int) -> tuple[NDArray[Any], ...]:
    return np.empty(size, np.uint64), *(np.empty(size) for _ in range(3))


def _runs(proposal: Proposal) -> tuple[NDArray[np.int64], ...]:
    """Return the lists as runs of neighbouring columns that are all direct, or all not."""
    dx, dy, direct = proposal.dx, proposal.dy, proposal.bound < 0
    begins = np.ones(len(dx), dtype=bool)
    begins[1:] = (dy[1:] != dy[:-1]) | (dx[1:] != dx[:-1] + 1) | (direct[1:] != direct[:-1])
    begins[proposal.first[proposal.first < len(dx)]] = True
    entry = np.flatnonzero(begins)
    length = np.diff(np.append(entry, len(dx)))
    first = np.searchsorted(entry, proposal.first)
    return first, dy[entry], dx[entry], entry, length, proposal.bound
