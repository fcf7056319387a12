"""The paragraph of a paper that says how a system was made, from what it records of itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from livn_core.documents.names import counted
from livn_core.errors import LivnError
from livn_core.plugins.parameters import UNIT
from livn_core.plugins.registry import registry
from livn_core.system.summary import density, projection_rules, recorded, synapse_types

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = ["methods"]

#: What a projection records beside the parameters of its rule and of its kernel.
_RESULTS = {
    *("rule", "kernel", "mean_degree", "amplitude", "expected_mean_degree", "certain_share"),
    *("distance", "allow_self_connections", "expected_in_degree_cv", "factors"),
    *("touched_pairs", "mean_axon_length", "axons_at_walls", "axons_ended_at_walls"),
}
#: Keys of a culture that say how its cells are spread.
_SPREAD = {
    "density": "{:g} cells/mm2 asked for",
    "spacing": "somata at least {:g} um apart",
    "margin": "somata at least {:g} um from walls",
    "clusters": "in clusters ({})",
    "gradient": "with a gradient of density ({})",
}


def methods(system: System) -> str:
    """Return a paragraph for the methods section of a paper.

    Cells, placement, the law of the connections with its equation, in-degrees asked for and realised,
    seed, digest, program; what an older or a foreign system does not record is left out.

    Examples
    --------
    >>> from livn_core import System
    >>> from livn_core.system.methods import methods
    >>> methods(System("culture"))[:62]
    'A network of 100 cells (80 EXC, excitatory; 20 INH, inhibitory'
    """
    provenance = system.provenance or {}
    configuration = provenance.get("configuration")
    configuration = configuration if isinstance(configuration, Mapping) else {}
    sentences = [
        _cells(system, provenance),
        *_placement(system, provenance, configuration),
        *_connections(system),
        _degrees(system, provenance),
    ]
    if isinstance(digest := provenance.get("digest"), str):
        sentences.append(
            "The configuration in the system's provenance.json makes the same network again, with the "
            f"content digest (BLAKE3) {digest[:16]}..."
        )
    return " ".join(sentences)


def _cells(system: System, provenance: Mapping[str, Any]) -> str:
    kinds = synapse_types(system.graph)
    groups = [
        ", ".join(filter(None, (f"{p.count:,} {p.name}", kinds.get(p.name))))
        for p in system.populations
    ]
    total = sum(p.count for p in system.populations)
    with_what = [f"generator {provenance['generator']}"] if "generator" in provenance else []
    with_what += [f"random seed {provenance['seed']}"] if "seed" in provenance else []
    made = f" ({', '.join(with_what)})" if with_what else ""
    versions = provenance.get("versions")
    version = versions.get("livn-core") if isinstance(versions, Mapping) else None
    program = f"livn-core {version}" if isinstance(version, str) else "livn-core"
    cells = counted(total, "cell")
    return f"A network of {cells} ({'; '.join(groups)}) was generated with {program}{made}."


def _placement(
    system: System, provenance: Mapping[str, Any], configuration: Mapping[str, Any]
) -> Iterator[str]:
    area, given = configuration.get("area"), configuration.get("area_kwargs")
    if not isinstance(area, str):
        about = _sentence("generator", str(provenance.get("generator")))
        notes = provenance.get("notes")
        for text in filter(None, (about, *(notes if isinstance(notes, list) else ()))):
            yield f"{text[0].upper()}{text[1:]}."
        return
    facts = [_sentence("placement", area)]
    for key, value in given.items() if isinstance(given, Mapping) else ():
        if value is not None:
            facts.append(_one("placement", area, key, value))
    for key, text in _SPREAD.items():
        value = configuration.get(key)
        if value is not None:
            shown = _pairs(value) if isinstance(value, Mapping) else value
            facts.append(text.format(shown))
    cells = sum(p.count for p in system.populations)
    spread = density(cells, provenance.get("area_um2"))
    if spread is not None:
        facts.append(f"{spread:,.4g} cells/mm2")
    modules = provenance.get("modules")
    if isinstance(modules, list) and modules:
        facts.append(f"{len(modules)} modules")
    told = "; ".join(filter(None, facts))
    # Of a user's function the file's name, without the folder that it is in here.
    name = area.rpartition("/")[2] if ":" in area else area
    yield f"Cells were placed by '{name}'{': ' if told else ''}{told}."


def _connections(system: System) -> Iterator[str]:
    """Yield a sentence for all projections that differ in nothing but their degrees."""
    alike: dict[str, list[str]] = {}
    for (source, target), details in projection_rules(system.graph).items():
        if (source, target) in system.projections and "rule" in details:
            alike.setdefault(_law(details), []).append(f"{source}->{target}")
    for law, names in alike.items():
        which = "All projections" if len(names) == len(system.projections) else ", ".join(names)
        yield f"{which} follow the {law}."


def _law(details: Mapping[str, Any]) -> str:
    rule, kernel = details["rule"], details.get("kernel")
    own = {key: value for key, value in details.items() if key not in _RESULTS}
    facts = [f"rule '{rule}': {_sentence('connectivity', rule)}"]
    if isinstance(kernel, str):
        facts.append(f"kernel '{kernel}': {_sentence('kernel', kernel)}")
    of_rule = _fields("connectivity", rule)
    facts += [
        _one(*(("connectivity", rule) if key in of_rule else ("kernel", kernel)), key, value)
        for key, value in own.items()
        if value is not None
    ]
    distance = details.get("distance")
    if isinstance(distance, str):
        facts.append(f"distances in the {distance}" if distance != "path" else "path lengths")
    facts.append(
        "self-connections allowed"
        if details.get("allow_self_connections")
        else "no self-connections"
    )
    return "; ".join(filter(None, facts))


def _degrees(system: System, provenance: Mapping[str, Any]) -> str:
    asked, rows, total = recorded(provenance), [], 0
    for source, target in system.projections:
        degrees = system.in_degrees(source, target)
        total += int(degrees.sum())
        wanted, _ = asked.get((source, target), (None, None))
        real = f"{np.mean(degrees):,.2f} +- {np.std(degrees):,.2f}" if len(degrees) else "no cells"
        rows.append(
            f"{source}->{target} {real}" + (f" ({wanted:g} asked)" if wanted is not None else "")
        )
    if not rows:
        return "There are no connections."
    return f"Realised in-degrees, mean +- sd: {', '.join(rows)}; {total:,} connections in all."


def _sentence(kind: str, name: str) -> str:
    """Return the first sentence of a component's own description; it carries the equation."""
    try:
        # Not the base class's, which `getdoc` takes for one that has none.
        text = inspect.cleandoc(registry().load(kind, name).__doc__ or "")
        text = text or registry().find(kind, name).summary
    except LivnError:  # a user's function, or a plugin that is not here
        return ""
    first = re.split(r"\.(?:\s|$)", " ".join(text.split("\n\n")[0].split()), maxsplit=1)[0]
    return first.replace("``", "")


def _fields(kind: str, name: Any) -> Mapping[str, Any]:
    try:
        fields = registry().load(kind, name).model_fields if isinstance(name, str) else {}
    except LivnError:
        return {}
    return cast("Mapping[str, Any]", fields)


def _one(kind: str, name: Any, key: str, value: Any) -> str:
    """Return ``radius = 300 um``; rings and tables are not spelled out."""
    if isinstance(value, list | Mapping) and len(str(value)) > 120:
        return f"{key} as in provenance.json"
    fields = _fields(kind, name)
    unit = UNIT.search(fields[key].description or "") if key in fields else None
    if isinstance(value, Mapping):
        shown = _pairs(value)
    else:
        shown = f"{value:g}" if isinstance(value, float) else str(value)
    told = " sigma" if key == "cutoff" else f" {unit[1]}" if unit else ""
    return f"{key} = {shown}{told}"


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items() if value is not None)
