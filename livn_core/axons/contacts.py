"""Which axons enter which dendritic discs, and the strength at which that gives a mean in-degree.

With l_ij the length of the path of i inside the disc of j, and n_ij the segment ends inside:

- ``length``: p = 1 - exp(-lambda l_ij), contacts at a constant rate along the path;
- ``crossing``: p = alpha where l_ij > 0, as in Orlandi et al. 2013;
- ``segments``: p = 1 - (1 - alpha)^n_ij, a chance at every segment, as in Yamamoto et al. (Science
  Advances 9, eade1755, 2023).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.axons.growth import Axons, Contact
from livn_core.axons.walls import OPEN
from livn_core.components import FloatArray
from livn_core.errors import DegreeError
from livn_core.sampling.projection import Projection
from livn_core.sampling.source_grid import morton

__all__ = ["BLOCK", "ContactLaw", "Tally", "Touched", "Touching"]

#: Targets that are looked at together, and pairs that are expected of them at first.
BLOCK, PAIRS = 8192, 1 << 21
#: Bins of the length inside a disc, um: that many an octave, from the shortest.
BINS_PER_OCTAVE, SHORTEST, OCTAVES = 256, 2.0**-20, 40
#: The strength is solved to this relative error of the degree.
PRECISION = 1e-12
#: What a probability that only tends to 1 leaves of the largest degree.
NEARLY_ALL = 1e-6

Int = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Touched:
    """Pairs whose axon enters the target's disc, by target, then source.

    Parameters
    ----------
    counts
        (targets,) of the block.
    sources
        (pairs,) int64.
    length, number
        (pairs,) um of the path inside, and segment ends inside.
    """

    counts: Int
    sources: Int
    length: FloatArray
    number: Int


class Touching:
    """Finds the touched pairs of a projection. Thread-safe.

    Parameters
    ----------
    projection, axons, radius
        The cells, the paths of the sources, and the radii of the targets' discs, (targets,) um.
    seats
        (targets, 2) somata, um, if they are not where the projection has them.
    walls
        What dendrites do not pass (:attr:`~livn_core.axons.walls.Walls.of_dendrites`).
    hidden
        (points,) whether a segment, by its first point, is out of every dendrite's reach.
    """

    def __init__(
        self,
        projection: Projection,
        axons: Axons,
        radius: FloatArray,
        *,
        seats: FloatArray | None = None,
        walls: tuple[Any, ...] = OPEN,
        hidden: NDArray[np.bool_] | None = None,
    ) -> None:
        from livn_core.axons import loops

        self._loops = loops
        self.projection, self.axons, self.radius = projection, axons, radius
        places = projection.target.positions if seats is None else seats
        self._walls = walls
        self._hidden = np.empty(0, np.bool_) if hidden is None else hidden
        self._x, self._y = (np.ascontiguousarray(places[:, axis]) for axis in (0, 1))
        self._grid = (
            float(axons.low[0]),
            float(axons.low[1]),
            axons.side,
            axons.columns,
            axons.rows,
            axons.segment,
        )
        self._own = projection.recurrent and not projection.allow_autapses
        column, row = (
            ((values - values.min(initial=0.0)) / axons.side).astype(np.int64)
            for values in (self._x, self._y)
        )
        self._near = np.argsort(morton(column, row), kind="stable")

    def block(self, start: int, stop: int) -> Touched:
        """Return the touched pairs of the targets ``start`` to ``stop``."""
        axons, sources = self.axons, len(self.projection.source)
        scratch = np.zeros(sources), np.zeros(sources, np.int64)
        # Neighbours one after the other read the same segments.
        order = self._near[(self._near >= start) & (self._near < stop)]
        counts = np.zeros(len(order), np.int64)
        parts: list[tuple[NDArray, ...]] = [
            (np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))
        ]
        room, at = PAIRS, 0
        while at < len(order):
            out = np.empty(room, np.int64), np.empty(room), np.empty(room, np.int64)
            done = self._loops.touched(
                at, order, self._x, self._y, self.radius, axons.points, axons.first,
                self._grid, axons.index, scratch, self._own,
                self._walls, self._hidden, (counts, *out),
            )  # fmt: skip
            if done == at:
                room *= 2
                continue
            used = int(counts[at:done].sum())
            parts.append(tuple(column[:used].copy() for column in out))
            at = done
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        in_place = np.empty_like(counts)
        in_place[order - start] = counts
        begins = np.empty_like(counts)
        begins[order - start] = np.cumsum(counts) - counts
        ends = np.cumsum(in_place)
        moved = np.arange(int(counts.sum())) + np.repeat(begins - ends + in_place, in_place)
        return Touched(in_place, *(column[moved] for column in columns))

    def pairs(self, targets: Int, sources: Int) -> tuple[FloatArray, Int]:
        """Return the length inside and the segment ends inside of given pairs, (n,)."""
        length, number = np.zeros(len(targets)), np.zeros(len(targets), np.int64)
        self._loops.inside_pairs(
            np.asarray(targets, np.int64), np.asarray(sources, np.int64), self._x, self._y,
            self.radius, self.axons.points, self.axons.first, self.axons.segment,
            self._walls, self._hidden, length, number,
        )  # fmt: skip
        return length, number

    def ways(self, targets: Int, sources: Int, wanted: FloatArray) -> FloatArray:
        """Return the distance from soma to soma along the axon, (n,) um, of touched pairs.

        ``wanted`` is how much of the path inside the disc lies before the contact, (n,) um.
        """
        arc, way = np.zeros(len(targets)), np.zeros(len(targets))
        self._loops.arc_of_contact(
            np.asarray(targets, np.int64), np.asarray(sources, np.int64), wanted, self._x, self._y,
            self.radius, self.axons.points, self.axons.first, self._walls,
            self._hidden, arc, way,
        )  # fmt: skip
        distance: FloatArray = self.axons.start + arc + way
        return distance


@dataclass(frozen=True, slots=True)
class ContactLaw:
    """The probability of a touched pair; the strength is lambda, 1/um, or alpha."""

    contact: Contact
    strength: float

    def probability(self, length: FloatArray, number: NDArray) -> FloatArray:
        """Return p of pairs, (n,)."""
        if self.contact == "length":
            return -np.expm1(-self.strength * length)
        if self.contact == "crossing":
            return np.where(length > 0, self.strength, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(number > 0, -np.expm1(number * np.log1p(-self.strength)), 0.0)

    def before_contact(self, u: FloatArray, segment: float) -> FloatArray:
        """Return how much of the path inside lies before the contact, um, (n,).

        ``u`` is the pair's random number, which is below its probability: the contact is the first
        event of the same process.
        """
        if self.contact == "crossing":
            return np.zeros_like(u)
        rate = self.strength
        if self.contact == "segments":
            rate = -np.log1p(-min(self.strength, 1 - 1e-15)) / segment
        waiting: FloatArray = -np.log1p(-u) / rate
        return waiting


@dataclass(frozen=True, slots=True)
class Tally:
    """Touched pairs by what their probability depends on.

    Parameters
    ----------
    touched
        Number of touched pairs.
    value, pairs
        (bins,) mean length inside (or segment ends inside), and how many pairs have it.
    """

    touched: int
    value: FloatArray
    pairs: FloatArray

    @classmethod
    def of(cls, touching: Touching, contact: Contact) -> Tally:
        """Go through all targets once."""
        bins = BINS_PER_OCTAVE * OCTAVES
        pairs, sums, touched = np.zeros(bins), np.zeros(bins), 0
        targets = len(touching.radius)
        for start in range(0, targets, BLOCK):
            block = touching.block(start, min(start + BLOCK, targets))
            touched += len(block.sources)
            value = block.length if contact == "length" else block.number.astype(np.float64)
            if contact == "segments":
                place = np.minimum(block.number, bins - 1)
            else:
                octave = np.log2(np.maximum(value, SHORTEST) / SHORTEST)
                place = np.minimum((octave * BINS_PER_OCTAVE).astype(np.int64), bins - 1)
            pairs += np.bincount(place, minlength=bins)
            sums += np.bincount(place, value, bins)
        filled = pairs > 0
        return cls(touched, sums[filled] / pairs[filled], pairs[filled])

    def edges(self, law: ContactLaw) -> float:
        """Return the expected number of edges."""
        if law.contact == "crossing":
            return law.strength * self.touched
        p = law.probability(self.value, self.value)
        return float((p * self.pairs).sum())

    def solve(self, contact: Contact, mean_degree: float, projection: Projection) -> ContactLaw:
        """Return the law whose expected mean in-degree is the wanted one.

        Raises
        ------
        DegreeError
            So many pairs are not touched; says the largest degree that can be reached.
        """
        targets = len(projection.target)
        wanted = mean_degree * targets
        reachable = (
            float(self.pairs[self.value > 0].sum()) if contact != "crossing" else self.touched
        )
        if wanted > reachable * (1 - NEARLY_ALL if contact != "crossing" else 1):
            largest = reachable / max(targets, 1)
            raise DegreeError(
                f"projection {projection.name}: a mean in-degree of {mean_degree:g} cannot be "
                f"reached; {largest:.6g} axons enter a dendritic disc on average",
                reachable=largest * (1 - 2 * NEARLY_ALL) if contact != "crossing" else largest,
                hint="grow longer axons or wider dendrites, add source cells, or take the largest "
                "with unreachable_degree: largest",
            )
        if contact == "crossing":
            return ContactLaw(contact, wanted / reachable if reachable else 0.0)
        low, high = 0.0, 1.0
        if contact == "length":
            while self.edges(ContactLaw(contact, high)) < wanted and high < 1e12:
                high *= 2
        while high - low > PRECISION * high:
            middle = 0.5 * (low + high)
            if self.edges(ContactLaw(contact, middle)) < wanted:
                low = middle
            else:
                high = middle
        return ContactLaw(contact, high)
