"""The shares that the parts of a mixture kernel have of the connections that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from livn_core.plugins.kernels import kernel_in
from livn_core.system.summary import projection_rules

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = ["part_shares"]


def part_shares(system: System, source: str, target: str) -> list[dict[str, Any]] | None:
    """Return of each part its ``kernel``, and its share ``asked`` and ``realised``.

    A connection at distance d counts for part m with f_m k_m(d) / sum of all of them: which part it
    comes from is known no better. None where the kernel is no mixture, or not installed here.
    """
    details = projection_rules(system.graph).get((source, target), {})
    if not isinstance(details.get("parts"), list):
        return None
    weights = getattr(kernel_in(details), "weights", None)
    if weights is None:
        return None
    held = np.zeros(len(details["parts"]))
    for slab in system.edges(source, target, columns=("distance",)):
        parts = weights(slab.columns["distance"].astype(np.float64))
        whole = parts.sum(axis=0)
        # A float32 distance may lie beyond the last bit of a cutoff.
        held += (parts[:, whole > 0] / whole[whole > 0]).sum(axis=1)
    realised = held / max(held.sum(), 1e-300)
    return [
        {"kernel": part["kernel"], "asked": part["share"], "realised": float(share)}
        for part, share in zip(details["parts"], realised, strict=True)
    ]
