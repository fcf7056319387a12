"""The connectivity rule ``reach``: what a rule needs at least, with a law that verify can test."""

import numpy as np
from pydantic import Field
from scipy.spatial import cKDTree

from livn_core.components import ConnectivityRule, Connector
from livn_core.sampling.projection import Edges


class Reach(ConnectivityRule):
    """Cells closer than ``reach`` connect, each pair by itself with the same probability."""

    reach: float = Field(200.0, gt=0, description="largest length of a connection, um")
    p: float = Field(0.5, ge=0, le=1, description="probability of a connection within it")

    def connect(self, projection):
        return WithinReach(self, projection)


class WithinReach(Connector):
    def __init__(self, rule, projection):
        self.rule, self.projection, self.details = rule, projection, rule.model_dump()
        sources, targets = (
            cells.positions[:, :2] for cells in (projection.source, projection.target)
        )
        self.near = cKDTree(sources).query_ball_point(
            targets, 1.001 * rule.reach, return_sorted=True
        )
        self.expected_edges = self.probability(*self.pairs(0, len(targets))).sum()

    def pairs(self, start, stop):
        near = self.near[start:stop]
        targets = np.repeat(np.arange(start, stop), [len(sources) for sources in near])
        return targets, np.array([source for sources in near for source in sources], int)

    def probability(self, targets, sources):
        own = self.projection.recurrent and not self.projection.allow_autapses
        inside = self.projection.distances(targets, sources) <= self.rule.reach
        return self.rule.p * (inside & ~(own & (targets == sources)))

    def sources(self, start, stop):
        targets, sources = self.pairs(start, stop)
        kept = self.projection.uniform("reach", targets, sources) < self.probability(
            targets, sources
        )
        counts = np.bincount(targets[kept] - start, minlength=stop - start)
        return Edges(counts, sources[kept].astype(np.uint32))
