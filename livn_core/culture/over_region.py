"""Positions that the culture draws itself, over a region whose placement is uniform.

All cells are one sequence from one stream, and populations are dealt to it in an order of their own:
no population gets the places that the others left. A cell belongs to a *group*, which is a module and
in it a cluster or none; the number of cells of each group is fixed first, so that it is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.components import PositionStream
from livn_core.culture.covering import Covering, covering, inset
from livn_core.culture.density import Gradient
from livn_core.culture.modules import cells_in_modules
from livn_core.culture.packing import coverage, first_that_fit, most_proposals, pack, stored
from livn_core.culture.region import Part, Region
from livn_core.culture.spread import ClustersConfig
from livn_core.errors import PlacementError

__all__ = ["Drawn", "RegionDrawing"]

FloatArray = NDArray[np.float64]

#: Proposals a centre of a cluster before there is no room for it.
PATIENCE = 10_000


@dataclass(frozen=True, slots=True)
class Drawn:
    """Positions of a population.

    Parameters
    ----------
    plane
        (n, 2) float64 um, each a float32 value.
    modules, clusters
        (n,) number of each cell's module, and of its cluster from 1, 0 for none.
    """

    plane: FloatArray
    modules: NDArray[np.uint16]
    clusters: NDArray[np.uint32]


@dataclass(frozen=True)
class RegionDrawing:
    """What is asked of the positions.

    Parameters
    ----------
    region
        Where they may be.
    shares
        Population -> module -> share; empty where there is but one module.
    spacing, margin
        Least distances of somata from each other and from walls, um; 0 for none.
    clusters, gradient
        Where it is dense.
    """

    region: Region
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    spacing: float = 0.0
    margin: float = 0.0
    clusters: ClustersConfig | None = None
    gradient: Gradient | None = None

    def draw(
        self, counts: Mapping[str, int], stream: PositionStream
    ) -> tuple[dict[str, Drawn], dict[str, Any]]:
        """Return the positions of each population, and how they were found, as JSON values.

        Raises
        ------
        PlacementError
            There is no room.
        """
        numbers = self.cells_in_modules(counts)
        groups = _Groups(self, numbers.sum(axis=0), stream)
        points, owners, details = self._place(groups, stream)
        module, cluster = groups.module[owners], groups.cluster[owners]
        # Populations are dealt to the sequence, module by module.
        population = np.empty(len(module), np.int64)
        labels = stream("labels")
        for number in range(len(self.region.parts)):
            own = np.repeat(np.arange(len(counts)), numbers[:, number])
            population[module == number] = labels.permutation(own)
        drawn = {}
        for number, name in enumerate(counts):
            mine = population == number
            drawn[name] = Drawn(
                points[mine],
                module[mine].astype(np.uint16),
                cluster[mine].astype(np.uint32),
            )
        return drawn, details

    def cells_in_modules(self, counts: Mapping[str, int]) -> NDArray[np.int64]:
        """Return the cells of each population in each module, (populations, modules)."""
        if len(self.region.parts) == 1:
            return np.array([[count] for count in counts.values()])
        return cells_in_modules(counts, self.shares)

    def _place(
        self, groups: _Groups, stream: PositionStream
    ) -> tuple[FloatArray, NDArray[np.int64], dict[str, Any]]:
        rng, cells = stream("positions"), int(groups.wanted.sum())
        if not self.spacing:
            return *first_that_fit(groups, groups.wanted, rng), {"algorithm": "independent"}
        covered = coverage(cells, self.spacing, self.region.area)
        points, owners, sweeps = pack(
            groups,
            groups.wanted,
            rng,
            spacing=self.spacing,
            bounds=self.region.bounds,
            covered=covered,
        )
        algorithm = "random sequential addition"
        details: dict[str, Any] = {"algorithm": algorithm, "coverage": round(covered, 4)}
        if sweeps:
            details["algorithm"] = f"{algorithm}, then sweeps and insertion"
            details["sweeps"] = sweeps
        return points, owners, details


class _Groups:
    """The groups of cells, and where each may be: the proposals of :mod:`packing`."""

    def __init__(
        self, drawing: RegionDrawing, cells: NDArray[np.int64], stream: PositionStream
    ) -> None:
        self._drawing = drawing
        boxes = np.stack([part.bounds for part in drawing.region.parts])
        self._low, self._extent = boxes[:, 0], boxes[:, 1] - boxes[:, 0]
        # What takes more proposals than there are to be is drawn where it can be, by the same law.
        every = max(int(cells.sum()), 1)
        self._rare = every / (2 * most_proposals(every, drawing.spacing))
        tiles = [self._covering(part) for part in drawing.region.parts]
        self._tiles = {number: each for number, each in enumerate(tiles) if each is not None}
        self.movable = drawing.clusters is None and drawing.gradient is None
        # (groups,): module, cluster from 1, and number of cells.
        self.module: NDArray[np.int64] = np.arange(len(cells))
        self.cluster: NDArray[np.int64] = np.zeros(len(cells), np.int64)
        self.wanted: NDArray[np.int64] = cells.astype(np.int64)
        self._centres = np.empty((0, 2))
        if drawing.clusters is not None:
            self._cluster(drawing.clusters, stream("clusters"))

    def _covering(self, part: Part) -> Covering | None:
        """Return tiles to draw a part's cells in, where of its box nearly nothing is of use."""
        margin = self._drawing.margin
        left = inset(part, margin, self._rare) if margin else None
        return left if left is not None and left.area else covering(Region([part]))

    def _cluster(self, clusters: ClustersConfig, rng: np.random.Generator) -> None:
        """Place the centres, and share the cells of each module among those in it."""
        self._centres = self._parents(clusters, rng)
        at = self._drawing.region.module_of(self._centres)
        module, cluster, wanted = [], [], []
        for number, cells in enumerate(self.wanted.tolist()):
            inside = np.flatnonzero(at == number) + 1
            alone = clusters.background if len(inside) else 1.0
            chances = np.full(len(inside), (1 - alone) / max(len(inside), 1))
            wanted.append(rng.multinomial(cells, [alone, *chances]))
            cluster.append(np.append(0, inside))
            module.append(np.full(len(inside) + 1, number))
        self.module, self.cluster, self.wanted = (
            np.concatenate(column) for column in (module, cluster, wanted)
        )

    def _parents(self, clusters: ClustersConfig, rng: np.random.Generator) -> FloatArray:
        """Return the centres, (count, 2) um: in the region, apart from each other."""
        modules = len(self._drawing.region.parts)
        areas = np.array([part.area for part in self._drawing.region.parts])
        found = np.empty((0, 2))
        for _ in range(PATIENCE * clusters.count):
            lacking = clusters.count - len(found)
            if not lacking:
                return found
            # Singly where each must be held against those before it.
            many = 1 if clusters.apart else 2 * lacking + 16
            group = rng.choice(modules, many, p=areas / areas.sum())
            points, usable = self._uniform(group, rng)
            points = points[usable][:lacking]
            if clusters.apart and len(found) and len(points):
                away = np.hypot(*(found - points[0]).T)
                points = points[: int(away.min() >= clusters.apart)]
            found = np.concatenate([found, points])
        raise PlacementError(
            f"no room was found for {clusters.count - len(found)} of {clusters.count} clusters that "
            f"are {clusters.apart:g} um apart",
            hint="take fewer clusters, or a smaller 'apart'",
        )

    def _uniform(
        self, module: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Return points that follow the gradient, and whether they are in their module, (n,)."""
        points = self._low[module] + self._extent[module] * rng.random((len(module), 2))
        for narrow, tiles in self._tiles.items():
            mine = np.flatnonzero(module == narrow)
            points[mine] = tiles.at(rng.random((len(mine), 3)))
        points = stored(points)
        usable = self._inside(points, module)
        gradient = self._drawing.gradient
        if gradient is not None:
            usable &= rng.random(len(points)) < gradient.weight(points)
        return points, usable

    def propose(
        self, groups: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Return a position for each entry, and whether it may be used."""
        module, cluster = self.module[groups], self.cluster[groups]
        points, usable = self._uniform(module, rng)
        clusters, bound = self._drawing.clusters, np.flatnonzero(cluster)
        if clusters is not None and len(bound):
            centres = self._centres[cluster[bound] - 1]
            if self._wide(clusters):
                near = _density(clusters, points[bound] - centres)
                usable[bound] = self._inside(points[bound], module[bound])
                usable[bound] &= rng.random(len(bound)) < near
                return points, usable
            away = _offsets(clusters, len(bound), rng)
            points[bound] = stored(centres + away)
            usable[bound] = self._inside(points[bound], module[bound])
        return points, usable

    def _wide(self, clusters: ClustersConfig) -> bool:
        """Whether clusters are so wide that nearly none of their cells would be in the region."""
        width = (clusters.sigma or 0.0) * np.sqrt(2) + (clusters.radius or 0.0)
        return self._drawing.region.area < self._rare * np.pi * width**2

    def group_at(self, points: FloatArray) -> NDArray[np.int64]:
        """Return the module that each point is in, far enough from walls; -1 for none."""
        region, margin = self._drawing.region, self._drawing.margin
        module = region.module_of(points)
        if margin:
            inside = np.flatnonzero(module >= 0)
            module[inside[region.distance(points[inside], margin) < margin]] = -1
        return module

    def may_hold(self, points: FloatArray, radius: float) -> NDArray[np.bool_]:
        """Return whether a cell may be within this radius of each point."""
        return self._drawing.region.contains(points, radius)

    def _inside(self, points: FloatArray, module: NDArray[np.int64]) -> NDArray[np.bool_]:
        return self.group_at(points) == module


def _density(clusters: ClustersConfig, away: FloatArray) -> FloatArray:
    """Return the density of a cluster at places away from its centre, (n,), of that at the centre."""
    squares = np.square(away).sum(axis=1)
    if clusters.sigma is not None:
        return np.exp(-0.5 * squares / clusters.sigma**2)
    return (squares <= (clusters.radius or 0.0) ** 2).astype(np.float64)


def _offsets(clusters: ClustersConfig, count: int, rng: np.random.Generator) -> FloatArray:
    """Return the way of a cell from its centre, (count, 2) um."""
    if clusters.sigma is not None:
        return clusters.sigma * rng.standard_normal((count, 2))
    share, turn = rng.random((count, 2)).T
    away = (clusters.radius or 0.0) * np.sqrt(share)
    return np.column_stack([away * np.cos(2 * np.pi * turn), away * np.sin(2 * np.pi * turn)])
