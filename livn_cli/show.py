"""A plan, a system, its projections: as JSON documents and as text. Numbers are the library's."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livn_cli.output import format_table, program
from livn_core.documents.names import counted

if TYPE_CHECKING:
    from livn_core.job import Job
    from livn_core.program import Population
    from livn_core.system.reader import System

__all__ = [
    "human_bytes",
    "plan_document",
    "show_made",
    "show_plan",
    "show_system",
    "system_document",
]


#: Hours of one core from which on a plan says what more of them would do.
_LARGE_HOURS = 0.1
_OF_DELAYS, _OF_PARTS = ("mean", "min", "max"), ("asked", "realised")


def human_bytes(size: float) -> str:
    """Return a size as people read it: ``1.2 GB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def plan_document(
    job: Job, backend: str, backend_options: Mapping[str, Any], *, strict: bool = False
) -> dict[str, Any]:
    """Return what a job would make, and how."""
    from livn_core.execute import backend_of, plan_of
    from livn_core.system.summary import axon_notes, density

    plan = plan_of(job, strict=strict)
    edges = sum(projection.expected_edges for projection in plan.projections)
    cells = {p.name: p.count for p in plan.populations}
    return {
        "generator": job.generator,
        "output": str(job.output),
        "backend": backend,
        "execution": backend_of(job, backend, backend_options).describe(job),
        "populations": [_population(p, plan.synapse_types, plan.area) for p in plan.populations],
        "projections": [
            {
                "source": p.source,
                "target": p.target,
                "expected_edges": p.expected_edges,
                "asked_mean_in_degree": p.asked_degree,
                "expected_mean_in_degree": _ratio(p.expected_edges, cells[p.target]),
                "details": dict(p.details),
            }
            for p in plan.projections
        ],
        "warnings": list(plan.warnings),
        "cells": sum(cells.values()),
        "density_per_mm2": density(sum(cells.values()), plan.area),
        "expected_edges": edges,
        "expected_bytes": round(plan.expected_bytes),
        "peak_memory_bytes": round(plan.peak_memory),
        "seconds": plan.seconds,
        "notes": [
            *plan.notes,
            *axon_notes((p.source, p.target, p.details) for p in plan.projections),
        ],
        "rank_hours": None if plan.core_seconds is None else plan.core_seconds / 3600,
    }


def _population(p: Population, kinds: Mapping[str, str], area: float | None) -> dict[str, Any]:
    from livn_core.system.summary import density

    return {
        "name": p.name,
        "first_gid": p.start,
        "cells": p.count,
        "synapse_type": kinds.get(p.name),
        "density_per_mm2": density(p.count, area),
    }


def _ratio(edges: float | None, cells: int) -> float | None:
    return edges / cells if edges is not None and cells else None


def show_plan(document: Mapping[str, Any]) -> Iterator[str]:
    """Render :func:`plan_document`."""
    yield f"Would generate {document['output']} with {document['generator']} (nothing is written)"
    yield ""
    yield from _populations(document)
    yield ""
    yield "In-degrees asked for and expected:"
    yield from format_table(
        ("projection", "expected edges", "asked", "expected"),
        [
            (
                _pair(p),
                f"{p['expected_edges']:,.0f}",
                _degree(p["asked_mean_in_degree"]),
                _degree(p["expected_mean_in_degree"]),
            )
            for p in document["projections"]
        ],
    )
    yield from ["", *document["notes"]] if document["notes"] else []
    yield ""
    seconds = document["seconds"]
    yield (
        f"{counted(document['cells'], 'cell')}, about {document['expected_edges']:,.0f} edges, "
        f"{human_bytes(document['expected_bytes'])} on disk, "
        f"{human_bytes(document['peak_memory_bytes'])} of memory"
        + (f", {seconds:.0f} s" if seconds is not None else "")
    )
    yield from _rank_hours(document)
    yield ""
    yield "Runs as:"
    yield document["execution"]


def _rank_hours(document: Mapping[str, Any]) -> Iterator[str]:
    """Say what large work takes on several ranks, a core each, and the rate that this assumes."""
    hours = document["rank_hours"]
    if hours is None or hours < _LARGE_HOURS:
        return
    rate = document["expected_edges"] / (hours * 3600)
    shares = ", ".join(f"{ranks} in {60 * hours / ranks:.1f} min" for ranks in (4, 16, 64))
    yield (
        f"ranks x hours: {hours:.2f} ({shares}), at the measured {rate / 1e6:.1f} million edges a "
        "second and rank, where the disk keeps up"
    )


def _gids(population: Mapping[str, Any]) -> str:
    if not population["cells"]:
        return "none"
    first = population["first_gid"]
    return f"{first}-{first + population['cells'] - 1}"


def _pair(projection: Mapping[str, Any]) -> str:
    return f"{projection['source']}->{projection['target']}"


def _degree(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _density(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.3g}"


def _populations(document: Mapping[str, Any]) -> Iterator[str]:
    """Render the populations, with what their synapses are and, where it is known, their density."""
    density = document["density_per_mm2"]
    yield from format_table(
        ("population", "cells", "gids", "synapses", *(["cells/mm2"] if density else [])),
        [
            (
                p["name"],
                f"{p['cells']:,}",
                _gids(p),
                p["synapse_type"] or "-",
                *([_density(p["density_per_mm2"])] if density else []),
            )
            for p in document["populations"]
        ],
    )


def system_document(system: System, *, distances: bool = False) -> dict[str, Any]:
    """Return what a system holds: populations, projections with realised degrees, provenance.

    ``distances`` reads every distance of the projections that have delays or a mixture of kernels.
    """
    import numpy as np

    from livn_core.system.summary import (
        axon_notes,
        cell_notes,
        changed_files,
        density,
        projection_rules,
        recorded,
        synapse_types,
    )

    provenance = system.provenance or {}
    of_projections, kinds = recorded(provenance), synapse_types(system.graph)
    area = provenance.get("area_um2")
    cells = sum(p.count for p in system.populations)
    projections = []
    for source, target in system.projections:
        degrees = system.in_degrees(source, target)
        asked, expected = of_projections.get((source, target), (None, None))
        some = degrees if len(degrees) else np.zeros(1)
        projections.append(
            {
                "source": source,
                "target": target,
                "edges": int(system.edge_count(source, target)),
                "asked_mean_in_degree": asked,
                "expected_edges": expected,
                "expected_mean_in_degree": _ratio(expected, len(degrees)),
                "mean_in_degree": float(some.mean()),
                "sd_in_degree": float(some.std()),
                "min_in_degree": int(some.min()),
                "max_in_degree": int(some.max()),
                **(_of_distances(system, source, target) if distances else {}),
            }
        )
    mea = system.mea
    return {
        "directory": str(system.path),
        "cells": cells,
        "density_per_mm2": density(cells, area),
        "edges": sum(p["edges"] for p in projections),
        "bytes": sum(f.stat().st_size for f in system.path.iterdir() if f.is_file()),
        "populations": [
            {**_population(p, kinds, area), "type_id": p.type_id} for p in system.populations
        ],
        "projections": projections,
        "bounds": system.bounds().tolist(),
        "electrodes": len(mea.get("electrode_coordinates") or ()) if mea else None,
        "notes": list(cell_notes(provenance)),
        "axons": list(
            axon_notes((*pair, rule) for pair, rule in projection_rules(system.graph).items())
        ),
        "changed_files": changed_files(provenance),
        "provenance": provenance,
    }


def _of_distances(system: System, source: str, target: str) -> dict[str, Any]:
    from livn_core.system.delays import delay_range
    from livn_core.system.mixtures import part_shares

    return {
        "delay_ms": delay_range(system, source, target),
        "parts": part_shares(system, source, target),
    }


def _short(directory: str) -> str:
    """Return a path as short as it can be from here."""
    try:
        return str(Path(directory).relative_to(Path.cwd()))
    except (ValueError, FileNotFoundError):  # elsewhere; here is gone, replaced by what was made
        return directory


def _contents(document: Mapping[str, Any]) -> str:
    cells, edges = counted(document["cells"], "cell"), counted(document["edges"], "connection")
    return f"{cells}, {edges}, {human_bytes(document['bytes'])}"


def show_made(document: Mapping[str, Any]) -> Iterator[str]:
    """Render a system that has just been made: where it is, what is in it, what comes next."""
    directory = _short(document["directory"])
    yield f"{directory}: {_contents(document)}"
    yield ""
    yield from _tables(document)
    yield ""
    yield f"Load it:        livn.system.System({directory!r})"
    if document["electrodes"] is None:
        yield f"Add electrodes: {program()} mea {shlex.quote(directory)}"


def show_system(document: Mapping[str, Any]) -> Iterator[str]:
    """Render :func:`system_document`."""
    low, high = document["bounds"]
    directory = _short(document["directory"])
    yield f"{directory}: {_contents(document)}"
    box = " x ".join(f"[{a:g}, {b:g}]" for a, b in zip(low, high, strict=True))
    yield f"bounds {box} um"
    if document["electrodes"] is not None:
        yield f"{counted(document['electrodes'], 'electrode')} (mea.json)"
    yield ""
    yield from _tables(document)
    yield from ["", *document["axons"]] if document["axons"] else []
    delayed = [p for p in document["projections"] if p.get("delay_ms")]
    if delayed:
        yield ""
        yield "Delays of exports, ms:"
        rows = [(_pair(p), *(f"{p['delay_ms'][k]:.3f}" for k in _OF_DELAYS)) for p in delayed]
        yield from format_table(("projection", *_OF_DELAYS), rows)
    mixed = [(p, part) for p in document["projections"] for part in p.get("parts") or ()]
    if mixed:
        yield ""
        yield "Shares of a mixture's parts, asked for and realised:"
        rows = [
            (_pair(p), part["kernel"], *(f"{part[k]:.3f}" for k in _OF_PARTS)) for p, part in mixed
        ]
        yield from format_table(("projection", "kernel", *_OF_PARTS), rows)
    provenance = document["provenance"]
    if provenance:
        yield ""
        yield f"made by {provenance.get('generator', 'unknown')}"
        for key in ("seed", "digest"):
            if provenance.get(key) is not None:
                yield f"{key} {provenance[key]}"
        for warning in provenance.get("warnings", ()):
            yield f"warning: {warning}"
    for path in document["changed_files"]:
        yield f"'{path}' is not the file that the system was made from: its hash differs"


def _tables(document: Mapping[str, Any]) -> Iterator[str]:
    yield from _populations(document)
    yield from ["", *document["notes"]] if document["notes"] else []
    if document["projections"]:
        yield ""
        yield "In-degrees asked for, expected, and realised (mean, sd, min, max):"
        yield from format_table(
            ("projection", "edges", "asked", "expected", "mean", "sd", "min", "max"),
            [
                (
                    _pair(p),
                    f"{p['edges']:,}",
                    _degree(p["asked_mean_in_degree"]),
                    _degree(p["expected_mean_in_degree"]),
                    f"{p['mean_in_degree']:.2f}",
                    f"{p['sd_in_degree']:.2f}",
                    p["min_in_degree"],
                    p["max_in_degree"],
                )
                for p in document["projections"]
            ],
        )
