"""What has to fit together across the parts of a layered configuration.

Each check yields (path in the full form, message); none stops at its first finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from livn_core.documents.names import name_problem, names_alike
from livn_core.documents.paths import Key
from livn_core.layered.models import SECTION_TYPES, LayeredModel
from livn_core.program import MOST_CELLS
from livn_core.suggest import did_you_mean

__all__ = ["Found", "check"]

Found = tuple[tuple[Key, ...], str]

#: Deviation of a sum of proportions from 1: decimals such as 0.17 are not exact in binary.
_TOLERANCE = 1e-6
_LAYER = "layer of Definitions.Layers"
_BOX = "layer of Layer Extents"
_POPULATION = "population of Cell Distribution"


def check(model: LayeredModel) -> Iterator[Found]:
    """Yield everything that does not fit together."""
    yield from _names(model)
    yield from _overlaps(model)
    yield from _boxes(model)
    yield from _rules(model)
    yield from _proportions(model)
    yield from _densities(model)


def _unknown(
    path: tuple[Key, ...], names: Iterable[str], kind: str, choices: Iterable[str]
) -> Iterator[Found]:
    """Yield the names that are not among the choices; the path ends before a name."""
    known = list(choices)
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or f"; known: {', '.join(known) or 'none'}"
            yield (*path, name), f"no {kind} is named '{name}'{hint}"


def _names(model: LayeredModel) -> Iterator[Found]:
    path: tuple[Key, ...]
    defined, layers = model.definitions.populations, model.definitions.layers
    boxes = model.geometry.surface.layer_extents
    cells = model.geometry.distribution
    path = ("Geometry", "Parametric Surface", "Layer Extents")
    yield from _unknown(path, boxes, _LAYER, layers)
    path = ("Geometry", "Cell Distribution")
    if (total := sum(sum(counts.values()) for counts in cells.values())) > MOST_CELLS:
        yield path, f"{total} cells are more than a system can hold ({MOST_CELLS})"
    if "default" in layers:
        text = "'default' stands for every layer and cannot be the name of one"
        yield ("Definitions", "Layers", "default"), text
    for alike in names_alike(cells):
        yield path, alike
    yield from _unknown(path, cells, "population of Definitions.Populations", defined)
    for name, counts in cells.items():
        if problem := name_problem(name):
            yield (*path, name), problem
        yield from _unknown((*path, name), counts, _BOX, boxes)
    yield from _unknown(("Definitions", "Populations"), defined, _POPULATION, cells)
    path = ("Geometry", "Cell Constraints")
    yield from _unknown(path, model.geometry.constraints, _POPULATION, cells)
    for name, entries in model.geometry.constraints.items():
        yield from _unknown((*path, name), entries, _BOX, boxes)
    path = ("Connection Generator", "Axon Extent")
    yield from _unknown(path, model.connections.axon_extents, _POPULATION, cells)
    for name, extents in model.connections.axon_extents.items():
        yield from _unknown((*path, name), extents, _LAYER, [*layers, "default"])
    yield from _unknown(("Cell Types",), model.cell_types, _POPULATION, cells)


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
    known = model.definitions.mechanisms
    every: tuple[Key, ...] = ("Connection Generator", "Synapses")
    yield from _unknown(every, model.connections.synapses, _POPULATION, cells)
    for target, rules in model.connections.synapses.items():
        path = (*every, target)
        if target in cells and rules and target not in model.cell_types:
            yield path, f"'{target}' receives synapses but 'Cell Types' has no '{target}'"
        yield from _unknown(path, rules, _POPULATION, cells)
        for source, rule in rules.items():
            here = (*path, source)
            if source not in cells:
                continue
            if not sum(cells[source].values()):
                yield here, f"'{source}' has no cells, so it cannot be a source"
            extents = model.connections.axon_extents.get(source, {})
            for index, layer in enumerate(rule.layers):
                if layer not in layers:
                    for _, message in _unknown((), [layer], _LAYER, layers):
                        yield (*here, "layers", index), message
                elif layer not in extents and "default" not in extents:
                    yield here, f"'Axon Extent' has neither '{layer}' nor 'default' for '{source}'"
                    break
            here = (*here, "mechanisms")
            yield from _unknown(here, rule.mechanisms, "section", [*SECTION_TYPES, "default"])
            for section, mechanisms in rule.mechanisms.items():
                kind = "mechanism of Definitions.Synapse Mechanisms"
                yield from _unknown((*here, section), mechanisms, kind, known)


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
    known = [*model.definitions.layers, "default"]
    for name, cell_type in model.cell_types.items():
        for section, kinds in cell_type.synapses.density.items():
            for kind, by_layer in kinds.items():
                path = ("Cell Types", name, "synapses", "density", section, kind)
                yield from _unknown(path, by_layer, _LAYER, known)
