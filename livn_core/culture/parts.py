"""The parts of a culture's configuration: populations, connectivity, and a resolved projection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from livn_core.documents.fields import Flag, Number, Settings, Text, Whole

__all__ = ["ConnectivityConfig", "PopulationConfig", "ProjectionConfig", "ProjectionSettings"]

Degree = Annotated[Number, Field(ge=0)]


def _no_defaults(schema: dict[str, Any]) -> None:
    # What is left out comes from other keys: the fields' own defaults would mislead an editor.
    for entry in schema["properties"].values():
        entry.pop("default", None)


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


class ProjectionConfig(Settings):
    """What differs for one projection; keys that are left out are those of ``connectivity``."""

    model_config = ConfigDict(json_schema_extra=_no_defaults)

    kernel: Text = Field("", description="connectivity rule")
    sigma: Annotated[Number, Field(gt=0)] = Field(500.0, description="length scale, um")
    mean_degree: Degree = Field(0.0, description="mean in-degree of the target cells")
    cutoff: Annotated[Number, Field(gt=0)] | None = Field(
        None, description="no connection beyond this multiple of sigma; null for none"
    )
    min_probability: Annotated[Number, Field(gt=0, le=1)] | None = Field(
        None, description="no connection where the probability is below this; null for none"
    )
    allow_self_connections: Flag = Field(False, description="whether a cell may connect to itself")
    kernel_kwargs: dict[str, Any] = Field(
        default_factory=dict,
        description="further parameters of the kernel; those of connectivity hold for its own "
        "kernel only",
    )


class ConnectivityConfig(Settings):
    """Who connects to whom: p(d) = min(1, A k(d)), A solved for the mean in-degree."""

    kernel: Text = Field(
        "gaussian", min_length=1, description="connectivity rule: gaussian, exponential, a plugin's"
    )
    sigma: Annotated[Number, Field(gt=0)] = Field(500.0, description="length scale, um")
    mean_degree: Degree | dict[str, Degree] = Field(
        10.0,
        description="mean in-degree of the target cells: one number for every projection, or "
        '"PRE->POST" (or "PRE:POST") to number with "default" for the rest; without a default the '
        "rest is not made, nor is a projection of degree 0",
    )
    cutoff: Annotated[Number, Field(gt=0)] | None = Field(
        3.0, description="no connection beyond this multiple of sigma; null for none"
    )
    min_probability: Annotated[Number, Field(gt=0, le=1)] | None = Field(
        None, description="no connection where the probability is below this; null for none"
    )
    allow_self_connections: Flag = Field(False, description="whether a cell may connect to itself")
    unreachable_degree: Literal["error", "largest"] = Field(
        "largest",
        description="when no amplitude reaches a mean in-degree (too few source cells within the "
        "cutoff): 'error' stops; 'largest' makes the largest reachable one, with a warning. By "
        "default 'error' for a mean_degree that is given, 'largest' for the default one",
    )
    kernel_kwargs: dict[str, Any] = Field(
        default_factory=dict, description="further parameters of the kernel"
    )
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
    kernel
        Name of the connectivity rule, and ``parameters`` those that it takes.
    sigma
        Length scale, um.
    mean_degree
        Wanted mean in-degree; 0 means that the projection is not made.
    cutoff, cutoff_um
        Multiple of sigma, and the same in um; None for no cutoff.
    min_probability
        None for no lower bound.
    allow_self_connections
        Whether a cell may connect to itself.
    unreachable_degree
        What to do about a mean in-degree that cannot be reached: ``error`` or ``largest``.
    where
        Key of the kernel's parameters in the configuration, for messages.
    """

    source: str
    target: str
    kernel: str
    sigma: float
    mean_degree: float
    cutoff: float | None
    cutoff_um: float | None
    min_probability: float | None
    allow_self_connections: bool
    unreachable_degree: str = "error"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    where: str = "connectivity"

    @property
    def name(self) -> str:
        """``"EXC->INH"``."""
        return f"{self.source}->{self.target}"
