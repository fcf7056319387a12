"""Bounds on p(d) and on -log(1 - p(d)) that a table gives, so that k(d) is rarely asked for.

A pair with a threshold below the lower bound is an edge, one with a threshold above the upper bound
is none: only in between has the kernel itself to decide. The outcome is that of the kernel, bit for
bit; the table saves its evaluation, and lets compiled code decide for kernels in plain NumPy.
(The probability_bounds principle of rejection sampling: Marsaglia, Comput. Math. Appl. 3, 1977, 321-325.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livn_core.components import FloatArray
from livn_core.sampling.probability import MARGIN, ConnectionProbability, broken_bound

__all__ = ["EVALUATIONS", "SHIFT", "ProbabilityBounds"]

#: Intervals of the squared distance in each octave: the upper bits of the double's mantissa.
OCTAVE_BITS = 6
#: The bits of a double below exponent and those.
SHIFT = 52 - OCTAVE_BITS
#: Octaves of the squared distance below the largest; what is nearer is one interval.
OCTAVES = 40
#: Values of the kernel that a table takes: as many pairs are decided one by one as fast.
EVALUATIONS = 4 * (OCTAVES << OCTAVE_BITS)


@dataclass(frozen=True, slots=True)
class ProbabilityBounds:
    """The bounds, by interval of the squared distance.

    A squared distance belongs to interval ``(its bits >> SHIFT) - first``, cut at 0 and at the last.

    Parameters
    ----------
    first
        Upper bits of the lower end of interval 0.
    certain
        Pairs with a smaller squared distance than this have p = 1; 0 if that is true of none.
    p
        (intervals, 2) float64: lower and upper bound on p.
    rate
        (intervals, 2) float64: the same of -log(1 - p).
    """

    first: int
    certain: float
    p: FloatArray
    rate: FloatArray

    @classmethod
    def build(
        cls, law: ConnectionProbability, amplitude: float, farthest: float
    ) -> ProbabilityBounds:
        """Tabulate a law up to a distance, um.

        Raises PluginError where a kernel exceeds its bound, or grows though it says that it does not.
        """
        last = int(np.float64(max(farthest, 1e-3) ** 2 * (1 + 1e-12)).view(np.int64)) >> SHIFT
        first = last - (OCTAVES << OCTAVE_BITS)
        squares = (np.arange(first, last + 2) << SHIFT).view(np.float64)
        squares[0] = 0.0
        ends = np.sqrt(squares)
        left, middle, right = (
            law.weight(d) for d in (ends[:-1], 0.5 * (ends[1:] + ends[:-1]), ends[1:])
        )
        upper, lower = law.bound(ends[:-1], ends[1:]), np.zeros(len(left))
        above = [(left, upper), (middle, upper), (right, upper)]
        if law.kernel.monotone:
            lower = right
            above.append((right, middle))
        for weight, bound in above:
            broken = weight > bound * (1 + MARGIN) + 1e-12 * left.max()
            if broken.any():
                raise broken_bound(law, float(ends[np.argmax(broken) + 1]))
        both = (lower * (1 - MARGIN), upper * (1 + MARGIN))
        p = np.column_stack([law.scaled(amplitude, weight) for weight in both])
        sure = p[:, 0] >= 1
        # The kernel falls, or none is sure: those that are come first.
        certain = float(squares[np.argmin(np.append(sure, False))])
        with np.errstate(divide="ignore"):
            rate = -np.log1p(-p) * (1 - MARGIN, 1 + MARGIN)
        return cls(first, certain, p, rate)

    @classmethod
    def none(cls) -> ProbabilityBounds:
        """Return bounds that settle nothing: the kernel decides on each pair."""
        return cls(0, 0.0, np.array([[0.0, 1.0]]), np.array([[0.0, np.inf]]))

    @property
    def unclipped(self) -> float:
        """Distance from which on p < 1, um; inf where it nowhere is."""
        last = int(np.flatnonzero(np.append(True, self.p[:, 1] >= 1))[-1])
        if last == len(self.p):
            return np.inf
        beyond = (self.first + last) << SHIFT if last else 0
        return float(np.sqrt(np.int64(beyond).view(np.float64)))

    @property
    def nbytes(self) -> int:
        """Bytes of the tables."""
        return self.p.nbytes + self.rate.nbytes
