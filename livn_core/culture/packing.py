"""Cells that keep a distance from each other.

Up to a coverage of 0.50 by random sequential addition: positions are proposed one after the other,
and one that is too near to a cell is dropped (the null model of hard discs; it ends at 0.547, Feder
1980, J Theor Biol 87:237). Beyond, to 0.70, sweeps in which every cell tries a small step (Metropolis
et al. 1953, J Chem Phys 21:1087, hard discs) make room for further insertions. Those are proposed only
where there may be room: in the squares of a fine grid that no cell closes whole.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from livn_core.culture import packing_loops
from livn_core.errors import PlacementError

__all__ = [
    "HEXAGONAL",
    "RSA_LIMIT",
    "SEQUENTIAL",
    "SWEEPS",
    "Proposals",
    "coverage",
    "first_that_fit",
    "most_proposals",
    "pack",
    "stored",
]

FloatArray = NDArray[np.float64]

#: Coverage at which random sequential addition is jammed, and that of the densest lattice.
RSA_LIMIT, HEXAGONAL = 0.547, 0.9069
#: Coverage up to which each way is taken.
SEQUENTIAL, SWEEPS = 0.50, 0.70
#: Proposals a cell before sequential addition gives up, and before sweeps begin where they must.
PATIENCE, HASTE = 3000, 20
#: Longest step of a sweep, and side of the squares that insertions look for room in, in spacings;
#: proposals in an open square; most sweeps.
STEP, SQUARE, IN_SQUARE, MOST_SWEEPS = 0.2, 0.25, 4, 3000
#: Proposals without a spacing that none may be used of, a cell and at least.
MOST, LEAST = 40_000, 50_000_000
#: Proposals at a time: at least and at most.
FEWEST, BATCH = 4096, 1 << 18
#: Cells and coverage up to which the loops are not compiled.
FEW, EASY = 500, 0.4


class Proposals(Protocol):
    """Where cells of a group may be put."""

    #: Whether cells may be moved about afterwards: not where their density is not even.
    movable: bool

    def propose(
        self, groups: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Return a position for each entry, (n, 2) um as stored, and whether it may be used, (n,)."""
        ...

    def group_at(self, points: FloatArray) -> NDArray[np.int64]:
        """Return the group whose cells may be at each point, (n,), -1 for none; of movable cells."""
        ...

    def may_hold(self, points: FloatArray, radius: float) -> NDArray[np.bool_]:
        """Return whether a cell may be within this radius of each point, (n,)."""
        ...


def stored(points: FloatArray) -> FloatArray:
    """Return points as the file holds them: float64 values that a float32 holds."""
    return points.astype(np.float32).astype(np.float64)


def coverage(cells: float, spacing: float, area: float) -> float:
    """Return the share of an area, um2, that discs as wide as the spacing, um, cover."""
    return cells * np.pi * spacing**2 / (4 * area)


def most_proposals(cells: int, spacing: float) -> int:
    """Return after how many proposals there is no room for so many cells one after the other."""
    return PATIENCE * cells + 100_000 if spacing else MOST * cells + LEAST


def first_that_fit(
    proposals: Proposals, wanted: NDArray[np.int64], rng: np.random.Generator
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Return the first positions that may be used, of each group as many as are wanted; and its group."""
    left, found, owners = wanted.copy(), [], []
    pace = _Pace(int(wanted.sum()))
    while left.any():
        if pace.proposed > most_proposals(pace.cells, 0.0):
            raise _no_room(int(left.sum()), pace.cells)
        groups = pace.groups(left, rng)
        points, usable = proposals.propose(groups, rng)
        points, groups = points[usable], groups[usable]
        order = np.argsort(groups, kind="stable")
        begins = np.searchsorted(groups[order], np.arange(len(left)))
        rank = np.empty(len(groups), np.int64)
        rank[order] = np.arange(len(groups)) - begins[groups[order]]
        taken = rank < left[groups]
        found.append(points[taken])
        owners.append(groups[taken])
        left -= np.bincount(groups[taken], minlength=len(left))
        pace.saw(len(usable), int(np.count_nonzero(taken)))
    return np.concatenate([np.empty((0, 2)), *found]), np.concatenate([[], *owners]).astype(int)


def pack(
    proposals: Proposals,
    wanted: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    spacing: float,
    bounds: FloatArray,
    covered: float,
) -> tuple[FloatArray, NDArray[np.int64], int]:
    """Return positions no two of which are nearer than ``spacing``, um, as stored and without slack.

    Also the group of each, and how many sweeps were needed. ``wanted`` is the number of cells of each
    group, ``bounds`` the box ``[[x_min, y_min], [x_max, y_max]]``, um, of everything that is proposed;
    the coverage that is asked for decides when sweeps begin.

    Raises
    ------
    PlacementError
        There is no room.
    """
    work = _Packing(proposals, wanted, rng, spacing, bounds, covered)
    hasty = covered > SEQUENTIAL and proposals.movable
    most = most_proposals(work.pace.cells, spacing)
    most -= (PATIENCE - HASTE) * work.pace.cells * hasty
    while work.lacking and work.pace.proposed < most:
        work.insert()
    sweeps = 0
    while work.lacking:
        if not proposals.movable or sweeps == MOST_SWEEPS:
            raise _no_room(work.lacking, work.pace.cells, even=proposals.movable)
        work.sweep()
        work.insert_where_open()
        sweeps += 1
    return work.points, work.owners, sweeps


def _no_room(lacking: int, cells: int, *, even: bool = True) -> PlacementError:
    # Where clusters or a gradient are densest the room ends first, whatever is left elsewhere.
    widen = "a wider region" if even else "wider clusters or a gradient with lower peaks"
    return PlacementError(
        f"no room was found for {lacking:,} of {cells:,} cells",
        hint=f"take fewer cells, a smaller spacing or margin, or {widen}",
    )


class _Pace:
    """How many proposals to make at a time: as many as were needed until now."""

    def __init__(self, cells: int) -> None:
        self.cells, self.proposed = cells, 0
        self._rate = 1.0

    def groups(self, left: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """Return the groups to propose for, in an order of chance where there are several."""
        need = left * (1.1 / self._rate)
        need *= min(max(FEWEST / need.sum(), 1.0), BATCH / need.sum())
        groups = np.repeat(np.arange(len(left)), np.ceil(need).astype(np.int64))
        return groups if len(left) == 1 else rng.permutation(groups)

    def saw(self, proposed: int, taken: int) -> None:
        """Count what was proposed, and what became of it."""
        self.proposed += proposed
        self._rate = min(max(taken / proposed, 1e-6), 1.0)


class _Packing:
    """Cells on a grid of lists."""

    def __init__(
        self,
        proposals: Proposals,
        wanted: NDArray[np.int64],
        rng: np.random.Generator,
        spacing: float,
        bounds: FloatArray,
        covered: float,
    ) -> None:
        cells = int(wanted.sum())
        self._proposals, self._rng, self._spacing = proposals, rng, spacing
        self._left = wanted.copy()
        self.pace = _Pace(cells)
        self.points, self.owners = np.zeros((cells, 2)), np.zeros(cells, np.int64)
        self._count = 0
        # No more squares than a few a cell, however wide the region; a little larger than the
        # spacing, so that rounding puts no neighbour two squares away.
        extent = bounds[1] - bounds[0]
        side = max(spacing * (1 + 1e-9), float(np.sqrt(extent.prod() / (4 * cells + 64))))
        self._low, self._side = bounds[0] - side, side
        columns, rows = (int(n) + 4 for n in extent / side)
        self._head = np.full((rows, columns), -1, np.int64)
        self._following = np.full(cells, -1, np.int64)
        slow = cells <= FEW and covered <= EASY
        self._insert: Callable[..., Any] = packing_loops.insert if slow else _compiled("insert")
        self._bounds = bounds

    @property
    def lacking(self) -> int:
        """Cells without a place."""
        return len(self.points) - self._count

    def insert(self) -> None:
        """Propose places, and take those that are free."""
        groups = self.pace.groups(self._left, self._rng)
        points, usable = self._proposals.propose(groups, self._rng)
        before = self._count
        self._take(points[usable], groups[usable])
        self.pace.saw(len(groups), self._count - before)

    def _take(self, points: FloatArray, groups: NDArray[np.int64]) -> None:
        self._count = self._insert(
            self.points, self.owners, self._count, self._head, self._following,
            points, groups, self._left, self._low, self._side, self._spacing**2,
        )  # fmt: skip

    def insert_where_open(self) -> None:
        """Propose places in the squares that are not closed by one cell alone."""
        side = SQUARE * self._spacing
        # Nothing in a square is farther from a cell than its centre and half of its diagonal.
        closed = self._spacing - side / np.sqrt(2)
        open_ = _compiled("open_squares")(
            self.points, self._head, self._following,
            self._squares, self._low, self._side, closed**2,
        )  # fmt: skip
        centres = np.repeat(self._squares[np.array(open_, np.int64)], IN_SQUARE, axis=0)
        points = stored(centres + side * (self._rng.random(centres.shape) - 0.5))
        points = points[self._rng.permutation(len(points))]
        groups = self._proposals.group_at(points)
        self._take(points[groups >= 0], groups[groups >= 0])

    @cached_property
    def _squares(self) -> FloatArray:
        """Centres of the squares in which a cell may be, (n, 2) um."""
        side = SQUARE * self._spacing
        (x0, y0), (x1, y1) = self._bounds
        x, y = np.arange(x0 + side / 2, x1 + side, side), np.arange(y0 + side / 2, y1 + side, side)
        kept = []
        for row in np.array_split(y, max(1, len(x) * len(y) >> 20)):
            centres = np.stack(np.meshgrid(x, row), axis=-1).reshape(-1, 2)
            kept.append(centres[self._proposals.may_hold(centres, side / np.sqrt(2))])
        return np.concatenate(kept)

    def sweep(self) -> None:
        """Have every cell try one step."""
        here = self.points[: self._count]
        step = 2 * STEP * self._spacing * (self._rng.random(here.shape) - 0.5)
        there = stored(here + step)
        allowed = self._proposals.group_at(there) == self.owners[: self._count]
        _compiled("move")(
            self.points, self._count, self._head, self._following,
            there, allowed, self._low, self._side, self._spacing**2,
        )  # fmt: skip


@cache
def _compiled(name: str) -> Callable[..., Any]:
    from livn_core.sampling.jit import compiled_loop

    return compiled_loop()(getattr(packing_loops, name))
