"""Which content a configuration of a culture and its seed stand for."""

from __future__ import annotations

from livn_core.culture.config import Culture2DConfig
from livn_core.culture.covering import narrow
from livn_core.run.provenance import SCHEME
from livn_core.sampling.pair_weights import FEW_PAIRS

__all__ = ["scheme"]


def scheme(config: Culture2DConfig) -> int:
    """Return 1, and one more for each change of the content since cultures were first made.

    Cells with factors of their degrees are cut into other bins since, and the amplitude of distances
    in space over many pairs was too small; cells of narrow regions are proposed over tiles of them.
    """
    populations = config.populations.values()
    factors = any(p.in_degree is not None or p.out_degree is not None for p in populations)
    counts = config.counts()
    in_space = any(
        p.distance == "space" and counts[p.source] * counts[p.target] > FEW_PAIRS
        for p in config.projections()
    )
    covered = config.region is not None and any(map(narrow, config.region.parts))
    return SCHEME + (factors or in_space) + int(covered)
