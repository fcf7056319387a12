"""What the two ways of drawing, NumPy and compiled, have in common: targets, and what decides on pairs."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.sampling.probability import ConnectionProbability, broken_bound

__all__ = ["NONE", "NOTHING", "Targets", "taken"]

#: No source cell: there are fewer than 2^32 - 1.
NONE = 2**32 - 1
#: What a refused pair is overwritten with.
NOTHING = np.uint64(2**64 - 1)
#: A kernel may exceed its bound by so much of rounding error in p.
ROUNDING = 1e-12


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


def taken(
    law: ConnectionProbability,
    amplitude: float,
    distance: FloatArray,
    threshold: FloatArray,
    bound: FloatArray,
    direct: bool,
) -> NDArray[np.bool_]:
    """Return which pairs become edges, (n,): those whose p, or rate, is above their threshold.

    ``bound`` is what the rate does not exceed; the probability, if the pairs are ``direct``: decided
    one by one, and not proposed. Raises PluginError where the kernel exceeds it.
    """
    p = law.probability(amplitude, distance)
    # -log(1 - p) lies between low and 1.03 low where pairs are proposed, as p is small there.
    low = p if direct else p * (1 + p * (0.5 + p / 3))
    beyond = low > bound * (1 + 1e-9) + ROUNDING
    if beyond.any():
        raise broken_bound(law, float(distance[np.argmax(beyond)]))
    kept: NDArray[np.bool_] = threshold < low
    if not direct:
        # The logarithm is needed only where that does not settle it.
        unsure = np.flatnonzero((threshold < 1.03 * low) & ~kept)
        kept[unsure] = threshold[unsure] < -np.log1p(-p[unsure])
    return kept
