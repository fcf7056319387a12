"""The morphologies of a population's cells: which cell has which, its synapse pieces, its tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.layered.configuration import LayeredConfig
from livn_core.layered.dendrites import Pieces, Strata
from livn_core.layered.models import SECTION_TYPES
from livn_core.layered.morphologies import load_morphologies
from livn_core.morphology import Morphology, assign_layers, encode_tree, rotated
from livn_core.morphology.layers import cells_by_layer
from livn_core.program import TREE_TABLES, Column, Table
from livn_core.sampling.streams import stream

__all__ = ["Forest"]

#: Cells whose synapses say what a typical cell has, where that depends on the depth.
_PROBES = 32
#: Extent along an axis that no cell in culture or slice reaches with its dendrites, um.
LARGEST = 20_000.0
Rows = dict[str, tuple[NDArray[np.int64], dict[str, NDArray[Any]]]]


class Forest:
    """The morphologies of one population, whose cell type has one.

    ``depths`` gives (n,) depth of each soma, um: says the layers where a file does not.
    """

    def __init__(
        self, config: LayeredConfig, population: str, depths: Callable[[], NDArray[np.float32]]
    ) -> None:
        self.population = population
        self.strata = Strata(config, population)
        self._depths = depths
        self._count = config.counts()[population]
        self._bounds = config.layer_bounds()
        self._layers = [-1, *config.definitions.layers.values()]
        source = config.cell_types[population].morphology
        if source is None:
            raise ValueError(f"'{population}' has no morphology")
        self.morphologies = load_morphologies(source)
        number = len(self.morphologies)
        rng = stream(config.seed, "morphologies", population)
        # A folder gives every cell one of its morphologies, turned about the depth axis.
        self._choice = rng.integers(number, size=self._count)
        self._angle = rng.random(self._count) * 2 * np.pi if number > 1 else None
        #: (morphologies,) share of the cells that have each.
        self._share = np.bincount(self._choice, minlength=number) / max(self._count, 1)
        self._fixed = [
            self.strata.pieces(morphology) if morphology.has_layers else None
            for morphology in self.morphologies
        ]
        #: Synapses of a typical cell: chunks are cut by it, so it is part of what a seed means.
        self.typical = float(self._expected().sum())
        dendrite: NDArray[np.float64] | None = self._dendrite()
        #: (strata,) expected number of synapses of a cell, on average over the cells.
        self.expected_per_cell = dendrite * np.array([s.mean for s in self.strata.strata])
        if not self._count or all(pieces is not None for pieces in self._fixed):
            dendrite = None
        #: Densities that meet no dendrite: "OLM excitatory apical/SLM".
        self.nowhere = [
            f"{population} {path[5]} {path[4]}/{path[6]}"
            for path, _, wrong in self.strata.mistakes(self.morphologies, dendrite)
            if not wrong
        ]
        points = np.array([len(morphology) for morphology in self.morphologies])
        self.points_per_cell = float(self._share @ points)

    def oversized(self) -> list[str]:
        """Return a line for each morphology that is larger than a cell: its unit may not be um."""
        found = []
        for morphology in self.morphologies:
            extent = float(np.ptp(morphology.xyz, axis=0).max())
            if extent > LARGEST:
                found.append(
                    f"'{morphology.name}' is {extent / 1000:,.4g} mm long: SWC files are in um, and "
                    "this one may be in nm"
                )
        return found

    def without_synapses(self) -> list[str]:
        """Return a line for each unusual type or layer of dendrite that no synapse density is of.

        A tool that knows a dendrite's kind calls it basal or apical; one of another type (0 is
        undefined, 5 and more are custom) loses its synapses unless a density names it. In a layer
        that is not defined a dendrite loses them even where a ``default`` density holds.
        """
        usual = [SECTION_TYPES[name] for name in ("soma", "axon", "basal", "apical")]
        dense = [stratum.section for stratum in self.strata.strata]
        found = []
        for morphology in self.morphologies:
            steps = morphology.xyz - morphology.xyz[morphology.parent]
            length = np.linalg.norm(steps, axis=1) * (morphology.parent >= 0)
            types = morphology.types
            layer = np.where(np.isin(types, dense), morphology.layer, -1)
            places = [
                (f"type {kind}", types == kind, "no density is of that type")
                for kind in np.setdiff1d(types, [*usual, *dense]).tolist()
            ]
            places += [
                (f"layer {number}", layer == number, "Definitions.Layers has no such id")
                for number in np.setdiff1d(layer, self._layers).tolist()
            ]
            found += [
                f"{length[where].sum():,.0f} um of {what} in '{morphology.name}' get no synapses: {why}"
                for what, where, why in places
            ]
        return found

    def _expected(self) -> NDArray[np.float64]:
        """Return (strata,) expected number of synapses of a cell, on average over some cells."""
        if not self._count or not self.strata.strata:
            return np.zeros(len(self.strata.strata))
        if all(self._fixed):
            return sum(
                part * self.strata.expected(pieces)
                for part, pieces in zip(self._share, self._fixed, strict=True)
                if pieces is not None
            )
        last = self._count - 1
        cells = np.unique(np.linspace(0, last, min(self._count, _PROBES)).astype(np.int64))
        each = [self.strata.expected(self.pieces(cell, cell + 1)[0]) for cell in cells]
        return np.mean(each, axis=0)

    def _dendrite(self) -> NDArray[np.float64]:
        """Return (strata,) um of dendrite of a cell, on average over the cells."""
        total = np.zeros(len(self.strata.strata))
        for which, (morphology, pieces) in enumerate(
            zip(self.morphologies, self._fixed, strict=True)
        ):
            cells = np.flatnonzero(self._choice == which)
            if pieces is None:
                depths = self._depths()[cells]
                for layer, count in cells_by_layer(morphology, depths, self._bounds).items():
                    total += self.strata.dendrite(morphology, layer, count)
            else:
                total += len(cells) * np.bincount(pieces.stratum, pieces.length, len(total))
        return total / max(self._count, 1)

    def layers(self, cell: int) -> NDArray[np.int8] | None:
        """Return (points,) layers of a cell from its depth; None where the file gives them."""
        morphology = self.morphologies[self._choice[cell]]
        if morphology.has_layers:
            return None
        return assign_layers(morphology, float(self._depths()[cell]), self._bounds)

    def pieces(self, start: int, stop: int) -> list[Pieces]:
        """Return the pieces that synapses of each cell may lie on."""
        found = []
        for cell in range(start, stop):
            which = self._choice[cell]
            fixed = self._fixed[which]
            if fixed is None:
                fixed = self.strata.pieces(self.morphologies[which], self.layers(cell))
            found.append(fixed)
        return found

    # -- trees ---------------------------------------------------------------------------------

    def tables(self) -> list[Table]:
        """Return the tables of the namespace ``Trees``."""
        return [
            Table(
                self.population,
                kind,
                "Trees",
                tuple(Column(name, np.dtype(dtype)) for name, dtype in columns.items()),
            )
            for kind, columns in TREE_TABLES.items()
        ]

    def _tree(self, cell: int) -> dict[str, NDArray[Any]]:
        """Return the columns of a cell's tree, of all tables."""
        morphology: Morphology = self.morphologies[self._choice[cell]]
        points = None if self._angle is None else rotated(morphology, self._angle[cell])
        tree = encode_tree(morphology, points, self.layers(cell))
        topology = {"Source Section": tree.source, "Destination Section": tree.destination}
        return {**tree.points, "Section": tree.section, **topology}

    def trees(self, start: int, stop: int) -> Rows:
        """Return the rows of the trees of some cells."""
        if self._angle is None and self._fixed[0] is not None:
            trees = [self._tree(start)] * (stop - start)
        else:
            trees = [self._tree(cell) for cell in range(start, stop)]

        def joined(values: list[NDArray[Any]]) -> NDArray[Any]:
            same = all(value is values[0] for value in values)
            return np.tile(values[0], len(values)) if same else np.concatenate(values)

        rows: Rows = {}
        for table in self.tables():
            parts = {c.name: [tree[c.name] for tree in trees] for c in table.columns}
            first = next(iter(parts.values()))
            rows[table.key] = (
                np.array([len(values) for values in first], dtype=np.int64),
                {c.name: joined(parts[c.name]).astype(c.dtype, copy=False) for c in table.columns},
            )
        return rows
