"""How axons and dendrites of a population grow, and the paths that come of it.

The model of Orlandi, Soriano, Alvarez-Lacalle, Teller and Casademunt (Nature Physics 9, 582-590,
2013): an axon has a Rayleigh-distributed length and is a chain of segments, each turned against the
one before by a normal angle; a dendritic tree is a disc around the soma. Turning is given by the
persistence length P, over which headings forget each other: <cos(phi_s - phi_0)> = exp(-s / P), so
that the angle of a segment of length h has the variance 2 h / P (worm-like chain), and the result
does not depend on the segment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from livn_core.axons.bridges import Bridges
from livn_core.components import FloatArray, Parameters
from livn_core.errors import ConfigError
from livn_core.sampling.philox import philox, unit
from livn_core.sampling.streams import key64, stream

if TYPE_CHECKING:
    from livn_core.axons.walls import Walls

__all__ = ["Axons", "Direction", "Fate", "Growth", "grow", "spread_dendrites"]

#: Bytes of a segment: its point, two float32, and its place in the grid.
BYTES_PER_SEGMENT = 12
#: Cells of the grid, at most.
MOST_CELLS = 1 << 22
#: What a draw of a cell is for.
LENGTH, HEADING = 0, 1


class Direction(Parameters):
    """A preferred direction: von Mises around ``mean`` with concentration ``kappa``."""

    mean: float = Field(0.0, description="preferred direction against x, degrees")
    kappa: float = Field(gt=0, description="concentration; 0 would be none")


class Growth(Parameters):
    """How the axons of a population grow."""

    axon_length: float | None = Field(
        None, gt=0, description="mean length of an axon, um; 1000 unless axon_scale is given"
    )
    axon_scale: float | None = Field(
        None, gt=0, description="sigma of the Rayleigh law of lengths, in place of the mean, um"
    )
    axon_max: float | None = Field(None, gt=0, description="longest axon, um; null for none")
    persistence: float | None = Field(
        None, gt=0, description="persistence length, um; 2000 unless turn is given"
    )
    turn: float | None = Field(
        None, ge=0, description="sd of the angle between segments, rad, in place of persistence"
    )
    segment: float = Field(10.0, gt=0, description="length of a segment, um")
    axon_start: float = Field(
        7.5, ge=0, description="distance of an axon's start from the soma, um"
    )
    direction: Direction | None = Field(None, description="preferred direction; null for none")

    @model_validator(mode="after")
    def _either(self) -> Growth:
        for one, other in (("axon_length", "axon_scale"), ("persistence", "turn")):
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise ValueError(f"has both {one} and {other}: give one of them")
        return self

    @property
    def scale(self) -> float:
        """Sigma of the Rayleigh law, um; its mean is sigma sqrt(pi / 2)."""
        if self.axon_scale is not None:
            return self.axon_scale
        return (1000.0 if self.axon_length is None else self.axon_length) / float(
            np.sqrt(np.pi / 2)
        )

    @property
    def angle(self) -> float:
        """Standard deviation of the angle between two whole segments, rad."""
        if self.turn is not None:
            return self.turn
        persistence = 2000.0 if self.persistence is None else self.persistence
        return float(np.sqrt(2 * self.segment / persistence))


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of axons between walls.

    Parameters
    ----------
    met, stuck
        (cells,) encounters with walls; whether the axon ended at one before its length was grown.
    bridges
        Axon -> (module, module) that it was to lead from and to.
    arrived
        (cells,) whether a bridge reached its aim.
    """

    met: NDArray[np.int64]
    stuck: NDArray[np.bool_]
    bridges: Mapping[int, tuple[str, str]]
    arrived: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Axons:
    """Paths of a population's axons.

    Parameters
    ----------
    points
        (points, 2) float32, um: axon after axon, from the start to the tip.
    first
        (cells + 1,) int64: where the points of each axon begin.
    start
        Distance of the first point from the soma, um: what an arc length begins with.
    low, side, columns, rows
        Corner, side of a cell, and size of the grid that finds segments.
    begins
        (columns rows + 1,) int64: where a grid cell's segments begin in ``segments``.
    segments
        (segments,) uint32: the segment from point s to s + 1 is number s; by the grid cell of its
        middle.
    owners
        (points / OWNED,) uint32: the axon of every OWNED-th point, from which a segment's is found.
    segment
        Length of a whole segment, um.
    fate
        How the axons fared between walls; None on an open plane.
    """

    points: NDArray[np.float32]
    first: NDArray[np.int64]
    start: float
    low: FloatArray
    side: float
    columns: int
    rows: int
    begins: NDArray[np.int64]
    segments: NDArray[np.uint32]
    owners: NDArray[np.uint32]
    segment: float
    fate: Fate | None = None

    @property
    def index(self) -> tuple[NDArray[Any], ...]:
        """What finds segments and their axons: ``begins``, ``segments``, ``owners``."""
        return self.begins, self.segments, self.owners

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(a.nbytes for a in self.index) + self.points.nbytes + self.first.nbytes

    def lengths(self) -> FloatArray:
        """Return the length of each axon, (cells,) um."""
        from livn_core.axons.loops import path_lengths

        lengths = np.zeros(len(self.first) - 1)
        path_lengths(self.points, self.first, lengths)
        return lengths


def grow(
    growth: Growth,
    positions: FloatArray,
    *,
    seed: int,
    population: str,
    side: float,
    walls: Walls | None = None,
    bridges: Bridges | None = None,
    chosen: NDArray[np.int64] | None = None,
) -> Axons:
    """Grow the axons of a population, or those of some of its cells as they do among all others.

    Parameters
    ----------
    growth, seed, population
        Lengths and turning; and what keys the random numbers, with the cell and the segment.
    positions
        (cells, 2 or 3) somata of all cells, um; inside the walls.
    side
        Wanted side of the grid's cells, um.
    walls, bridges
        What bounds the axons, and which of them lead from module to module.
    chosen
        Numbers of the cells whose axons grow, ascending; by default all.

    Raises
    ------
    ConfigError
        The paths would not fit into this machine's memory.
    """
    from livn_core.axons.loops import grow_paths

    key = key64(seed, "axon", population)
    numbers = np.arange(len(positions)) if chosen is None else chosen
    cells = numbers.astype(np.uint64)
    u = unit(philox(cells, LENGTH, np.zeros_like(cells), key)[0])
    if growth.axon_max is not None:
        u = u * -np.expm1(-0.5 * (growth.axon_max / growth.scale) ** 2)
    length = growth.scale * np.sqrt(-2.0 * np.log1p(-u))
    _check_memory(float(length.sum()), growth, population)
    whole = np.floor(length / growth.segment).astype(np.int64)
    rest = length - whole * growth.segment
    points = whole + 1 + (rest > 0)
    first = np.concatenate(([0], np.cumsum(points)))
    paths = np.empty((int(first[-1]), 2), np.float32)
    somata = [np.ascontiguousarray(positions[numbers, axis]) for axis in (0, 1)]
    if growth.direction is None:
        heading = 2 * np.pi * unit(philox(cells, HEADING, np.zeros_like(cells), key)[0])
    else:
        rng, mean = stream(seed, "axon direction", population), np.radians(growth.direction.mean)
        heading = rng.vonmises(mean, growth.direction.kappa, len(positions))[numbers]
    law = growth.segment, growth.angle, growth.axon_start
    if walls is None:
        grow_paths(cells, *somata, heading, length, first, *law, np.uint64(key), paths)
        return _indexed(paths, first, growth, side)
    from livn_core.axons.wall_loops import grow_between

    led = Bridges.none(len(cells)) if bridges is None else bridges.of(numbers)
    grown, met = np.zeros(len(cells), np.int64), np.zeros(len(cells), np.int64)
    stuck, arrived = np.zeros(len(cells), bool), np.zeros(len(cells), bool)
    grow_between(
        cells, *somata, heading, length, first, law, np.uint64(key), walls.axons == "redraw",
        walls.cross, walls.of_axons, led.loops(), paths, (grown, met, stuck, arrived),
    )  # fmt: skip
    if (grown < points).any():
        paths = paths[np.arange(len(paths)) < np.repeat(first[:-1] + grown, points)]
        first = np.concatenate(([0], np.cumsum(grown)))
    axons = _indexed(paths, first, growth, side)
    return replace(axons, fate=Fate(met, stuck, led.links, arrived))


def spread_dendrites(
    radius: float, sd: float, count: int, *, seed: int, population: str
) -> FloatArray:
    """Return normal radii of discs, (count,) um, drawn again until they are positive."""
    key = key64(seed, "dendrite", population)
    found = np.full(count, float(radius))
    left = np.arange(count) if sd > 0 else np.empty(0, np.int64)
    attempt = 0
    while len(left):
        u, v = map(unit, philox(left, attempt, np.zeros(len(left), np.int64), key))
        # Box and Muller 1958.
        found[left] = radius + sd * (np.sqrt(-2.0 * np.log1p(-u)) * np.cos(2 * np.pi * v))
        left = left[found[left] <= 0]
        attempt += 1
    return found


def _check_memory(length: float, growth: Growth, population: str) -> None:
    segments = length / growth.segment
    needed = segments * BYTES_PER_SEGMENT
    available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > available:
        fits = length * BYTES_PER_SEGMENT / available
        raise ConfigError(
            f"the axons of '{population}' have {segments:.4g} segments of {growth.segment:g} um, "
            f"{needed / 1e9:.4g} GB; {available / 1e9:.1f} GB of memory are free",
            hint=f"a segment of {1.1 * fits:.3g} um would fit",
        )


def _indexed(
    paths: NDArray[np.float32], first: NDArray[np.int64], growth: Growth, side: float
) -> Axons:
    """Sort the segments by the grid cell of their middle."""
    from livn_core.axons.loops import OWNED, index_segments

    low, high = (edge.astype(np.float64) for edge in (paths.min(axis=0), paths.max(axis=0)))
    extent = high - low
    side = max(side, growth.segment, float(np.sqrt(np.prod(extent + 1.0) / MOST_CELLS)))
    columns, rows = (int(n) for n in np.floor(extent / side).astype(int) + 1)
    begins = np.zeros(columns * rows + 1, np.int64)
    segments = np.empty(len(paths) - (len(first) - 1), np.uint32)
    index_segments(paths, first, float(low[0]), float(low[1]), side, columns, begins, segments)
    owners = np.searchsorted(first, np.arange(0, len(paths), OWNED), side="right") - 1
    return Axons(
        paths,
        first,
        growth.axon_start,
        low,
        side,
        columns,
        rows,
        begins,
        segments,
        owners.astype(np.uint32),
        growth.segment,
    )


Contact = Literal["length", "crossing", "segments"]
