"""Where the cells are: how many, inside the area that was asked for, evenly spread over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from livn_core.culture.covering import inset
from livn_core.culture.density import areas_in_grid
from livn_core.culture.positions import region_drawing
from livn_core.culture.region import bounds_of
from livn_core.verify.chance import area_p_value
from livn_core.verify.verdicts import Audit

if TYPE_CHECKING:
    from livn_core.components import Placement
    from livn_core.culture.config import Culture2DConfig
    from livn_core.culture.volume import Volume
    from livn_core.system.reader import System
    from livn_core.verify.checks import Checks
    from livn_core.verify.culture import CultureChecks

__all__ = [
    "add_density",
    "check_apart",
    "check_area",
    "check_box",
    "check_counts",
    "check_density",
    "check_modules",
    "check_recorded_edges",
]

FloatArray = NDArray[np.float64]

#: Cells from which on their density is tested.
FEWEST = 40
#: Steps of the stored float32 positions in a region whose cells can be told to be even.
FEWEST_STEPS = 10_000
#: Share of its box that walls leave of a part whose cells a grid can tell to be even.
LITTLE = 1e-3
#: Power of two of the points that fill the box of a body whose cells keep off its surface, and how
#: many spacings deep that is felt.
POINTS, LAYER = 20, 2


def check_counts(audit: Audit, system: System, checks: Checks, recorded: Any) -> None:
    """Check the number of cells of each population, and the ranges of gids that were recorded."""
    with audit.check("cell-counts", checks.source, "the cells that were asked for") as check:
        found = {population.name: population.count for population in system.populations}
        if checks.counts is None:
            check.found = "nothing says how many"
            return
        for name in sorted(set(found) | set(checks.counts)):
            due, is_there = checks.counts.get(name, 0), found.get(name)
            if is_there is None and due:
                check.fail(f"no population '{name}', which should have {due} cells")
            elif is_there is not None and is_there != due:
                check.fail(f"'{name}' has {is_there} cells, not {due}")
        for row in recorded if isinstance(recorded, list) else ():
            own = next((p for p in system.populations if p.name == row.get("name")), None)
            if own is not None and (own.start, own.type_id) != (row["start"], row["id"]):
                check.fail(
                    f"'{own.name}' begins at gid {own.start} with id {own.type_id}, not at "
                    f"{row['start']} with {row['id']}"
                )
        check.found = ", ".join(f"{name} {count}" for name, count in found.items())


def check_recorded_edges(audit: Audit, system: System, rows: Any) -> None:
    """Check the number of edges of each projection against what was recorded when it was made."""
    if not isinstance(rows, list):
        return
    with audit.check("edge-counts", "provenance.json", "the edges that were recorded") as check:
        recorded = {(row["source"], row["target"]): row["edges"] for row in rows}
        for source, target in sorted(set(recorded) | set(system.projections)):
            due = recorded.get((source, target), 0)
            stored = (source, target) in system.projections
            found = system.edge_count(source, target) if stored else 0
            if found != due:
                check.fail(f"'{source}->{target}' has {found:,} edges, not {due:,}")
        check.found = f"{sum(recorded.values()):,} edges"


def check_area(
    audit: Audit, system: System, checks: CultureChecks, positions: Mapping[str, FloatArray]
) -> Placement | None:
    """Check that every cell lies inside the configured area; return the placement."""
    culture = checks.culture
    placement: Placement | None = None
    expected = "the placement that was asked for is there"
    with audit.check("placement", checks.source, expected) as check:
        placement = culture.placement()
        check.found = culture.area_name
    if placement is None:
        return None
    flat = bounds_of(placement)
    low_z, high_z = culture.heights
    with audit.check("bounds", "cells", _shape(placement, flat, (low_z, high_z))) as check:
        region = placement.region()
        if region is None:
            audit.note(f"the placement '{culture.area_name}' states no bounds: not tested")
        for name, xyz in positions.items():
            outside = (xyz[:, 2] < low_z - 1e-5) | (xyz[:, 2] > high_z + 1e-5)
            if region is not None:
                slack = 1e-6 * (1 + float(np.abs(region.bounds).max()))
                outside |= ~region.contains(xyz[:, :2], slack)
            if outside.any():
                x, y, z = xyz[np.flatnonzero(outside)[0]]
                check.fail(
                    f"{np.count_nonzero(outside)} of {len(xyz)} cells of '{name}' are outside, "
                    f"one at ({x:.6g}, {y:.6g}, {z:.6g})"
                )
        check.found = "every cell inside"
    if flat is not None:
        with audit.check("graph-bounds", "graph.json", "the configured area") as check:
            stated = system.bounds()
            if not np.allclose(stated[:, :2], flat, rtol=1e-6, atol=1e-3):
                text = f"layer_extents span {stated[0, :2].tolist()} to {stated[1, :2].tolist()} um"
                (check.fail if checks.ours else check.warn)(text)
            check.found = "the same"
    return placement


def check_box(audit: Audit, system: System, positions: Mapping[str, FloatArray]) -> None:
    """Check that every cell lies inside the boxes of graph.json, which may not be turned."""
    with audit.check("bounds", "cells", "inside layer_extents of graph.json") as check:
        config = system.graph.get("architecture", {}).get("config", {})
        if any(config.get("rotation") or ()):
            check.found = "not compared: the boxes are rotated"
            return
        low, high = system.bounds()
        for name, xyz in positions.items():
            slack = 1e-5 * (1 + np.abs([low, high]).max())
            outside = np.any((xyz < low - slack) | (xyz > high + slack), axis=1)
            if outside.any():
                check.fail(f"{np.count_nonzero(outside)} of {len(xyz)} cells of '{name}' outside")
        check.found = "every cell inside"


def _shape(placement: Placement, flat: FloatArray | None, z: tuple[float, float]) -> str:
    if flat is None:
        return f"z {z[0]:g} to {z[1]:g} um"
    (x0, y0), (x1, y1) = np.asarray(flat, dtype=np.float64).tolist()
    region = placement.region()
    whole = region is None or abs(region.area / max((x1 - x0) * (y1 - y0), 1e-300) - 1) < 1e-9
    area = "" if region is None or whole else f"{region.area * 1e-6:.4g} mm2 within "
    return f"{area}x {x0:g} to {x1:g}, y {y0:g} to {y1:g}, z {z[0]:g} to {z[1]:g} um"


def check_apart(
    audit: Audit, culture: Culture2DConfig, positions: Mapping[str, FloatArray]
) -> None:
    """Check the least distances of somata from each other and from walls, as the file holds them.

    Of a body in space; otherwise in the plane.
    """
    axes = 2 if culture.volume is None else 3
    every = np.concatenate([xyz[:, :axes] for xyz in positions.values()])
    if culture.spacing is not None and len(every) > 1:
        expected = f"no two somata nearer than {culture.spacing:g} um"
        with audit.check("spacing", "all cells", expected) as check:
            nearest = float(cKDTree(every).query(every, k=2)[0][:, 1].min())
            check.found = f"the nearest two are {nearest:.6g} um apart"
            if nearest < culture.spacing:
                check.fail(check.found)
    # How deep cells are in a body is the check 'volume'.
    if culture.wall_margin and culture.region is not None and culture.volume is None:
        expected = f"no soma nearer to a wall than {culture.wall_margin:g} um"
        with audit.check("margin", "all cells", expected) as check:
            nearest = float(culture.region.distance(every).min(initial=np.inf))
            check.found = f"the nearest is {nearest:.6g} um away"
            if nearest < culture.wall_margin:
                check.fail(check.found)


def check_modules(
    audit: Audit, system: System, culture: Culture2DConfig, positions: Mapping[str, FloatArray]
) -> None:
    """Check that each cell is in the module that the file says, and the numbers in each."""
    region = culture.region
    if region is None or not region.modules or not culture.drawn_over_region:
        return
    due = region_drawing(culture).cells_in_modules(culture.counts())
    for number, name in enumerate(culture.counts()):
        if name not in positions:
            continue
        with audit.check("modules", name, "the cells of each module, in it") as check:
            stored = system.attributes(name, "Culture")["module"].astype(np.int64)
            found = np.bincount(stored, minlength=len(region.modules))
            if not np.array_equal(found, due[number]):
                check.fail(f"{found.tolist()} cells, not {due[number].tolist()}")
            wrong = np.count_nonzero(stored != region.module_of(positions[name][:, :2]))
            if wrong:
                check.fail(f"{wrong} cells are not in the module that the file says")
            check.found = ", ".join(
                f"{module} {count}" for module, count in zip(region.modules, found, strict=False)
            )


def check_density(
    audit: Audit, culture: Culture2DConfig, positions: Mapping[str, FloatArray]
) -> None:
    """Test that cells are spread over the region as they were asked for."""
    if culture.volume is not None:
        _check_volume(audit, culture, culture.volume, positions)
        return
    region = culture.region if culture.placement().uniform else None
    if region is None or culture.clusters is not None:
        why = "it is clustered" if region is not None else "it has no stated law"
        audit.note(f"the density of the placement '{culture.area_name}' was not tested: {why}")
        return
    low, high = region.bounds
    step = np.spacing(np.abs(region.bounds).max(axis=0).astype(np.float32)).astype(np.float64)
    if (high - low < FEWEST_STEPS * step).any():
        audit.note("the density was not tested: the region is no wider than a few float32 steps")
        return
    margin = culture.wall_margin
    if margin and any(inset(part, margin, LITTLE) is not None for part in region.parts):
        audit.note("the density was not tested: walls keep cells off nearly all of the region")
        return
    gradient = culture.relative_density
    groups = {name: xyz for name, xyz in positions.items() if len(xyz) >= FEWEST}
    if any(population.modules is not None for population in culture.populations.values()):
        groups = {}
        audit.note("the density was not tested: populations are in modules of their own")
    elif len(positions) > 1:
        groups["all cells"] = np.concatenate(list(positions.values()))
    for name, xyz in groups.items():
        if len(xyz) < FEWEST:
            audit.note(f"fewer than {FEWEST} cells: their density was not tested")
            continue
        side = int(np.clip(np.sqrt(len(xyz) / 10), 2, 32))
        edges_x, edges_y, weight = areas_in_grid(region, side, gradient, culture.wall_margin)
        held = np.histogram2d(xyz[:, 0], xyz[:, 1], bins=[edges_x, edges_y])[0]
        expected = "uniform per area" if gradient is None else "the gradient's shares"
        add_density(audit, name, held, weight, expected)


def add_density(
    audit: Audit, subject: str, held: FloatArray, weight: FloatArray, expected: str
) -> None:
    """Test the cells in each of some parts against what the parts should hold in proportion to."""
    statistic, p, bins = area_p_value(held.ravel(), weight.ravel())
    found = f"chi2 {statistic:.1f} over {bins} parts"
    audit.test("density", subject, found=found, expected=expected, statistic=statistic, p_value=p)


def _check_volume(
    audit: Audit, culture: Culture2DConfig, volume: Volume, positions: Mapping[str, FloatArray]
) -> None:
    """Test that cells are inside a body, as far from its surface as asked, and fill it evenly."""
    with audit.check("volume", "cells", f"{culture.wall_margin:g} um or more inside") as check:
        slack = 1e-6 * (1 + float(np.abs(volume.box()).max()))
        for name, xyz in positions.items():
            shallow = volume.depth(xyz) < culture.wall_margin - slack
            if shallow.any():
                check.fail(f"{np.count_nonzero(shallow)} of {len(xyz)} cells of '{name}' are not")
        check.found = "every cell"
    # Cells that keep apart are denser along the surface, where fewer others are in their way.
    least = culture.wall_margin + LAYER * (culture.spacing or 0.0)
    points = _inner(volume, least) if least else None
    groups = {**positions, "all cells": np.concatenate([np.empty((0, 3)), *positions.values()])}
    for name, every in groups.items():
        xyz = every[volume.depth(every) >= least] if least else every
        if len(xyz) < FEWEST or not (points is None or len(points)):
            deep = f" deeper than {least:g} um" if least else ""
            audit.note(f"fewer than {FEWEST} cells{deep}: their density was not tested")
            continue
        side = int(np.clip(np.cbrt(len(xyz) / 10), 2, 10))
        due = np.full(side**3, 1 / side**3) if points is None else _held(volume, points, side)
        add_density(audit, name, _held(volume, xyz, side), due, "uniform per volume")


def _held(volume: Volume, xyz: FloatArray, side: int) -> FloatArray:
    """Return the points in each of ``side``^3 parts of a body, all of one volume."""
    # Clipped as floats: far outside a body the coordinates are larger than any integer.
    parts = np.clip(volume.evenly(xyz) * side, 0, side - 1).astype(np.int64)
    cell = (parts[:, 0] * side + parts[:, 1]) * side + parts[:, 2]
    return np.bincount(cell, minlength=side**3).astype(np.float64)


def _inner(volume: Volume, margin: float) -> FloatArray:
    """Return points that fill what of a body is as deep as the margin, far more evenly than chance."""
    from scipy.stats import qmc  # 0.5 s that only bodies with a margin are to wait for

    low, high = volume.box()
    points = low + (high - low) * qmc.Sobol(3, scramble=False).random_base2(POINTS)
    points = points[volume.contains(points)]
    return points[volume.depth(points) >= margin]
