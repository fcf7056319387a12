"""The shape of one cell, or of one cell of each population, among the layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from livn_core.plotting.canvas import set_size
from livn_core.plotting.facts import read_layers
from livn_core.plotting.options import Options, PlotError
from livn_core.plotting.palette import section_look
from livn_core.plotting.scene import escaped
from livn_core.plotting.style import add_caption, add_legend, add_scale_bar, as_map_axes
from livn_core.plotting.trees import Shape, populations_with_trees, read_shape
from livn_core.system.rotation import depths

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from livn_core.system.reader import System

__all__ = ["draw"]

#: Cells side by side at most.
_ACROSS = 5


def draw(figure: Figure, system: System, options: Options) -> None:
    """Draw cells from the side, to one scale, their pieces coloured by SWC type."""
    if options.cell is not None:
        owner, index = system.locate(options.cell)
        cells = [(owner.name, index)]
    else:
        cells = [(name, 0) for name in populations_with_trees(system)]
    if not cells:
        raise PlotError(
            f"no cell of '{system.path}' has a morphology",
            hint="cells of 2D cultures, and those made with '--no-trees', are points: '--kind layout'",
        )
    shapes = [read_shape(system, name, index) for name, index in cells]
    # Equal scales: each column is as wide as its widest cell, all rows as tall as the tallest.
    across = min(len(cells), _ACROSS)
    down = -(-len(cells) // across)
    spans = [max(float(np.ptp(s.points[:, 0])), 20.0) * 1.1 for s in shapes]
    widths = [max(spans[column::across]) for column in range(across)]
    bottom = min(float(s.points[:, 2].min()) for s in shapes)
    top = max(float(s.points[:, 2].max()) for s in shapes)
    height = max(top - bottom, 20.0) * 1.06
    inches = float(np.clip(7.0 / sum(widths) * height, 2.0, 6.0 if down == 1 else 2.6))
    set_size(
        figure,
        float(np.clip(inches * sum(widths) / height, max(3.2, 1.2 * across), 9.0)),
        (inches + 0.5) * down + 0.6,
    )
    grid = figure.add_gridspec(down, across, width_ratios=widths)
    for number, ((name, index), shape) in enumerate(zip(cells, shapes, strict=True)):
        column = number % across
        axes = figure.add_subplot(grid[number // across, column])
        _draw_shape(axes, shape)
        middle = float((shape.points[:, 0].min() + shape.points[:, 0].max()) / 2)
        half, pad = widths[column] / 2, 0.03 * height
        as_map_axes(axes, [(middle - half, bottom - pad), (middle + half, top + pad)])
        gid = system.population(name).start + index
        length = f"{_length(shape) / 1000:.3g} mm{_soma_layer(system, name, index)}"
        axes.set_title(f"{escaped(name)}\ncell {gid:,}\n{length}", fontsize="medium")
        if number == 0:
            add_scale_bar(axes, height)
    seen = sorted({int(t) for s in shapes for t in np.unique(s.types)})
    add_legend(figure, [_handle(kind) for kind in seen])
    add_caption(figure, "from the side, dendrites wider than they are; length without the soma")


def _draw_shape(axes: Axes, shape: Shape) -> None:
    from matplotlib.collections import LineCollection
    from matplotlib.patches import Circle

    children, parents = shape.segments()
    lines = np.stack([shape.points[children], shape.points[parents]], axis=1)[:, :, [0, 2]]
    looks = {kind: section_look(kind) for kind in np.unique(shape.types).tolist()}
    colours = [looks[kind][1] for kind in shape.types[children].tolist()]
    axes.add_collection(
        LineCollection(
            list(lines),
            colors=colours,
            linewidths=np.clip(0.35 + 0.45 * shape.radii[children], 0.4, 2.5),
            capstyle="round",
            rasterized=len(lines) > 30_000,
        )
    )
    soma = shape.types == 1
    if soma.any():
        radius = float(shape.radii[soma].max())
        centre = shape.points[soma].mean(axis=0)
        axes.add_patch(Circle((centre[0], centre[2]), radius, color=looks[1][1], zorder=3))


def _length(shape: Shape) -> float:
    children, parents = shape.segments()
    neurite = shape.types[children] != 1
    steps = shape.points[children[neurite]] - shape.points[parents[neurite]]
    return float(np.sqrt(np.square(steps, dtype=np.float64).sum(axis=1)).sum())


def _soma_layer(system: System, population: str, index: int) -> str:
    """Return the line that says in which layer a soma is; empty where it is in none."""
    depth = depths(system.graph, system.positions(population)[[index]])[0]
    inside = [layer.name for layer in read_layers(system) if layer.low[2] <= depth <= layer.high[2]]
    return f"\nsoma in {escaped(inside[-1])}" if inside else ""


def _handle(kind: int) -> Any:
    from matplotlib.lines import Line2D

    name, colour = section_look(kind)
    return Line2D([], [], color=colour, linewidth=2, label=name)
