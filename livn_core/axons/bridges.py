"""Axons that lead from one module of a culture to another: which cells send them, and their way.

As in Yamamoto, Spitzner et al. (Science Advances 9, eade1755, 2023): so many cells of a module, those
nearest its centre, send their axons to each neighbouring module, headed within an angle of its centre
until they are inside.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.sampling.streams import stream

if TYPE_CHECKING:
    from livn_core.culture.region import Part, Region
    from livn_core.sampling.projection import Culture

__all__ = ["BridgePlan", "Bridges", "channel_ways", "neighbours", "plan_bridges"]

Int = NDArray[np.int64]


@dataclass(frozen=True)
class Bridges:
    """The bridges among the axons of a population.

    Parameters
    ----------
    links
        Cell -> (module, module) that its axon leads from and to.
    aim
        (cells,) number of the module that it leads to; -1 for an axon that is free.
    leg_first, legs
        (cells + 1,), (legs, 2) um: the points that each is led to, one after the other.
    passes
        (cells,) whether it passes walls until it has arrived.
    ring_first, rings
        (modules + 1,), (walls, 4) um: the walls of each module.
    angle
        Farthest that a heading is from the direction to the next point, rad.
    """

    links: Mapping[int, tuple[str, str]]
    aim: Int
    leg_first: Int
    legs: FloatArray
    passes: NDArray[np.bool_]
    ring_first: Int
    rings: FloatArray
    angle: float

    @classmethod
    def none(cls, cells: int) -> Bridges:
        """Return what a population without bridges has."""
        return cls(
            {}, np.full(cells, -1), np.zeros(cells + 1, np.int64), np.empty((0, 2)),
            np.zeros(cells, bool), np.zeros(1, np.int64), np.empty((0, 4)), 0.0,
        )  # fmt: skip

    def of(self, cells: Int) -> Bridges:
        """Return those of some cells, ascending, by their place among these."""
        if len(cells) == len(self.aim):
            return self
        counts = np.diff(self.leg_first)[cells]
        first = np.concatenate([[0], np.cumsum(counts)])
        leg = np.arange(first[-1]) + np.repeat(self.leg_first[cells] - first[:-1], counts)
        links = {
            at: self.links[cell] for at, cell in enumerate(cells.tolist()) if cell in self.links
        }
        return replace(
            self, links=links, aim=self.aim[cells], leg_first=first, legs=self.legs[leg],
            passes=self.passes[cells],
        )  # fmt: skip

    def loops(self) -> tuple[Any, ...]:
        """Return the arrays as the compiled loops take them."""
        return (
            self.aim, self.leg_first, self.legs, self.passes, self.ring_first, self.rings, self.angle,
        )  # fmt: skip


@dataclass(frozen=True)
class BridgePlan:
    """The bridges of a culture.

    Parameters
    ----------
    bridges
        Population -> its own.
    wanted
        (module, module) -> number that was asked for, where it is above 0.
    lacking
        (module, module) -> how many of them have no cell to come from.
    """

    bridges: Mapping[str, Bridges]
    wanted: Mapping[tuple[str, str], int]
    lacking: Mapping[tuple[str, str], int]


def channel_ways(region: Region) -> dict[tuple[int, int], list[FloatArray]]:
    """Return (module, module) -> the middles of the two mouths, (2, 2) um, of each channel between."""
    found: dict[tuple[int, int], list[FloatArray]] = {}
    pieces, joined = len(region.parts), region.openings
    if joined is None:
        return found
    middles = 0.5 * (joined.doors[:, :2] + joined.doors[:, 2:])
    for channel in range(pieces, pieces + len(region.channels)):
        mouths = np.flatnonzero((joined.parts == channel).any(axis=1))
        for a, b in itertools.permutations(mouths.tolist(), 2):
            link = int(joined.parts[a].min()), int(joined.parts[b].min())
            if link[0] != link[1] and max(link) < pieces:
                found.setdefault(link, []).append(middles[[a, b]])
    return found


def neighbours(region: Region) -> list[tuple[int, int]]:
    """Return the pairs of modules next to each other.

    Where there are channels, those that one joins. Else those between whose centres no third one lies: none is within the circle around the middle of the
    two (Gabriel and Sokal 1969, Systematic Zoology 18, 259).
    """
    if ways := channel_ways(region):
        return sorted({(min(link), max(link)) for link in ways})
    centres = np.stack([_centre(part) for part in region.parts])
    found = []
    for i, j in itertools.combinations(range(len(centres)), 2):
        middle = 0.5 * (centres[i] + centres[j])
        radius = 0.5 * np.hypot(*(centres[i] - centres[j]))
        away = np.hypot(*(np.delete(centres, [i, j], axis=0) - middle).T)
        if (away > radius * (1 + 1e-9)).all():
            found.append((i, j))
    return found


def plan_bridges(
    culture: Culture,
    bridges: int | Mapping[str, int],
    *,
    start: Literal["centre", "random"],
    aim: float,
) -> BridgePlan:
    """Return which cells send a bridge, and where to; cells have modules.

    Parameters
    ----------
    bridges
        A number for each neighbour, or ``"A1->A2"`` to number with ``default`` for the other
        neighbours, without one 0.
    start
        From the cells nearest the module's centre, or from any.
    aim
        Farthest that a heading is from the direction to the aim, degrees.
    """
    region: Region = culture.region
    wanted = _wanted(bridges, region)
    names = sorted(culture.growing)
    modules = [culture.cells[name].modules for name in names]
    module = np.concatenate([np.empty(0, np.int64) if m is None else m for m in modules])
    places = np.concatenate([culture.cells[name].positions[:, :2] for name in names])
    chosen = np.full(len(module), -1)
    lacking: dict[tuple[str, str], int] = {}
    for source, part in enumerate(region.parts):
        links = {target: number for (own, target), number in wanted.items() if own == source}
        own = np.flatnonzero(module == source)
        if start == "random":
            own = stream(culture.seed, "bridges", part.name).permutation(own)
        else:
            own = own[np.argsort(np.hypot(*(places[own] - _centre(part)).T), kind="stable")]
        # In turn, so that no neighbour gets the farther cells.
        turns = np.concatenate([np.arange(number) for number in [*links.values(), 0]])
        order = np.argsort(turns, kind="stable")
        targets = np.repeat([*links, 0], [*links.values(), 0])[order]
        chosen[own[: len(targets)]] = targets[: len(own)]
        for target in targets[len(own) :].tolist():
            link = part.name, region.parts[target].name
            lacking[link] = lacking.get(link, 0) + 1
    ends = np.cumsum([len(culture.cells[name]) for name in names])
    cut = [np.split(each, ends[:-1]) for each in (places, module, chosen)]
    made = {
        name: _led(region, own, start_module, target, np.radians(aim))
        for name, own, start_module, target in zip(names, *cut, strict=True)
    }
    named = {(region.parts[i].name, region.parts[j].name): n for (i, j), n in wanted.items()}
    return BridgePlan(made, named, lacking)


def _wanted(bridges: int | Mapping[str, int], region: Region) -> dict[tuple[int, int], int]:
    """Return (module, module) -> number of bridges, where there are any."""
    named = bridges if isinstance(bridges, Mapping) else {"default": bridges}
    number = {name: at for at, name in enumerate(region.modules)}
    found: dict[tuple[int, int], int] = {}
    for i, j in neighbours(region):
        found[i, j] = found[j, i] = named.get("default", 0)
    for key, count in named.items():
        if key != "default":
            source, target = key.split("->")
            found[number[source], number[target]] = count
    return {link: count for link, count in sorted(found.items()) if count}


def _led(region: Region, places: FloatArray, module: Int, target: Int, angle: float) -> Bridges:
    """Return the bridges of a population's cells: (cells,) module, and aim or -1."""
    names, ways = region.modules, channel_ways(region)
    rings = [
        np.concatenate([np.column_stack([ring, np.roll(ring, -1, axis=0)]) for ring in part])
        for part in region.outline()
    ]
    centres = [_centre(part) for part in region.parts]
    legs: list[FloatArray] = []
    first, passes = np.zeros(len(module) + 1, np.int64), np.zeros(len(module), bool)
    led = np.flatnonzero(target >= 0).tolist()
    for cell in led:
        channels = ways.get((int(module[cell]), int(target[cell])), [])
        if channels:
            # Through the nearest mouth; straight over the gap where there is no channel.
            away = [np.hypot(*(places[cell] - enter)) for enter, _ in channels]
            legs += list(channels[int(np.argmin(away))])
        passes[cell] = not channels
        legs.append(centres[target[cell]])
        first[cell + 1] = 3 if channels else 1
    return Bridges(
        {cell: (names[module[cell]], names[target[cell]]) for cell in led},
        target.astype(np.int64),
        np.cumsum(first),
        np.array(legs).reshape(-1, 2),
        passes,
        np.concatenate([[0], np.cumsum([len(walls) for walls in rings])]),
        np.concatenate(rings),
        float(angle),
    )


def _centre(part: Part) -> FloatArray:
    """Return the centroid of a part's outline, (2,) um."""
    ring = part.outline()[0]
    x, y = (ring - ring[0]).T
    after_x, after_y = np.roll(x, -1), np.roll(y, -1)
    twice = x * after_y - after_x * y
    both = np.array([((x + after_x) * twice).sum(), ((y + after_y) * twice).sum()])
    centre: FloatArray = ring[0] + both / (3 * twice.sum())
    return centre
