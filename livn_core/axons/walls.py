"""What bounds axons and dendrites: the walls of a culture's region, and how axons take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.culture.boundary import Boundary
from livn_core.errors import PlacementError

if TYPE_CHECKING:
    from livn_core.axons.growth import Axons
    from livn_core.culture.parts import WallsConfig
    from livn_core.culture.region import Region
    from livn_core.sampling.projection import Cells, Culture

__all__ = ["CLEAR", "OPEN", "Walls", "seats_of", "walls_of"]

#: Distance that an axon keeps from a wall that it follows, um.
CLEAR = 0.1
#: The grid of no walls, for the compiled loops.
OPEN: tuple[Any, ...] = (
    np.empty((0, 6)), 0.0, 0.0, 1.0, 0, 0, np.zeros(1, np.int64), np.empty(0, np.int64),
)  # fmt: skip
#: A cell that is so far outside was moved there by more than the rounding to float32; relative.
SLACK = 1e-6
#: Directions in which a place inside is looked for.
AROUND = 32


@dataclass(frozen=True)
class Walls:
    """The walls of a region.

    Parameters
    ----------
    region
        Its outlines and holes are the walls.
    axons
        ``follow``, ``redraw`` or ``open``.
    cross
        (walls,) probability that an axon passes a wall at an encounter.
    blocked
        Whether dendrites end at walls: a contact is made only where it can be seen from the soma.
    """

    region: Region
    axons: str
    cross: FloatArray
    blocked: bool

    @classmethod
    def of(cls, region: Region, settings: WallsConfig) -> Walls:
        """Return the walls of a region as a configuration wants them."""
        cross = settings.cross
        if isinstance(cross, Mapping):
            chances = _by_step(region, cross)
        else:
            chances = np.full(len(region.boundary.walls), float(cross))
        return cls(region, settings.axons, chances, settings.dendrites == "blocked")

    @property
    def nbytes(self) -> int:
        """Bytes of the walls and of the grid that finds them."""
        parts = (*self.region.boundary.grid(), self.cross)
        return sum(part.nbytes for part in parts if isinstance(part, np.ndarray))

    @property
    def of_axons(self) -> tuple[Any, ...]:
        """The grid of the walls that axons meet."""
        return OPEN if self.axons == "open" else self.region.boundary.grid()

    @property
    def of_dendrites(self) -> tuple[Any, ...]:
        """The grid of the walls that end dendrites."""
        return self.region.boundary.grid() if self.blocked else OPEN

    def beyond_dendrites(self, axons: Axons, into: float) -> NDArray[np.bool_]:
        """Return which segments, by their first point, lie too far in a channel for any dendrite.

        Dendrites grow ``into`` a channel so far from its mouth, um.
        """
        region = self.region
        if not region.channels:
            return np.empty(0, bool)
        points = axons.points.astype(np.float64)
        middle = 0.5 * (points + np.concatenate([points[1:], points[-1:]]))
        hidden: NDArray[np.bool_] = ~region.contains(middle)
        at = np.flatnonzero(hidden)
        at = at[region.boundary.inside(middle[at])]
        hidden[:] = False
        doors = np.empty((0, 4)) if region.openings is None else region.openings.doors
        hidden[at] = ~(Boundary.of_walls(doors).distance(middle[at], into) <= into)
        return hidden

    def seats(self, cells: Cells) -> FloatArray:
        """Return the somata with those inside that rounding put on a wall or behind it, (n, 2) um.

        Raises
        ------
        PlacementError
            A soma is outside the region.
        """
        boundary = self.region.boundary
        seats: FloatArray = np.ascontiguousarray(cells.positions[:, :2])
        inside = self.region.contains(seats) & (boundary.distance(seats, CLEAR) > 0)
        slack = SLACK * (1 + float(np.abs(self.region.bounds).max()))
        turn = 2 * np.pi * np.arange(AROUND) / AROUND
        for cell in np.flatnonzero(~inside).tolist():
            x, y = seats[cell]
            if self.region.contains(seats[cell : cell + 1], slack)[0]:
                near = np.column_stack([x + CLEAR * np.cos(turn), y + CLEAR * np.sin(turn)])
                near = near.astype(np.float32).astype(np.float64)
                free = near[self.region.contains(near)]
                if len(free):
                    seats[cell] = free[np.argmax(boundary.distance(free))]
                    continue
            raise PlacementError(
                f"cell {cell} of '{cells.name}' is outside the region, at ({x:.6g}, {y:.6g}): its axon "
                "would begin behind a wall",
                hint="move the cell, or leave out the key walls",
            )
        return seats


def walls_of(culture: Culture) -> Walls | None:
    """Return the walls of a culture, made once; None where axons grow on an open plane."""
    settings, region = culture.walls, culture.region
    if settings is None or region is None:
        return None
    return culture.once(("walls",), lambda: Walls.of(region, settings))


def seats_of(culture: Culture, cells: Cells) -> FloatArray:
    """Return where the somata of a population are, (n, 2 or 3) um: inside the walls, if there are any."""
    walls = walls_of(culture)
    if walls is None:
        return cells.positions
    return culture.once(("seats", cells.name), lambda: walls.seats(cells))


def _by_step(region: Region, chances: Mapping[float, float]) -> FloatArray:
    """Return the chance to pass each wall by the step between the pieces that it parts, (walls,).

    Between the steps that are named it is interpolated; a wall to where nothing is stays closed.
    """
    steps = np.array(sorted(chances))
    values = np.array([chances[step] for step in steps.tolist()])
    if region.openings is None:
        return np.zeros(len(region.boundary.walls))
    step = region.openings.step
    return np.where(np.isfinite(step), np.interp(step, steps, values), 0.0)
