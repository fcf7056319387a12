"""What the stored distances of a projection mean, and what they should then be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.system.reader import EdgeSlab
from livn_core.verify.documents import graph_synapses

__all__ = ["SOMATA", "Measure", "stated_distance"]

FloatArray = NDArray[np.float64]

#: What distance means where it is that of the somata: in words, and how many axes count.
SOMATA = {"plane": ("distance in the plane", 2), "space": ("distance in space", 3)}


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
        away: FloatArray = np.linalg.norm(step, 1 if self.along else 2, axis=1)
        return away


def stated_distance(graph: dict[str, Any], source: str, target: str) -> str:
    """Return what graph.json says that distance means in a projection; ``plane`` if nothing."""
    try:
        details = graph_synapses(graph).get((source, target), {}).get("kernel")
    except (AttributeError, ValueError):
        return "plane"
    return str(details.get("distance", "plane")) if isinstance(details, dict) else "plane"
