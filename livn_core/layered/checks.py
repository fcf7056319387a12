"""What has to fit together across the parts of a layered configuration.

Each check yields (path in the full form, message); none stops at its first finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from livn_core.documents.names import name_problem, names_alike
from livn_core.documents.paths import Key
from livn_core.layered.models import SECTION_TYPES, LayeredModel
from livn_core.program import MOST_CELLS
from livn_core.suggest import did_you_mean

__all__ = ["check"]

Found = tuple[tuple[Key, ...], str]

#: Deviation of a sum of proportions from 1: decimals such as 0.17 are not exact in binary.
_TOLERANCE = 1e-6


def check(model: LayeredModel) -> Iterator[Found]:
    """Yield everything that does not fit together."""
    yield from _names(model)
    yield from _overlaps(model)
    yield from _boxes(model)
    yield from _rules(model)
    yield from _proportions(model)
    yield from _densities(model)


def _unknown(kind: str, name: str, choices: object) -> str:
    known = list(choices)  # type: ignore[call-overload]
    hint = did_you_mean(name, known) or f"; known: {', '.join(known) or 'none'}"
    return f"no {kind} is named '{name}'{hint}"


def _names(model: LayeredModel) -> Iterator[Found]:
    path: tuple[Key, ...]
    defined, layers = model.definitions.populations, model.definitions.layers
    boxes = model.geometry.surface.layer_extents
    cells = model.geometry.distribution
    for layer in boxes:
        if layer not in layers:
            path = ("Geometry", "Parametric Surface", "Layer Extents", layer)
            yield path, _unknown("layer of Definitions.Layers", layer, layers)
    if (total := sum(sum(counts.values()) for counts in cells.values())) > MOST_CELLS:
        path = ("Geometry", "Cell Distribution")
        yield path, f"{total} cells are more than a system can hold ({MOST_CELLS})"
    if "default" in layers:
        path = ("Definitions", "Layers", "default")
        yield path, "'default' stands for every layer and cannot be the name of one"
    for alike in names_alike(cells):
        yield ("Geometry", "Cell Distribution"), alike
    for name, counts in cells.items():
        path = ("Geometry", "Cell Distribution", name)
        if problem := name_problem(name):
            yield path, problem
        if name not in defined:
            yield path, _unknown("population of Definitions.Populations", name, defined)
        for layer in counts:
            if layer not in boxes:
                yield (*path, layer), _unknown("layer of Layer Extents", layer, boxes)
    for name in defined:
        if name not in cells:
            path = ("Definitions", "Populations", name)
            yield path, _unknown("population of Cell Distribution", name, cells)
    for name, entries in model.geometry.constraints.items():
        path = ("Geometry", "Cell Constraints", name)
        if name not in cells:
            yield path, _unknown("population of Cell Distribution", name, cells)
        for layer in entries:
            if layer not in boxes:
                yield (*path, layer), _unknown("layer of Layer Extents", layer, boxes)
    for name, extents in model.connections.axon_extents.items():
        path = ("Connection Generator", "Axon Extent", name)
        if name not in cells:
            yield path, _unknown("population of Cell Distribution", name, cells)
        for layer in extents:
            if layer != "default" and layer not in layers:
                known = [*layers, "default"]
                yield (*path, layer), _unknown("layer of Definitions.Layers", layer, known)
    for name in model.cell_types:
        if name not in cells:
            yield ("Cell Types", name), _unknown("population of Cell Distribution", name, cells)


def _overlaps(model: LayeredModel) -> Iterator[Found]:
    boxes = model.geometry.surface.layer_extents
    for first, second in combinations(boxes, 2):
        shared = [
            min(boxes[first][1][axis], boxes[second][1][axis])
            - max(boxes[first][0][axis], boxes[second][0][axis])
            for axis in range(3)
        ]
        if min(shared) > 0:
            for name, other in ((first, second), (second, first)):
                path = ("Geometry", "Parametric Surface", "Layer Extents", name)
                yield path, f"overlaps '{other}': {boxes[name]} and {boxes[other]}"


def _boxes(model: LayeredModel) -> Iterator[Found]:
    for name, entries in model.geometry.constraints.items():
        for layer, (low, high) in entries.items():
            path = ("Geometry", "Cell Constraints", name, layer)
            box = model.geometry.surface.layer_extents.get(layer)
            if low > high:
                yield path, f"the interval [{low:g}, {high:g}] ends before it begins"
            elif box is not None and max(low, box[0][2]) > min(high, box[1][2]):
                depths = f"[{box[0][2]:g}, {box[1][2]:g}]"
                yield path, f"[{low:g}, {high:g}] does not meet the layer, which is {depths} deep"


def _rules(model: LayeredModel) -> Iterator[Found]:
    cells, layers = model.geometry.distribution, model.definitions.layers
    for target, rules in model.connections.synapses.items():
        path = ("Connection Generator", "Synapses", target)
        if target not in cells:
            yield path, _unknown("population of Cell Distribution", target, cells)
        elif rules and target not in model.cell_types:
            yield path, f"'{target}' receives synapses but 'Cell Types' has no '{target}'"
        for source, rule in rules.items():
            here = (*path, source)
            if source not in cells:
                yield here, _unknown("population of Cell Distribution", source, cells)
                continue
            if not sum(cells[source].values()):
                yield here, f"'{source}' has no cells, so it cannot be a source"
            extents = model.connections.axon_extents.get(source, {})
            for index, layer in enumerate(rule.layers):
                if layer not in layers:
                    message = _unknown("layer of Definitions.Layers", layer, layers)
                    yield (*here, "layers", index), message
                elif layer not in extents and "default" not in extents:
                    yield here, f"'Axon Extent' has neither '{layer}' nor 'default' for '{source}'"
                    break
            for section, mechanisms in rule.mechanisms.items():
                if section != "default" and section not in SECTION_TYPES:
                    known = [*SECTION_TYPES, "default"]
                    yield (*here, "mechanisms", section), _unknown("section", section, known)
                for name in mechanisms:
                    if name not in model.definitions.mechanisms:
                        message = _unknown(
                            "mechanism of Definitions.Synapse Mechanisms",
                            name,
                            model.definitions.mechanisms,
                        )
                        yield (*here, "mechanisms", section, name), message


def _proportions(model: LayeredModel) -> Iterator[Found]:
    for target, rules in model.connections.synapses.items():
        shares: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
        for source, rule in rules.items():
            for section, layer, share in zip(
                rule.sections, rule.layers, rule.proportions, strict=True
            ):
                shares[rule.type, section, layer][source] = share
        for (kind, part, layer), by_source in shares.items():
            total = sum(by_source.values())
            if abs(total - 1) > _TOLERANCE:
                terms = " + ".join(f"{source} {share:g}" for source, share in by_source.items())
                yield (
                    ("Connection Generator", "Synapses", target),
                    f"the proportions of {kind} {part}/{layer} sum to {total:g}, not 1 ({terms})",
                )


def _densities(model: LayeredModel) -> Iterator[Found]:
    layers = model.definitions.layers
    for name, cell_type in model.cell_types.items():
        for section, kinds in cell_type.synapses.density.items():
            for kind, by_layer in kinds.items():
                path = ("Cell Types", name, "synapses", "density", section, kind)
                for layer in by_layer:
                    if layer != "default" and layer not in layers:
                        known = [*layers, "default"]
                        message = _unknown("layer of Definitions.Layers", layer, known)
                        yield (*path, layer), message
