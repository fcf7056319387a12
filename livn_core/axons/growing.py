"""What a rule whose axons grow has in common with others: the parameters, and the axons themselves."""

from __future__ import annotations

import json
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from livn_core.axons.bridges import BridgePlan, plan_bridges
from livn_core.axons.growth import Axons, Growth, grow
from livn_core.axons.walls import seats_of, walls_of
from livn_core.components import ConnectivityRule
from livn_core.documents.names import module_pairs
from livn_core.plugins.parameters import build
from livn_core.sampling.projection import Cells, Culture

__all__ = ["Growing"]

#: Pairs of keys of which one takes the place of the other.
_EITHER = {
    "axon_length": "axon_scale",
    "axon_scale": "axon_length",
    "persistence": "turn",
    "turn": "persistence",
}


class Growing(Growth, ConnectivityRule):
    """A rule by which each cell grows one axon, which all of its projections share.

    ``populations.NAME.neurites`` goes before what stands here.
    """

    of_all: ClassVar[tuple[str, ...]] = ("bridges", "bridge_from", "bridge_aim")

    bridges: Annotated[
        Annotated[int, Field(ge=0)] | dict[str, Annotated[int, Field(ge=0)]] | None,
        BeforeValidator(module_pairs),
    ] = Field(
        None,
        description="axons that lead from module to module: a number for each neighbour, or "
        "'A1->A2' to number with 'default' for the other neighbours, else 0",
    )
    bridge_from: Literal["centre", "random"] = Field(
        "centre", description="cells that send them: the nearest to the module's centre, or any"
    )
    bridge_aim: float = Field(
        18.0, ge=0, le=90, description="farthest heading from the direction to the aim, degrees"
    )

    def growth_of(self, cells: Cells) -> Growth:
        """Return how the axons of a population grow."""
        own = {key: value for key, value in cells.neurites.items() if key in Growth.model_fields}
        general = {
            key: getattr(self, key)
            for key in Growth.model_fields
            if key in self.model_fields_set and _EITHER.get(key) not in own
        }
        where = f"populations.{cells.name}.neurites"
        return build(Growth, {**general, **own}, what="an axon", where=where)

    def planned_bridges(self, culture: Culture) -> BridgePlan | None:
        """Return the bridges of a culture, chosen once."""
        bridges = self.bridges
        if not bridges:
            return None
        return culture.once(
            ("bridges", self._led),
            lambda: plan_bridges(culture, bridges, start=self.bridge_from, aim=self.bridge_aim),
        )

    def axons(self, culture: Culture, source: Cells, *, side: float) -> Axons:
        """Return the axons of a population, grown once; ``side`` is that of their grid, um."""
        growth = self.growth_of(source)
        return culture.once(
            ("axons", source.name, growth.model_dump_json(), self._led),
            lambda: self._grow(culture, source, growth, side=side),
        )

    def axons_of(self, culture: Culture, source: Cells, chosen: NDArray[np.int64]) -> Axons:
        """Return the axons of some cells, ascending, bit for bit those of :meth:`axons`."""
        return self._grow(culture, source, self.growth_of(source), side=0.0, chosen=chosen)

    @property
    def _led(self) -> str:
        return json.dumps([self.bridges, self.bridge_from, self.bridge_aim], sort_keys=True)

    def _grow(self, culture: Culture, source: Cells, growth: Growth, **how: Any) -> Axons:
        planned = self.planned_bridges(culture)
        return grow(
            growth,
            seats_of(culture, source),
            seed=culture.seed,
            population=source.name,
            walls=walls_of(culture),
            bridges=None if planned is None else planned.bridges.get(source.name),
            **how,
        )
