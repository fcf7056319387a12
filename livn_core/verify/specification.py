"""What was asked for: from provenance.json, ours or another tool's, else from graph.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from livn_core.culture.config import Culture2DConfig
from livn_core.culture.validation import validate as validate_culture
from livn_core.errors import ConfigError, LivnError
from livn_core.layered.configuration import LayeredConfig
from livn_core.layered.normalise import normalise
from livn_core.plugins.registry import registry
from livn_core.verify.verdicts import Audit, reason

__all__ = ["Specification", "read_specification"]

_OURS = {"culture2d", "layered3d"}


@dataclass(frozen=True, slots=True)
class Specification:
    """What a system should be.

    Parameters
    ----------
    source
        Where that is said: ``provenance.json``.
    counts
        Population -> number of cells; None where nothing says it.
    culture, layered
        The configuration of a flat culture, or of a layered system.
    ours
        Whether this project's generator made it.
    parameters
        Of the layered generator.
    recorded
        Whole content of provenance.json.
    """

    source: str
    counts: dict[str, int] | None = None
    culture: Culture2DConfig | None = None
    layered: LayeredConfig | None = None
    ours: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)
    recorded: Mapping[str, Any] = field(default_factory=dict)


def read_specification(
    audit: Audit, provenance: Mapping[str, Any] | None, graph: Mapping[str, Any] | None
) -> Specification:
    """Return what was asked for, as far as the directory says."""
    if provenance is not None:
        generator = provenance.get("generator")
        document = provenance.get("configuration")
        if generator == "cut" and isinstance(document, Mapping):
            audit.note(
                "a part cut out of another system: degrees and distances are those of the whole, "
                "and were not tested"
            )
            return Specification(
                "provenance.json", counts=document.get("cells"), recorded=provenance
            )
        if isinstance(document, Mapping) and isinstance(generator, str):
            return _configured(audit, provenance, document, generator)
        document = provenance.get("config")
        if isinstance(document, Mapping) and "connectivity" in document:
            return _todays_culture(audit, provenance, document)
        audit.note("provenance.json holds no configuration that this version knows")
    return _of_graph(audit, provenance or {}, graph or {})


def _configured(
    audit: Audit, provenance: Mapping[str, Any], document: Mapping[str, Any], generator: str
) -> Specification:
    ours = generator in _OURS
    base: dict[str, Any] = {"ours": ours, "recorded": provenance}
    parameters = provenance.get("parameters") or {}
    counts = _recorded_counts(provenance)
    with audit.check("configuration", "provenance.json", "a configuration that is valid") as check:
        if missing := _missing_component(provenance):
            check.warn(f"made with {missing}, which is not installed: its numbers were not tested")
        elif generator == "culture2d":
            try:
                culture = validate_culture(document, origin="")
            except ConfigError as error:
                # A function or component that is not installed here is no fault of the system.
                elsewhere = all(_of_user_code(finding.path) for finding in error.findings)
                (check.warn if elsewhere else check.fail)(reason(error))
            else:
                check.found = "a flat culture"
                return Specification("provenance.json", culture.counts(), culture=culture, **base)
        elif "Geometry" in document:
            layered = _layered(document)
            check.found = "a layered system"
            return Specification(
                "provenance.json",
                layered.counts(),
                layered=layered,
                parameters=parameters,
                **base,
            )
        else:
            check.found = f"of the generator '{generator}'"
            audit.note(f"the numbers of the generator '{generator}' are not known here: not tested")
    return Specification("provenance.json", counts, **base)


def _recorded_counts(provenance: Mapping[str, Any]) -> dict[str, int] | None:
    rows = provenance.get("populations")
    try:
        return {row["name"]: int(row["count"]) for row in rows or ()} or None
    except (KeyError, TypeError, ValueError):
        return None


def _missing_component(provenance: Mapping[str, Any]) -> str | None:
    """Return the first component that had a part in the system and is not installed."""
    for component in provenance.get("components") or ():
        try:
            registry().find(component["kind"], component["name"])
        except (LivnError, KeyError, TypeError):
            if not isinstance(component, Mapping):
                continue
            return (
                f"the {component.get('kind')} '{component.get('name')}' of "
                f"'{component.get('provider')}'"
            )
    return None


def _of_user_code(path: str) -> bool:
    return path.startswith("area") or "kernel" in path


def _layered(document: Mapping[str, Any]) -> LayeredConfig:
    # The morphologies are left out: the system stores its own, and the user's files may be gone.
    return LayeredConfig.model_validate(normalise(document).data)


def _todays_culture(
    audit: Audit, provenance: Mapping[str, Any], document: Mapping[str, Any]
) -> Specification:
    """Read the provenance of livn's own 2D script: its keys are ours, with nulls and copies."""
    stated = {key: value for key, value in document.items() if not key.startswith("_")}
    stated["populations"] = {
        name: {key: value for key, value in population.items() if value is not None}
        for name, population in stated.get("populations", {}).items()
    }
    try:
        culture = validate_culture(stated, origin="")
    except LivnError as error:
        audit.note(f"the configuration in provenance.json was not understood: {reason(error)}")
        return Specification("provenance.json", recorded=provenance)
    audit.note(f"made by {provenance.get('generator', 'another tool')}, not by 'livn generate'")
    return Specification("provenance.json", culture.counts(), culture=culture, recorded=provenance)


def _of_graph(
    audit: Audit, provenance: Mapping[str, Any], graph: Mapping[str, Any]
) -> Specification:
    architecture = (graph.get("architecture") or {}).get("config") or {}
    distribution = architecture.get("cell_distributions")
    counts = None
    if isinstance(distribution, Mapping):
        try:
            counts = {name: sum(layers.values()) for name, layers in distribution.items()}
        except (AttributeError, TypeError):
            counts = None
    document = _layered_document(graph, architecture)
    if document is not None:
        try:
            layered = _layered(document)
        except (LivnError, ValidationError, TypeError, ValueError) as error:
            audit.note(f"the configuration in graph.json was not understood: {reason(error)}")
        else:
            return Specification(
                "graph.json", layered.counts(), layered=layered, recorded=provenance
            )
    return Specification("graph.json", counts, recorded=provenance)


def _layered_document(
    graph: Mapping[str, Any], architecture: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the configuration that a layered system's graph.json repeats; None for others."""

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
