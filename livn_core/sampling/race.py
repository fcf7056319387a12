"""A fixed number of distinct sources for each target, drawn one after the other with weights w.

Successive sampling: each next source is drawn among those that are left, with a probability in
proportion to its weight. Give every source a waiting time that is exponential with rate w; the K
that arrive first are such a sample. Where there are few pairs, or a target wants a large part of
the sources near it, every waiting time is drawn. Else candidates arrive at a rate that bounds w
(:mod:`~livn_core.sampling.candidate_table`), are accepted with the ratio of the two, and a source
that arrives again is skipped. A race that stalls is not begun anew: waiting times have no memory, so
those that have not arrived get new ones.
"""

from __future__ import annotations

import threading
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.sampling.candidate_table import CandidateTable
from livn_core.sampling.compiled_draw import CompiledTables
from livn_core.sampling.drawing import NONE
from livn_core.sampling.near_sources import NearSources
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.reach import certainly_near
from livn_core.sampling.source_grid import SourceGrid, morton

__all__ = ["Race"]

#: Pairs of a projection whose waiting times are all drawn.
FEW_PAIRS = 1 << 22
#: A target that wants more than this part of the sources near it would wait long for the last ones:
#: a quarter, of a count that is about three quarters of the true one.
LARGE_PART = 1 / 3
#: Probability of the largest weight, by which candidates are accepted: small enough that no pair is
#: decided one by one, large enough that the table's units are fine.
LARGEST_P = 0.3
#: Candidates that are held at a time, and how often a target whose race stalls is taken up again:
#: the waiting times of a weight that has no end are those of all sources, and cost more than rounds.
HELD, ROUNDS = 1 << 19, 100

Int = NDArray[np.int64]


class Race:
    """Draws sources for targets; thread-safe. ``min_probability`` of a law means nothing here."""

    def __init__(self, law: PairLaw) -> None:
        self._law = law
        self._few = len(law.projection.source) * len(law.projection.target) <= FEW_PAIRS
        self._lock = threading.Lock()
        self._tables: tuple[_Tables, FloatArray] | None = None

    def sources(self, targets: Int, wanted: Int) -> tuple[Int, NDArray[np.uint32]]:
        """Return the in-degrees of targets and their sources, ascending within each.

        ``wanted`` is (n,) how many sources each is to have; it gets fewer where fewer have a weight.
        """
        if self._few:
            return self._by_waiting_times(targets, wanted, [np.empty(0, np.int64)] * len(targets))
        if not len(targets):
            return np.zeros(0, np.int64), np.empty(0, np.uint32)
        tables, most = self._made()
        # A target that wants too many does not race at all; one that stalls gets the rest below.
        racing = np.where(wanted <= most[targets], wanted, 0)
        counts, sources = tables.run(targets, racing)
        short = np.flatnonzero(counts < wanted)
        if not len(short):
            return counts, sources
        parts = np.split(sources, np.cumsum(counts)[:-1])
        held = [parts[t].astype(np.int64) for t in short]
        completed, theirs = self._by_waiting_times(targets[short], wanted[short], held)
        for place, part in zip(short, np.split(theirs, np.cumsum(completed)[:-1]), strict=True):
            parts[place] = part
        counts = counts.copy()
        counts[short] = completed
        return counts, np.concatenate(parts)

    @property
    def memory(self) -> float:
        """Bytes of the tables; an estimate before they are made."""
        if self._tables:
            return self._tables[0].nbytes
        cells = len(self._law.projection.source) + len(self._law.projection.target)
        return 0.0 if self._few else 80.0 * cells

    def _made(self) -> tuple[_Tables, FloatArray]:
        """Return the tables, and how many sources each target may want in a race, (targets,)."""
        with self._lock:
            if self._tables is None:
                near = np.asarray(certainly_near(self._law) * LARGE_PART, np.float64)
                if not self._law.kernel.kernel.monotone:
                    near[:] = np.inf
                self._tables = _Tables(self._law), near
            return self._tables

    @cached_property
    def _near(self) -> NearSources:
        return NearSources(self._law)

    def _by_waiting_times(
        self, targets: Int, wanted: Int, held: list[Int]
    ) -> tuple[Int, NDArray[np.uint32]]:
        """Draw a waiting time for every near source that is not held; the first ones are taken."""
        law, projection = self._law, self._law.projection
        number = len(projection.source)
        counts, found = np.zeros(len(targets), np.int64), [np.empty(0, np.uint32)]
        for part, lengths, source in self._near.blocks(targets):
            owner = np.repeat(np.arange(len(lengths)), lengths)
            target = targets[part][owner]
            weight = law.weight(target, source)
            u = projection.uniform("waiting time", target, source)
            # In units so large that no weight above 0 makes a time that is not a number.
            with np.errstate(divide="ignore", invalid="ignore"):
                waiting = -np.log1p(-u) * 2.0**-60 / weight
            waiting[np.isnan(waiting)] = np.inf
            mine = held[part]
            if any(map(len, mine)):
                theirs = np.repeat(np.arange(len(mine)), [len(each) for each in mine]) * number
                waiting[np.isin(owner * number + source, theirs + np.concatenate(mine))] = -1.0
            possible = np.flatnonzero(waiting < np.inf)
            possible = possible[np.lexsort((waiting[possible], owner[possible]))]
            each = np.bincount(owner[possible], minlength=len(lengths))
            place = np.arange(len(possible)) - np.repeat(np.cumsum(each) - each, each)
            first = np.sort(possible[place < wanted[part][owner[possible]]])
            counts[part] = np.minimum(each, wanted[part])
            found.append(source[first].astype(np.uint32))
        return counts, np.concatenate(found)


class _Tables:
    """What the compiled race reads: the sources in a hierarchy of grids, and bounds on weights."""

    def __init__(self, law: PairLaw) -> None:
        from livn_core.sampling import race_loops

        self._loops, self._law = race_loops, law
        projection, kernel = law.projection, law.bounding
        highest = float(kernel.bound(np.zeros(1), np.full(1, np.inf))[0])
        self.amplitude = LARGEST_P / highest if highest > 0 else 0.0
        grid = SourceGrid.build(projection)
        table = CandidateTable.plan(grid, kernel, self.amplitude, projection.target.positions)
        self.grid = grid = grid.without_finest(table.skipped)
        self._tables = CompiledTables(grid, table, kernel, self.amplitude)
        self.nbytes = float(grid.nbytes + table.nbytes + self._tables.nbytes)

    def run(self, targets: Int, wanted: Int) -> tuple[Int, NDArray[np.uint32]]:
        """Return in-degrees and sources; a race that stalls leaves a target short."""
        projection, tables = self._law.projection, self._tables
        positions = projection.target.positions[targets]
        column, row = self.grid.bins(positions)
        # Neighbours one after the other read the same nodes and cells.
        order = np.argsort(morton(column, row), kind="stable")
        own = np.full(len(targets), NONE, np.int64)
        if self._law.alone:
            own = targets[order]
        columns = (targets[order], column[order], row[order], *positions[order, :2].T.copy())
        left, held = wanted[order].copy(), np.zeros(len(targets), np.int64)
        offsets = np.cumsum(left) - left
        found = np.empty(int(left.sum()), np.int64)
        seen = np.zeros(len(targets), np.int64)
        slots = 1 << int(np.ceil(np.log2(4 * max(int(left.max()), 1) + 64)))
        table, mark = np.zeros((slots, 2), np.int64), 1
        scratch = tuple(np.empty(tables.width, np.int64) for _ in range(3))
        for _ in range(ROUNDS):
            these = np.flatnonzero(left > 0)
            if not len(these):
                break
            part = tuple(values[these] for values in columns)
            my_own, my_left, my_seen = own[these], left[these], seen[these]
            my_held, my_offsets = held[these], offsets[these]
            room = max(HELD, int(8 * my_left.max() + 256))
            source, state = np.empty((2, room), np.int64)
            squares, thresholds = np.empty((2, room))
            ends = np.empty(len(these), np.int64)
            begin = 0
            while begin < len(these):
                end = self._loops.candidates(
                    begin, part, tables.levels, tables.near, tables.runs, tables.unit,
                    np.uint64(projection.key), (tables.bounds.first, tables.bounds.p), scratch,
                    my_left, my_seen, (source, squares, thresholds, state, ends),
                )  # fmt: skip
                used = int(ends[end - 1])
                self._decide(
                    np.repeat(part[0][begin:end], np.diff(ends[begin:end], prepend=0)),
                    source[:used], squares[:used], thresholds[:used], state[:used],
                )  # fmt: skip
                self._loops.first_distinct(
                    begin, end, (source, state), ends, my_own, my_left, found, my_offsets,
                    my_held, table, mark,
                )  # fmt: skip
                mark += end - begin
                begin = end
            left[these], seen[these], held[these] = my_left, my_seen, my_held
        return self._in_place(order, held, found, offsets)

    def _decide(
        self, target: Int, source: Int, squares: FloatArray, thresholds: FloatArray, state: Int
    ) -> None:
        """Let the law decide on the candidates that the table leaves open, or on all of them."""
        law, loops = self._law, self._loops
        if law.plain:
            unsure = np.flatnonzero(state == loops.UNSURE)
            p = law.kernel.scaled(self.amplitude, law.kernel.weight(np.sqrt(squares[unsure])))
        else:
            unsure = np.arange(len(state))
            p = self.amplitude * law.weight(target, source) / law.largest
        state[unsure] = np.where(thresholds[unsure] < p, loops.ACCEPTED, loops.REFUSED)

    def _in_place(
        self, order: Int, held: Int, found: Int, offsets: Int
    ) -> tuple[Int, NDArray[np.uint32]]:
        """Return what was found in the order in which it was asked for, sources ascending."""
        counts, begins = np.empty_like(held), np.empty_like(offsets)
        counts[order], begins[order] = held, offsets
        at = np.arange(int(counts.sum())) + np.repeat(begins - np.cumsum(counts) + counts, counts)
        packed = np.repeat(np.arange(len(counts)), counts) << 32
        packed |= found[at]
        packed.sort()
        return counts, (packed & 0xFFFFFFFF).astype(np.uint32)
