"""What a system's documents say beside its files: types of synapses, degrees asked for, density."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from livn_core.outputs import file_digest

__all__ = [
    "at",
    "axon_notes",
    "cell_notes",
    "changed_files",
    "density",
    "projection_entries",
    "projection_rules",
    "recorded",
    "synapse_types",
]


#: Modules that a line names.
MOST_MODULES = 24


def synapse_types(graph: Any) -> dict[str, str]:
    """Return what the synapses of each population are, as the readers find it in graph.json.

    Population -> ``excitatory``, or two joined by ``/`` where its projections differ.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for (source, _), entry in projection_entries(graph):
        if isinstance(kind := at(entry, "type"), str):
            found[source].add(kind)
    # A population without outputs has its type in the table of cell types alone.
    for _, element in _items(graph, "synapses"):
        for name, entry in _items(element, "config", "cell_types"):
            if name not in found and isinstance(kind := at(entry, "synapse_type"), str):
                found[name] = {kind}
    return {source: "/".join(sorted(kinds)) for source, kinds in found.items()}


def projection_rules(graph: Any) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return (source, target) -> the rule's record in graph.json, of projections that have one."""
    return {
        pair: rule
        for pair, entry in projection_entries(graph)
        if isinstance(rule := at(entry, "kernel"), Mapping)
    }


def projection_entries(graph: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    """Yield (source, target) and what graph.json says of the projection's synapses."""
    for _, element in _items(graph, "connections"):
        for target, sources in _items(element, "config", "synapses"):
            for source, entry in _items(sources):
                yield (source, target), entry


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


def cell_notes(provenance: Any) -> Iterator[str]:
    """Yield the cells of each module, and the density of a culture that fills a body."""
    volume = _number(at(provenance, "volume_um3"))
    cells = sum(_number(row.get("count")) or 0 for row in _rows(provenance, "populations"))
    if volume:
        yield f"volume: {volume * 1e-9:.4g} mm3, {cells / (volume * 1e-9):,.0f} cells/mm3"
    for name, counts in _items(provenance, "module_counts"):
        if shown := [f"{module} {_number(count) or 0:,.0f}" for module, count in _items(counts)]:
            more = f" and {len(shown) - MOST_MODULES} more" if len(shown) > MOST_MODULES else ""
            yield f"modules of {name}: {', '.join(shown[:MOST_MODULES])}{more}"


def axon_notes(projections: Iterable[tuple[str, str, Mapping[str, Any]]]) -> Iterator[str]:
    """Yield how the axons of each population grew, of each projection's (source, target, details)."""
    told, touched = set(), []
    for source, target, details in projections:
        length, pairs = (_number(details.get(k)) for k in ("mean_axon_length", "touched_pairs"))
        if length is None or pairs is None:
            continue
        touched.append(f"{source}->{target} {pairs:,.0f}")
        if source in told:
            continue
        told.add(source)
        facts = [f"mean length {length:,.0f} um"]
        met, ended = (_number(details.get(f"axons_{key}_walls")) for key in ("at", "ended_at"))
        if met is not None and ended is not None:
            facts.append(f"{met:.1%} met a wall, {ended:.1%} ended at one")
        if (bridges := _number(details.get("bridging_axons"))) is not None:
            arrived = _number(details.get("bridges_arrived")) or 0
            facts.append(f"{bridges:.0f} bridges, {arrived:.0f} of them arrived")
        yield f"axons of {source}: {', '.join(facts)}"
    if touched:
        yield f"axons that enter a dendrite's disc: {', '.join(touched)}"


def changed_files(provenance: Any) -> list[str]:
    """Return the files that the system was made from and that are not what they were.

    Those that are not there any more, or are not where the record says, cannot be told and are left
    out.
    """
    source = at(provenance, "configuration", "area_kwargs", "source")
    changed = {}
    for row in [source, *_rows(provenance, "inputs")]:
        path, digest = at(row, "path"), at(row, "sha256")
        if isinstance(path, str) and isinstance(digest, str):
            try:
                changed[path] = file_digest(Path(path)) != digest
            except (OSError, ValueError):
                continue
    return [path for path, differs in changed.items() if differs]


def density(cells: int, area: Any) -> float | None:
    """Return cells per mm2; None where the area (um2) is not known."""
    known = _number(area)
    return cells / (known * 1e-6) if known else None


def at(value: Any, *keys: str) -> Any:
    """Return what stands under nested keys of a document; None where one is not there."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _items(value: Any, *keys: str) -> Iterable[tuple[Any, Any]]:
    found = at(value, *keys)
    return found.items() if isinstance(found, Mapping) else ()


def _rows(document: Any, key: str) -> list[Mapping[str, Any]]:
    rows = at(document, key)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None
