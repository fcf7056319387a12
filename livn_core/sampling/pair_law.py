"""The law of all rules that connect pairs independently: p_ij = min(1, A w_ij).

w_ij = t_j s_i M[m_i, m_j] k(D_ij), and 0 where a mask says so: a factor for each target, one for
each source, one from module to module, and the kernel of the distance, in the plane or in space.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.components import FloatArray, Kernel
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Projection

__all__ = ["PairLaw", "Visible", "between_matrix"]

Pairs = NDArray[Any]


@dataclass(frozen=True, slots=True)
class PairLaw:
    """The weights of a projection's pairs.

    Parameters
    ----------
    projection
        The cells, and what distance means.
    kernel
        k(d) with its cutoff, and the smallest p.
    target_factor, source_factor
        (targets,) and (sources,) float64 >= 0; None for 1.
    between
        (modules, modules) float64 >= 0: the factor from a source's module (row) to a target's
        (column); None for 1. The cells' modules are those of the projection.
    mask
        Called with the targets and sources of pairs, (n,) each; returns which may connect, (n,)
        bool. None: all.
    """

    projection: Projection
    kernel: ConnectionProbability
    target_factor: FloatArray | None = None
    source_factor: FloatArray | None = None
    between: FloatArray | None = None
    mask: Callable[[Pairs, Pairs], NDArray[np.bool_]] | None = None

    @property
    def plain(self) -> bool:
        """Whether the distance in the plane decides alone."""
        return self.factorless and self.mask is None and self.projection.distance == "plane"

    @property
    def factorless(self) -> bool:
        """Whether t_j s_i M[m_i, m_j] is 1 for every pair."""
        return self.target_factor is None and self.source_factor is None and self.between is None

    @property
    def alone(self) -> bool:
        """Whether a cell may not be its own source, though it is among the sources."""
        return self.projection.recurrent and not self.projection.allow_autapses

    @property
    def symmetric(self) -> bool:
        """Whether a pair of one population connects with the same probability either way."""
        one_way = self.between is not None and not np.array_equal(self.between, self.between.T)
        return self.target_factor is None and self.source_factor is None and not one_way

    @property
    def largest(self) -> float:
        """Upper bound of t_j s_i M[m_i, m_j]."""
        parts = (self.target_factor, self.source_factor, self.between)
        return float(np.prod([part.max(initial=0.0) for part in parts if part is not None]))

    @property
    def bounding(self) -> ConnectionProbability:
        """The law of a distance in the plane that bounds this one's without its factors."""
        if self.projection.distance != "space" or self.kernel.kernel.monotone:
            return self.kernel
        return replace(self.kernel, kernel=_Envelope(kernel=self.kernel.kernel))

    def factor(self, targets: Pairs, sources: Pairs) -> FloatArray:
        """Return t_j s_i M[m_i, m_j] of pairs, and 0 where they are masked; (n,)."""
        value = np.ones(len(targets))
        if self.target_factor is not None:
            value *= self.target_factor[targets]
        if self.source_factor is not None:
            value *= self.source_factor[sources]
        source, target = self.projection.source, self.projection.target
        if self.between is not None and source.modules is not None and target.modules is not None:
            value *= self.between[source.modules[sources], target.modules[targets]]
        if self.mask is not None:
            value[~self.mask(targets, sources)] = 0.0
        return value

    def weight(self, targets: Pairs, sources: Pairs) -> FloatArray:
        """Return w_ij of pairs, (n,); 0 for an autapse that is not allowed."""
        weight = self.kernel.weight(self.projection.distances(targets, sources))
        if self.alone:
            weight = np.where(targets == sources, 0.0, weight)
        if self.plain:
            return weight
        # Factors of pairs out of reach are not needed, and lines of sight take their time.
        near = np.flatnonzero(weight)
        weight[near] *= self.factor(targets[near], sources[near])
        return weight

    def probability(self, amplitude: float, targets: Pairs, sources: Pairs) -> FloatArray:
        """Return p_ij of pairs, (n,); 0 for an autapse that is not allowed."""
        return self.kernel.scaled(amplitude, self.weight(targets, sources))


def between_matrix(between: float | Mapping[str, float], modules: Sequence[str]) -> FloatArray:
    """Return the factor from module (row) to module (column), (modules, modules).

    Parameters
    ----------
    between
        A number for every pair of different modules, or ``"A1->A2"`` to number with ``default`` for
        the rest, without one 0. Within a module 1, unless ``"A1->A1"`` says otherwise.
    modules
        Their names.

    Examples
    --------
    >>> between_matrix({"A->B": 0.5}, ("A", "B")).tolist()
    [[1.0, 0.5], [0.0, 1.0]]
    """
    named = between if isinstance(between, Mapping) else {"default": between}
    found = np.full((len(modules), len(modules)), float(named.get("default", 0.0)))
    np.fill_diagonal(found, 1.0)
    for i, source in enumerate(modules):
        for j, target in enumerate(modules):
            found[i, j] = named.get(f"{source}->{target}", found[i, j])
    return found


@dataclass(frozen=True, slots=True)
class Visible:
    """The mask of pairs whose straight line stays within the culture's region."""

    projection: Projection

    def __call__(self, targets: Pairs, sources: Pairs) -> NDArray[np.bool_]:
        """Return which pairs see each other, (n,)."""
        start = self.projection.source.positions[sources, :2]
        stop = self.projection.target.positions[targets, :2]
        seen: NDArray[np.bool_] = self.projection.culture.region.visible(start, stop)
        return seen


class _Envelope(Kernel):
    """The largest k at this distance or beyond it: what bounds a pair whose distance is in space."""

    kernel: Kernel

    def weight(self, distance: FloatArray) -> FloatArray:
        return self.kernel.bound(distance, np.full_like(distance, np.inf))
