"""graph.json of a flat culture: the elements that the livn simulator reads."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.culture.config import Culture2DConfig
from livn_core.culture.transmitters import TRANSMITTERS, synapse_site

if TYPE_CHECKING:
    from livn_core.culture.wiring import Wiring

__all__ = ["culture_graph"]

#: Element names carry the generator's; the layer is called this in every flat system.
NAME = "culture2d"
LAYER = "2d"


def culture_graph(
    config: Culture2DConfig,
    bounds: NDArray[np.float64],
    wirings: Mapping[tuple[str, str], Wiring],
    edges: Mapping[tuple[str, str], int],
    digest: str,
) -> dict[str, Any]:
    """Return graph.json's content.

    Of the configured bounds, ``[[x0, y0, z0], [x1, y1, z1]]`` um, and of the projections by (source,
    target): those without edges are not named, since no reader can open them. Equal digests of the
    content give equal uuids.
    """
    counts = config.counts()
    distributions = {name: {LAYER: count} for name, count in sorted(counts.items())}
    extents = {"2D": [[float(value) for value in corner] for corner in bounds]}

    def element(kind: str, content: dict[str, Any]) -> dict[str, Any]:
        return {"uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{digest}/{kind}")), "config": content}

    synapses: dict[str, dict[str, Any]] = {}
    for source, target in sorted(edges, key=lambda pair: (pair[1], pair[0])):
        synapses.setdefault(target, {})[source] = _synapse(config, source, target, wirings)
    return {
        "version": 1,
        "architecture": element(
            "architecture",
            {
                "coordinate_namespace": "Generated Coordinates",
                "area": [[float(value) for value in corner[:2]] for corner in bounds],
                "z_range": [float(value) for value in config.heights],
                "cell_distributions": distributions,
                "layer_extents": extents,
                "cell_counts": dict(sorted(counts.items())),
                **({"modules": list(config.modules)} if config.modules else {}),
                "cells_filepath": "./cells.h5",
            },
        ),
        "distances": {
            NAME: element(
                "distances",
                {
                    "coordinate_namespace": "Generated Coordinates",
                    "cell_distributions": distributions,
                    "layer_extents": extents,
                },
            )
        },
        "synapse_forest": {},
        "synapses": {
            NAME: element(
                "synapses",
                {
                    "cell_types": {
                        name: {
                            "mechanism": None,
                            "synapses": {},
                            "synapse_type": config.populations[name].synapse_type,
                        }
                        for name in sorted(counts)
                    }
                },
            )
        },
        "connections": {
            NAME: element(
                "connections",
                {
                    "coordinates_namespace": "Generated Coordinates",
                    "connectivity_namespace": "Connections",
                    "distances_namespace": "Connections",
                    "population_definitions": {
                        population.name: population.type_id for population in config.gid_ranges()
                    },
                    "layer_definitions": {LAYER: 0},
                    "synapses_namespace": "Synapse Attributes",
                    "value_chunk_size": 1000,
                    "synapses": synapses,
                    "connections_filepath": "./connections.h5",
                },
            )
        },
    }


def _synapse(
    config: Culture2DConfig, source: str, target: str, wirings: Mapping[tuple[str, str], Wiring]
) -> dict[str, Any]:
    population = config.populations[source]
    transmitter = TRANSMITTERS[population.transmitter]
    site = synapse_site(
        population.synapse_type, target_soma_only=config.populations[target].soma_only
    )
    return {
        "type": population.synapse_type,
        "contacts": transmitter.contacts,
        "layers": [LAYER],
        "sections": [site.section],
        "proportions": [1.0],
        "mechanisms": {"default": transmitter.mechanisms()},
        "kernel": dict(wirings[source, target].details),
    }
