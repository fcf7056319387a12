"""graph.json of a part of a system."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.system.rotation import rotation_of

__all__ = ["cut_graph"]

#: Keys whose content is by population.
_BY_POPULATION = {
    "cell_distributions",
    "cell_counts",
    "cell_types",
    "cell_constraints",
    "population_definitions",
    "populations",
}


def cut_graph(
    graph: Mapping[str, Any],
    positions: Mapping[str, NDArray[np.float32]],
    bounds: tuple[tuple[float, float], tuple[float, float]] | None,
    edges: Mapping[tuple[str, str], int],
    digest: str,
) -> dict[str, Any]:
    """Return the graph.json of the cells that stay.

    Parameters
    ----------
    positions
        Population -> (n, 3) positions of the cells that stay, um.
    bounds
        ``[[x0, y0], [x1, y1]]``, um, of the part; None leaves the extents as they were.
    edges
        (source, target) -> edges that stay; a projection without any is not named.
    digest
        Content digest, from which the uuids are made.
    """
    made: dict[str, Any] = copy.deepcopy(dict(graph))
    everyone = _populations(made)
    gone = everyone - set(positions)
    _walk(made, "", gone, positions, bounds, digest)
    for kind in ("distances", "synapses", "synapse_forest", "connections"):
        elements = made.get(kind)
        if not isinstance(elements, dict):
            continue
        made[kind] = {name: element for name, element in elements.items() if name not in gone}
        for element in made[kind].values():
            config = element.get("config") if isinstance(element, dict) else None
            if kind == "connections" and isinstance(config, dict):
                _keep_projections(config, edges)
    return made


def _populations(graph: Mapping[str, Any]) -> set[str]:
    config = (graph.get("architecture") or {}).get("config") or {}
    return set(config.get("cell_distributions") or {}) | set(config.get("cell_counts") or {})


def _keep_projections(config: dict[str, Any], edges: Mapping[tuple[str, str], int]) -> None:
    synapses = config.get("synapses")
    if not isinstance(synapses, dict):
        return
    kept = {
        target: {s: spec for s, spec in sources.items() if (s, target) in edges}
        for target, sources in synapses.items()
        if isinstance(sources, dict)
    }
    config["synapses"] = {target: sources for target, sources in kept.items() if sources}


def _walk(
    node: Any,
    path: str,
    gone: set[str],
    positions: Mapping[str, NDArray[np.float32]],
    bounds: Any,
    digest: str,
) -> None:
    """Mend every object below ``node``: uuids, counts, extents, populations that are gone."""
    if not isinstance(node, dict):
        if isinstance(node, list):
            for number, entry in enumerate(node):
                _walk(entry, f"{path}/{number}", gone, positions, bounds, digest)
        return
    if "uuid" in node:
        node["uuid"] = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{digest}{path}"))
    old_extents, rotation = node.get("layer_extents"), rotation_of(node)
    for key in _BY_POPULATION & set(node):
        if isinstance(node[key], dict):
            node[key] = {name: value for name, value in node[key].items() if name not in gone}
    if isinstance(node.get("cell_distributions"), dict) and isinstance(old_extents, dict):
        node["cell_distributions"] = {
            name: _by_layer(layers, old_extents, positions.get(name), rotation)
            for name, layers in node["cell_distributions"].items()
        }
    if isinstance(node.get("cell_counts"), dict):
        node["cell_counts"] = {
            name: len(positions[name]) for name in node["cell_counts"] if name in positions
        }
    if bounds is not None and isinstance(old_extents, dict) and rotation is None:
        node["layer_extents"] = {name: _clipped(box, bounds) for name, box in old_extents.items()}
        if "area" in node:
            node["area"] = [corner[:2] for corner in _union(node["layer_extents"].values())]
    for key, value in node.items():
        _walk(value, f"{path}/{key}", gone, positions, bounds, digest)


def _clipped(box: Any, bounds: Any) -> list[list[float]]:
    """Return the part of a layer's box that lies within the bounds in the plane."""
    low, high = (np.array(corner, dtype=np.float64) for corner in box)
    clipped_low = np.maximum(low[:2], bounds[0])
    clipped_high = np.minimum(high[:2], bounds[1])
    return [
        [*clipped_low.tolist(), float(low[2])],
        [*np.maximum(clipped_high, clipped_low).tolist(), float(high[2])],
    ]


def _union(boxes: Any) -> list[list[float]]:
    corners = np.array([list(box) for box in boxes], dtype=np.float64)
    return [corners[:, 0].min(axis=0).tolist(), corners[:, 1].max(axis=0).tolist()]


def _by_layer(
    layers: Any,
    extents: Mapping[str, Any],
    positions: NDArray[np.float32] | None,
    rotation: NDArray[np.float64] | None,
) -> Any:
    """Return the cells of each layer, by its box; the counts add up to the cells that there are.

    A cell between two layers, as rounding may put it, counts for the one whose middle is nearest.
    """
    if not isinstance(layers, dict) or not layers or positions is None:
        return layers
    if len(layers) == 1:
        return {name: len(positions) for name in layers}
    # Only layers that had cells, and whose extents are known, can have some now.
    able = [name for name, count in layers.items() if count and name in extents]
    counts = dict.fromkeys(layers, 0)
    if not able:
        return counts
    low, high = np.array([extents[name] for name in able], dtype=np.float64).swapaxes(0, 1)
    at = positions.astype(np.float64)[:, None]
    if rotation is not None:
        at = at @ rotation
    outside = np.maximum(np.maximum(low - at, at - high), 0).sum(axis=2)
    middle = np.abs(at - (low + high) / 2)[:, :, 2] * 1e-9
    for number, count in zip(
        *np.unique(np.argmin(outside + middle, axis=1), return_counts=True), strict=True
    ):
        counts[able[int(number)]] = int(count)
    return counts
