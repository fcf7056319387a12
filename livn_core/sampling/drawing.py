"""What the two ways of drawing, NumPy and compiled, are given: the projection's tables, and targets."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.sampling.acceptance import Acceptance
from livn_core.sampling.candidate_table import CandidateTable
from livn_core.sampling.source_grid import SourceGrid

__all__ = ["NONE", "Drawing", "Targets"]

#: No source cell: there are fewer than 2^32 - 1.
NONE = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the edges of a projection are drawn from.

    Parameters
    ----------
    source_grid
        The source cells.
    candidates
        Which nodes to look at, with their bounds.
    acceptance
        What decides on a pair.
    key
        The projection's key.
    pairs
        About how many pairs are decided on in all.
    """

    source_grid: SourceGrid
    candidates: CandidateTable
    acceptance: Acceptance
    key: int
    pairs: float


@dataclass(frozen=True, slots=True)
class Targets:
    """Target cells to sample, (n,) each.

    Parameters
    ----------
    place
        int64: place of the target in the block that is asked for.
    cell
        int64: the cell, relative to its population.
    column, row
        int64: its finest bin.
    x, y
        float64, um.
    own
        uint32: the source cell that the target must not be connected with, itself, or :data:`NONE`.
    """

    place: NDArray[np.int64]
    cell: NDArray[np.int64]
    column: NDArray[np.int64]
    row: NDArray[np.int64]
    x: FloatArray
    y: FloatArray
    own: NDArray[np.uint32]

    def part(self, start: int, stop: int) -> Targets:
        """Return some of them."""
        return Targets(*(getattr(self, field.name)[start:stop] for field in fields(self)))
