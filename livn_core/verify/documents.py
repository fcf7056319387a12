"""The JSON files: graph.json as livn reads it, the electrodes, the provenance."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np

from livn_core.verify.directory import Opened
from livn_core.verify.verdicts import Audit, Check, reason

__all__ = ["check_belongs", "check_graph", "check_mea", "graph_synapses", "read_provenance"]


def _read(audit: Audit, opened: Opened, name: str) -> dict[str, Any] | None:
    with audit.check("json", name, "strict JSON: one object, no NaN") as check:
        opened.raise_for(name)
        content = opened.documents[name]
        if isinstance(content, dict):
            return content
        check.fail(f"holds a {type(content).__name__}, not an object")
    return None


def graph_synapses(graph: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return (source, target) -> what graph.json says of the projection, as livn looks it up.

    Raises
    ------
    ValueError
        It is not where livn looks.
    """
    connections = graph.get("connections")
    if not isinstance(connections, dict) or not connections:
        raise ValueError("no element in 'connections'")
    name, first = next(iter(connections.items()))
    try:
        synapses = first["config"]["synapses"]
        return {
            (source, target): entry
            for target, sources in synapses.items()
            for source, entry in sources.items()
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"no connections.{name}.config.synapses") from error


def check_graph(audit: Audit, opened: Opened) -> dict[str, Any] | None:
    """Check graph.json; return its content where it can be read."""
    name = "graph.json"
    graph = _read(audit, opened, name) if name in opened.sizes else None
    if graph is None:
        return None
    with audit.check("graph-elements", name, "what livn looks up is there") as check:
        config = graph.get("architecture", {}).get("config", {})
        if not isinstance(config.get("cell_distributions"), dict):
            check.fail("no architecture.config.cell_distributions")
        _check_extents(check, config.get("layer_extents"))
        for (source, target), entry in graph_synapses(graph).items():
            for key in ("type", "mechanisms"):
                if key not in entry:
                    check.fail(f"the projection '{source}->{target}' has no '{key}'")
        check.found = f"{len(graph_synapses(graph))} projections"
    with audit.check("graph-version", name, '"version": 1') as check:
        if graph.get("version") is None:
            check.warn("no version: livn 2 warns, and reads it")
        elif graph["version"] != 1:
            check.fail(f"version {graph['version']!r}")
        check.found = "1"
    with audit.check("uuids", name, "each element has a uuid of its own") as check:
        seen: set[uuid.UUID] = set()
        for element, text in _uuids(graph):
            try:
                found = uuid.UUID(str(text))
            except ValueError:
                check.fail(f"{element} has '{text}', which is no uuid")
                continue
            if found in seen:
                check.fail(f"{element} has the uuid of another element")
            seen.add(found)
        if not seen:
            check.warn("no element has a uuid: livn sees no element")
        check.found = f"{len(seen)} elements"
    return graph


def _check_extents(check: Check, extents: Any) -> None:
    if not isinstance(extents, dict) or not extents:
        check.fail("no architecture.config.layer_extents")
        return
    for layer, box in extents.items():
        try:
            low, high = np.array(box, dtype=np.float64)
            right = np.isfinite([*low, *high]).all() and low.shape == (3,) and (low <= high).all()
        except (TypeError, ValueError):
            right = False
        if not right:
            check.fail(f"layer_extents.{layer} is not [[x, y, z] lowest, [x, y, z] highest]")


def _uuids(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    # A uuid below another element's is not an element of its own: livn keeps copies of configs.
    if isinstance(value, dict):
        if "uuid" in value:
            yield path or "the document", value["uuid"]
            return
        for key, entry in value.items():
            yield from _uuids(entry, f"{path}.{key}" if path else str(key))


def read_provenance(audit: Audit, opened: Opened) -> dict[str, Any]:
    """Return the content of provenance.json, empty where a system lacks it."""
    if "provenance.json" not in opened.sizes:
        audit.note("no provenance.json: nothing but graph.json says what was asked for")
        return {}
    return _read(audit, opened, "provenance.json") or {}


def check_belongs(audit: Audit, provenance: dict[str, Any], graph: dict[str, Any]) -> None:
    """Check that the uuids of graph.json are made from the digest in provenance.json."""
    if not isinstance(provenance.get("digest"), str):
        audit.note("provenance.json holds no digest: whether the content has changed is not known")
        return
    with audit.check("graph-belongs", "graph.json", "made with this provenance.json") as check:
        expected = uuid.uuid5(uuid.NAMESPACE_OID, f"{provenance['digest']}/architecture")
        found = graph.get("architecture", {}).get("uuid")
        if found != str(expected):
            check.fail("graph.json and provenance.json are of two different systems")
        check.found = "the uuids follow from the digest"


def check_mea(audit: Audit, opened: Opened) -> None:
    """Check mea.json where there is one: the id of an electrode is the number of its row."""
    name = "mea.json"
    content = _read(audit, opened, name) if name in opened.sizes else None
    if content is None:
        return
    with audit.check("electrodes", name, "rows [id, x, y, z], ids 0..n-1 in order") as check:
        rows = content.get("electrode_coordinates")
        if not isinstance(rows, list):
            check.fail("no list electrode_coordinates")
            return
        if not rows:
            check.warn("no electrode")
        for number, row in enumerate(rows):
            try:
                values = [float(value) for value in row]
            except (TypeError, ValueError) as error:
                check.fail(f"row {number}: {reason(error)}")
                continue
            if len(values) != 4 or not all(map(math.isfinite, values)):
                check.fail(f"row {number} is {row}")
            elif values[0] != number:
                check.fail(f"row {number} has the id {values[0]:g}")
        for key in ("input_radius", "output_radius"):
            value = content.get(key)
            if not isinstance(value, (int, float)) or not 0 < value < math.inf:
                check.fail(f"{key} is {value!r}, not a length above 0 um")
        check.found = f"{len(rows)} electrodes"
