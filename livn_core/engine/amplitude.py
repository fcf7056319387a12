"""The amplitude A at which p(d) = min(1, A k(d)) has the wanted mean in-degree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livn_core.components import FloatArray, RadialKernel
from livn_core.engine.law import Law
from livn_core.engine.projection import Projection
from livn_core.errors import DegreeError

__all__ = ["Amplitude", "solve_amplitude"]

#: No amplitude beyond this: a pair whose weight is below its inverse counts as unreachable.
LARGEST_AMPLITUDE = 1e300


@dataclass(frozen=True, slots=True)
class Amplitude:
    """The amplitude of a projection, and how well it is known.

    Parameters
    ----------
    value
        A in p(d) = min(1, A k(d)).
    expected_degree
        Expected mean in-degree with that A, after clip, cutoff and self-exclusion.
    method
        ``"direct"`` (every pair) or ``"grid"``.
    relative_error
        Estimated relative error of ``expected_degree``.
    """

    value: float
    expected_degree: float
    method: str
    relative_error: float


def solve_amplitude(
    projection: Projection,
    kernel: RadialKernel,
    *,
    cutoff: float | None = None,
    min_probability: float | None = None,
) -> Amplitude:
    """Return the amplitude that gives the projection's ``mean_degree``.

    Parameters
    ----------
    projection
        Positions and the wanted mean in-degree.
    kernel
        k(d).
    cutoff
        k = 0 beyond, um; None for no cutoff.
    min_probability
        Pairs with a smaller p are dropped.

    Raises
    ------
    DegreeError
        No amplitude reaches that degree; says the largest reachable value.
    """
    wanted = projection.mean_degree
    targets = len(projection.target_positions)
    if wanted == 0 or targets == 0:
        return Amplitude(0.0, 0.0, "direct", 0.0)
    law = Law(kernel, cutoff, min_probability)
    weights = _direct_weights(projection, law)

    def degree(value: float) -> float:
        return float(law.clip(value * weights).sum()) / targets

    reachable = degree(LARGEST_AMPLITUDE)
    if wanted > reachable * (1 + 1e-12):
        raise _unreachable(projection, reachable)
    low, high = 0.0, 1.0
    while degree(high) < min(wanted, reachable):
        low, high = high, high * 4
    for _ in range(100):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        if degree(middle) < min(wanted, reachable):
            low = middle
        else:
            high = middle
    return Amplitude(high, degree(high), "direct", 1e-12)


def _direct_weights(projection: Projection, law: Law) -> FloatArray:
    """Return k(d) > 0 of every pair that may connect."""
    sources, targets = projection.source_positions, projection.target_positions
    rows = max(1, 1_000_000 // max(1, len(sources)))
    kept = []
    for start in range(0, len(targets), rows):
        block = targets[start : start + rows]
        dx = block[:, :1] - sources[None, :, 0]
        dy = block[:, 1:2] - sources[None, :, 1]
        weights = law.weight(np.sqrt(dx * dx + dy * dy).ravel()).reshape(dx.shape)
        if projection.recurrent and not projection.allow_autapses:
            here = np.arange(len(block))
            weights[here, start + here] = 0.0
        kept.append(weights[weights > 0])
    return np.concatenate(kept) if kept else np.empty(0)


def _unreachable(projection: Projection, reachable: float) -> DegreeError:
    return DegreeError(
        f"projection {projection.name}: a mean in-degree of {projection.mean_degree:g} cannot be "
        f"reached; the largest, with every probability at 1, is {reachable:.6g}",
        reachable=reachable,
        hint="lower mean_degree, raise the cutoff, add source cells, or take the largest with "
        "unreachable_degree: largest",
    )
