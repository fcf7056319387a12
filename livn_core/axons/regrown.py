"""The axons of a stored system, grown again from what its provenance.json says.

Paths are not stored. The somata are those of the file, which are bit for bit what the rule saw, and
the random numbers belong to seed, population and cell: so a few axons are as quick as they are few.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livn_core.axons.growing import Growing
from livn_core.axons.growth import Axons
from livn_core.culture.config import Culture2DConfig
from livn_core.errors import ConfigError, LivnError
from livn_core.plugins.registry import registry
from livn_core.sampling.projection import Culture
from livn_core.system.region import region_of

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = ["Regrown", "regrown"]


@dataclass(frozen=True, slots=True)
class Regrown:
    """The axons of a system.

    Parameters
    ----------
    rules
        Population whose cells have an axon -> the rule that grows it.
    culture
        The cells, and what bounds the axons.
    """

    rules: Mapping[str, Growing] = field(default_factory=dict)
    culture: Culture = field(default_factory=lambda: Culture({}))

    @property
    def cells(self) -> dict[str, int]:
        """Number of axons of each population."""
        return {name: len(self.culture.cells[name]) for name in sorted(self.rules)}

    def mean_length(self) -> float:
        """Return what the law of the lengths has as their mean, over all axons, um."""
        means = [
            rule.growth_of(self.culture.cells[name]).scale * float(np.sqrt(np.pi / 2))
            for name, rule in sorted(self.rules.items())
        ]
        return float(np.average(means, weights=list(self.cells.values())))

    def axons(self, population: str, chosen: NDArray[np.int64]) -> Axons:
        """Return the axons of some cells, ascending and relative to their population."""
        cells = self.culture.cells[population]
        return self.rules[population].axons_of(self.culture, cells, chosen)


def regrown(system: System) -> Regrown:
    """Return the axons of a system; none where no rule of its own grew any.

    Only what is built in is asked: a plugin's rule, and walls of a plugin's placement, are not.

    Raises
    ------
    LivnError
        There were axons, and what they grew from is not known; says why.
    """
    try:
        config = _configuration(system)
        rules = {p.source: p.rule for p in config.projections() if isinstance(p.rule, Growing)}
    except (LivnError, LookupError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, LivnError) and not isinstance(error, ConfigError):
            raise
        raise LivnError("provenance.json does not say what they grew from") from error
    region = None if config.walls is None else region_of(system)
    if config.walls is not None and region is None:
        raise LivnError("the region that bounds them is not known")
    positions = {name: system.positions(name).astype(np.float64) for name in config.populations}
    modules = {
        name: system.attributes(name, "Culture").get("module")
        for name in config.populations
        if "Culture" in system.namespaces(name)
    }
    cells = config.cells(positions, modules)
    return Regrown(rules, Culture(cells, config.seed, region, walls=config.walls, growing=rules))


def _configuration(system: System) -> Culture2DConfig:
    """Return what axons depend on, with the cells that there are: no file is read for the rest."""
    provenance = system.provenance or {}
    if provenance["generator"] != "culture2d":
        raise ValueError(provenance["generator"])
    document = provenance["configuration"]
    for each in provenance["components"]:
        if not registry().find(each["kind"], each["name"]).builtin:
            walled = document.get("walls") is not None
            if each["kind"] != "placement" or walled:
                raise LivnError(f"'{each['name']}' is no built-in component")
    populations = {
        name: {
            "count": system.population(name).count,
            **{key: own[key] for key in ("synapse_type", "neurites") if key in own},
        }
        for name, own in document["populations"].items()
    }
    kept = {
        key: document[key] for key in ("connectivity", "walls", "random_seed") if key in document
    }
    return Culture2DConfig.model_validate({**kept, "populations": populations})
