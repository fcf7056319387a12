"""What several pictures draw the same way: cells, densities, connections, a culture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.documents.names import counted
from livn_core.errors import SystemFormatError
from livn_core.plotting.facts import Electrodes, Layer, is_layered, read_electrodes, read_layers
from livn_core.plotting.palette import Look, population_looks
from livn_core.plotting.style import GREY, tint_map
from livn_core.system.region import region_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from livn_core.culture.region import Region
    from livn_core.system.reader import System

__all__ = [
    "Scene",
    "density_bins",
    "draw_cells",
    "draw_density",
    "draw_layers",
    "draw_lines",
    "draw_outline",
    "escaped",
    "population_handle",
    "read_scene",
    "region_rings",
    "widened",
]


@dataclass(frozen=True, slots=True)
class Scene:
    """A system as the pictures see it.

    ``positions`` are (cells, 3) by gid, ``box`` the lowest and the highest corner of the culture and its
    cells, (2, 3), um.
    """

    system: System
    positions: NDArray[np.float32]
    looks: dict[str, Look]
    box: NDArray[np.float64]
    layers: list[Layer]
    layered: bool
    electrodes: Electrodes | None
    region: Region | None = None

    def gids(self, population: str) -> slice:
        """Return the gids of a population."""
        owner = self.system.population(population)
        return slice(owner.start, owner.start + owner.count)


def read_scene(system: System, *, show_mea: bool) -> Scene:
    """Read positions, bounds, layers and electrodes of a system."""
    parts = [system.positions(p.name) for p in system.populations if p.count]
    positions = np.concatenate(parts) if parts else np.empty((0, 3), dtype=np.float32)
    if not np.isfinite(positions).all():
        raise SystemFormatError(f"'{system.path}' has cells whose positions are not finite")
    corners = [positions.min(axis=0), positions.max(axis=0)] if len(positions) else []
    try:
        corners += list(system.bounds())
    except SystemFormatError:
        # Other tools may not store bounds: those of the cells are used then.
        if not corners:
            raise
    box = np.array([np.min(corners, axis=0), np.max(corners, axis=0)], dtype=np.float64)
    return Scene(
        system=system,
        positions=positions,
        looks=population_looks(system),
        box=box,
        layers=read_layers(system),
        layered=is_layered(system),
        electrodes=read_electrodes(system) if show_mea else None,
        region=region_of(system),
    )


def widened(
    box: NDArray[np.float64], sites: NDArray[np.float64], margin: float
) -> NDArray[np.float64] | None:
    """Return a culture's box with its array, and a margin around that, um, within x and y.

    None where the culture would become a spot between its electrodes.
    """
    wide = box.copy()
    wide[0, :2] = np.minimum(box[0], sites.min(axis=0) - margin)[:2]
    wide[1, :2] = np.maximum(box[1], sites.max(axis=0) + margin)[:2]
    return wide if np.all(np.ptp(wide, axis=0)[:2] <= 3 * np.ptp(box, axis=0)[:2].max()) else None


def region_rings(region: Region) -> list[NDArray[np.float64]]:
    """Return the outline of a region as rings, (corners, 2) each, um."""
    pieces = (*region.parts, *region.channels)
    return [ring for piece in pieces for ring in piece.outline()]


def draw_outline(axes: Axes, scene: Scene, view: tuple[int, int], *, names: bool = True) -> None:
    """Draw the configured bounds; in a side view the layers, with their names if asked."""
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path

    low, high = scene.box[:, list(view)]
    look: Any = {"facecolor": "none", "edgecolor": "#C8C8C8", "linewidth": 0.6, "zorder": 0}
    if view[1] == 2 and scene.layers:
        # In a side view a layer may be too thin for its name.
        thinnest = min(layer.high[2] - layer.low[2] for layer in scene.layers)
        size = "small" if thinnest > 0.03 * (high[0] - low[0]) else "xx-small"
        draw_layers(axes, scene.layers, names=names, fontsize=size)
    elif view == (0, 1) and scene.region is not None:
        rings = [Path(np.concatenate([r, r[:1]]), closed=True) for r in region_rings(scene.region)]
        axes.add_patch(PathPatch(Path.make_compound_path(*rings), **look))
    else:
        axes.add_patch(Rectangle(low, *(high - low), **look))


def draw_layers(
    axes: Axes, layers: Sequence[Layer], *, names: bool = True, fontsize: str = "small"
) -> None:
    """Draw layers as bands across, with their names on the right if asked."""
    for number, layer in enumerate(layers):
        axes.axhspan(
            layer.low[2],
            layer.high[2],
            facecolor="#F3F3F3" if number % 2 else "#E8E8E8",
            edgecolor="none",
            zorder=0,
        )
        axes.annotate(
            escaped(layer.name) if names else "",
            (1, (layer.low[2] + layer.high[2]) / 2),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=fontsize,
            color=GREY,
        )


def draw_cells(
    axes: Axes,
    points: NDArray[Any],
    look: Look,
    *,
    size: float,
    colours: NDArray[Any] | None = None,
    zorder: float = 3,
) -> None:
    """Draw somata as markers, ``size`` in points squared; ``colours`` are (cells, 3), if of each."""
    axes.scatter(
        points[:, 0],
        points[:, 1],
        s=size,
        marker=look.marker,
        facecolor=look.colour if colours is None else colours,
        edgecolor="white",
        linewidth=min(0.35, size / 40),
        zorder=zorder,
        rasterized=len(points) > 5000,
    )


def density_bins(cells: int, box: NDArray[Any]) -> list[int]:
    """Return in how many bins a density is drawn across, and up."""
    size = box[1] - box[0]
    # About 25 cells a bin, so that the picture shows the culture rather than counting noise.
    across = float(np.clip(np.sqrt(cells / 25), 30, 300))
    step = float(max(size.max(), 1e-9)) / across
    return [int(max(1, round(float(length) / step))) for length in size]


def draw_density(axes: Axes, points: NDArray[Any], box: NDArray[Any], colour: str) -> Any:
    """Draw cells per mm2 in place of somata; returns the image, for a colour bar.

    ``box`` is ((x, y) lowest, (x, y) highest), um.
    """
    counts, x, y = np.histogram2d(
        points[:, 0],
        points[:, 1],
        bins=density_bins(len(points), box),
        range=[box[:, 0], box[:, 1]],
    )
    area = (x[1] - x[0]) * (y[1] - y[0]) / 1e6
    density = counts.T / area
    return axes.imshow(
        density,
        extent=(x[0], x[-1], y[0], y[-1]),
        origin="lower",
        cmap=tint_map("white", colour),
        vmin=0,
        vmax=max(float(np.quantile(density, 0.999)), 1e-12),
        interpolation="nearest",
        zorder=1,
    )


def draw_lines(
    axes: Axes,
    lines: Sequence[NDArray[Any]],
    colours: Sequence[str] | str,
    alpha: float | None = None,
    linewidths: NDArray[Any] | float = 0.4,
    zorder: float = 2,
) -> None:
    """Draw connections or axons, (points, 2) each; ``colours`` one a line, or one."""
    from matplotlib.collections import LineCollection

    count = len(lines)
    axes.add_collection(
        LineCollection(
            list(lines),
            colors=colours,
            alpha=alpha or float(np.clip(14 / np.sqrt(max(count, 1)), 0.12, 0.8)),
            linewidths=linewidths,
            zorder=zorder,
            rasterized=count > 20_000,
        ),
        autolim=False,
    )


def population_handle(
    name: str, count: int, look: Look, *, dense: bool = False, colour: str | None = None
) -> Any:
    """Return the legend entry of a population, with its number of cells.

    A marker, as the cells have, in ``colour`` where theirs is not the population's; a patch of a
    density.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    kind = f", {look.kind}" if look.kind else ""
    label = f"{escaped(name)}: {counted(count, 'cell')}{kind}"
    if dense:
        return Patch(facecolor=colour or look.colour, label=label)
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=look.marker,
        markersize=5,
        markerfacecolor=colour or look.colour,
        markeredgecolor="none",
        label=label,
    )


def escaped(text: str) -> str:
    """Escape what matplotlib would read as mathematics, or would leave out of a legend."""
    text = text.replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text
