"""Which content a configuration of a culture and its seed stand for."""

from __future__ import annotations

from livn_core.culture.config import Culture2DConfig
from livn_core.run.provenance import SCHEME
from livn_core.sampling.pair_weights import FEW_PAIRS

__all__ = ["scheme"]


def scheme(config: Culture2DConfig) -> int:
    """Return 2 where the content has changed since cultures were first made, else 1.

    Cells with factors of their degrees are cut into other bins since; and the amplitude of distances
    in space over many pairs was too small.
    """
    populations = config.populations.values()
    factors = any(p.in_degree is not None or p.out_degree is not None for p in populations)
    counts = config.counts()
    in_space = any(
        p.distance == "space" and counts[p.source] * counts[p.target] > FEW_PAIRS
        for p in config.projections()
    )
    return SCHEME + (factors or in_space)
