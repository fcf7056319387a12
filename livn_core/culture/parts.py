"""The parts of a culture's configuration: populations, connectivity, and a resolved projection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from livn_core.documents.fields import Flag, Number, Settings, Text, Whole
from livn_core.documents.names import module_pairs

if TYPE_CHECKING:
    from livn_core.components import ConnectivityRule

__all__ = [
    "ConnectivityConfig",
    "DelayConfig",
    "PopulationConfig",
    "ProjectionConfig",
    "ProjectionSettings",
    "WallsConfig",
]

Degree = Annotated[Number, Field(ge=0)]
Between = Annotated[Degree | dict[str, Degree], BeforeValidator(module_pairs)]
Length = Annotated[Number, Field(gt=0, le=1e9)]
Spread = Annotated[Number, Field(ge=0, le=100)]
Reciprocity = Annotated[Number, Field(ge=1)]


def _no_defaults(schema: dict[str, Any]) -> None:
    # What is left out comes from other keys: the fields' own defaults would mislead an editor.
    for entry in schema["properties"].values():
        entry.pop("default", None)


class NeuritesConfig(Settings):
    """How the axons and dendrites of a population grow; what is left out stands in ``rule_kwargs``."""

    model_config = ConfigDict(json_schema_extra=_no_defaults)

    axon_length: Length | None = Field(None, description="mean length of an axon, um")
    axon_scale: Length | None = Field(
        None, description="sigma of the Rayleigh law of lengths, in place of the mean, um"
    )
    axon_max: Length | None = Field(None, description="longest axon, um; null for none")
    persistence: Length | None = Field(None, description="persistence length, um")
    turn: Degree | None = Field(
        None, description="sd of the angle between segments, rad, in place of persistence"
    )
    segment: Length | None = Field(None, description="length of a segment, um")
    axon_start: Degree | None = Field(
        None, description="distance of an axon's start from the soma, um"
    )
    direction: dict[str, Number] | None = Field(
        None, description="preferred direction: mean (degrees) and kappa of von Mises' law"
    )
    dendrite_radius: Length | None = Field(None, description="mean radius of a dendrite's disc, um")
    dendrite_sd: Degree | None = Field(None, description="sd of the radius between cells, um")
    dendrite_into: Degree | None = Field(
        None, description="how far dendrites grow into a channel from its mouth, um"
    )


class FactorConfig(Settings):
    """A factor of mean 1 for each cell of a population: drawn from a law, or read from a file."""

    model_config = ConfigDict(json_schema_extra=_no_defaults)

    law: Literal["lognormal", "gamma"] | None = Field(None, description="law of the factors")
    cv: Spread | None = Field(None, description="coefficient of variation of the factors")
    path: Text | None = Field(None, description="file with a column of factors, a row a cell")

    @model_validator(mode="after")
    def _law_or_file(self) -> FactorConfig:
        if (self.path is None) == (self.law is None):
            raise ValueError("needs either a law or a path")
        if (self.law is None) != (self.cv is None):
            raise ValueError("a law needs a cv, and a cv a law")
        return self


class PopulationConfig(Settings):
    """A population of a culture."""

    model_config = ConfigDict(json_schema_extra=_no_defaults)

    ratio: Annotated[Number, Field(ge=0)] | None = Field(
        None, description="share of the cells that are not counted; need not sum to 1"
    )
    count: Annotated[Whole, Field(ge=0)] | None = Field(
        None, description="number of cells; either this or ratio"
    )
    synapse_type: Literal["excitatory", "inhibitory"] = Field(
        "excitatory",
        description="what the cells do to their targets; by default that of the transmitter, "
        "else inhibitory for a population called INH and excitatory for any other",
    )
    transmitter: Literal["glutamatergic", "cholinergic", "gabaergic", "glycinergic"] = Field(
        "glutamatergic",
        description="decides the receptors of the targets; by default glutamatergic for an "
        "excitatory and gabaergic for an inhibitory population",
    )
    soma_only: Flag = Field(
        False,
        description="cells without a dendrite: all input lands on the soma; by default true for an "
        "inhibitory population",
    )
    modules: list[Text] | dict[Text, Degree] | None = Field(
        None,
        description="where the cells are: module names, which share them by area, or module to "
        "share; by default every module",
    )
    neurites: NeuritesConfig | None = Field(
        None, description="how axons and dendrites grow, for the rule axon"
    )
    in_degree: FactorConfig | None = Field(
        None,
        description="how the in-degrees of cells differ: a factor of mean 1 for each, of its "
        "probability to receive a connection; for rules with a kernel",
    )
    out_degree: FactorConfig | None = Field(
        None, description="the same of the out-degrees: of the probability to make a connection"
    )
    degree_correlation: Annotated[Number, Field(ge=-1, le=1)] = Field(
        0.0,
        description="correlation of the normal numbers behind a cell's two factors, where both are "
        "drawn: of their logarithms, if both are lognormal",
    )


def _step(value: Any) -> Any:
    # The keys of a mapping are texts once they are in a JSON file.
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


Chance = Annotated[Number, Field(ge=0, le=1)]
Step = Annotated[Number, Field(ge=0), BeforeValidator(_step)]


class WallsConfig(Settings):
    """How axons and dendrites take the walls of the region: its outlines, holes and pieces."""

    axons: Literal["follow", "redraw", "open"] = Field(
        "follow",
        description="at a wall an axon follows it, or its turn is drawn again, or it grows on (open)",
    )
    cross: Chance | dict[Step, Chance] = Field(
        0.0,
        description="probability that an axon passes a wall at an encounter; or step (um) to "
        "probability, by the heights of the two pieces, with straight lines in between",
    )
    dendrites: Literal["blocked", "free"] = Field(
        "blocked", description="blocked: contacts only where no wall hides them from the soma"
    )

    @model_validator(mode="after")
    def _some_steps(self) -> WallsConfig:
        if self.cross == {}:
            raise ValueError("cross names no step: write {0: 1, 100: 0.01}, or a number")
        return self


class DelayConfig(Settings):
    """Delays for exports: distance / (velocity x the source cell's factor) + fixed."""

    velocity: Length = Field(
        250.0, description="conduction velocity of axons, um/ms; livn itself always takes 250"
    )
    fixed: Degree = Field(0.0, description="synaptic part of a delay, ms")
    cv: Spread = Field(
        0.0,
        description="coefficient of variation of the velocity between source cells: a lognormal "
        "factor of mean 1 for each",
    )


class _Connecting(Settings):
    """Keys of all projections, and of one."""

    rule: Text = Field(
        "pairwise_bernoulli",
        min_length=1,
        description="connectivity rule: pairwise_bernoulli, fixed_indegree, axon, from_file, a plugin's",
    )
    rule_kwargs: dict[str, Any] = Field(
        default_factory=dict, description="parameters that this rule alone has"
    )
    kernel: Text = Field(
        "gaussian",
        min_length=1,
        description="kernel of distance k(d), of rules that have one: gaussian, exponential, "
        "uniform, table, mixture, a plugin's",
    )
    kernel_kwargs: dict[str, Any] = Field(
        default_factory=dict, description="further parameters of the kernel"
    )
    sigma: Annotated[Number, Field(gt=0)] = Field(
        500.0, description="length scale of a kernel that has one, um"
    )
    mean_degree: Degree | dict[str, Degree] = Field(
        10.0,
        description="mean in-degree of the target cells: one number for every projection, or "
        '"PRE->POST" (or "PRE:POST") to number with "default" for the rest; without a default the '
        "rest is not made, nor is a projection of degree 0",
    )
    amplitude: Degree | None = Field(
        None, description="A in p = A k(d), in place of a mean degree (NEST's p)"
    )
    cutoff: Annotated[Number, Field(gt=0)] | None = Field(
        3.0,
        description="no connection beyond this multiple of sigma; null for none, as for a kernel "
        "without sigma",
    )
    min_probability: Annotated[Number, Field(gt=0, le=1)] | None = Field(
        None, description="no connection where the probability is below this; null for none"
    )
    allow_self_connections: Flag = Field(False, description="whether a cell may connect to itself")
    unreachable_degree: Literal["error", "largest"] = Field(
        "largest",
        description="when a mean in-degree cannot be reached (too few source cells within the "
        "cutoff): 'largest' makes the largest reachable one, with a warning; 'error' stops",
    )
    distance: Text = Field(
        "plane",
        description="what distance means, to the kernel and in the file: plane, space",
    )
    between: Between | None = Field(
        None,
        description='factor of p from module to module, of kernel rules: a number, or "A1->A2" to '
        'number with "default" for the rest, else 0; within a module 1 unless "A1->A1" says otherwise',
    )
    mask: Literal["visible"] | None = Field(
        None, description="visible: no connection where the straight line leaves the region; null"
    )
    reciprocity: Reciprocity | None = Field(
        None,
        description="P(both ways) / p^2 of two cells, of recurrent projections (the others do without) "
        "whose probabilities are equal both ways; null: independent",
    )
    delay: DelayConfig | None = Field(
        None,
        description="delays of exports, distance / velocity + fixed: velocity (um/ms), fixed (ms), cv "
        "of the velocity between source cells; the simulator livn has its own, distance / 250 um/ms",
    )


class ProjectionConfig(_Connecting):
    """What differs for one projection; keys that are left out are those of ``connectivity``."""

    model_config = ConfigDict(json_schema_extra=_no_defaults)

    rule_kwargs: dict[str, Any] = Field(
        default_factory=dict,
        description="parameters that this rule alone has; those of connectivity hold for its own "
        "rule only",
    )
    kernel_kwargs: dict[str, Any] = Field(
        default_factory=dict,
        description="further parameters of the kernel; those of connectivity hold for its own "
        "kernel only",
    )
    mean_degree: Degree = Field(0.0, description="mean in-degree of the target cells")
    amplitude: Degree = Field(0.0, description="A in p = A k(d), in place of a mean degree")


class ConnectivityConfig(_Connecting):
    """Who connects to whom."""

    projections: dict[str, ProjectionConfig] = Field(
        default_factory=dict,
        description='"PRE->POST" to whatever of the above differs for that projection',
    )


@dataclass(frozen=True, slots=True)
class ProjectionSettings:
    """A projection's settings, with everything resolved.

    Parameters
    ----------
    source, target
        Population names.
    rule
        The connectivity rule with its parameters, and ``rule_name`` what it is registered as.
    kernel_name
        What the rule's kernel is registered as; None for a rule without one.
    allow_self_connections
        Whether a cell may connect to itself.
    distance
        What distance means.
    delay
        Delays for exports; None for none.
    """

    source: str
    target: str
    rule: ConnectivityRule
    rule_name: str
    kernel_name: str | None
    allow_self_connections: bool
    distance: str
    delay: DelayConfig | None = None

    @property
    def name(self) -> str:
        """``"EXC->INH"``."""
        return f"{self.source}->{self.target}"

    @property
    def made(self) -> bool:
        """Whether there is anything to make: not where the degree or the amplitude is 0."""
        degree, amplitude = (
            getattr(self.rule, name, None) for name in ("mean_degree", "amplitude")
        )
        return degree != 0 and amplitude != 0
