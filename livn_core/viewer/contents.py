"""What a page carries: cells, degrees, connections, electrodes, some morphologies.

Sizes are bounded by the options, not by the system: of more cells or connections than a page may
hold it has a fair sample, and says so.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.documents.findings import with_form
from livn_core.plotting.axons import sample_axons
from livn_core.plotting.colours import cell_colours
from livn_core.plotting.facts import Electrodes, read_electrodes, read_modules
from livn_core.plotting.palette import CATEGORIES, section_look
from livn_core.plotting.sampling import EdgeSample, sample_edges
from livn_core.plotting.scene import Scene, read_scene, region_rings, widened
from livn_core.sampling.streams import stream
from livn_core.system.reader import System
from livn_core.viewer.packing import packed, steps
from livn_core.viewer.shapes import Shapes, read_shapes

__all__ = ["PageContents", "read_contents"]

#: Connections that are drawn while no cell is chosen: more are grey wool, and slow.
_LINES = 1000


@dataclass(frozen=True, slots=True)
class PageContents:
    """A JSON document, and blocks of numbers by name."""

    meta: dict[str, Any]
    blocks: dict[str, NDArray[Any]]


def read_contents(
    system: System,
    max_cells: int,
    max_edges: int,
    max_morphologies: int,
    *,
    title: str | None,
    seed: int,
) -> PageContents:
    """Read what a page of a system carries; see :func:`livn_core.viewer.write_page`."""
    scene = read_scene(system, show_mea=False)
    electrodes = read_electrodes(system)
    total = len(scene.positions)
    gids = np.arange(total)
    if total > max_cells:
        rng = stream(seed, "viewer cells")
        gids = np.sort(rng.choice(total, max_cells, replace=False))
    edges = _edges(system, gids, total, max_edges, seed=seed)
    # What is drawn while no cell is chosen: long connections show, each pair of cells once.
    lines = _edges(
        system, gids, total, _LINES, seed=seed, weight="length", positions=scene.positions
    )
    axons = sample_axons(system, seed=seed)
    incoming, outgoing = _degrees(scene)
    shapes = read_shapes(system, gids, max_morphologies, seed)
    sites = np.empty((0, 3)) if electrodes is None else electrodes.positions
    rings = region_rings(scene.region) if scene.region else []
    modules = cell_colours(scene, "module") if read_modules(system) else None
    meta = {
        "version": 1,
        "title": with_form(title or "", "title") or _title(system),
        "cells": len(gids),
        "total_cells": total,
        "sampled_cells": len(gids) < total,
        "layered": scene.layered,
        "box": _window(scene, sites).tolist(),
        "bounds": scene.box.tolist(),
        "layers": [{"name": x.name, "low": x.low, "high": x.high} for x in scene.layers],
        "populations": _populations(scene, gids),
        "modules": [] if modules is None else modules.names,
        "shades": [] if modules is None else modules.shades.tolist(),
        "palette": CATEGORIES,
        "rings": [len(ring) for ring in rings],
        "edges": {"total": edges.total, "embedded": len(edges)},
        "axons": {
            "total": axons.total,
            "gids": axons.gids.tolist(),
            "points": [len(path) for path in axons.paths],
        },
        "electrodes": _electrodes(electrodes),
        "trees": {
            "ranges": shapes.ranges,
            "cells": shapes.cells,
            "box": _shape_box(scene, shapes),
            "sections": {
                kind: dict(zip(("name", "colour"), section_look(kind), strict=True))
                for kind in np.unique(shapes.types).tolist()
            },
        },
    }
    meta["notes"] = _notes(meta)
    if axons.why:
        meta["notes"].append(f"Its axons are not drawn: {axons.why}.")
    blocks: dict[str, NDArray[Any]] = {
        "positions": scene.positions[gids].astype("<f4"),
        "in-degrees": packed(incoming[gids]),
        "out-degrees": packed(outgoing[gids]),
        "edge-counts": packed(np.bincount(edges.targets, minlength=len(gids))),
        "edge-sources": packed(steps(edges.sources, edges.targets)),
        "lines": packed(np.unique(np.stack([lines.sources, lines.targets], axis=1), axis=0)),
        "rings": np.concatenate([np.empty((0, 2)), *rings]).astype("<f4"),
        "axons": np.concatenate([np.empty((0, 2)), *axons.paths]).astype("<f4"),
        "electrodes": sites.astype("<f4"),
        "tree-points": shapes.points.astype("<f4"),
        "tree-parents": shapes.parents.astype("<i4"),
        "tree-types": shapes.types.astype("u1"),
    }
    if modules is not None:
        blocks["modules"] = packed(modules.values[gids])
    if len(gids) < total:
        blocks["gids"] = packed(np.diff(gids, prepend=0))
    return PageContents(meta, blocks)


def _title(system: System) -> str:
    seed = (system.provenance or {}).get("seed")
    return system.path.resolve().name + ("" if seed is None else f", seed {seed}")


def _electrodes(electrodes: Electrodes | None) -> dict[str, Any]:
    if electrodes is None:
        return {"count": 0}
    return {
        "count": len(electrodes.ids),
        "labels": list(electrodes.names),
        "input_radius": electrodes.input_radius,
        "output_radius": electrodes.output_radius,
    }


def _window(scene: Scene, sites: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the part that the page opens on: the culture, with its array unless that is huge."""
    wide = widened(scene.box, sites, 0.0) if len(sites) else None
    return scene.box if wide is None else wide


def _shape_box(scene: Scene, shapes: Shapes) -> list[list[float]] | None:
    """Return the box that holds the page's morphologies and its cells."""
    if not shapes.cells:
        return None
    corners = [*scene.box]
    for gid, number in shapes.cells.items():
        points = scene.positions[gid] + shapes.points[slice(*shapes.ranges[number])]
        corners += [points.min(axis=0), points.max(axis=0)]
    return [np.min(corners, axis=0).tolist(), np.max(corners, axis=0).tolist()]


def _populations(scene: Scene, gids: NDArray[np.int64]) -> list[dict[str, Any]]:
    found = []
    for owner in scene.system.populations:
        first, stop = np.searchsorted(gids, [owner.start, owner.start + owner.count])
        found.append(
            {
                "name": owner.name,
                "start": owner.start,
                "count": owner.count,
                "first": int(first),
                "shown": int(stop - first),
                **asdict(scene.looks[owner.name]),
            }
        )
    return found


def _edges(
    system: System, gids: NDArray[np.int64], total: int, size: int, **options: Any
) -> EdgeSample:
    """Return a sample of the edges among the page's cells, by their number in the page."""
    if len(gids) == total:
        return sample_edges(system, size, **options)
    among = np.zeros(total, dtype=bool)
    among[gids] = True
    sample = sample_edges(system, size, among=among, **options)
    return replace(
        sample,
        sources=np.searchsorted(gids, sample.sources),
        targets=np.searchsorted(gids, sample.targets),
    )


def _degrees(scene: Scene) -> NDArray[np.int64]:
    """Return the in-degrees and the out-degrees, (2, cells), by gid."""
    degrees = np.zeros((2, len(scene.positions)), dtype=np.int64)
    for source, target in scene.system.projections:
        degrees[0, scene.gids(target)] += scene.system.in_degrees(source, target)
        degrees[1, scene.gids(source)] += scene.system.out_degrees(source, target)
    return degrees


def _notes(meta: dict[str, Any]) -> list[str]:
    notes = []
    if meta["sampled_cells"]:
        notes.append(
            f"This page holds {meta['cells']:,} of {meta['total_cells']:,} cells, a fair sample."
        )
    embedded, total = meta["edges"]["embedded"], meta["edges"]["total"]
    if embedded < total:
        notes.append(
            f"It holds {embedded:,} of {total:,} connections, a fair sample: a cell's partners are "
            "incomplete, its degrees are not."
        )
    return notes
