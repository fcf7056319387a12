"""Where the cells are: how many, inside the area that was asked for, evenly spread over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livn_core.verify.chance import uniform_p_value
from livn_core.verify.verdicts import Audit

if TYPE_CHECKING:
    from livn_core.components import Placement
    from livn_core.system.reader import System
    from livn_core.verify.culture import CultureChecks
    from livn_core.verify.specification import Specification

__all__ = ["check_area", "check_box", "check_counts", "check_density", "check_recorded_edges"]

FloatArray = NDArray[np.float64]

#: Cells from which on their density is tested.
FEWEST = 40


def check_counts(audit: Audit, system: System, specification: Specification) -> None:
    """Check the number of cells of each population."""
    recorded = specification.recorded.get("populations")
    with audit.check(
        "cell-counts", specification.checks.source, "the cells that were asked for"
    ) as check:
        found = {population.name: population.count for population in system.populations}
        if specification.checks.counts is None:
            check.found = "nothing says how many"
            return
        for name in sorted(set(found) | set(specification.checks.counts)):
            due, is_there = specification.checks.counts.get(name, 0), found.get(name)
            if is_there is None and due:
                check.fail(f"no population '{name}', which should have {due} cells")
            elif is_there is not None and is_there != due:
                check.fail(f"'{name}' has {is_there} cells, not {due}")
        if isinstance(recorded, list):
            for row in recorded:
                own = next((p for p in system.populations if p.name == row.get("name")), None)
                if own is not None and (own.start, own.type_id) != (row["start"], row["id"]):
                    check.fail(
                        f"'{own.name}' begins at gid {own.start} with id {own.type_id}, not at "
                        f"{row['start']} with {row['id']}"
                    )
        check.found = ", ".join(f"{name} {count}" for name, count in found.items())


def check_recorded_edges(audit: Audit, system: System, specification: Specification) -> None:
    """Check the number of edges of each projection against what was recorded when it was made."""
    rows = specification.recorded.get("projections")
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
    with audit.check(
        "placement", checks.source, "the placement that was asked for is there"
    ) as check:
        placement = culture.placement()
        check.found = culture.area_name
    if placement is None:
        return None
    flat = placement.bounds()
    low_z, high_z = culture.z_range
    with audit.check("bounds", "cells", _shape(placement, flat, (low_z, high_z))) as check:
        if flat is None:
            audit.note(f"the placement '{culture.area_name}' states no bounds: not tested")
        for name, xyz in positions.items():
            outside = np.zeros(len(xyz), dtype=bool)
            if flat is not None:
                slack = 1e-6 * (1 + np.abs(flat).max())
                outside |= np.any(
                    (xyz[:, :2] < flat[0] - slack) | (xyz[:, :2] > flat[1] + slack), 1
                )
            outside |= _outside_disk(placement, xyz)
            if type(placement).__name__ in {"Rectangle", "Disk"}:
                outside |= (xyz[:, 2] < low_z - 1e-5) | (xyz[:, 2] > high_z + 1e-5)
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
    if type(placement).__name__ == "Disk":
        disk = placement.model_dump()
        hole = f", hole {disk['inner_radius']:g}" if disk["inner_radius"] else ""
        return f"disk of radius {disk['radius']:g} um{hole}, z {z[0]:g} to {z[1]:g} um"
    (x0, y0), (x1, y1) = flat.tolist()
    return f"x {x0:g} to {x1:g}, y {y0:g} to {y1:g}, z {z[0]:g} to {z[1]:g} um"


def _outside_disk(placement: Placement, xyz: FloatArray) -> NDArray[np.bool_]:
    if type(placement).__name__ != "Disk":
        return np.zeros(len(xyz), dtype=bool)
    disk = placement.model_dump()
    r = np.hypot(*(xyz[:, :2] - np.asarray(disk["center"])).T)
    slack = 1e-6 * (disk["radius"] + np.abs(disk["center"]).max())
    outside: NDArray[np.bool_] = (r > disk["radius"] + slack) | (r < disk["inner_radius"] - slack)
    return outside


def check_density(audit: Audit, placement: Placement, positions: Mapping[str, FloatArray]) -> None:
    """Test that cells are uniform per area, for the built-in placements, which say so."""
    kind = type(placement).__name__
    if kind not in {"Rectangle", "Disk"} or not type(placement).__module__.startswith("livn_"):
        audit.note(f"the density of the placement '{kind.lower()}' has no stated law: not tested")
        return
    groups = {name: xyz for name, xyz in positions.items() if len(xyz) >= FEWEST}
    if len(positions) > 1:
        groups["all cells"] = np.concatenate(list(positions.values()))
    for name, xyz in groups.items():
        if len(xyz) < FEWEST:
            audit.note(f"fewer than {FEWEST} cells: their density was not tested")
            continue
        statistic, p, bins = uniform_p_value(_unit(placement, xyz))
        audit.test(
            "density",
            name,
            found=f"chi2 {statistic:.1f} over {bins} equal areas",
            expected="uniform per area",
            statistic=statistic,
            p_value=p,
        )


def _unit(placement: Placement, xyz: FloatArray) -> FloatArray:
    """Return the coordinates in which the placement is uniform over the unit square."""
    values = placement.model_dump()
    if type(placement).__name__ == "Disk":
        dx, dy = (xyz[:, :2] - np.asarray(values["center"])).T
        inner, outer = values["inner_radius"] ** 2, values["radius"] ** 2
        return np.column_stack(
            [(dx * dx + dy * dy - inner) / (outer - inner), np.arctan2(dy, dx) / (2 * np.pi) + 0.5]
        )
    low, high = np.array([values["x_range"], values["y_range"]]).T
    unit: FloatArray = (xyz[:, :2] - low) / (high - low)
    return unit
