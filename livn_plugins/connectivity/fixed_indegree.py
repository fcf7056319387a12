"""The connectivity rule ``fixed_indegree``: the same number of distinct sources for every target."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from livn_core.components import Connector
from livn_core.errors import DegreeError
from livn_core.sampling.kernel_rule import KernelRule
from livn_core.sampling.projection import Edges, Projection
from livn_core.sampling.race import Race
from livn_core.sampling.reach import sources_in_reach
from livn_core.sampling.streams import stream


class FixedIndegree(KernelRule):
    """Each target gets ``mean_degree`` distinct sources, drawn one after the other with weights k(d).

    A fraction is dealt: of targets that ask for 4.25 sources every fourth, chosen at random, has 5.
    A target with fewer sources in reach takes all of them. The chance of a source is not in
    proportion to its weight where K is a large part of the sources (successive sampling). Name and
    rule: Senk et al. 2022, PLoS Comput Biol 18(9):e1010086, "random, fixed in-degree" without
    multapses.
    """

    @model_validator(mode="after")
    def _needs_a_degree(self) -> FixedIndegree:
        if self.mean_degree is None:
            raise ValueError("needs a mean_degree")
        return self

    def connect(self, projection: Projection) -> Connector:
        """Deal the degrees, and count the targets with too few sources in reach."""
        return FixedIndegreeConnector(self, projection)


class FixedIndegreeConnector(Connector):
    """A projection with the in-degree of every target."""

    edge_seconds = 6e-7

    def __init__(self, rule: FixedIndegree, projection: Projection) -> None:
        law = rule.law(projection)
        wanted = dealt(rule.mean_degree or 0.0, projection, law.target_factor)
        # That a target gets more is settled: its sources are drawn by the other weights.
        law = replace(law, target_factor=None)
        self._race = Race(law)
        self._degrees = sources_in_reach(law, wanted)
        short = int(np.count_nonzero(self._degrees < wanted))
        self.expected_edges = float(self._degrees.sum())
        realised = self.expected_edges / max(len(projection.target), 1)
        if short:
            text = (
                f"{projection.name}: {short:,} of {len(projection.target):,} target cells have fewer "
                f"than {rule.mean_degree:g} sources in reach and take all of them; the mean "
                f"in-degree is {realised:.4g}"
            )
            if rule.unreachable_degree == "error":
                raise DegreeError(
                    text,
                    reachable=realised,
                    hint="lower mean_degree, raise the cutoff, add source cells, or take what there "
                    "is with unreachable_degree: largest",
                )
            self.warnings = (text,)
        self.details: dict[str, Any] = {
            **rule.described(),
            "expected_mean_degree": realised,
        }

    @property
    def memory(self) -> float:  # type: ignore[override]
        """Bytes of the tables and of the degrees."""
        return self._race.memory + self._degrees.nbytes

    def sources(self, start: int, stop: int) -> Edges:
        """Draw the edges onto the targets ``start`` to ``stop``."""
        counts, sources = self._race.sources(np.arange(start, stop), self._degrees[start:stop])
        return Edges(counts, sources)


def dealt(
    mean_degree: float, projection: Projection, factor: NDArray[np.float64] | None = None
) -> NDArray[np.int64]:
    """Return the in-degree of each target, by largest remainder: the mean is as close as can be.

    Ties are in an order drawn from the seed: without factors all are, and which targets have one
    more is chance.
    """
    targets, mean_degree = len(projection.target), min(mean_degree, 2.0**32)  # all gids there are
    shares = np.full(targets, mean_degree) if factor is None else mean_degree * factor
    degrees = np.floor(shares).astype(np.int64)
    more = round(mean_degree * targets) - int(degrees.sum())
    if more > 0:
        order = stream(projection.seed, "in-degree order", projection.name).permutation(targets)
        rest = (shares - degrees)[order]
        degrees[order[np.argsort(-rest, kind="stable")[:more]]] += 1
    return degrees
