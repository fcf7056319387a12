"""What a connectivity rule is asked about: the cells of a culture, a projection, a block of its edges."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.philox import PAIR, philox, unit
from livn_core.sampling.streams import key64, stream

__all__ = ["Cells", "Culture", "Edges", "Projection", "bounds"]

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Edges:
    """Edges onto consecutive targets, target-major.

    Parameters
    ----------
    counts
        (targets,) int64: in-degree of each target of the block.
    sources
        (edges,) uint32: source cells relative to their population's first gid, ascending within a
        target.
    distances
        (edges,) float32, um: what ``Connections/distance`` is to hold. None: the engine works out
        the distance of the somata, in the plane or in space as the projection says.
    """

    counts: NDArray[np.int64]
    sources: NDArray[np.uint32]
    distances: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a population.

    Parameters
    ----------
    name
        Of the population.
    positions
        (n, 3) float64, um; rounded to the float32 values that the file holds, so that the law that
        was sampled can be checked from the file.
    modules
        (n,) uint16 number of each cell's module; None where the culture has none.
    attributes
        What else is known of each cell: name -> (n,).
    neurites
        How its axons and dendrites grow, where that differs from the rule's own parameters.
    """

    name: str
    positions: NDArray[np.float64]
    modules: NDArray[np.uint16] | None = None
    attributes: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    neurites: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.positions)

    def values(self, name: str) -> NDArray[Any]:
        """Return (n,) values of an attribute: ``in_degree``, say."""
        return self.attributes[name]


class Culture:
    """Everything that the rules of all projections share.

    Parameters
    ----------
    cells
        Population name -> its cells.
    seed
        The system's seed.
    region
        Where the somata may be; None for the open plane.
    walls
        How its walls bound axons and dendrites; None where they do not.
    growing
        Populations whose axons grow; None for all.
    """

    def __init__(
        self,
        cells: Mapping[str, Cells],
        seed: int = 0,
        region: Any = None,
        *,
        walls: Any = None,
        growing: Collection[str] | None = None,
    ) -> None:
        self.cells, self.seed, self.region, self.walls = cells, seed, region, walls
        self.growing = frozenset(cells if growing is None else growing)
        self._made: dict[Any, Any] = {}
        self._locks: dict[Any, threading.Lock] = {}
        self._lock = threading.Lock()

    def once(self, key: Any, make: Callable[[], Made]) -> Made:
        """Return what ``make()`` returned the first time that anybody asked for this key.

        For what belongs to cells and not to a projection, such as grown axons. Thread-safe; other
        keys need not wait. Its ``nbytes``, where it has any, count once in the plan.
        """
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._made:
                self._made[key] = make()
            made: Made = self._made[key]
        return made

    @property
    def nbytes(self) -> int:
        """Bytes of everything that was made once."""
        return sum(int(getattr(made, "nbytes", 0)) for made in list(self._made.values()))


@dataclass(frozen=True, slots=True)
class Projection:
    """All edges from one source to one target population.

    Parameters
    ----------
    culture
        What all projections share.
    source, target
        The cells; the same ones for a recurrent projection.
    allow_autapses
        Whether a cell may connect to itself.
    distance
        What distance means: ``plane`` or ``space`` (between somata), or what else the rule declares.

    Examples
    --------
    >>> import numpy as np
    >>> cells = Cells("EXC", np.array([[0.0, 0, 0], [3, 4, 0]]))
    >>> Projection.within(cells, seed=1).name
    'EXC->EXC'
    """

    culture: Culture
    source: Cells
    target: Cells
    allow_autapses: bool = False
    distance: str = "plane"

    @classmethod
    def within(
        cls, source: Cells, target: Cells | None = None, *, seed: int = 0, **settings: Any
    ) -> Projection:
        """Return a projection in a culture of its own; of one population where no target is given."""
        target = source if target is None else target
        culture = Culture({source.name: source, target.name: target}, seed)
        return cls(culture, source, target, **settings)

    @property
    def name(self) -> str:
        """``"EXC->INH"``."""
        return f"{self.source.name}->{self.target.name}"

    @property
    def recurrent(self) -> bool:
        """Whether source and target are the same cells."""
        return self.source.name == self.target.name

    @property
    def seed(self) -> int:
        """The system's seed."""
        return self.culture.seed

    @property
    def key(self) -> int:
        """Unsigned 64-bit key of the projection's counter-based random numbers."""
        return key64(self.seed, "edges", self.name)

    def uniform(
        self, purpose: str, targets: NDArray[Any], sources: NDArray[Any]
    ) -> NDArray[np.float64]:
        """Return a random number in [0, 1) for each pair ``(targets[i], sources[i])``, (n,).

        It belongs to the purpose and to the pair alone: whoever asks, whenever, gets the same.
        """
        key = key64(self.seed, "pairs", purpose, self.name)
        return unit(philox(np.asarray(sources), PAIR, np.asarray(targets), key)[0])

    def stream(self, target: int) -> np.random.Generator:
        """Return the random stream of one target cell (relative to its population).

        Making one takes some ten microseconds: for rules that are asked about few targets.
        """
        return stream(self.seed, "edges", self.name, target)

    def distances(
        self, targets: NDArray[Any], sources: NDArray[Any], *, space: bool | None = None
    ) -> NDArray[np.float64]:
        """Return the distance of the somata of each pair, (n,) um, in the plane or in space."""
        space = self.distance == "space" if space is None else space
        away = self.target.positions[targets] - self.source.positions[sources]
        squared = away[:, 0] * away[:, 0] + away[:, 1] * away[:, 1]
        if space:
            squared += away[:, 2] * away[:, 2]
        return np.sqrt(squared)


def bounds(projection: Projection) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower corner and the extent, (2,) um each, of sources and targets in the plane."""
    # Column by column: many times as fast as along the rows.
    columns = [
        [cells.positions[:, axis] for cells in (projection.source, projection.target)]
        for axis in (0, 1)
    ]
    low = np.array([min(float(cells.min()) for cells in both) for both in columns])
    high = np.array([max(float(cells.max()) for cells in both) for both in columns])
    return low, high - low
