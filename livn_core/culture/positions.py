"""Soma positions of a culture: one keyed stream a population, rounded as the file holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livn_core.culture.placement import place
from livn_core.sampling.streams import stream

if TYPE_CHECKING:
    from livn_core.components import Placement

__all__ = ["place_population"]


def place_population(
    placement: Placement,
    count: int,
    *,
    seed: int,
    population: str,
    z_range: tuple[float, float],
    name: str = "",
) -> NDArray[np.float64]:
    """Return the positions of one population.

    The streams belong to the population's *name*: adding a population moves no other's cells.

    Parameters
    ----------
    placement
        Where the cells lie; with two columns, z is uniform in ``z_range``.
    count
        Number of cells.
    seed
        The system's seed.
    population
        Name of the population.
    z_range
        Lowest and highest z, um.
    name
        How messages call the placement.

    Returns
    -------
    (count, 3) float64, um
        Each value is a float32 value, since that is what the file holds: the connection
        probabilities are those of the positions that a reader sees.
    """
    own = placement.for_population(population)
    drawn = place(own, count, stream(seed, "positions", population), name=name)
    if drawn.shape[1] == 2:
        low, high = z_range
        # A zero of either sign is one depth, but NumPy takes [0, -0.0] for a range that is turned.
        depth = stream(seed, "depth", population).uniform(low + 0.0, high + 0.0, count)
        drawn = np.column_stack([drawn, depth])
    return drawn.astype(np.float32).astype(np.float64)
