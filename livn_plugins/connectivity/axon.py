"""The connectivity rule ``axon``: axons grow, and connect where they enter a dendritic disc."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from livn_core.axons.bridges import BridgePlan
from livn_core.axons.contacts import BLOCK, ContactLaw, Tally, Touching
from livn_core.axons.growing import Growing
from livn_core.axons.growth import Axons, Fate, Growth, spread_dendrites
from livn_core.axons.walls import OPEN, seats_of, walls_of
from livn_core.components import Connector, FloatArray
from livn_core.errors import DegreeError
from livn_core.sampling.kernel_rule import unreachable
from livn_core.sampling.projection import Edges, Projection

#: Share of axons that end at walls which is told.
MANY_STUCK = 0.01
#: Bytes that a touched pair of a block takes.
PAIR_BYTES = 72


class Axon(Growing):
    """Axons of Rayleigh-distributed length that turn as they grow, over dendritic discs.

    One axon a cell, shared by all of its projections. Growth parameters are those of the source
    cells, the dendrites' those of the target cells: ``populations.NAME.neurites`` goes before what
    stands here. The strength of the contacts is solved for ``mean_degree``, or given as
    ``amplitude`` (alpha, or 1/um for ``length``). Model: Orlandi et al. 2013, Nature Physics 9,
    582-590; contact laws: :mod:`livn_core.axons.contacts`.
    """

    distances: ClassVar[tuple[str, ...]] = ("plane", "path")
    degree_factors: ClassVar[bool] = False
    of_cells: ClassVar[tuple[str, ...]] = (
        *Growth.model_fields,
        "dendrite_radius",
        "dendrite_sd",
        "dendrite_into",
    )

    contact: Literal["length", "crossing", "segments"] = Field(
        "length",
        description="where axons connect: at a rate along the path inside a disc (length), once "
        "where they enter it (crossing), or at each segment inside (segments)",
    )
    dendrite_radius: float = Field(
        150.0, gt=0, le=1e9, description="mean radius of a dendritic disc, um"
    )
    dendrite_sd: float = Field(20.0, ge=0, le=1e9, description="sd of the radius between cells, um")
    dendrite_into: float = Field(
        150.0, ge=0, description="how far dendrites grow into a channel from its mouth, um"
    )
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

    def connect(self, projection: Projection) -> Connector:
        """Grow what has not grown yet, find the touched pairs, solve the strength."""
        culture, source, target = projection.culture, projection.source, projection.target
        growth = self.growth_of(source)
        radius = float(target.neurites.get("dendrite_radius", self.dendrite_radius))
        sd = float(target.neurites.get("dendrite_sd", self.dendrite_sd))
        into = float(target.neurites.get("dendrite_into", self.dendrite_into))
        walls, planned = walls_of(culture), self.planned_bridges(culture)
        axons = self.axons(culture, source, side=radius / 3)
        discs = culture.once(
            ("dendrites", target.name, radius, sd),
            lambda: spread_dendrites(
                radius, sd, len(target), seed=culture.seed, population=target.name
            ),
        )
        touching = Touching(
            projection,
            axons,
            discs,
            seats=seats_of(culture, target),
            walls=OPEN if walls is None else walls.of_dendrites,
            hidden=None if walls is None else walls.beyond_dendrites(axons, into),
        )
        tally = Tally.of(touching, self.contact)
        described = {
            "contact": self.contact,
            **growth.model_dump(mode="json"),
            "dendrite_radius": radius,
            "dendrite_sd": sd,
        }
        told: tuple[str, ...] = ()
        if axons.fate is not None and culture.walls is not None:
            described |= {"walls": culture.walls.model_dump(mode="json"), **_fared(axons.fate)}
            told = _doubts(source.name, axons.fate, planned)
        if culture.region is not None and culture.region.channels and walls is not None:
            described["dendrite_into"] = into
        if planned is not None:
            described["bridges"] = self.bridges
        if self.amplitude is not None:
            law = ContactLaw(self.contact, self.amplitude)
            return AxonConnector(touching, law, tally, described, warnings=told)
        wanted = self.mean_degree or 0.0
        try:
            law = tally.solve(self.contact, wanted, projection)
        except DegreeError as error:
            if self.unreachable_degree == "error":
                raise
            law = tally.solve(self.contact, error.reachable, projection)
            told += (unreachable(projection, wanted, error),)
        return AxonConnector(touching, law, tally, described, warnings=told)


def _fared(fate: Fate) -> dict[str, Any]:
    """Return what became of a population's axons, as JSON values."""
    found: dict[str, Any] = {
        "axons_at_walls": float((fate.met > 0).mean()) if len(fate.met) else 0.0,
        "axons_ended_at_walls": float(fate.stuck.mean()) if len(fate.stuck) else 0.0,
    }
    if fate.bridges:
        found |= {"bridging_axons": len(fate.bridges), "bridges_arrived": int(fate.arrived.sum())}
    return found


def _doubts(name: str, fate: Fate, planned: BridgePlan | None) -> tuple[str, ...]:
    """Return what the user has to be told of a population's axons."""
    told = []
    if len(fate.stuck) and fate.stuck.mean() > MANY_STUCK:
        told.append(
            f"{np.count_nonzero(fate.stuck):,} of {len(fate.stuck):,} axons of '{name}' ended at a "
            "wall: more than 8 encounters in a segment, or no free turn; take a shorter segment"
        )
    short = len(fate.bridges) - int(fate.arrived.sum())
    if short:
        told.append(
            f"{short} of {len(fate.bridges)} bridges of '{name}' end before they reach their module: "
            "their axons are too short, or walls are in the way; a larger axon_length gives longer ones"
        )
    if planned is not None and planned.lacking:
        links = ", ".join(f"{a}->{b} {number}" for (a, b), number in planned.lacking.items())
        told.append(
            f"{sum(planned.lacking.values())} of {sum(planned.wanted.values())} bridges have no cell "
            f"to come from, since each cell has one axon: {links}; add cells, or ask for fewer bridges"
        )
    return tuple(told)


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
        targets = max(len(self._projection.target), 1)
        #: What every process needs for a block: a length and a number for each source cell, and the pairs.
        self.memory = 16.0 * len(self._projection.source)
        self.memory += PAIR_BYTES * tally.touched * min(BLOCK / targets, 1.0)
        looking = 4e-7 * tally.touched + 1.5e-7 * len(touching.axons.points)
        self.edge_seconds += looking / max(self.expected_edges, 1.0)
        self.details: dict[str, Any] = {
            **described,
            "distance": self._projection.distance,
            "amplitude": law.strength,
            "expected_mean_degree": self.expected_edges / targets,
            "touched_pairs": tally.touched,
            "mean_axon_length": float(touching.axons.lengths().mean()) if targets else 0.0,
        }

    @property
    def axons(self) -> Axons:
        """The paths of the source cells' axons."""
        return self._touching.axons

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
