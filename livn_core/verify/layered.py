"""A layered system against its configuration: somata in their layers, then synapses and sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from livn_core.errors import ConfigError
from livn_core.layered.configuration import LayeredConfig
from livn_core.layered.normalise import normalise
from livn_core.layered.somata import ArcDistances
from livn_core.sampling.streams import stream
from livn_core.system.reader import System
from livn_core.system.rotation import rotation_matrix
from livn_core.verify.axons import SourceAudit
from livn_core.verify.checks import Checks
from livn_core.verify.measure import Measure
from livn_core.verify.space import add_density
from livn_core.verify.strata import StrataAudit
from livn_core.verify.synapses import SynapseBlock
from livn_core.verify.verdicts import Audit, reason

__all__ = ["LayeredChecks", "layered_checks"]

FloatArray = NDArray[np.float64]

#: Cells of a layer from which on their density is tested.
FEWEST = 40
_ARC = "Arc Distances"


class LayeredChecks(Checks):
    """Checks a layered system.

    Parameters
    ----------
    source
        Where its configuration stands.
    ours
        Whether ``livn generate`` made it, so that its numbers are known to the bit.
    recorded
        Content of provenance.json.
    """

    what = "a layered system"
    multapses = True

    def __init__(
        self, layered: LayeredConfig, source: str, *, ours: bool, recorded: Mapping[str, Any]
    ) -> None:
        self.layered, self.source, self.ours, self.recorded = layered, source, ours, recorded
        self.parameters: Mapping[str, Any] = recorded.get("parameters") or {}
        self.counts = layered.counts()
        self.uuids_from_digest = ours

    def begin(
        self,
        audit: Audit,
        system: System,
        positions: Mapping[str, FloatArray],
        seed: int,
    ) -> None:
        """Check the somata: their layers, boxes, depth limits, and arc distances."""
        super().begin(audit, system, positions, seed)
        self._audit = audit
        #: Population -> (n, 2) arc distances, um; without those that the file lacks.
        self.arc: dict[str, FloatArray] = {}
        for name in positions:
            if _ARC in system.namespaces(name):
                columns = system.attributes(name, _ARC)
                if {"U Distance", "V Distance"} <= set(columns):
                    arc = [columns[f"{axis} Distance"].astype(np.float64) for axis in "UV"]
                    self.arc[name] = np.stack(arc, axis=1)
        rng = stream(seed, "verify", "layered")
        self._strata = StrataAudit(audit, system, self, self.layered, rng)
        self._sources = SourceAudit(audit, self, self.layered, self.arc, rng)
        for name in positions:
            columns = system.attributes(name, "Generated Coordinates")
            if not {f"{axis} Coordinate" for axis in "UVL"} <= set(columns):
                audit.note(f"'{name}' has no u, v, l coordinates: its layers were not tested")
                continue
            uvl = np.stack([columns[f"{axis} Coordinate"] for axis in "UVL"], axis=1)
            self._check_layers(name, uvl.astype(np.float64))
            self._check_arc(name, uvl)

    def measure(self, audit: Audit, system: System, source: str, target: str) -> Measure | None:
        """Return |du| + |dv| of the arc distances, where the file has them."""
        if not {source, target} <= self.arc.keys():
            return None
        what = "|du| + |dv| of the arc distances"
        return Measure(what, self.arc[source], self.arc[target], along=True)

    def autapses(self, source: str, target: str) -> bool | None:
        """Return whether they are allowed: for a single cell they always are."""
        single = (self.counts or {}).get(source) == 1
        return single or bool(self.parameters.get("allow_autapses", True))

    def synapses(self, block: SynapseBlock) -> None:
        """Compare synapses with dendrites, and their sources with axons."""
        found = self._strata.collect(block)
        if found is not None:
            self._sources.collect(block, *found)

    def end(
        self,
        audit: Audit,
        system: System,
        whole: Mapping[tuple[str, str], bool],
        seed: int,
    ) -> None:
        """Give the verdicts on synapses and sources."""
        self._strata.judge()
        self._sources.judge()

    def _check_layers(self, name: str, uvl: FloatArray) -> None:
        surface = self.layered.geometry.surface
        wanted = self.layered.distribution.get(name, {})
        limits = self.layered.geometry.constraints.get(name, {})
        expected = ", ".join(f"{layer} {count}" for layer, count in wanted.items() if count)
        placed = np.zeros(len(uvl), dtype=bool)
        with self._audit.check("cells-per-layer", name, expected or "none") as check:
            found: dict[str, int] = {}
            for layer, box in surface.layer_extents.items():
                low, high = np.array(box, dtype=np.float64)
                # Boxes touch: a cell on a face belongs to the layer that begins there.
                inside = np.all((uvl >= low - 1e-4) & (uvl <= high + 1e-4), axis=1)
                if low[2] < high[2] and self._begins_at(high[2]):
                    inside &= uvl[:, 2] < high[2]
                inside &= ~placed
                placed |= inside
                found[layer] = int(np.count_nonzero(inside))
                if found[layer] != wanted.get(layer, 0):
                    check.fail(f"{found[layer]} cells in {layer}, not {wanted.get(layer, 0)}")
                if layer in limits:
                    self._check_limits(name, layer, uvl[inside, 2], limits[layer])
                if found[layer] >= FEWEST:
                    self._check_even(f"{name} in {layer}", uvl[inside], low, high)
            outside = int(np.count_nonzero(~placed))
            if outside:
                check.fail(f"{outside} of {len(uvl)} cells are in no layer's box")
            check.found = ", ".join(f"{layer} {count}" for layer, count in found.items() if count)

    def _begins_at(self, depth: float) -> bool:
        boxes = self.layered.geometry.surface.layer_extents.values()
        return any(low[2] == depth for low, _ in boxes)

    def _check_limits(
        self, name: str, layer: str, depth: FloatArray, limit: tuple[float, float]
    ) -> None:
        low, high = limit
        expected = f"{layer} between {low:g} and {high:g} um"
        with self._audit.check("depth-limits", name, expected) as check:
            beyond = int(np.count_nonzero((depth < low - 1e-4) | (depth > high + 1e-4)))
            if beyond:
                check.fail(f"{beyond} of {len(depth)} cells are beyond")

    def _check_even(self, subject: str, uvl: FloatArray, low: FloatArray, high: FloatArray) -> None:
        side = (high - low)[:2]
        # Of a narrower box the files' float32 hold too few places to tell even from uneven.
        step = np.spacing(np.abs([low, high]).max(axis=0)[:2].astype(np.float32))
        if np.any(side <= 1e3 * step.astype(np.float64)):
            return
        bins = int(np.clip(np.sqrt(len(uvl) / 10), 2, 32))
        u, v = np.clip((uvl[:, :2] - low[:2]) / side, 0, 1).T
        held = np.histogram2d(u, v, bins=bins, range=[[0, 1], [0, 1]])[0]
        add_density(self._audit, subject, held, np.ones_like(held), "even over the layer's box")

    def _check_arc(self, name: str, uvl: NDArray[np.float32]) -> None:
        if name not in self.arc:
            self._audit.note(f"'{name}' has no arc distances")
            return
        if not self.ours:
            return  # other tools measure from the median of the cells, or along curved surfaces
        origin = ArcDistances.of(self.layered)
        due = origin.distances(uvl)
        slack = 1e-3 + 1e-6 * np.abs(due).max(initial=0.0)
        with self._audit.check("arc-distances", name, f"u, v from {origin.origin} um") as check:
            wrong = int(np.count_nonzero(np.abs(self.arc[name] - due).max(axis=1) > slack))
            if wrong:
                check.fail(f"{wrong} of {len(due)} cells have others")
        turned = uvl.astype(np.float64) @ rotation_matrix(self.layered.geometry.surface.rotation).T
        slack = 1e-3 + 1e-6 * np.abs(turned).max(initial=0.0)
        with self._audit.check("rotation", name, "x, y, z are u, v, l turned") as check:
            wrong = int(np.count_nonzero(np.abs(self.positions[name] - turned).max(axis=1) > slack))
            if wrong:
                check.fail(f"{wrong} of {len(due)} cells lie elsewhere")


def layered_checks(
    provenance: Mapping[str, Any], graph: Mapping[str, Any], *, ours: bool
) -> LayeredChecks | None:
    """Return the checks of a layered system; its graph.json serves where no configuration is left.

    Raises
    ------
    ConfigError
        What was recorded is no configuration.
    """
    document, source = provenance.get("configuration"), "provenance.json"
    if not (isinstance(document, Mapping) and "Geometry" in document):
        document, source, ours = _layered_document(graph), "graph.json", False
        if document is None or isinstance(provenance.get("configuration"), Mapping):
            return None
    try:
        # The morphologies are left out: the system stores its own, the user's may be gone.
        layered = LayeredConfig.model_validate(normalise(document).data)
    except (ValidationError, TypeError, ValueError) as error:
        raise ConfigError(reason(error)) from error
    return LayeredChecks(layered, source, ours=ours, recorded=provenance)


def _layered_document(graph: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the configuration that a layered system's graph.json repeats; None for others."""
    architecture = (graph.get("architecture") or {}).get("config") or {}

    def first(kind: str) -> Mapping[str, Any]:
        elements = graph.get(kind) or {}
        for element in elements.values():
            if isinstance(element, Mapping) and isinstance(element.get("config"), Mapping):
                config: Mapping[str, Any] = element["config"]
                return config
        return {}

    connections, synapses = first("connections"), first("synapses")
    if "axon_extents" not in connections or "cell_types" not in synapses:
        return None
    distances = (graph.get("distances") or {}).get("config") or {}
    surface = {
        "Layer Extents": architecture.get("layer_extents"),
        "Rotation": architecture.get("rotation", [0.0, 0.0, 0.0]),
    }
    if isinstance(distances.get("origin"), Mapping):
        surface["Origin"] = distances["origin"]
    return {
        "random_seed": 0,
        "Definitions": {
            "Populations": connections.get("population_definitions"),
            "Layers": connections.get("layer_definitions"),
        },
        "Geometry": {
            "Parametric Surface": surface,
            "Cell Constraints": architecture.get("cell_constraints") or {},
            "Cell Distribution": architecture.get("cell_distributions"),
        },
        "Connection Generator": {
            "Axon Extent": connections["axon_extents"],
            "Synapses": {
                target: {
                    source: {
                        key: rule[key]
                        for key in ("type", "sections", "layers", "proportions", "contacts")
                        if key in rule
                    }
                    for source, rule in sources.items()
                }
                for target, sources in connections.get("synapses", {}).items()
            },
        },
        "Cell Types": {
            name: {"synapses": {"density": (entry.get("synapses") or {}).get("density", {})}}
            for name, entry in synapses["cell_types"].items()
        },
    }
