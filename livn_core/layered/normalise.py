"""Rewrites every accepted spelling of a layered configuration in the full form.

Accepted: MiV-Simulator's full form; the short form of livn's guide (``Cell Distribution`` by
``Layer`` and ``Count``, ``Axon Extent`` directly under ``Geometry`` with one number a population,
``Synapses`` at the top); mechanisms with or without the section level. What has another shape is
left as it is: the models report it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from livn_core.documents.apportion import apportion
from livn_core.documents.paths import Key
from livn_core.layered.models import LAYERS, MECHANISMS, SECTION_TYPES

__all__ = ["STANDARD_BOXES", "Normalised", "normalise"]

#: The boxes of S1, which the short form means when it gives none.
STANDARD_BOXES = {
    "SO": [[0.0, 0.0, 0.0], [40.0, 40.0, 10.0]],
    "SP": [[0.0, 0.0, 10.0], [40.0, 40.0, 15.0]],
    "SR": [[0.0, 0.0, 15.0], [40.0, 40.0, 35.0]],
    "SLM": [[0.0, 0.0, 35.0], [40.0, 40.0, 45.0]],
}

#: Id of the first population, by name, where a configuration defines none: as in S1 to S4.
FIRST_POPULATION = 100

Path = tuple[Key, ...]


@dataclass
class Normalised:
    """A document in the full form.

    Parameters
    ----------
    data
        The document.
    moved
        Path in the full form -> path as the user wrote it, where they differ.
    findings
        What cannot be rewritten: (path as written, message).
    """

    data: dict[str, Any]
    moved: dict[Path, Path] = field(default_factory=dict)
    findings: list[tuple[Path, str]] = field(default_factory=list)

    def written(self, path: Path) -> Path:
        """Return the path as the user wrote it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.moved:
                return self.moved[path[:length]] + path[length:]
        return path


def normalise(document: Mapping[str, Any]) -> Normalised:
    """Return a document in the full form; values that are not mappings are left alone."""
    result = Normalised(dict(document))
    _move(result, ("Geometry", "Axon Extent"), ("Connection Generator", "Axon Extent"))
    _move(result, ("Synapses",), ("Connection Generator", "Synapses"))
    _geometry(result)
    _connections(result)
    _cell_types(result)
    _densities(result)
    result.data.setdefault("random_seed", DEFAULT_SEED)
    return result


#: Used where a configuration gives none: a shipped name means the same system every time.
DEFAULT_SEED = 123


def _move(result: Normalised, origin: Path, target: Path) -> None:
    parent: Any = result.data
    for key in origin[:-1]:
        parent = parent.get(key) if isinstance(parent, Mapping) else None
    if not isinstance(parent, Mapping) or origin[-1] not in parent:
        return
    holder = result.data.get(str(target[0]))
    if holder is not None and not isinstance(holder, Mapping):
        return
    holder = dict(holder or {})
    if target[1] in holder:
        where = ".".join(str(key) for key in target)
        result.findings.append((origin, f"is given twice: here and in '{where}'"))
    else:
        holder[target[1]] = parent[origin[-1]]
        result.moved[target] = origin
    result.data[str(target[0])] = holder
    if len(origin) == 1:
        del result.data[str(origin[0])]
    else:
        result.data[str(origin[0])] = {k: v for k, v in parent.items() if k != origin[-1]}


def _geometry(result: Normalised) -> None:
    geometry = result.data.get("Geometry")
    if not isinstance(geometry, Mapping):
        return
    geometry = dict(geometry)
    result.data["Geometry"] = geometry
    distribution = geometry.get("Cell Distribution")
    if "Definitions" not in result.data and isinstance(distribution, Mapping):
        names = sorted(str(name) for name in distribution)
        ids = {name: FIRST_POPULATION + index for index, name in enumerate(names)}
        result.data["Definitions"] = {"Layers": dict(LAYERS), "Populations": ids}
    definitions = result.data.get("Definitions")
    if isinstance(definitions, Mapping) and "Layers" not in definitions:
        result.data["Definitions"] = {**definitions, "Layers": dict(LAYERS)}
    if geometry.get("Parametric Surface") is None:
        geometry["Parametric Surface"] = {"Layer Extents": STANDARD_BOXES}
    surface = geometry["Parametric Surface"]
    extents = surface.get("Layer Extents") if isinstance(surface, Mapping) else None
    layers = list(extents) if isinstance(extents, Mapping) else []
    if isinstance(distribution, Mapping):
        geometry["Cell Distribution"] = {
            name: _counts(result, ("Geometry", "Cell Distribution", name), entry, layers)
            for name, entry in distribution.items()
        }
    if geometry.get("Cell Constraints", 0) is None:
        geometry["Cell Constraints"] = {}


def _counts(result: Normalised, path: Path, entry: Any, layers: list[str]) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    if not {"Layer", "Count"} & set(entry):
        return {**dict.fromkeys(layers, 0), **entry}
    unknown = [key for key in entry if key not in ("Layer", "Count")]
    for key in unknown:
        result.findings.append(
            ((*path, key), "the short form has the keys 'Layer' and 'Count' and no other")
        )
    missing = [key for key in ("Layer", "Count") if key not in entry]
    for key in missing:
        result.findings.append((path, f"the short form needs the key '{key}' as well"))
    if missing or unknown:
        return {}
    names = entry["Layer"]
    if isinstance(names, str):
        names = [name.strip() for name in names.split(",") if name.strip()]
    count = entry["Count"]
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        result.findings.append(((*path, "Layer"), "one or more layers are due: 'SO, SP, SR'"))
        return {}
    if len(set(names)) < len(names):
        result.findings.append(((*path, "Layer"), "a layer is listed twice"))
        return {}
    if isinstance(count, float) and count.is_integer():
        count = int(count)
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        result.findings.append(((*path, "Count"), "a whole number of cells, >= 0, is due"))
        return {}
    # The count is the population's, spread evenly; the cells that are left go to the first layers.
    order = {f"{index:04d}": name for index, name in enumerate(names)}
    shares = apportion(count, dict.fromkeys(order, 1.0))
    for name in names:
        result.moved[(*path, name)] = (*path, "Layer")
    return {**dict.fromkeys(layers, 0), **{order[key]: n for key, n in shares.items()}}


def _connections(result: Normalised) -> None:
    connections = result.data.get("Connection Generator")
    if connections is None:
        result.data.pop("Connection Generator", None)
        return
    if not isinstance(connections, Mapping):
        return
    connections = {key: {} if value is None else value for key, value in connections.items()}
    result.data["Connection Generator"] = connections
    extents = connections.get("Axon Extent")
    if isinstance(extents, Mapping):
        connections["Axon Extent"] = {name: _extent(entry) for name, entry in extents.items()}
    synapses = connections.get("Synapses")
    if isinstance(synapses, Mapping):
        connections["Synapses"] = {
            target: {
                source: _rule(result, ("Connection Generator", "Synapses", target, source), rule)
                for source, rule in rules.items()
            }
            if isinstance(rules, Mapping)
            else {}
            if rules is None
            else rules
            for target, rules in synapses.items()
        }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _extent(entry: Any) -> Any:
    if _is_number(entry):
        return {"default": {"width": [entry, entry], "offset": [0.0, 0.0]}}
    if not isinstance(entry, Mapping):
        return entry
    if {"width", "offset"} & set(entry):
        entry = {"default": entry}
    layers = {}
    for layer, extent in entry.items():
        if _is_number(extent):
            extent = {"width": extent}
        if isinstance(extent, Mapping):
            extent = {
                key: [value, value] if key in ("width", "offset") and _is_number(value) else value
                for key, value in extent.items()
                if not (key == "offset" and value is None)
            }
        layers[layer] = extent
    return layers


def _rule(result: Normalised, path: Path, rule: Any) -> Any:
    if not isinstance(rule, Mapping):
        return rule
    mechanisms = rule.get("mechanisms")
    if mechanisms is None:
        return {**rule, "mechanisms": {}} if "mechanisms" in rule else rule
    if not isinstance(mechanisms, Mapping) or not mechanisms:
        return rule
    sections = {"default", *SECTION_TYPES}
    if any(key in sections for key in mechanisms):
        return rule
    declared = result.data.get("Definitions")
    names = declared.get("Synapse Mechanisms") if isinstance(declared, Mapping) else None
    names = names if isinstance(names, Mapping) else MECHANISMS
    if any(name in names for name in mechanisms) or all(
        isinstance(value, Mapping) and "g_unit" in value for value in mechanisms.values()
    ):
        result.moved[(*path, "mechanisms", "default")] = (*path, "mechanisms")
        return {**rule, "mechanisms": {"default": mechanisms}}
    return rule


def _cell_types(result: Normalised) -> None:
    cell_types = result.data.get("Cell Types")
    if cell_types is None:
        result.data.pop("Cell Types", None)
        return
    if not isinstance(cell_types, Mapping):
        return
    full = {}
    for name, entry in cell_types.items():
        if isinstance(entry, Mapping):
            entry = dict(entry)
            if entry.get("synapses", 0) is None:
                entry["synapses"] = {}
            if isinstance(entry.get("morphology"), str):
                entry["morphology"] = {"file": entry["morphology"]}
                path = ("Cell Types", name, "morphology")
                result.moved[(*path, "file")] = path
        full[name] = {} if entry is None else entry
    result.data["Cell Types"] = full


def _densities(result: Normalised) -> None:
    """Write out the densities that MiV-Simulator takes: the last one listed, for every layer."""
    cell_types = result.data.get("Cell Types")
    if result.data.get("densities") != "last-listed" or not isinstance(cell_types, Mapping):
        return
    del result.data["densities"]
    for name, entry in cell_types.items():
        synapses = entry.get("synapses") if isinstance(entry, Mapping) else None
        sections = synapses.get("density") if isinstance(synapses, Mapping) else None
        if not isinstance(synapses, Mapping) or not isinstance(sections, Mapping):
            continue
        read = {
            section: {kind: _last(by_layer) for kind, by_layer in kinds.items()}
            if isinstance(kinds, Mapping)
            else kinds
            for section, kinds in sections.items()
        }
        result.data["Cell Types"][name] = {**entry, "synapses": {**synapses, "density": read}}


def _last(by_layer: Any) -> Any:
    if not isinstance(by_layer, Mapping) or not by_layer:
        return by_layer
    return dict.fromkeys(by_layer, list(by_layer.values())[-1])
