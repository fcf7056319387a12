"""Where cells may be and where the electrodes are, before there is a cell, or without any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from livn_core.plotting.canvas import set_size
from livn_core.plotting.electrodes import draw_electrodes, electrode_handles
from livn_core.plotting.facts import Electrodes, read_electrodes
from livn_core.plotting.options import Options, PlotError
from livn_core.plotting.scene import escaped
from livn_core.plotting.style import (
    GREY,
    add_caption,
    add_legend,
    add_scale_bar,
    as_map_axes,
    short,
)
from livn_core.system.region import region_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from livn_core.culture.region import Region
    from livn_core.system.reader import System

__all__ = ["draw", "draw_area"]

#: Of more modules than these no names are written.
MOST_NAMES = 64


def draw(figure: Figure, system: System, options: Options) -> None:
    """Draw the region of a system and its electrodes."""
    region = region_of(system)
    if region is None:
        raise PlotError(
            f"nothing says where the cells of '{system.path}' may be",
            hint="'--kind layout' shows where they are",
        )
    electrodes = read_electrodes(system) if options.show_mea else None
    draw_area(figure, region, electrodes, names=options.show_labels)


def draw_area(
    figure: Figure, region: Region, electrodes: Electrodes | None, *, names: bool = False
) -> None:
    """Draw a region and the electrodes over it, with their names if asked."""
    low, high = region.bounds
    outside = ""
    if electrodes is not None and len(electrodes.positions):
        sites = electrodes.positions[:, :2]
        slack = 1e-9 * float(np.abs(region.bounds).max())  # one on the border is inside
        if beyond := np.count_nonzero(~region.contains(sites, slack)):
            outside = f"{beyond:,} of {len(sites):,} electrodes outside"
        reach = max(electrodes.input_radius or 0.0, electrodes.output_radius or 0.0)
        low = np.minimum(low, sites.min(axis=0) - reach)
        high = np.maximum(high, sites.max(axis=0) + reach)
    size = high - low
    pad = 0.03 * max(float(size.max()), 1.0)
    set_size(figure, 5.0, float(np.clip(4.8 * size[1] / max(size[0], 1e-9) + 0.9, 2.5, 12)))
    axes = figure.add_subplot()
    # The scale bar stands below the region, whose outline it would hide.
    as_map_axes(axes, [low - pad - (0, 0.08 * size[0]), high + pad])
    _draw_parts(axes, region)
    if electrodes is not None:
        draw_electrodes(axes, electrodes, (0, 1), names=names)
        add_legend(figure, electrode_handles(electrodes))
    add_scale_bar(axes, float(size[0]))
    area = f"{short(region.area / 1e6)} mm²"
    if region.modules:
        area += f" in {len(region.modules):,} modules"
    channels = f"{len(region.channels):,} channels, without somata" if region.channels else ""
    add_caption(figure, area, channels, outside)


def _draw_parts(axes: Axes, region: Region) -> None:
    from matplotlib.patches import Polygon

    for channel in region.channels:
        (ring, *_) = channel.outline()
        axes.add_patch(Polygon(ring, facecolor="#D8E4EC", edgecolor=GREY, linewidth=0.3, zorder=0))
    for part, (outer, *holes) in zip(region.parts, region.outline(), strict=True):
        axes.add_patch(Polygon(outer, facecolor="#F0F0F0", edgecolor=GREY, linewidth=0.6, zorder=0))
        for hole in holes:
            axes.add_patch(
                Polygon(hole, facecolor="white", edgecolor=GREY, linewidth=0.6, zorder=0.5)
            )
        if part.name and len(region.parts) <= MOST_NAMES:
            x, y = part.bounds.mean(axis=0)
            axes.text(
                x, y, escaped(part.name), ha="center", va="center", fontsize="small", color=GREY
            )
