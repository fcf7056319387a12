"""The amplitude A at which p(d) = min(1, A k(d)) has the wanted mean in-degree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from livn_core.errors import DegreeError
from livn_core.sampling.edge_counts import ExpectedEdges, Guess, expected_edges
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.pair_weights import expected_pair_edges
from livn_core.sampling.projection import Projection

__all__ = ["Amplitude", "given_amplitude", "solve_amplitude", "total_weight"]

#: No amplitude beyond this: a pair whose weight is below its inverse counts as unreachable.
LARGEST_AMPLITUDE = 1e300


@dataclass(frozen=True, slots=True)
class Amplitude:
    """The amplitude of a projection, and how well it is known.

    Parameters
    ----------
    value
        A in p = min(1, A w).
    expected_degree
        Expected mean in-degree with that A, after clip, cutoff and self-exclusion.
    method
        As of :class:`~livn_core.sampling.edge_counts.ExpectedEdges`.
    relative_error
        Estimated relative error of ``expected_degree``.
    certain_share
        Share of the expected edges whose pairs have p = 1: no length scale decides on them.
    """

    value: float
    expected_degree: float
    method: str
    relative_error: float
    certain_share: float = 0.0


def solve_amplitude(law: PairLaw, mean_degree: float) -> Amplitude:
    """Return the amplitude that gives a mean in-degree of the target cells.

    Raises
    ------
    DegreeError
        No amplitude reaches that degree; says the largest reachable value.
    """
    sources, targets = len(law.projection.source), len(law.projection.target)
    if mean_degree == 0 or targets == 0:
        return Amplitude(0.0, 0.0, "direct", 0.0)
    wanted = min(mean_degree * targets, sources * targets)
    count = _count(law, lambda edges: _amplitude(edges, wanted))
    return _expected(_solve(law.projection, count, mean_degree), count, targets)


def given_amplitude(law: PairLaw, amplitude: float) -> Amplitude:
    """Return an amplitude that is given, with the mean in-degree that it leads to."""
    targets = len(law.projection.target)
    if amplitude == 0 or targets == 0:
        return Amplitude(amplitude, 0.0, "direct", 0.0)
    return _expected(amplitude, _count(law, lambda edges: amplitude), targets)


def total_weight(law: PairLaw) -> float:
    """Return the sum of the weights of all pairs, without autapses that are not allowed."""
    if not (len(law.projection.source) and len(law.projection.target)):
        return 0.0
    largest = float(law.kernel.bound(np.zeros(1), np.full(1, np.inf))[0]) * law.largest
    if largest == 0:
        return 0.0
    small = 1e-6 / largest  # nothing is clipped
    return _count(law, lambda edges: small).edges(small) / small


def _count(law: PairLaw, guess: Guess) -> ExpectedEdges:
    if law.plain:
        return expected_edges(law.projection, law.kernel, guess)
    return expected_pair_edges(law, guess)


def _expected(amplitude: float, count: ExpectedEdges, targets: int) -> Amplitude:
    edges = count.edges(amplitude)
    certain = min(count.certain(amplitude) / edges, 1.0) if edges > 0 else 0.0
    error = float(count.error(amplitude))
    return Amplitude(amplitude, edges / targets, count.method, error, certain)


def _solve(projection: Projection, count: ExpectedEdges, mean_degree: float) -> float:
    targets = len(projection.target)
    wanted = mean_degree * targets
    reachable = count.edges(LARGEST_AMPLITUDE)
    if wanted > reachable * (1 + max(1e-12, count.error(LARGEST_AMPLITUDE))):
        raise DegreeError(
            f"projection {projection.name}: a mean in-degree of {mean_degree:g} cannot "
            f"be reached; the largest, with every probability at 1, is {reachable / targets:.6g}",
            reachable=reachable / targets,
            hint="lower mean_degree, raise the cutoff, add source cells, or take the largest with "
            "unreachable_degree: largest",
        )
    value = _amplitude(count.edges, min(wanted, reachable))
    # Upwards to 40 bits: the last ones are noise, which differs between machines.
    mantissa, exponent = np.frexp(value)
    value = float(np.ldexp(np.ceil(np.ldexp(mantissa, 40)), exponent - 40))
    if count.method != "direct" and wanted >= reachable * (1 - 1e-6):
        # All that can be reached: what is known of the smallest weight is not exact enough.
        return LARGEST_AMPLITUDE
    if wanted >= reachable and not count.saturated(value):
        value *= 1 + 2.0**-39
    return value


def _amplitude(edges: Callable[[float], float], wanted: float) -> float:
    """Return the smallest amplitude with at least so many edges, or the largest there is."""
    low, high = 1.0 / LARGEST_AMPLITUDE, LARGEST_AMPLITUDE
    while True:
        # By ratio while they are far apart, then by halves down to neighbouring numbers.
        middle = float(np.sqrt(low) * np.sqrt(high)) if high > 2 * low else 0.5 * (low + high)
        if not low < middle < high:
            return high
        if edges(middle) < wanted:
            low = middle
        else:
            high = middle
