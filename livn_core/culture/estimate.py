"""The plan of a culture that is too large to be placed for it: worked out from some of its cells."""

from __future__ import annotations

import math
from dataclasses import replace

from livn_core.components import ConnectivityRule
from livn_core.culture.config import Culture2DConfig
from livn_core.culture.parts import ProjectionSettings
from livn_core.culture.wiring import Wiring, wire
from livn_core.errors import DegreeError
from livn_core.program import PlannedProjection
from livn_core.sampling.kernel_rule import unreachable
from livn_core.sampling.projection import Culture

__all__ = ["MOST_CELLS_PLACED", "SAMPLE", "Sample", "sample_of"]

#: Cells up to which a plan places them all and solves every amplitude as the run does.
MOST_CELLS_PLACED = 2_000_000
#: Cells that stand for all of a larger culture, and of each population at least.
SAMPLE, FEWEST = 100_000, 1_000


class Sample:
    """A culture of fewer cells over the same region, each of which stands for several.

    ``rules`` are those for a culture in which the sources are that much rarer.
    """

    def __init__(
        self,
        config: Culture2DConfig,
        counts: dict[str, int],
        rules: dict[tuple[str, str], ConnectivityRule],
    ) -> None:
        self._asked = {(p.source, p.target): p for p in config.projections()}
        self._rules, self._cells, self._sampled = rules, config.counts(), counts
        populations = {
            name: population.model_copy(update={"count": counts[name], "ratio": None})
            for name, population in config.populations.items()
        }
        thin = {"populations": populations, "total_cells": None, "density": None, "spacing": None}
        self.config = config.model_copy(update={**thin, "margin": config.wall_margin or None})
        # What the copy had worked out for all cells would be kept.
        for name in ("_counts", "_projections", "resolved"):
            self.config.__dict__.pop(name, None)
        #: Cells that each cell of the sample stands for.
        self.each = sum(self._cells.values()) / sum(counts.values())
        self.note = f"estimated from {sum(counts.values()):,} of the cells over the same region"

    def wire(self, culture: Culture, source: str, target: str) -> tuple[Wiring, PlannedProjection]:
        """Return a projection of the sample, and what follows for the whole one.

        Raises
        ------
        DegreeError
            The mean in-degree cannot be reached, and the configuration says that this is an error.
        """
        asked = self._asked[source, target]
        made = wire(replace(asked, rule=self._rules[source, target]), culture)
        weight = self._cells[source] / self._sampled[source]
        degree = made.expected_edges / self._sampled[target] * weight
        details = {**made.details, "expected_mean_degree": degree}
        wanted = getattr(asked.rule, "mean_degree", None)
        if wanted is not None:
            details["mean_degree"] = min(wanted, degree)
            if degree < wanted * (1 - 1e-6):
                made.warnings = (self._too_few(asked, made, wanted, degree),)
        if (cv := details.get("expected_in_degree_cv")) is not None:
            spread = max(cv * cv - weight / degree, 0.0)
            details["expected_in_degree_cv"] = math.sqrt(spread + 1 / degree)
        edges = degree * self._cells[target]
        return made, PlannedProjection(source, target, edges, details, wanted)

    def _too_few(
        self, asked: ProjectionSettings, made: Wiring, wanted: float, degree: float
    ) -> str:
        error = DegreeError(
            f"projection {asked.name}: a mean in-degree of {wanted:g} cannot be reached; the "
            f"largest, with every probability at 1, is about {degree:.4g}",
            reachable=degree,
            hint="lower mean_degree, raise the cutoff, or add source cells",
        )
        if getattr(asked.rule, "unreachable_degree", "largest") == "error":
            raise error
        return unreachable(made.projection, wanted, error)


def sample_of(
    config: Culture2DConfig, *, above: int = MOST_CELLS_PLACED, cells: int = SAMPLE
) -> Sample | None:
    """Return the sample that a culture can be planned with; None where all cells have to be placed.

    That is so up to ``above`` cells, where positions are not uniform over a region or are a file's,
    and for rules that do not know how they look with fewer sources.
    """
    every = config.counts()
    total = sum(every.values())
    files = any(
        factor is not None and factor.path is not None
        for population in config.populations.values()
        for factor in (population.in_degree, population.out_degree)
    )
    if total <= above or not config.placement().uniform or files:
        return None
    counts = {
        name: min(count, max(FEWEST, round(count * cells / total))) for name, count in every.items()
    }
    rules = {
        (p.source, p.target): rule
        for p in config.projections()
        if (rule := p.rule.thinned(counts[p.source] / every[p.source])) is not None
    }
    return None if len(rules) < len(config.projections()) else Sample(config, counts, rules)
