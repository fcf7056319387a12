"""A projection as a connectivity rule sees it, and a block of its edges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.streams import key64, stream

__all__ = ["EdgeBlock", "Projection", "bounds"]


@dataclass(frozen=True, slots=True)
class EdgeBlock:
    """Edges onto consecutive targets, target-major.

    Parameters
    ----------
    counts
        (targets,) int64: in-degree of each target of the block.
    sources
        (edges,) uint32: source cells relative to their population's first gid, ascending within a
        target.
    distances
        (edges,) float32, um: between the somata, in the plane.
    """

    counts: NDArray[np.int64]
    sources: NDArray[np.uint32]
    distances: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Projection:
    """All edges from one source to one target population.

    Parameters
    ----------
    source, target
        Population names; the same name for a recurrent projection.
    source_positions, target_positions
        (n, 3) float64, um; rounded to the float32 values that the file holds, so that the law that
        was sampled can be checked from the file.
    seed
        The system's seed.
    mean_degree
        Wanted mean in-degree of a target cell.
    allow_autapses
        Whether a cell may connect to itself.
    options
        What else the configuration says about this projection (cutoff, min_probability, ...).
    """

    source: str
    target: str
    source_positions: NDArray[np.float64]
    target_positions: NDArray[np.float64]
    seed: int
    mean_degree: float
    allow_autapses: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """``"EXC->INH"``."""
        return f"{self.source}->{self.target}"

    @property
    def recurrent(self) -> bool:
        """Whether source and target are the same cells."""
        return self.source == self.target

    @property
    def key(self) -> int:
        """Unsigned 64-bit key of the projection's counter-based random numbers."""
        return key64(self.seed, "edges", self.name)

    def stream(self, target: int) -> np.random.Generator:
        """Return the random stream of one target cell (relative to its population)."""
        return stream(self.seed, "edges", self.name, target)


def bounds(projection: Projection) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower corner and the extent, (2,) um each, of sources and targets in the plane."""
    # Column by column: many times as fast as along the rows.
    columns = [
        [cells[:, axis] for cells in (projection.source_positions, projection.target_positions)]
        for axis in (0, 1)
    ]
    low = np.array([min(float(cells.min()) for cells in both) for both in columns])
    high = np.array([max(float(cells.max()) for cells in both) for both in columns])
    return low, high - low
