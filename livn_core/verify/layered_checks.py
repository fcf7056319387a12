"""A layered system as its documents describe it: the checks that its generator brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from livn_core.errors import ConfigError
from livn_core.layered.configuration import LayeredConfig
from livn_core.layered.normalise import normalise
from livn_core.verify.layered import LayeredChecks
from livn_core.verify.verdicts import reason

__all__ = ["layered_checks"]


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
