"""What the stored distances of a projection mean, and what they should then be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livn_core.system.reader import EdgeSlab, System
from livn_core.verify.documents import stated_distance
from livn_core.verify.specification import Specification
from livn_core.verify.verdicts import Audit

__all__ = ["Measure", "measure_of"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measure:
    """What stored distances should be.

    Parameters
    ----------
    what
        In words.
    sources, targets
        (n, k) places, um.
    along
        The sum of the steps along the axes, not the length of the straight line.
    """

    what: str
    sources: FloatArray
    targets: FloatArray
    along: bool = False

    def due(self, slab: EdgeSlab) -> FloatArray:
        """Return the distance of each edge, (edges,) um."""
        step = self.sources[slab.sources] - self.targets[slab.targets]
        away: FloatArray = (
            np.abs(step).sum(axis=1) if self.along else np.sqrt((step * step).sum(axis=1))
        )
        return away


def measure_of(
    audit: Audit,
    system: System,
    specification: Specification,
    located: dict[str, FloatArray],
    source: str,
    target: str,
) -> Measure | None:
    """Return what the stored distances of a projection are; None where positions do not tell."""
    if source not in located or target not in located:
        return None
    ends = located[source], located[target]
    if specification.layered is not None:
        return Measure("|du| + |dv| of the arc distances", *ends, along=True)
    culture, pair = specification.culture, (source, target)
    if culture is not None and set(pair) <= set(culture.populations):
        distance = culture.projection(source, target).distance
    else:
        distance = stated_distance(system.graph, source, target)
    if distance == "plane":
        return Measure("distance in the plane", ends[0][:, :2], ends[1][:, :2])
    if distance == "space":
        return Measure("distance in space", *ends)
    audit.note(f"{source}->{target}: its distances are no soma distances but '{distance}'")
    return None
