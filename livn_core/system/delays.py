"""Delays of connections: what a system's documents say of them, worked out from stored distances.

delay = distance / (velocity x factor) + fixed: conduction along the axon, whose factor belongs to the
source cell, and a synaptic part. No file of a system holds delays; the distance stays a length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.neuroh5.names import CULTURE, VELOCITY_FACTOR
from livn_core.system.summary import projection_rules

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = ["LIVN_VELOCITY", "Delay", "delay_of", "delay_range"]

#: What the simulator livn divides distances by, whatever a system says, um/ms.
LIVN_VELOCITY = 250.0


@dataclass(frozen=True, slots=True)
class Delay:
    """The delays of a projection.

    Parameters
    ----------
    velocity
        um/ms.
    fixed
        ms.
    factor
        (sources,) factor of the velocity of each source cell; None for 1.
    """

    velocity: float
    fixed: float = 0.0
    factor: NDArray[np.float32] | None = None

    def of(self, sources: NDArray[Any], distances: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the delays of edges, (n,) ms.

        Parameters
        ----------
        sources, distances
            (n,) source cells relative to their population, and um.

        Examples
        --------
        >>> Delay(400.0, 0.3).of(np.array([0]), np.array([200.0], np.float32)).tolist()
        [0.800000011920929]
        """
        velocity: Any = np.float32(self.velocity)
        if self.factor is not None:
            velocity = velocity * self.factor[sources]
        delays: NDArray[np.float32] = (distances / velocity + np.float32(self.fixed)).astype(
            np.float32
        )
        return delays


def delay_of(system: System, source: str, target: str) -> Delay | None:
    """Return the delays of a projection; None where the system says nothing of them."""
    said = projection_rules(system.graph).get((source, target), {}).get("delay")
    if not isinstance(said, Mapping):
        return None
    factor = system.attributes(source, CULTURE)[VELOCITY_FACTOR] if said.get("cv") else None
    return Delay(float(said["velocity"]), float(said["fixed"]), factor)


def delay_range(system: System, source: str, target: str) -> dict[str, float] | None:
    """Return ``mean``, ``min`` and ``max`` of a projection's delays, ms; None where there are none."""
    delay, edges = delay_of(system, source, target), system.edge_count(source, target)
    if delay is None or not edges:
        return None
    total, least, most = 0.0, np.inf, 0.0
    for slab in system.edges(source, target, columns=("distance",)):
        if len(slab):
            delays = delay.of(slab.sources, slab.columns["distance"])
            total += float(delays.sum(dtype=np.float64))
            least, most = min(least, float(delays.min())), max(most, float(delays.max()))
    return {"mean": total / edges, "min": least, "max": most}
