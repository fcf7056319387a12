"""A projection of a culture made ready: its rule, its amplitude, and the sampler behind them."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.components import ConnectivityRule, RadialKernel
from livn_core.errors import DegreeError, PluginError
from livn_core.plugins.registry import registry
from livn_core.sampling.amplitude import Amplitude, solve_amplitude
from livn_core.sampling.projection import EdgeBlock, Projection
from livn_core.sampling.sampler import KernelSampler

if TYPE_CHECKING:
    from livn_core.culture.config import ProjectionSettings

__all__ = ["KernelWiring", "RuleWiring", "Wiring", "wire"]


class KernelWiring:
    """A projection whose probability depends on distance alone."""

    def __init__(
        self, projection: Projection, kernel: RadialKernel, settings: ProjectionSettings
    ) -> None:
        self._kernel = kernel
        self._cutoff = settings.cutoff_um
        self._min_probability = settings.min_probability
        #: What the user has to be told about this projection.
        self.warning: str | None = None
        try:
            solved = self._solve(projection)
        except DegreeError as error:
            if settings.unreachable_degree != "largest":
                raise
            self.warning = (
                f"{projection.name}: a mean in-degree of {projection.mean_degree:g} cannot be "
                f"reached; it is {error.reachable:.4g}, the largest that can"
            )
            projection = replace(projection, mean_degree=error.reachable)
            solved = self._solve(projection)
        self._projection = projection
        self._amplitude = solved.value
        self.expected_edges = solved.expected_degree * len(projection.target_positions)
        self.details: dict[str, Any] = {
            "kernel": settings.kernel,
            **kernel.model_dump(mode="json"),
            "amplitude": solved.value,
            "cutoff": settings.cutoff,
            "min_probability": settings.min_probability,
            "mean_degree": projection.mean_degree,
            "expected_mean_degree": solved.expected_degree,
            "allow_self_connections": projection.allow_autapses,
        }
        self._sampler: KernelSampler | None = None
        self._lock = threading.Lock()

    def _solve(self, projection: Projection) -> Amplitude:
        return solve_amplitude(
            projection, self._kernel, cutoff=self._cutoff, min_probability=self._min_probability
        )

    @property
    def memory(self) -> float:
        """Bytes of the sampler's tables: an estimate before they are built."""
        cells = len(self._projection.source_positions) + len(self._projection.target_positions)
        return self._sampler.memory() if self._sampler else 50.0 * cells

    def prepare(self) -> KernelSampler:
        """Build the sampler, once."""
        with self._lock:
            if self._sampler is None:
                self._sampler = KernelSampler(
                    self._projection,
                    self._kernel,
                    self._amplitude,
                    cutoff=self._cutoff,
                    min_probability=self._min_probability,
                )
            return self._sampler

    def edges(self, start: int, stop: int) -> EdgeBlock:
        """Draw the edges onto the targets ``start`` to ``stop``."""
        return (self._sampler or self.prepare()).sample(start, stop)


class RuleWiring:
    """A projection whose rule gives the edges itself."""

    memory = 0.0
    warning: str | None = None

    def __init__(
        self, projection: Projection, rule: ConnectivityRule, settings: ProjectionSettings
    ) -> None:
        self._projection = projection
        self._rule = rule
        self._name = settings.kernel
        self.expected_edges = float(rule.expected_edges(projection))
        self.details: dict[str, Any] = {
            "kernel": settings.kernel,
            **rule.model_dump(mode="json"),
            "mean_degree": projection.mean_degree,
            "allow_self_connections": projection.allow_autapses,
        }

    def prepare(self) -> None:
        """Nothing to do: the rule prepares itself."""

    def edges(self, start: int, stop: int) -> EdgeBlock:
        """Ask the rule, and check that what it gives can be a block."""
        return checked_edges(
            self._rule.edges(self._projection, start, stop),
            self._projection,
            start,
            stop,
            self._name,
        )


Wiring = KernelWiring | RuleWiring


def wire(
    settings: ProjectionSettings,
    *,
    source: str,
    target: str,
    source_positions: NDArray[np.float64],
    target_positions: NDArray[np.float64],
    seed: int,
) -> Wiring:
    """Make a projection ready: load its rule, solve its amplitude.

    Raises
    ------
    DegreeError
        No amplitude reaches the mean in-degree; the message has the largest reachable one.
    """
    rule = registry().create(
        "connectivity", settings.kernel, settings.parameters, where=settings.where
    )
    projection = Projection(
        source=source,
        target=target,
        source_positions=source_positions,
        target_positions=target_positions,
        seed=seed,
        mean_degree=settings.mean_degree,
        allow_autapses=settings.allow_self_connections,
        options={"cutoff": settings.cutoff_um, "min_probability": settings.min_probability},
    )
    if isinstance(rule, RadialKernel):
        return KernelWiring(projection, rule, settings)
    return RuleWiring(projection, rule, settings)


def checked_edges(
    block: EdgeBlock, projection: Projection, start: int, stop: int, rule: str
) -> EdgeBlock:
    """Return a rule's block in the file's dtypes, or say how the rule broke its contract."""
    counts = np.asarray(block.counts, np.int64)
    sources = np.asarray(block.sources)
    distances = np.asarray(block.distances, np.float32)
    limit = len(projection.source_positions)
    wrong = None
    if counts.shape != (stop - start,) or (counts < 0).any():
        wrong = f"in-degrees of shape {counts.shape} for {stop - start} targets"
    elif len(sources) != counts.sum() or len(distances) != len(sources):
        wrong = f"{len(sources)} sources and {len(distances)} distances for {counts.sum()} edges"
    elif len(sources) and (sources.min() < 0 or sources.max() >= limit):
        wrong = f"a source outside the {limit} cells of '{projection.source}'"
    if wrong:
        raise PluginError(f"connectivity rule '{rule}' gave {wrong} ({projection.name})")
    return EdgeBlock(counts, sources.astype(np.uint32), distances)
