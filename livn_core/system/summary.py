"""What a system's documents say beside its files: types of synapses, degrees asked for, density."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

__all__ = ["density", "kernel_details", "recorded", "synapse_types"]


def synapse_types(graph: Any) -> dict[str, str]:
    """Return what the synapses of each population are, as the readers find it in graph.json.

    Parameters
    ----------
    graph
        Content of graph.json.

    Returns
    -------
    dict
        Source population -> ``excitatory``, or two joined by ``/`` where its projections differ.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for element in _values(_at(graph, "connections")):
        for sources in _values(_at(element, "config", "synapses")):
            for source, rule in sources.items() if isinstance(sources, Mapping) else ():
                if isinstance(kind := _at(rule, "type"), str):
                    found[source].add(kind)
    return {source: "/".join(sorted(kinds)) for source, kinds in found.items()}


def kernel_details(graph: Any, source: str, target: str) -> Mapping[str, Any]:
    """Return what graph.json says of the rule and kernel of a projection; empty where nothing."""
    for element in _values(_at(graph, "connections")):
        found = _at(element, "config", "synapses", target, source, "kernel")
        if isinstance(found, Mapping):
            return found
    return {}


def recorded(provenance: Any) -> dict[tuple[str, str], tuple[float | None, float | None]]:
    """Return (source, target) -> the mean in-degree asked for and the edges expected.

    As provenance.json has them: None where a rule asks for no degree, or where an older version did
    not record it.
    """
    found = {}
    for row in _rows(provenance, "projections"):
        source, target = row.get("source"), row.get("target")
        if isinstance(source, str) and isinstance(target, str):
            asked, expected = row.get("asked_mean_in_degree"), row.get("expected_edges")
            found[source, target] = (_number(asked), _number(expected))
    return found


def density(cells: int, area: Any) -> float | None:
    """Return cells per mm2; None where the area (um2) is not known."""
    known = _number(area)
    return cells / (known * 1e-6) if known else None


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _values(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, Mapping) else []


def _rows(document: Any, key: str) -> list[Mapping[str, Any]]:
    rows = _at(document, key)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None
