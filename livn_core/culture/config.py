"""The configuration of a two-dimensional culture: every key, its default, and what it resolves to.

Rules that hold for all of it:

- A mapping that is given replaces the default mapping whole: ``populations: {PYR: {count: 10}}``
  has no EXC and INH, ``mean_degree: {"EXC->EXC": 8}`` makes no other projection.
- Text is never a number, true and false are never numbers. Whole numbers may be written ``1e3`` or
  ``100.0``.
- The configuration that :meth:`Culture2DConfig.effective` gives makes the same system again.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from livn_core.culture.checks import relations
from livn_core.culture.defaults import prepare
from livn_core.culture.factors import degree_factors, velocity_factor
from livn_core.culture.files import with_files
from livn_core.culture.parts import (
    ConnectivityConfig,
    PopulationConfig,
    ProjectionSettings,
    WallsConfig,
)
from livn_core.culture.placement import create_placement
from livn_core.culture.rules import keys_taken, resolve_all
from livn_core.culture.spread import ClustersConfig, GradientConfig
from livn_core.culture.volume import Volume
from livn_core.documents.apportion import apportion
from livn_core.documents.fields import Number, Settings, Text, Whole, shown
from livn_core.documents.findings import SEVERAL
from livn_core.documents.jsonio import plain
from livn_core.documents.paths import expanded
from livn_core.errors import ConfigError
from livn_core.neuroh5.names import VELOCITY_FACTOR
from livn_core.plugins.functions import can_be_imported, qualified_name
from livn_core.plugins.registry import registry
from livn_core.program import Population
from livn_core.sampling.projection import Cells, Culture
from livn_core.suggest import did_you_mean

if TYPE_CHECKING:
    from livn_core.components import Placement
    from livn_core.culture.density import Gradient
    from livn_core.culture.region import Region

__all__ = ["Culture2DConfig", "PopulationConfig", "ProjectionSettings"]


#: A depth, um: up to a kilometre, so that distances stay finite as the files hold them.
Depth = Annotated[Number, Field(ge=-1e9, le=1e9)]


class Culture2DConfig(Settings):
    """A two-dimensional culture."""

    area: Any = Field(
        "rectangle",
        description="placement: rectangle, disk, a plugin's, module.function, file.py:function "
        "(relative to the configuration's file), or a Python callable",
        json_schema_extra={"type": "string"},
    )
    area_kwargs: dict[str, Any] = Field(
        default_factory=dict, description="parameters of the placement"
    )
    z_range: tuple[Depth, Depth] = Field(
        (0.0, 10.0),
        description="lowest and highest z of the cells, um; a volume states them itself",
    )
    total_cells: Annotated[Whole, Field(gt=0)] | None = Field(
        None,
        description="all cells, which the ratios share; 100 if populations are not given either",
    )
    density: Annotated[Number, Field(gt=0, le=1e12)] | None = Field(
        None,
        description="cells per mm2 of the region in which somata may be (per mm3 of a volume), in "
        "place of total_cells",
    )
    spacing: Annotated[Number, Field(gt=0, le=1e9)] | None = Field(
        None,
        description="least distance of two somata, whatever their populations, um: in the plane, of a "
        "volume in space",
    )
    margin: Annotated[Number, Field(ge=0, le=1e9)] | None = Field(
        None, description="least distance of a soma to a wall, um; by default half the spacing"
    )
    populations: dict[str, PopulationConfig] = Field(
        default_factory=dict,
        description="name to population; by default EXC (ratio 0.8, excitatory) and INH (ratio "
        "0.2, inhibitory)",
    )
    population_definitions: dict[str, Annotated[Whole, Field(ge=0, le=65535)]] = Field(
        default_factory=dict,
        description="name to the integer type id in the file; by default EXC 10, INH 11, the "
        "others from 12 in alphabetical order",
    )
    connectivity: ConnectivityConfig = Field(
        default_factory=ConnectivityConfig, description="connectivity rule and its parameters"
    )
    clusters: ClustersConfig | None = Field(
        None, description="cells in clusters: count, sigma or radius, apart, background"
    )
    gradient: GradientConfig | None = Field(
        None,
        description="relative density along x, y or radius: along, from, to; or an image's: image, "
        "pixel",
    )
    walls: WallsConfig | None = Field(
        None,
        description="how the axons of the rule axon take the walls of the region: axons, cross, "
        "dendrites; null: they grow over an open plane",
    )
    selections: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")],
        Annotated[Number, Field(gt=0, allow_inf_nan=False)],
    ] = Field(
        default_factory=dict,
        description="name to the edge of a square around the culture's centre, um: cells that livn "
        "can build without the rest",
    )
    random_seed: Annotated[Whole, Field(ge=0)] = Field(
        123, description="integer >= 0 of any size; null draws one and records it"
    )
    output_directory: Text | None = Field(
        None, description="system directory to write, relative to the working directory"
    )

    #: Populations whose synapse type nothing says, so that it is assumed to be excitatory.
    _assumed: tuple[str, ...] = PrivateAttr(())

    @model_validator(mode="before")
    @classmethod
    def _prepare(cls, data: Any) -> Any:
        return prepare(data) if isinstance(data, Mapping) else data

    @field_validator("area")
    @classmethod
    def _area_names_a_placement(cls, value: Any) -> Any:
        if (isinstance(value, str) and value) or callable(value):
            return value
        raise PydanticCustomError(
            "area",
            "must be the name of a placement or a function, not {value}",
            {"value": shown(value)},
        )

    @model_validator(mode="after")
    def _relations(self) -> Culture2DConfig:
        if findings := relations(self.model_dump(exclude_unset=True)):
            raise PydanticCustomError(
                SEVERAL,
                "{text}",
                {"findings": findings, "text": "; ".join(map(str, findings))},
            )
        return self

    @property
    def assumed(self) -> tuple[str, ...]:
        """Populations that are excitatory because nothing says what they are."""
        return self._assumed

    @property
    def seed(self) -> int:
        """The seed; never null: it was drawn if it was to be."""
        return self.random_seed

    @property
    def area_name(self) -> str:
        """Name of the placement component, a plugin's with its distribution; ``custom`` for functions."""
        components = registry()
        if isinstance(self.area, str) and "placement" in components.kinds_of(self.area):
            entry = components.find("placement", self.area)
            return entry.name if entry.builtin else entry.qualified
        return "custom"

    def placement(self) -> Placement:
        """Return the placement component with its parameters."""
        return self._placement

    @cached_property
    def _placement(self) -> Placement:
        return create_placement(self.area, self.area_kwargs, where="area_kwargs")

    @cached_property
    def region(self) -> Region | None:
        """Where cells may be; None where the placement does not say."""
        return self.placement().region()

    @cached_property
    def relative_density(self) -> Gradient | None:
        """How dense the culture is over its region; None where it is even."""
        if self.gradient is None or self.region is None:
            return None
        from livn_core.culture.density_image import gradient_over  # a culture that is even has none

        return gradient_over(self.gradient, self.region)

    @property
    def volume(self) -> Volume | None:
        """The body that the cells fill; None for a flat culture."""
        placement = self.placement()
        return placement if isinstance(placement, Volume) else None

    @property
    def heights(self) -> tuple[float, float]:
        """Lowest and highest z of the cells, um: a body's own, else ``z_range``."""
        if self.volume is None:
            return self.z_range
        low, high = self.volume.box()[:, 2].tolist()
        return low, high

    @property
    def cells_in_all(self) -> int:
        """``total_cells``, or what the density gives on the region's area, in a body's volume."""
        if self.density is not None and self.volume is not None:
            return round(self.density * self.volume.volume() * 1e-9)
        if self.density is not None and self.region is not None:
            return round(self.density * self.region.area * 1e-6)
        return self.total_cells or 0

    @property
    def modules(self) -> tuple[str, ...]:
        """Names of the modules that cells are stored with; none where there is but one."""
        return self.region.modules if self.region is not None and self.drawn_over_region else ()

    @property
    def wall_margin(self) -> float:
        """Least distance of a soma to a wall, um."""
        return (self.spacing or 0.0) / 2 if self.margin is None else self.margin

    @property
    def drawn_over_region(self) -> bool:
        """Whether the culture draws the positions itself, all cells in one sequence."""
        given = (self.spacing, self.margin, self.clusters, self.gradient)
        several = self.region is not None and len(self.region.parts) > 1
        return self.placement().uniform and (several or any(each is not None for each in given))

    def counts(self) -> dict[str, int]:
        """Return the number of cells of each population, in alphabetical order.

        Populations with a count have it; the others share the rest of all cells by their ratios (:func:`~livn_core.documents.apportion.apportion`).
        """
        return dict(self._counts)

    @cached_property
    def _counts(self) -> dict[str, int]:
        counts = {n: p.count for n, p in self.populations.items() if p.count is not None}
        ratios = {n: p.ratio for n, p in self.populations.items() if p.ratio is not None}
        if ratios:
            counts |= apportion(self.cells_in_all - sum(counts.values()), ratios)
        return {name: counts[name] for name in sorted(counts)}

    def cells(
        self,
        positions: Mapping[str, NDArray[np.float64]],
        modules: Mapping[str, NDArray[np.uint16] | None] | None = None,
        attributes: Mapping[str, Mapping[str, NDArray[Any]]] | None = None,
    ) -> dict[str, Cells]:
        """Return the cells of each population as the rules see them.

        From their positions, (n, 3) um; (n,) numbers of their modules, and what else was found with them.
        """
        found = {}
        for name, places in positions.items():
            population = self.populations[name]
            neurites = population.neurites
            own = {} if neurites is None else neurites.model_dump(exclude_unset=True)
            factors = degree_factors(population, name, len(places), self.seed)
            if cv := self.velocity_cv(name):
                factors[VELOCITY_FACTOR] = velocity_factor(cv, name, len(places), self.seed)
            known = {**factors, **(attributes or {}).get(name, {})}
            found[name] = Cells(name, places, (modules or {}).get(name), known, own)
        return found

    def culture(self, cells: Mapping[str, Cells]) -> Culture:
        """Return what the rules of all projections share."""
        growing = {p.source for p in self.projections() if p.rule.of_cells}
        return Culture(cells, self.seed, self.region, walls=self.walls, growing=growing)

    def velocity_cv(self, population: str) -> float:
        """Return the cv of the velocity of a population's axons, which all of its projections share."""
        delays = (
            settings.delay
            for settings in self.resolved.values()
            if settings.source == population and settings.made
        )
        return max((delay.cv for delay in delays if delay is not None), default=0.0)

    def gid_ranges(self) -> tuple[Population, ...]:
        """Return the populations with their gids: contiguous, in alphabetical order of name."""
        start, ranges = 0, []
        for name, count in self.counts().items():
            ranges.append(Population(name, start, count, self.population_definitions[name]))
            start += count
        return tuple(ranges)

    def projection(self, source: str, target: str) -> ProjectionSettings:
        """Return the settings of one projection, with what ``projections`` overrides.

        Raises
        ------
        ConfigError
            One of the populations does not exist.
        """
        for name in (source, target):
            if name not in self.populations:
                raise ConfigError(
                    f"no population named '{name}'{did_you_mean(name, self.populations)}"
                )
        return self.resolved[source, target]

    def projections(self) -> tuple[ProjectionSettings, ...]:
        """Return the projections that are to be made, by target, then source.

        One of degree 0 is not, nor one from or to a population of no cells.
        """
        return self._projections

    @cached_property
    def _projections(self) -> tuple[ProjectionSettings, ...]:
        counts = self.counts()
        return tuple(
            settings
            for settings in self.resolved.values()
            if settings.made and counts[settings.source] and counts[settings.target]
        )

    @cached_property
    def resolved(self) -> dict[tuple[str, str], ProjectionSettings]:
        """The settings of every pair of populations, by target, then source."""
        return resolve_all(self.connectivity, sorted(self.populations))

    def effective(self) -> dict[str, Any]:
        """Return the configuration with every default written out and the seed drawn.

        Returns
        -------
        dict
            JSON values; :func:`~livn_core.culture.validation.validate` makes the same configuration
            of it. A Python callable in ``area`` is named ``module.function``, which works again
            where that can be imported.
        """
        document = self.model_dump(mode="python")
        document["populations"] = {
            name: population.model_dump(exclude_unset=True, exclude_none=True)
            for name, population in self.populations.items()
        }
        taken = {"rule", "rule_kwargs", "projections", *keys_taken(self.resolved.values())}
        # Of two strengths the one that counts.
        taken -= {"mean_degree" if self.connectivity.amplitude is not None else "amplitude"}
        document["connectivity"] = {
            key: value for key, value in document["connectivity"].items() if key in taken
        }
        for key in ("between", "mask", "reciprocity", "delay"):
            if document["connectivity"].get(key, 0) is None:
                del document["connectivity"][key]
        for key in ("density", "spacing", "margin", "clusters", "gradient", "walls"):
            value = getattr(self, key)
            if value is None:
                del document[key]
            elif isinstance(value, Settings):
                document[key] = value.model_dump(by_alias=True, exclude_none=True)
        if (resolved := self.placement().resolved()) is not None:
            document["area_kwargs"] = dict(resolved)
        document["connectivity"]["projections"] = {
            name: projection.model_dump(exclude_unset=True)
            for name, projection in self.connectivity.projections.items()
        }
        if self.volume is not None:
            del document["z_range"]
        if callable(self.area):
            document["area"] = f"{self.area.__module__}.{qualified_name(self.area)}"
        return {key: plain(value) for key, value in document.items()}

    def document(self) -> dict[str, Any]:
        """Return :meth:`effective` for a file anywhere: its files have whole paths.

        A callable ``area`` that has no name to find it by stays: that makes the same system in this
        process; another one has no way to find the function.
        """
        document = with_files(self.effective(), lambda _, name: str(expanded(name).absolute()))
        if callable(self.area) and not can_be_imported(self.area):
            document["area"] = self.area
        return document
