"""What a morphology offers to synapses: pieces of dendrite with a density, in strata.

A *stratum* is (section type, synapse type, layer): what decides the density of synapses and the
projections that they may belong to. The pieces of a cell are ordered by stratum, section and arc
length, whatever the order of the keys in the configuration; synapses are numbered along them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livn_core.layered.models import (
    SECTION_TYPES,
    SYNAPSE_TYPES,
    CellType,
    Density,
    LayeredModel,
    ProjectionRule,
)
from livn_core.layered.truncated_normal import location_of_mean
from livn_core.morphology import Morphology

__all__ = ["Pieces", "Strata", "Stratum"]

#: Synapses of a cell, on average: the edges of a chunk are sorted by 25 bits of synapse number.
MOST_SYNAPSES = 30_000_000

FloatArray = NDArray[np.float64]
_NAMES = {number: name for name, number in SECTION_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Stratum:
    """Section type, synapse type and layer id (-1 for none) of synapses, and their density.

    ``mean`` and ``sd`` are of the density, 1/um; ``location`` is that of the normal distribution
    whose positive part has this mean. ``sources`` are (source population, proportion, layer in
    which its axons' extent counts).
    """

    section: int
    kind: int
    layer: int
    mean: float
    sd: float
    location: float
    sources: tuple[tuple[str, float, str], ...]

    @property
    def name(self) -> str:
        """``"inhibitory apical"``, without the layer."""
        kinds = {number: name for name, number in SYNAPSE_TYPES.items()}
        return f"{kinds[self.kind]} {_NAMES[self.section]}"


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Rows in the order in which synapses are numbered: a piece of dendrite and a synapse type.

    Parameters
    ----------
    stratum
        int64, index into :attr:`Strata.strata`.
    length
        float64, um.
    location, sd
        float64, 1/um: of the density's normal distribution.
    section
        uint32, section number in NEURON's order.
    x, dx
        float64: location on the section of the piece's beginning, and its extent.
    cable
        float64, um: cable distance of the piece's beginning from the beginning of the soma.
    layer, swc_type, kind
        int8, uint8, uint8, as stored.
    """

    stratum: NDArray[np.int64]
    length: FloatArray
    location: FloatArray
    sd: FloatArray
    section: NDArray[np.uint32]
    x: FloatArray
    dx: FloatArray
    cable: FloatArray
    layer: NDArray[np.int8]
    swc_type: NDArray[np.uint8]
    kind: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.stratum)

    @classmethod
    def join(cls, parts: list[Pieces]) -> Pieces:
        """Return the pieces of several cells, one after the other."""
        if len(parts) == 1:
            return parts[0]
        if all(part is parts[0] for part in parts):
            return cls(*(np.tile(getattr(parts[0], name), len(parts)) for name in cls.__slots__))
        return cls(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__)
        )


class Strata:
    """The strata of a population, whose cells have the synapses."""

    def __init__(self, config: LayeredModel, population: str) -> None:
        self.population = population
        self.strata: list[Stratum] = []
        self._ids = config.definitions.layers
        self._names = {number: name for name, number in self._ids.items()}
        self._depths = {
            self._ids[name]: (low[2] + high[2]) / 2
            for name, (low, high) in config.geometry.surface.layer_extents.items()
            if name in self._ids
        }
        self._rules = config.connections.synapses.get(population, {})
        self._cell_type = config.cell_types.get(population, CellType())
        # index [section type, synapse type, layer + 1]; -1 where no density is configured
        self._index = np.full((9, 3, 129), -1, dtype=np.int64)
        for section, kinds in self._cell_type.synapses.density.items():
            for kind, by_layer in kinds.items():
                self._add(section, kind, by_layer)

    def _add(self, section: str, kind: str, by_layer: dict[str, Density]) -> None:
        for layer in (*sorted(self._ids.values()), -1):
            name = self._names.get(layer, "")
            density = by_layer.get(name, by_layer.get("default"))
            if density is None or density.mean == 0:
                continue
            codes = (SECTION_TYPES[section], SYNAPSE_TYPES[kind])
            self._index[(*codes, layer + 1)] = len(self.strata)
            location = location_of_mean(density.mean, density.variance)
            sources = self._sources(section, kind, name, anywhere=name not in by_layer)
            self.strata.append(
                Stratum(*codes, layer, density.mean, density.variance, location, sources)
            )

    def _sources(
        self, section: str, kind: str, layer: str, *, anywhere: bool
    ) -> tuple[tuple[str, float, str], ...]:
        """Return the projections of a stratum.

        A default density holds wherever the section lies: where no projection names its layer, the
        one nearest in depth counts whose projections name this section and synapse type.
        """
        named = {
            own
            for rule in self._rules.values()
            if rule.type == kind
            for part, own in zip(rule.sections, rule.layers, strict=True)
            if part == section
        }
        if layer not in named and anywhere and named:
            depth = self._depths.get(self._ids.get(layer, -1))
            layer = min(
                sorted(named),
                key=lambda name: (
                    abs(self._depths.get(self._ids[name], np.inf) - depth)
                    if depth is not None
                    else self._depths.get(self._ids[name], np.inf)
                ),
            )
        return tuple(
            (source, share, layer)
            for source, rule in sorted(self._rules.items())
            for share in [_share(rule, kind, section, layer)]
            if share > 0
        )

    def pieces(self, morphology: Morphology, layers: NDArray[np.int8] | None = None) -> Pieces:
        """Return the pieces of a cell; ``layers`` (points,) are in place of its file's."""
        segments = morphology.segments()
        layer = segments.layer if layers is None else layers[segments.point]
        known = segments.type <= 8
        kinds = np.arange(3)[:, None]
        section_type = np.where(known, segments.type, 0)
        stratum = self._index[section_type, kinds, layer.astype(np.int64) + 1]
        stratum = np.where(known & (segments.length > 0), stratum, -1)
        kind, row = np.nonzero(stratum >= 0)
        number = stratum[kind, row]
        order = np.lexsort(
            (segments.start[row], segments.section[row], layer[row], kind, segments.type[row])
        )
        kind, row, number = kind[order], row[order], number[order]
        section = segments.section[row]
        total = morphology.sections.length[section]
        x = segments.start[row] / total
        location = np.array([s.location for s in self.strata], dtype=np.float64)
        sd = np.array([s.sd for s in self.strata], dtype=np.float64)
        return Pieces(
            stratum=number,
            length=segments.length[row],
            location=location[number],
            sd=sd[number],
            section=section.astype(np.uint32),
            x=x,
            dx=segments.length[row] / total,
            cable=morphology.distance(section, x, origin=0.0),
            layer=layer[row].astype(np.int8),
            swc_type=segments.type[row].astype(np.uint8),
            kind=kind.astype(np.uint8),
        )

    def dendrite(
        self, morphology: Morphology, layer: int, cells: NDArray[np.integer]
    ) -> FloatArray:
        """Return (strata,) um of dendrite in a layer that ``cells`` (points,) cells have a point in."""
        segments = morphology.segments()
        stratum = self._index[np.where(segments.type <= 8, segments.type, 0), :, layer + 1]
        length = (segments.length * cells[segments.point]).repeat(3).reshape(-1, 3)
        held = stratum >= 0
        total = np.zeros(len(self.strata))
        np.add.at(total, stratum[held], length[held])
        return total

    def expected(self, pieces: Pieces) -> FloatArray:
        """Return (strata,) expected number of synapses on the pieces of a cell."""
        length = np.bincount(pieces.stratum, weights=pieces.length, minlength=len(self.strata))
        return length * np.array([s.mean for s in self.strata])

    def mistakes(
        self, morphologies: tuple[Morphology, ...], dendrite: FloatArray | None = None
    ) -> Iterator[tuple[tuple[str, ...], str, bool]]:
        """Yield (path, message, whether it is an error) of densities that go nowhere, or too far.

        ``dendrite`` is (strata,) um of dendrite on the cells where that depends on their depth;
        without it only morphologies with layers of their own can be said to have none somewhere.
        """
        above = ("Cell Types", self.population, "synapses", "density")
        # In whichever layer a dendrite lies, it has the largest density of its type.
        mean = np.array([*(s.mean for s in self.strata), 0.0])[self._index].max(axis=2).sum(axis=1)
        for morphology in morphologies:
            segments = morphology.segments()
            known = segments.type <= 8
            number = segments.length[known] @ mean[segments.type[known]]
            if number > MOST_SYNAPSES:
                text = f"'{morphology.name}' of '{self.population}' would have up to {number:,.0f} "
                text += f"synapses, more than a cell can ({MOST_SYNAPSES:,})"
                yield above, text, True
        layered = all(morphology.has_layers for morphology in morphologies)
        fixed = dendrite is not None or layered
        if dendrite is None:
            dendrite = np.zeros(len(self.strata))
        if layered:
            for pieces in map(self.pieces, morphologies):
                length = np.bincount(pieces.stratum, pieces.length, minlength=len(self.strata))
                dendrite = np.maximum(dendrite, length)
        for section, kinds in self._cell_type.synapses.density.items():
            for kind, by_layer in kinds.items():
                for name, density in by_layer.items():
                    if density.mean == 0:
                        continue
                    path = (*above, section, kind, name)
                    codes = (SECTION_TYPES[section], SYNAPSE_TYPES[kind])
                    rows = [
                        index
                        for index, s in enumerate(self.strata)
                        for layer in [self._names.get(s.layer)]
                        if (s.section, s.kind) == codes
                        and (layer not in by_layer if name == "default" else layer == name)
                    ]
                    length = sum(dendrite[index] for index in rows)
                    what = f"{kind} synapses on {section}/{name} of '{self.population}'"
                    orphan = [i for i in rows if not self.strata[i].sources]
                    if fixed and not length:
                        yield path, f"{what} meet no dendrite: its morphology has none there", False
                    elif any(not fixed or dendrite[index] for index in orphan):
                        where = f" ({length:.0f} um of dendrite)" if fixed else ""
                        yield path, f"{what}{where} belong to no projection", True


def _share(rule: ProjectionRule, kind: str, section: str, layer: str) -> float:
    if rule.type != kind:
        return 0.0
    for part, own, share in zip(rule.sections, rule.layers, rule.proportions, strict=True):
        if (part, own) == (section, layer):
            return share
    return 0.0
