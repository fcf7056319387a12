"""The connectivity rule ``pairwise_bernoulli``: every pair by itself, with p(d) = min(1, A k(d))."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from livn_core.components import Connector, FloatArray
from livn_core.errors import ConfigError, DegreeError
from livn_core.sampling.amplitude import (
    LARGEST_AMPLITUDE,
    Amplitude,
    given_amplitude,
    solve_amplitude,
)
from livn_core.sampling.kernel_rule import KernelRule, unreachable
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.pair_sampler import PairSampler
from livn_core.sampling.projection import Edges, Projection
from livn_core.sampling.reciprocity import ReciprocalSampler, both_ways, limited_share

#: Share of connections with less reciprocity than asked from which on it is told.
TOLD = 0.005
#: Share of connections with probability 1 from which on the kernel hardly decides their length.
SATURATED = 0.5


class PairwiseBernoulli(KernelRule):
    """Each pair is connected with p(d) = min(1, A k(d)), independently, at most once.

    A is solved so that the expected mean in-degree is ``mean_degree``, or given as ``amplitude``
    (NEST's p for a kernel with k(0) = 1). Name and law: Senk et al. 2022, PLoS Comput Biol
    18(9):e1010086, "pairwise Bernoulli".
    """

    distances: ClassVar[tuple[str, ...]] = ("plane", "space")

    amplitude: float | None = Field(
        None, ge=0, description="A in p = A k(d), in place of a mean degree"
    )
    min_probability: float | None = Field(
        None, gt=0, le=1, description="no connection where the probability is below this"
    )
    reciprocity: float | None = Field(
        None,
        ge=1,
        description="P(both ways) / p^2 of a pair of cells, of recurrent projections; 1 or null: "
        "independent",
    )

    @model_validator(mode="after")
    def _one_strength(self) -> PairwiseBernoulli:
        if (self.amplitude is None) == (self.mean_degree is None):
            raise ValueError("needs either a mean_degree or an amplitude")
        return self

    def law(self, projection: Projection) -> PairLaw:
        """Return the weights of a projection's pairs."""
        law = super().law(projection)
        return replace(law, kernel=replace(law.kernel, min_probability=self.min_probability))

    def thinned(self, share: float) -> PairwiseBernoulli | None:
        """Return the rule with the degree that so many of the sources give, at the same amplitude."""
        if self.reciprocity is not None:  # its layer of pairs is held, and grows with the edges
            return None
        if self.mean_degree is None:
            return self
        return self.model_copy(
            update={"mean_degree": self.mean_degree * share, "unreachable_degree": "largest"}
        )

    def connect(self, projection: Projection) -> Connector:
        """Solve the amplitude."""
        law = self.law(projection)
        if self.reciprocity is not None and not (projection.recurrent and law.symmetric):
            raise ConfigError(
                f"{projection.name}: needs one population whose pairs connect with the same "
                "probability either way: no in_degree or out_degree factors, no one-way between",
                path="reciprocity",
            )
        if self.amplitude is not None:
            scaled = min(float(np.ldexp(self.amplitude, law.kernel.exponent)), LARGEST_AMPLITUDE)
            return BernoulliConnector(self, law, given_amplitude(law, scaled))
        wanted = self.mean_degree or 0.0
        try:
            solved = solve_amplitude(law, wanted)
            return BernoulliConnector(self, law, solved, warnings=_saturated(projection, solved))
        except DegreeError as error:
            if self.unreachable_degree == "error":
                raise
            warning = unreachable(projection, wanted, error)
            reached = solve_amplitude(law, error.reachable)
            rule = self.model_copy(update={"mean_degree": error.reachable})
            return BernoulliConnector(rule, law, reached, warnings=(warning,))


def _saturated(projection: Projection, amplitude: Amplitude) -> tuple[str, ...]:
    """Return the warning that the degree decides the lengths of the connections, not the kernel."""
    if amplitude.certain_share < SATURATED:
        return ()
    text = (
        f"{projection.name}: {amplitude.certain_share:.0%} of the connections have probability 1: "
        "the mean degree sets their length, no longer the kernel; lower it, or raise sigma or the "
        "density"
    )
    return (text,)


class BernoulliConnector(Connector):
    """A projection with its amplitude; the sampler's tables are made on first use."""

    def __init__(
        self,
        rule: PairwiseBernoulli,
        law: PairLaw,
        amplitude: Amplitude,
        *,
        warnings: tuple[str, ...] = (),
    ) -> None:
        self.law, self.amplitude, self.warnings = law, amplitude, warnings
        self.expected_edges = amplitude.expected_degree * len(law.projection.target)
        self._sampler: PairSampler | ReciprocalSampler
        self._sampler = PairSampler(law, amplitude.value, self.expected_edges)
        self.reciprocity = rule.reciprocity if (rule.reciprocity or 1.0) > 1 else None
        self.expected_error = amplitude.relative_error
        if self.reciprocity is not None or not law.plain:
            self.edge_seconds = 2.5e-7  # pairs are drawn from a bound, and thinned
        self.details: dict[str, Any] = {
            **rule.described(),
            "amplitude": amplitude.value,
            "min_probability": rule.min_probability,
            "expected_mean_degree": amplitude.expected_degree,
            "certain_share": amplitude.certain_share,
        }
        if law.kernel.exponent:  # p = A k(d) 2^-exponent
            self.details["kernel_exponent"] = law.kernel.exponent
        if law.target_factor is not None and amplitude.expected_degree > 0:
            # Before the clip: the factors', and the chance of independent connections.
            cv = float(law.target_factor.std() / law.target_factor.mean())
            self.details["expected_in_degree_cv"] = float(
                np.sqrt(cv * cv + 1 / amplitude.expected_degree)
            )

        if self.reciprocity is not None:
            self._sampler = ReciprocalSampler(
                law, amplitude.value, self.expected_edges, self.reciprocity
            )
            limited = limited_share(law, amplitude, self.reciprocity)
            self.details |= {"reciprocity": self.reciprocity, "limited_share": limited}
            if limited >= TOLD:
                text = (
                    f"{law.projection.name}: p is above 1/{self.reciprocity:g} for {limited:.0%} of "
                    "the connections: there reciprocity is 1/p, the most that there can be"
                )
                self.warnings = (*self.warnings, text)

    @property
    def memory(self) -> float:  # type: ignore[override]
        """Bytes of the sampler's tables."""
        return self._sampler.memory

    def sources(self, start: int, stop: int) -> Edges:
        """Draw the edges onto the targets ``start`` to ``stop``."""
        return self._sampler.sample(start, stop)

    def probability(self, targets: NDArray[np.int64], sources: NDArray[np.int64]) -> FloatArray:
        """Return p of each pair."""
        return self.law.probability(self.amplitude.value, targets, sources)

    def both(self, targets: NDArray[np.int64], sources: NDArray[np.int64]) -> FloatArray | None:
        """Return P(both ways) of each pair; None where connections are independent."""
        if self.reciprocity is None:
            return None
        p = self.probability(targets, sources)
        return np.where(targets == sources, p, both_ways(p, self.reciprocity))
