"""The axons of some cells, for a picture: grown again, as many as can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.axons.regrown import Regrown, regrown
from livn_core.errors import LivnError
from livn_core.plotting.facts import read_kernels
from livn_core.sampling.streams import stream

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = ["AxonSample", "axons_of", "paleness", "sample_axons", "visible_axons"]

#: Axons as long as the culture is wide among which cells can still be seen.
MOST_ACROSS = 100
#: Largest number of points, whatever their segments.
MOST_POINTS = 1_000_000


@dataclass(frozen=True, slots=True)
class AxonSample:
    """Some of the ``total`` axons of a system.

    ``gids`` are those of their cells, ascending; ``paths``, (points, 2) um each, lead from the soma over
    what was grown to the tip. ``why`` says why there are none although axons grew.
    """

    gids: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    paths: Sequence[NDArray[np.float32]] = ()
    total: int = 0
    why: str = ""

    def __len__(self) -> int:
        return len(self.paths)


def visible_axons(width: float, length: float) -> int:
    """Return how many axons can be told apart, by the width of the culture and their length, um."""
    return int(min(MOST_ACROSS * max(width / length, 1.0), 500))


def paleness(axons: int) -> float:
    """Return the opacity of so many axons."""
    return float(np.clip(8 / np.sqrt(max(axons, 1)), 0.3, 0.7))


def sample_axons(system: System, size: int | None = None, *, seed: int = 0) -> AxonSample:
    """Draw ``size`` axons, or as many as can be told apart; none of a system without axons.

    ``seed`` keys the choice: equal systems give equal samples.
    """
    grown = _grown(system)
    if isinstance(grown, AxonSample):
        return grown
    total = sum(grown.cells.values())
    length = grown.mean_length()
    if size is None:
        low, high = system.bounds()
        size = visible_axons(float((high - low)[:2].max()), length)
    segment = min(
        rule.growth_of(grown.culture.cells[name]).segment for name, rule in grown.rules.items()
    )
    size = min(size, total, max(int(MOST_POINTS * segment / length), 1))
    gids = np.concatenate([_gids(system, name) for name in grown.cells])
    chosen = np.sort(stream(seed, "axon sample").choice(total, size, replace=False))
    return _sampled(system, grown, gids[chosen])


def axons_of(system: System, gids: Sequence[int]) -> AxonSample:
    """Return the axons of those cells that have one, by gid."""
    grown = _grown(system)
    if isinstance(grown, AxonSample):
        return grown
    return _sampled(system, grown, np.unique(np.asarray(gids, np.int64)))


def _grown(system: System) -> Regrown | AxonSample:
    """Return all axons as they grew, or the sample of none."""
    why = ""
    if any(kernel.rule == "axon" for kernel in read_kernels(system).values()):
        try:
            return regrown(system)
        except LivnError as error:
            why = error.message
    return AxonSample(why=why)


def _gids(system: System, population: str) -> NDArray[np.int64]:
    owner = system.population(population)
    return np.arange(owner.start, owner.start + owner.count)


def _sampled(system: System, grown: Regrown, gids: NDArray[np.int64]) -> AxonSample:
    found: list[NDArray[Any]] = []
    paths: list[NDArray[np.float32]] = []
    for name in grown.cells:
        mine = np.intersect1d(gids, _gids(system, name))
        if not len(mine):
            continue
        own = mine - system.population(name).start
        axons = grown.axons(name, own)
        somata = grown.culture.cells[name].positions[own, :2].astype(np.float32)
        paths += [
            np.concatenate([soma[None], axons.points[first:stop]])
            for soma, first, stop in zip(somata, axons.first[:-1], axons.first[1:], strict=True)
        ]
        found.append(mine)
    return AxonSample(np.concatenate([gids[:0], *found]), paths, sum(grown.cells.values()))
