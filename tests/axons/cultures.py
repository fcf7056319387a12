"""Cultures over regions with walls, and what can be seen of their axons."""

import numpy as np

from livn_core.culture.parts import WallsConfig
from livn_core.culture.region import Part
from livn_core.plugins.registry import registry
from livn_core.sampling.projection import Cells, Culture, Projection


def rectangle(x, y, wide, high, **more):
    corners = np.array([[0.0, 0], [wide, 0], [wide, high], [0, high]])
    return Part(corners + np.array([x, y]), **more)


def tracks(number=5, width=300.0, gap=300.0, length=3000.0):
    """Valleys along x without ridges, as the placement has them."""
    extent = [length, number * width + (number - 1) * gap]
    settings = {"extent": extent, "width": width, "gap": gap, "ridges": False}
    return registry().create("placement", "tracks", settings).region()


def culture(region, count, *, seed=1, names=("E",), growing=None, **walls):
    """Return a culture of cells that are uniform over a region."""
    rng = np.random.default_rng(seed)
    low, high = region.bounds
    places = np.empty((0, 2))
    while len(places) < count:
        more = (low + (high - low) * rng.random((count, 2))).astype(np.float32).astype(float)
        places = np.concatenate([places, more[region.contains(more)]])
    parts = np.array_split(places[:count], len(names))
    cells = {
        name: Cells(
            name,
            np.column_stack([own, np.zeros(len(own))]),
            region.module_of(own).astype(np.uint16),
        )
        for name, own in zip(names, parts, strict=True)
    }
    return Culture(cells, seed, region, walls=WallsConfig(**walls), growing=growing)


def connect(some, source="E", target="E", distance="plane", **parameters):
    """Return the connector of a projection by the rule ``axon``."""
    rule = registry().create("connectivity", "axon", {"mean_degree": 15, **parameters})
    cells = some.cells
    return rule.connect(Projection(some, cells[source], cells[target], distance=distance))


def pairs(connector):
    """Return the targets and sources of all edges of a connector."""
    targets = len(connector._projection.target)
    edges = connector.sources(0, targets)
    return np.repeat(np.arange(targets), edges.counts), edges.sources.astype(np.int64)


def steps(axons):
    """Return begin and end of each segment, and whose it is."""
    points, cells = axons.points.astype(float), len(axons.first) - 1
    owner = np.repeat(np.arange(cells), np.diff(axons.first))
    own = owner[1:] == owner[:-1]
    return points[:-1][own], points[1:][own], owner[:-1][own]
