"""graph.json of a layered system: the elements that the livn simulator reads."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from livn_core.layered.configuration import LayeredConfig

__all__ = ["layered_graph"]


def layered_graph(
    config: LayeredConfig, edges: Mapping[tuple[str, str], int], digest: str
) -> dict[str, Any]:
    """Return graph.json's content.

    Parameters
    ----------
    config
        The configuration as it was made.
    edges
        (source, target) -> realised number of edges; a projection without edges is not named, since
        no reader can open it.
    digest
        Content digest: equal systems get equal uuids.
    """
    document = config.effective()
    geometry = document["Geometry"]
    surface = geometry["Parametric Surface"]
    definitions = document["Definitions"]
    rules = document["Connection Generator"]["Synapses"]
    made = {
        target: {
            source: _rule(rules[target][source])
            for source in sorted(rules[target])
            if (source, target) in edges
        }
        for target in sorted(rules)
    }
    made = {target: sources for target, sources in made.items() if sources}
    geometry_part = {
        "cell_distributions": geometry["Cell Distribution"],
        "coordinate_namespace": "Generated Coordinates",
        "layer_extents": surface["Layer Extents"],
        "rotation": surface["Rotation"],
    }
    cell_types = {name: _cell_type(entry) for name, entry in document["Cell Types"].items()}
    with_synapses = sorted(
        name for name, entry in cell_types.items() if entry["synapses"]["density"]
    )
    morphologies = {
        name: entry["morphology"]
        for name, entry in document["Cell Types"].items()
        if "morphology" in entry
    }

    def element(kind: str, content: dict[str, Any]) -> dict[str, Any]:
        return {
            "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{digest}/{kind}")),
            "kind": "Component",
            "config": content,
        }

    common = {"layer_definitions": definitions["Layers"]}
    return {
        "version": 1,
        "architecture": element(
            "architecture",
            {
                **geometry_part,
                "cell_constraints": geometry["Cell Constraints"],
                "cell_counts": config.counts(),
                "population_definitions": definitions["Populations"],
                **common,
            },
        ),
        "distances": element("distances", {**geometry_part, "origin": surface["Origin"]}),
        "synapse_forest": {
            name: element(
                f"synapse_forest/{name}",
                {
                    "population": name,
                    "morphology": _file(source["file"]),
                    "sha256": source["sha256"],
                },
            )
            for name, source in sorted(morphologies.items())
        },
        "synapses": {
            name: element(
                f"synapses/{name}",
                {
                    "cell_types": cell_types,
                    "distribution": "poisson",
                    "population": name,
                    **common,
                },
            )
            for name in with_synapses
        },
        "connections": {
            name: element(
                f"connections/{name}",
                {
                    "axon_extents": document["Connection Generator"]["Axon Extent"],
                    "connectivity_namespace": "Connections",
                    "coordinates_namespace": "Generated Coordinates",
                    "distances_namespace": "Arc Distances",
                    "population_definitions": definitions["Populations"],
                    "synapses": made,
                    "synapses_namespace": "Synapse Attributes",
                    **common,
                },
            )
            for name in (sorted(made) or sorted(config.counts())[:1])
        },
    }


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    keys = ("tau_rise", "tau_decay", "e", "g_unit", "weight")
    mechanisms = {
        section: {
            name: {key: parameters.get(key) for key in keys} for name, parameters in entry.items()
        }
        for section, entry in rule["mechanisms"].items()
    }
    return {**rule, "mechanisms": mechanisms}


def _cell_type(entry: dict[str, Any]) -> dict[str, Any]:
    kept = {"mechanism file": entry["mechanism file"]} if "mechanism file" in entry else {}
    return {
        **kept,
        "mechanism": entry.get("mechanism"),
        "synapses": entry["synapses"],
        "template": entry.get("template"),
    }


def _file(name: str) -> str:
    """Return the name of a morphology file without the folders of this machine."""
    return name if name.startswith("systems/") else name.rpartition("/")[2]
