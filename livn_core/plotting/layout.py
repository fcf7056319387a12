"""The culture from above, and a layered system from the side too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.documents.names import counted
from livn_core.plotting.axons import AxonSample, paleness, sample_axons
from livn_core.plotting.canvas import set_size, width_of
from livn_core.plotting.colours import CellColours, cell_colours, draw_mean_colours
from livn_core.plotting.electrodes import draw_electrodes, electrode_handles
from livn_core.plotting.options import Options
from livn_core.plotting.panels import whole_numbers
from livn_core.plotting.sampling import EdgeSample, sample_edges
from livn_core.plotting.scene import (
    Scene,
    draw_cells,
    draw_density,
    draw_lines,
    draw_outline,
    escaped,
    population_handle,
    read_scene,
)
from livn_core.plotting.style import (
    GREY,
    add_caption,
    add_legend,
    add_scale_bar,
    as_map_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from livn_core.system.reader import System

__all__ = ["draw", "map_height"]

#: More cells than these are drawn as a density: a panel a population.
DENSE = 20_000
#: Connections that do not have the colour of their source: over a density, and below cells.
LINES, PALE = "#303030", "#A0A0A0"

#: Lines cover about this part of a spot of the picture at most: more are grey wool.
INK = 0.3
#: Spots across the longer side of the culture, each some ten lines wide.
SPOTS = 40
#: Width of a line, inches.
THIN = 0.4 / 72

TOP, SIDE = (0, 1), (0, 2)


def visible_lines(cells: int) -> int:
    """Return how many lines can be told apart among so many cells: 2,000, of 10,000 cells 450."""
    return int(np.clip(2000 * np.sqrt(500 / max(cells, 1)), 300, 2000))


def draw(figure: Figure, system: System, options: Options) -> None:
    """Draw cells by population, a sample of connections, or of axons that grew, electrodes."""
    scene = read_scene(system, show_mea=options.show_mea)
    window, outside = _window(scene)
    scale = np.ptp(window[:, 0]) / width_of(figure, 5.0)
    lines, undrawn = _lines(scene, options, THIN * scale)
    names = [p.name for p in system.populations if p.count]
    dense = len(scene.positions) > DENSE
    colours = cell_colours(scene, options.color_by)
    apart = dense and len(names) > 1 and colours is None
    groups = [[name] for name in names] if apart else [names]
    views = [TOP, SIDE] if scene.layered else [TOP]

    _draw_panels(
        figure, scene, lines, groups, views, window, colours,
        dense=dense, names=options.show_labels,
    )  # fmt: skip
    handles = [
        population_handle(
            name,
            system.population(name).count,
            scene.looks[name],
            dense=dense,
            colour=None if colours is None else GREY,
        )
        for name in names
        # A mean over all cells shows no population.
        if colours is None or not dense
    ]
    if colours is not None:
        handles += colours.handles()
    if scene.electrodes is not None and outside < len(scene.electrodes.positions):
        handles += electrode_handles(scene.electrodes)
    if lines is not None and lines.total:
        handles.append(_lines_handle(lines, dense=dense))
    if handles:
        add_legend(figure, handles)
    caption = _caption(lines, outside, colours, dense=dense)
    add_caption(figure, "; ".join(filter(None, (caption, undrawn))))


def _lines(
    scene: Scene, options: Options, thin: float
) -> tuple[EdgeSample | AxonSample | None, str]:
    """Return the axons where they grew, else connections, and what is to be said of those not drawn.

    ``thin``: see :func:`_legible`.
    """
    if not options.show_connections:
        return None, ""
    system = scene.system
    axons = sample_axons(system, options.max_edges, seed=options.seed)
    if axons is not None and axons.total:
        return axons, ""
    most = visible_lines(len(scene.positions)) if options.max_edges is None else options.max_edges
    edges = sample_edges(
        system, most, seed=options.seed, weight="length", positions=scene.positions
    )
    said = "" if axons is None else f"axons not drawn: {axons.why}"
    if options.max_edges is not None or len(seen := _legible(edges, scene, thin)) == len(edges):
        return edges, said
    return seen, "; ".join(filter(None, ("fewer lines where dense", said)))


def _legible(edges: EdgeSample, scene: Scene, thin: float) -> EdgeSample:
    """Return those of these lines, ``thin`` um wide, that can be told apart where they are.

    They are taken in the order of the sample; one is left out where the greater part of it runs
    through spots that those before it have filled.
    """
    low = scene.box[0, :2]
    spot = float((scene.box[1, :2] - low).max()) / SPOTS or 1.0
    filled = np.zeros((SPOTS + 1, SPOTS + 1))
    drawn = []
    for number in np.argsort(edges.clocks, kind="stable"):
        ends = scene.positions[[edges.sources[number], edges.targets[number]], :2]
        length = float(np.hypot(*(ends[1] - ends[0])))
        points = np.linspace(ends[0], ends[1], 2 + int(2 * length / spot))
        at = tuple(((points - low) / spot).astype(int).T)
        if np.mean(filled[at] >= INK) < 0.5:
            drawn.append(number)
            np.add.at(filled, at, thin * length / len(points) / spot**2)
    return edges.of(drawn)


def map_height(scene: Scene) -> float:
    """Return how high the map of a system is, of its width."""
    x, y, z = np.ptp(_window(scene)[0], axis=0)
    return float((y + z * scene.layered) / x)


def _window(scene: Scene) -> tuple[NDArray[np.float64], int]:
    """Return what is shown, (2, 3) um, and how many electrodes lie outside it.

    Electrodes are included unless the culture would become a spot between them.
    """
    box = scene.box.copy()
    if scene.electrodes is None or not len(scene.electrodes.positions):
        return _padded(box), 0
    sites = scene.electrodes.positions
    radius = max(scene.electrodes.input_radius or 0.0, scene.electrodes.output_radius or 0.0)
    for margin in (radius, 0.0):
        wide = np.array(
            [
                np.minimum(box[0], sites.min(axis=0) - margin),
                np.maximum(box[1], sites.max(axis=0) + margin),
            ]
        )
        wide[:, 2] = box[:, 2]
        if np.all((wide[1] - wide[0])[:2] <= 3 * (box[1] - box[0])[:2].max()):
            return _padded(wide), 0
    box = _padded(box)
    inside = np.all((sites >= box[0]) & (sites <= box[1]), axis=1)
    return box, int(np.count_nonzero(~inside))


def _padded(box: NDArray[np.float64]) -> NDArray[np.float64]:
    size = box[1] - box[0]
    pad = np.where(size > 0, 0.02 * size, 0.02 * max(float(size.max()), 1.0))
    return np.array([box[0] - pad, box[1] + pad])


def _draw_panels(
    figure: Figure,
    scene: Scene,
    lines: EdgeSample | AxonSample | None,
    groups: list[list[str]],
    views: list[tuple[int, int]],
    window: NDArray[np.float64],
    colours: CellColours | None,
    *,
    dense: bool,
    names: bool,
) -> None:
    columns = min(len(groups), 2 if len(groups) <= 4 else 4)
    rows = -(-len(groups) // columns)
    crowded = columns > 2
    extent = window[1] - window[0]
    # A side view that is as deep as it is wide stands beside the top view, a flat one below it.
    side_by_side = len(views) > 1 and extent[2] > 0.5 * extent[1] and columns == 1
    width = 9.0 if crowded else 7.0 if columns > 1 or side_by_side else 5.0
    across = width / (columns * (2 if side_by_side else 1))
    across -= 0.1 + (0.3 if len(views) > 1 else 0.0)
    ratios = [float(extent[view[1]] / extent[0]) for view in views]
    height = across * (max(ratios) if side_by_side else sum(ratios)) + 0.3 * len(views)
    set_size(figure, width, float(np.clip(rows * height + 0.9, 2.5, 12)))
    outer = figure.add_gridspec(rows, columns)
    for number, group in enumerate(groups):
        row, column = divmod(number, columns)
        panel = outer[row, column]
        grid = (
            panel.subgridspec(1, len(views))
            if side_by_side
            else panel.subgridspec(len(views), 1, height_ratios=ratios, hspace=0.02)
        )
        for index, view in enumerate(views):
            axes = figure.add_subplot(grid[(0, index) if side_by_side else (index, 0)])
            as_map_axes(axes)
            axes.set_xlim(*window[:, view[0]])
            axes.set_ylim(*window[:, view[1]])
            last = column == columns - 1 or number == len(groups) - 1
            draw_outline(axes, scene, view, names=last)
            # Thousands of lines would make so thin a side view a black bar.
            drawn = None if crowded and view == SIDE else lines
            axes.set_anchor("N")
            image = _draw_group(axes, scene, drawn, group, view, colours, dense=dense)
            if scene.electrodes is not None and view == TOP:
                draw_electrodes(axes, scene.electrodes, view, names=names)
            if index == 0 and len(groups) > 1:
                most = f", up to {image.get_clim()[1]:,.0f}/mm²" if crowded and image else ""
                axes.set_title(
                    f"{escaped(group[0])}{most}",
                    color=scene.looks[group[0]].colour,
                    fontsize="medium",
                )
            if len(views) > 1 and column == 0:
                axes.set_ylabel("from above" if view == TOP else "side", color=GREY)
            if image is not None and view == TOP and not crowded:
                # Below the panel and not wider, with its numbers: so all panels are of one size.
                bar = figure.colorbar(image, cax=axes.inset_axes((0.52, -0.05, 0.38, 0.02)),
                                      orientation="horizontal")  # fmt: skip
                bar.set_label("cells/mm²", labelpad=1)
                bar.outline.set_linewidth(0.4)
                bar.ax.locator_params(nbins=2)
                bar.ax.xaxis.set_major_formatter("{x:,.0f}")
            if index == 0 and (not crowded or column == 0):
                add_scale_bar(axes, float(extent[0]))
    if colours is not None and colours.scale is not None:
        bar = figure.colorbar(colours.scale, ax=figure.axes, shrink=0.6, aspect=30, pad=0.02)
        bar.set_label("mean in-degree" if dense else colours.word)
        bar.outline.set_linewidth(0.4)
        whole_numbers(bar.ax.yaxis)


def _draw_group(
    axes: Axes,
    scene: Scene,
    lines: EdgeSample | AxonSample | None,
    names: list[str],
    view: tuple[int, int],
    colours: CellColours | None,
    *,
    dense: bool,
) -> Any:
    """Draw some populations and what they send out; returns the image of a density."""
    plane = list(view)
    shown = len(scene.positions)
    size = float(np.clip(3000 / max(shown, 1), 1.2, 22))
    image = None
    if lines is not None and len(lines):
        paths, owners = _paths(scene, lines, names, view)
        dark = dense or colours is not None
        sources = np.array([scene.looks[name].colour for name in names])[owners]
        draw_lines(
            axes,
            paths,
            (LINES if dense else PALE) if dark else list(sources),
            alpha=0.3 if dense else paleness(len(lines)) if isinstance(lines, AxonSample) else None,
        )
    if dense and colours is not None:
        draw_mean_colours(axes, scene.positions[:, plane], scene.box[:, plane], colours)
        return None
    for name in names:
        look, points = scene.looks[name], scene.of(name)[:, plane]
        if dense:
            image = draw_density(axes, points, scene.box[:, plane], look.colour)
        else:
            owner = scene.system.population(name)
            mine = slice(owner.start, owner.start + owner.count)
            own = None if colours is None else colours.rgb(colours.values[mine])
            draw_cells(axes, points, look, size=size, colours=own)
    return image


def _paths(
    scene: Scene, lines: EdgeSample | AxonSample, names: list[str], view: tuple[int, int]
) -> tuple[Sequence[NDArray[Any]], NDArray[np.int64]]:
    """Return the lines from the cells of some populations, and the number of each one's population."""
    starts = np.array([scene.system.population(name).start for name in names])
    stops = starts + [scene.system.population(name).count for name in names]
    if isinstance(lines, AxonSample):
        sources = lines.gids
    else:
        # A pair of cells that several edges join is one line.
        targets, sources = np.unique(np.stack([lines.targets, lines.sources]), axis=1)
    owners = np.searchsorted(starts, sources, side="right") - 1
    mine = (owners >= 0) & (sources < stops[owners])
    if isinstance(lines, AxonSample):
        return [lines.paths[at] for at in np.flatnonzero(mine)], owners[mine]
    ends = np.stack([sources[mine], targets[mine]], axis=1)
    return list(scene.positions[:, list(view)][ends]), owners[mine]


def _lines_handle(lines: EdgeSample | AxonSample, *, dense: bool) -> Any:
    """Return the legend entry of the lines: how many of how many."""
    from matplotlib.lines import Line2D

    whole = len(lines) == lines.total
    label = f"{'all ' if whole else f'{len(lines):,} of '}{lines.total:,} connections"
    if isinstance(lines, AxonSample):
        label = f"axons ({'all' if whole else f'{len(lines):,} of'} {lines.total:,})"
    return Line2D([], [], linewidth=0.8, color=LINES if dense else PALE, label=label)


def _caption(
    lines: EdgeSample | AxonSample | None,
    outside: int,
    colours: CellColours | None,
    *,
    dense: bool,
) -> str:
    parts = []
    if lines is not None and not lines.total:
        parts.append("no connections")
    elif lines is not None:
        if isinstance(lines, EdgeSample) and len(lines) < lines.total:
            parts.append("longer connections more often")
        if colours is None:
            whose = "cell" if isinstance(lines, AxonSample) else "source"
            parts.append("cells as a density" if dense else f"lines in the colour of their {whose}")
    if colours is not None and dense:
        parts.append("the cells of a spot have their mean colour")
    if colours is not None and colours.caption():
        parts.append(colours.caption())
    if outside:
        parts.append(f"{counted(outside, 'electrode')} outside the picture")
    return "; ".join(parts)
