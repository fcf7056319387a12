"""Whether a pair becomes an edge: its threshold against the kernel's probability or rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray
from livn_core.sampling.probability import ConnectionProbability, broken_bound

__all__ = ["Acceptance", "Pairs"]

#: A kernel may exceed its bound by so much of rounding error in p.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs that may become edges, (n,) each.

    Parameters
    ----------
    distance
        float64, um.
    threshold
        float64: a pair is taken if its rate (or its probability, if direct) is above.
    bound
        float64: the bound on the rate (or the probability).
    direct
        Whether these pairs are decided one by one, and not proposed.
    """

    distance: FloatArray
    threshold: FloatArray
    bound: FloatArray
    direct: bool


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Decides on pairs.

    Parameters
    ----------
    law, amplitude
        p(d) = min(1, A k(d)).
    """

    law: ConnectionProbability
    amplitude: float

    def taken(self, pairs: Pairs) -> NDArray[np.bool_]:
        """Return which pairs become edges.

        Raises
        ------
        PluginError
            The kernel exceeds its own bound.
        """
        p = self.law.probability(self.amplitude, pairs.distance)
        threshold = pairs.threshold
        # -log(1 - p) lies between low and 1.03 low where pairs are proposed, as p is small there.
        low = p if pairs.direct else p * (1 + p * (0.5 + p / 3))
        beyond = low > pairs.bound * (1 + 1e-9) + ROUNDING
        if beyond.any():
            raise broken_bound(self.law, float(pairs.distance[np.argmax(beyond)]))
        taken = threshold < low
        if not pairs.direct:
            # The logarithm is needed only where that does not settle it.
            unsure = np.flatnonzero((threshold < 1.03 * low) & ~taken)
            taken[unsure] = threshold[unsure] < -np.log1p(-p[unsure])
        return np.asarray(taken)
