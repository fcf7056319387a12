"""The cells of a culture: placed, rounded as the file holds them, and held against what was stated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.culture.modules import module_shares
from livn_core.culture.over_region import RegionDrawing
from livn_core.culture.placement import place_all
from livn_core.culture.volume import pack_volume
from livn_core.errors import PlacementError
from livn_core.sampling.projection import Cells
from livn_core.sampling.streams import stream

if TYPE_CHECKING:
    from livn_core.culture.config import Culture2DConfig
    from livn_core.culture.region import Region

__all__ = ["Placed", "place_cells", "region_drawing"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Placed:
    """The cells of every population.

    Parameters
    ----------
    cells
        Population -> its cells.
    details
        How the positions were found, as JSON values; empty where the placement gave them.
    warnings
        What the user has to be told.
    """

    cells: Mapping[str, Cells]
    details: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def place_cells(config: Culture2DConfig) -> Placed:
    """Place the cells of a culture.

    The streams belong to a population's *name*, so that adding one moves no other's cells; only
    where the culture draws over the region itself do all cells share one.

    Positions are float64 values that a float32 holds, since that is what the file holds: the
    connection probabilities are those of the positions that a reader sees.

    Raises
    ------
    PlacementError
        The placement failed, or put cells where it says that there are none.
    """
    counts = config.counts()

    def keyed(purpose: str, population: str | None = None) -> np.random.Generator:
        return stream(config.seed, purpose, *(() if population is None else (population,)))

    details: Mapping[str, Any] = {}
    modules: dict[str, Any] = {}
    attributes: dict[str, dict[str, NDArray[Any]]] = {name: {} for name in counts}
    if config.drawn_over_region:
        drawn, details = region_drawing(config).draw(counts, keyed)
        planar = {name: each.plane for name, each in drawn.items()}
        if config.modules:
            modules = {name: each.modules for name, each in drawn.items()}
        if config.clusters is not None:
            attributes = {name: {"cluster": each.clusters} for name, each in drawn.items()}
    elif config.volume is not None and (config.spacing or config.wall_margin):
        spacing, margin = config.spacing or 0.0, config.wall_margin
        planar = pack_volume(config.volume, counts, keyed, spacing=spacing, margin=margin)
        if spacing:
            covered = sum(counts.values()) * np.pi * spacing**3 / (6 * config.volume.volume())
            details = {"algorithm": "random sequential addition", "coverage": round(covered, 4)}
    else:
        planar = place_all(config.placement(), counts, keyed, name=config.area_name)
    low, high = config.heights
    positions = {}
    for name, found in planar.items():
        if found.shape[1] == 2:
            # A zero of either sign is one depth, but NumPy takes [0, -0.0] for a turned range.
            depth = keyed("depth", name).uniform(low + 0.0, high + 0.0, len(found))
            found = np.column_stack([found, depth])
        positions[name] = found.astype(np.float32).astype(np.float64)
        _check_inside(
            positions[name], config.region, config.heights, f"{config.area_name}' ({name}"
        )
    cells = config.cells(positions, modules, attributes)
    flat = [name for name, found in planar.items() if found.shape[1] == 2]
    columns = [each[:, :2] if name in flat else each for name, each in positions.items()]
    return Placed(cells, details, tuple(_coincident(columns)))


def region_drawing(config: Culture2DConfig) -> RegionDrawing:
    """Return what a configuration asks of positions that the culture draws itself."""
    region = config.region
    if region is None:
        raise PlacementError(f"the placement '{config.area_name}' states no region to draw over")
    gradient = config.relative_density
    shares = {}
    if region.modules:
        weights = {
            part.name: part.area if gradient is None else gradient.over(part)
            for part in region.parts
        }
        shares = {
            name: module_shares(population.modules, weights)
            for name, population in sorted(config.populations.items())
        }
    return RegionDrawing(
        region,
        shares,
        spacing=config.spacing or 0.0,
        margin=config.wall_margin,
        clusters=config.clusters,
        gradient=gradient,
    )


def _check_inside(
    xyz: FloatArray, region: Region | None, z_range: tuple[float, float], what: str
) -> None:
    if not len(xyz):
        return
    # Rounding to float32 may carry a cell over a wall.
    if region is not None:
        slack = 1e-6 * (1 + float(np.abs(region.bounds).max()))
        _refuse(~region.contains(xyz[:, :2], slack), xyz, f"{what}) put", "its own region")
    slack = 1e-6 * (1 + max(map(abs, z_range)))
    outside = (xyz[:, 2] < z_range[0] - slack) | (xyz[:, 2] > z_range[1] + slack)
    _refuse(outside, xyz, f"{what}) put", f"z_range {z_range[0]:g} to {z_range[1]:g} um")


def _refuse(outside: NDArray[np.bool_], xyz: FloatArray, what: str, where: str) -> None:
    if outside.any():
        x, y, z = xyz[np.argmax(outside)]
        raise PlacementError(
            f"placement '{what} {np.count_nonzero(outside):,} of {len(xyz):,} cells outside {where}, "
            f"one at ({x:.6g}, {y:.6g}, {z:.6g})",
            hint="set z_range to the cells' lowest and highest z"
            if where.startswith("z_range")
            else "region() and bounds() must hold for every cell",
        )


def _coincident(positions: list[FloatArray]) -> list[str]:
    """Return a warning of cells that are where another one is.

    Rows of two columns are of cells whose depth is drawn, and says nothing: x and y are compared.
    """
    count = 0
    for width in (2, 3):
        parts = [each for each in positions if each.shape[1] == width]
        if not parts:
            continue
        # Equal coordinates of float32 values have equal bits; x and y first, since few share both.
        every = np.concatenate(parts).astype(np.float32) + np.float32(0.0)
        plane = np.ascontiguousarray(every[:, :2]).view(np.uint64)[:, 0]
        order = np.argsort(plane, kind="stable")
        same = np.flatnonzero(plane[order][1:] == plane[order][:-1])
        if len(same):
            shared = every[order[np.union1d(same, same + 1)]]
            count += len(shared) - len(np.unique(shared, axis=0))
    return [f"{count:,} cells lie exactly where another one is"] if count else []
