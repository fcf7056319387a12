"""The connectivity rule ``axon``: axons grow, and connect where they enter a dendritic disc."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from livn_core.axons.contacts import ContactLaw, Tally, Touching
from livn_core.axons.growth import Axons, Growth, grow, spread_dendrites
from livn_core.components import ConnectivityRule, Connector, FloatArray
from livn_core.errors import DegreeError
from livn_core.plugins.parameters import build
from livn_core.sampling.kernel_rule import unreachable
from livn_core.sampling.projection import Cells, Edges, Projection

#: Pairs of keys of which one takes the place of the other.
_EITHER = {
    "axon_length": "axon_scale",
    "axon_scale": "axon_length",
    "persistence": "turn",
    "turn": "persistence",
}


class Axon(Growth, ConnectivityRule):
    """Axons of Rayleigh-distributed length that turn as they grow, over dendritic discs.

    One axon a cell, shared by all of its projections. Growth parameters are those of the source
    cells, the dendrites' those of the target cells: ``populations.NAME.neurites`` goes before what
    stands here. The strength of the contacts is solved for ``mean_degree``, or given as
    ``amplitude`` (alpha, or 1/um for ``length``). Model: Orlandi et al. 2013, Nature Physics 9,
    582-590; contact laws: :mod:`livn_core.axons.contacts`.
    """

    distances: ClassVar[tuple[str, ...]] = ("plane", "path")
    of_cells: ClassVar[tuple[str, ...]] = (
        *Growth.model_fields,
        "dendrite_radius",
        "dendrite_sd",
    )

    contact: Literal["length", "crossing", "segments"] = Field(
        "length",
        description="where axons connect: at a rate along the path inside a disc (length), once "
        "where they enter it (crossing), or at each segment inside (segments)",
    )
    dendrite_radius: float = Field(150.0, gt=0, description="mean radius of a dendritic disc, um")
    dendrite_sd: float = Field(20.0, ge=0, description="sd of the radius between cells, um")
    mean_degree: float | None = Field(None, ge=0, description="mean in-degree of the target cells")
    amplitude: float | None = Field(
        None, ge=0, description="strength of a contact, in place of a mean degree"
    )
    unreachable_degree: Literal["error", "largest"] = Field(
        "largest", description="when a mean in-degree cannot be reached: stop, or the largest"
    )

    @model_validator(mode="after")
    def _one_strength(self) -> Axon:
        if (self.amplitude is None) == (self.mean_degree is None):
            raise ValueError("needs either a mean_degree or an amplitude")
        if self.contact != "length" and self.amplitude is not None and self.amplitude > 1:
            raise ValueError(f"amplitude is a probability with contact: {self.contact}")
        return self

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

    def connect(self, projection: Projection) -> Connector:
        """Grow what has not grown yet, find the touched pairs, solve the strength."""
        culture, source, target = projection.culture, projection.source, projection.target
        growth = self.growth_of(source)
        radius = float(target.neurites.get("dendrite_radius", self.dendrite_radius))
        sd = float(target.neurites.get("dendrite_sd", self.dendrite_sd))
        seed = culture.seed
        axons: Axons = culture.once(
            ("axons", source.name, growth.model_dump_json()),
            lambda: grow(
                growth, source.positions, seed=seed, population=source.name, side=radius / 3
            ),
        )
        dendrites = culture.once(
            ("dendrites", target.name, radius, sd),
            lambda: spread_dendrites(radius, sd, len(target), seed=seed, population=target.name),
        )
        touching = Touching(projection, axons, dendrites)
        tally = Tally.of(touching, self.contact)
        described = {
            "contact": self.contact,
            **growth.model_dump(mode="json"),
            "dendrite_radius": radius,
            "dendrite_sd": sd,
        }
        if self.amplitude is not None:
            law = ContactLaw(self.contact, self.amplitude)
            return AxonConnector(touching, law, tally, described)
        wanted = self.mean_degree or 0.0
        try:
            law = tally.solve(self.contact, wanted, projection)
        except DegreeError as error:
            if self.unreachable_degree == "error":
                raise
            law = tally.solve(self.contact, error.reachable, projection)
            warning = unreachable(projection, wanted, error)
            return AxonConnector(touching, law, tally, described, warnings=(warning,))
        return AxonConnector(touching, law, tally, described)


class AxonConnector(Connector):
    """A projection with its axons, discs and the strength of its contacts."""

    def __init__(
        self,
        touching: Touching,
        law: ContactLaw,
        tally: Tally,
        described: Mapping[str, Any],
        *,
        warnings: tuple[str, ...] = (),
    ) -> None:
        self._touching, self._law, self.warnings = touching, law, warnings
        self._projection = touching.projection
        self.expected_edges = tally.edges(law)
        self.expected_error = 1e-5
        #: What every process needs for a block: a length and a number for each source cell.
        self.memory = 16.0 * len(self._projection.source)
        targets = max(len(self._projection.target), 1)
        self.details: dict[str, Any] = {
            **described,
            "distance": self._projection.distance,
            "amplitude": law.strength,
            "expected_mean_degree": self.expected_edges / targets,
            "touched_pairs": tally.touched,
            "mean_axon_length": float(touching.axons.lengths().mean()) if targets else 0.0,
        }

    def sources(self, start: int, stop: int) -> Edges:
        """Decide on the touched pairs of the targets ``start`` to ``stop``."""
        found = self._touching.block(start, stop)
        target = np.repeat(np.arange(start, stop), found.counts)
        u = self._projection.uniform("contact", target, found.sources)
        kept = u < self._law.probability(found.length, found.number)
        target, source = target[kept], found.sources[kept]
        distances = None
        if self._projection.distance == "path":
            wanted = self._law.before_contact(u[kept], self._touching.axons.segment)
            distances = self._touching.ways(target, source, wanted).astype(np.float32)
        counts = np.bincount(target - start, minlength=max(stop - start, 0))
        return Edges(counts, source.astype(np.uint32), distances)

    def probability(self, targets: NDArray[np.int64], sources: NDArray[np.int64]) -> FloatArray:
        """Return p of each pair, given the axons as they have grown."""
        p = self._law.probability(*self._touching.pairs(targets, sources))
        if self._projection.recurrent and not self._projection.allow_autapses:
            p[targets == sources] = 0.0
        return p
