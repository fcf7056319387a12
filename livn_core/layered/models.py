"""The configuration of a layered system, in the full form: key names are MiV-Simulator's.

Lengths um, densities 1/um, times ms, potentials mV, ``g_unit`` uS. What the short form and the
optional keys stand for is filled in before these models see a document
(:mod:`livn_core.layered.normalise`); what needs several parts of it at once is checked after
(:mod:`livn_core.layered.checks`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from livn_core.documents.fields import Number, Settings, Text, Whole

__all__ = [
    "AxonExtent",
    "CellType",
    "ConnectionGenerator",
    "Definitions",
    "Density",
    "Geometry",
    "LayeredModel",
    "MorphologySource",
    "ParametricSurface",
    "ProjectionRule",
]

SECTION_TYPES = {
    "soma": 1,
    "axon": 2,
    "basal": 3,
    "apical": 4,
    "trunk": 5,
    "tuft": 6,
    "ais": 7,
    "hillock": 8,
}
SYNAPSE_TYPES = {"excitatory": 0, "inhibitory": 1, "modulatory": 2}
LAYERS = {
    "Hilus": 0,
    "GCL": 1,
    "IML": 2,
    "MML": 3,
    "OML": 4,
    "SO": 5,
    "SP": 6,
    "SL": 7,
    "SR": 8,
    "SLM": 9,
}
MECHANISMS = {"AMPA": 0, "GABA_A": 1, "GABA_B": 2, "NMDA": 30}

SectionName = Literal["soma", "axon", "basal", "apical", "trunk", "tuft", "ais", "hillock"]
SynapseName = Literal["excitatory", "inhibitory", "modulatory"]
Int8 = Annotated[Whole, Field(ge=0, le=127)]
Pair = tuple[Number, Number]
#: A coordinate, um: up to a kilometre, so that squares of distances stay finite as the files hold them.
Coordinate = Annotated[Number, Field(ge=-1e9, le=1e9)]
Point = tuple[Coordinate, Coordinate, Coordinate]


def _listed(value: Any) -> Any:
    # JSON has lists only; a tuple from Python is one too.
    return list(value) if isinstance(value, tuple) else value


def _box(box: tuple[Point, Point]) -> tuple[Point, Point]:
    low, high = box
    if any(a > b for a, b in zip(low, high, strict=True)):
        raise PydanticCustomError(
            "box", f"the first corner {list(low)} is beyond the second {list(high)}"
        )
    return box


Box = Annotated[tuple[Point, Point], AfterValidator(_box)]


class Definitions(Settings):
    """Integer ids of names in the files."""

    layers: dict[str, Int8] = Field(alias="Layers")
    populations: dict[str, Annotated[Whole, Field(ge=0, le=65535)]] = Field(alias="Populations")
    mechanisms: dict[str, Whole] = Field(MECHANISMS, alias="Synapse Mechanisms")
    section_types: dict[SectionName, Whole] = Field({}, alias="SWC Types")
    synapse_types: dict[SynapseName, Whole] = Field({}, alias="Synapse Types")

    @model_validator(mode="after")
    def _ids(self) -> Definitions:
        for name, ids in (("Layers", self.layers), ("Populations", self.populations)):
            first: dict[int, str] = {}
            for key, number in ids.items():
                if number in first:
                    raise PydanticCustomError(
                        "same_id",
                        f"{name}: '{first[number]}' and '{key}' have the same id {number}",
                    )
                first[number] = key
        known = {**SECTION_TYPES, **SYNAPSE_TYPES}
        for key, number in (*self.section_types.items(), *self.synapse_types.items()):
            if number != known[key]:
                raise PydanticCustomError(
                    "other_id", f"'{key}' is {known[key]} in the files, not {number}"
                )
        return self


class Origin(Settings):
    """Where arc distances are measured from: a statistic of the geometry's box, or a number, um."""

    u: Number | Literal["min", "median", "mean", "max"] = Field("median", alias="U")
    v: Number | Literal["min", "median", "mean", "max"] = Field("median", alias="V")
    l: Number | Literal["min", "median", "mean", "max"] = Field("max", alias="L")


class ParametricSurface(Settings):
    """The layers' boxes in the coordinates u, v, l, and how they lie in space."""

    layer_extents: dict[str, Box] = Field(alias="Layer Extents", min_length=1)
    rotation: Point = Field((0.0, 0.0, 0.0), alias="Rotation")
    origin: Origin = Field(Origin(), alias="Origin")


Count = Annotated[Whole, Field(ge=0, le=2**31)]


class Geometry(Settings):
    """Where the somata are."""

    surface: ParametricSurface = Field(alias="Parametric Surface")
    constraints: dict[str, dict[str, Pair]] = Field({}, alias="Cell Constraints")
    distribution: dict[str, dict[str, Count]] = Field(alias="Cell Distribution", min_length=1)


class AxonExtent(Settings):
    """Extent of a population's axons along u and v: the full width, and where the peak lies."""

    # Below 1 nm no two somata are: squares of distances in units of it would be infinite.
    width: Annotated[
        tuple[Annotated[Number, Field(ge=1e-3)], Annotated[Number, Field(ge=1e-3)]],
        BeforeValidator(_listed),
    ]
    offset: tuple[Annotated[Number, Field(ge=0)], Annotated[Number, Field(ge=0)]] = (0.0, 0.0)

    @model_validator(mode="after")
    def _positive_sigma(self) -> AxonExtent:
        for axis, width, offset in zip("UV", self.width, self.offset, strict=True):
            if offset >= width / 2:
                raise PydanticCustomError(
                    "offset",
                    f"the offset {offset:g} along {axis} reaches half the width {width:g}: "
                    "no room is left around the peak",
                )
        return self


class Mechanism(Settings):
    """Parameters of a synapse mechanism; the generator hands them on."""

    tau_rise: Annotated[Number, Field(gt=0)] | None = None
    tau_decay: Annotated[Number, Field(gt=0)] | None = None
    e: Number | None = None
    g_unit: Annotated[Number, Field(ge=0)]
    weight: Number = 1.0


class ProjectionRule(Settings):
    """Which synapses of the target belong to a projection: entry i of each list goes together."""

    type: SynapseName
    sections: list[SectionName] = Field(min_length=1)
    layers: list[str] = Field(min_length=1)
    proportions: list[Annotated[Number, Field(ge=0)]] = Field(min_length=1)
    contacts: Annotated[Whole, Field(ge=1)] = 1
    mechanisms: dict[str, dict[str, Mechanism]] = Field({}, description="section or default -> ...")
    swctype_mechanisms: Any = Field(
        None, alias="swctype mechanisms", description="MiV-Simulator's; kept in graph.json"
    )

    @model_validator(mode="after")
    def _lengths(self) -> ProjectionRule:
        lengths = (len(self.sections), len(self.layers), len(self.proportions))
        if len(set(lengths)) > 1:
            raise PydanticCustomError(
                "lengths",
                "sections, layers and proportions go together, but have "
                f"{lengths[0]}, {lengths[1]} and {lengths[2]} entries",
            )
        seen: set[tuple[str, str]] = set()
        for pair in zip(self.sections, self.layers, strict=True):
            if pair in seen:
                raise PydanticCustomError("twice", f"{pair[0]}/{pair[1]} is listed twice")
            seen.add(pair)
        return self


class ConnectionGenerator(Settings):
    """Who connects to whom."""

    axon_extents: dict[str, dict[str, AxonExtent]] = Field({}, alias="Axon Extent")
    synapses: dict[str, dict[str, ProjectionRule]] = Field({}, alias="Synapses")


class Density(Settings):
    """Synapses per um of dendrite: mean, and the standard deviation (which the field calls variance)."""

    mean: Annotated[Number, Field(ge=0, le=1000)]
    variance: Annotated[Number, Field(ge=0, le=1000)] = 0.0


class MorphologySource(Settings):
    """An SWC file, or a folder of them, and the digest of its content."""

    file: Text
    sha256: Text | None = None


class CellSynapses(Settings):
    """section type -> synapse type -> layer (or default) -> density."""

    density: dict[SectionName, dict[SynapseName, dict[str, Density]]] = {}


class CellType(Settings):
    """What the cells of a population are."""

    template: Text | None = None
    template_class: Text | None = Field(None, alias="template class")
    mechanism: Any = None
    mechanism_file: Any = Field(
        None, alias="mechanism file", description="MiV-Simulator's; kept in graph.json"
    )
    morphology: MorphologySource | None = None
    synapses: CellSynapses = CellSynapses()


class LayeredModel(Settings):
    """A whole configuration."""

    random_seed: Annotated[Whole, Field(ge=0)]
    definitions: Definitions = Field(alias="Definitions")
    geometry: Geometry = Field(alias="Geometry")
    connections: ConnectionGenerator = Field(ConnectionGenerator(), alias="Connection Generator")
    cell_types: dict[str, CellType] = Field({}, alias="Cell Types")
    densities: Literal["per-layer", "last-listed"] = Field(
        "per-layer",
        description="last-listed: that of the last layer holds for all layers of a section type, as "
        "MiV-Simulator reads them",
    )
