"""The culture from above, and a layered system from the side too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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
    widened,
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


@dataclass(frozen=True, slots=True)
class _Map:
    """What all panels show: lines, cells, as a density if there are many, and what colours say."""

    scene: Scene
    lines: EdgeSample | AxonSample | None
    colours: CellColours | None
    dense: bool


def visible_lines(cells: int) -> int:
    """Return how many lines can be told apart among so many cells: 2,000, of 10,000 cells 450."""
    return int(np.clip(2000 * np.sqrt(500 / max(cells, 1)), 300, 2000))


def draw(figure: Figure, system: System, options: Options) -> None:
    """Draw cells by population, a sample of connections, or of axons that grew, electrodes."""
    scene = read_scene(system, show_mea=options.show_mea)
    window, outside = _window(scene)
    scale = np.ptp(window[:, 0]) / width_of(figure, 5.0)
    lines, said = _lines(scene, options, THIN * scale)
    names = [p.name for p in system.populations if p.count]
    dense = len(scene.positions) > DENSE
    colours = cell_colours(scene, options.color_by)
    shown = _Map(scene, lines, colours, dense)
    apart = dense and len(names) > 1 and colours is None
    groups = [[name] for name in names] if apart else [names]
    _draw_panels(figure, shown, groups, window, names=options.show_labels)
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
        handles.append(_lines_handle(lines, dense))
    if handles:
        add_legend(figure, handles)
    add_caption(figure, *_caption(shown, outside), *said)


def _lines(
    scene: Scene, options: Options, thin: float
) -> tuple[EdgeSample | AxonSample | None, list[str]]:
    """Return the axons where they grew, else connections, and what is to be said of those not drawn.

    ``thin``: see :func:`_legible`.
    """
    if not options.show_connections:
        return None, []
    system, most = scene.system, options.max_edges
    axons = sample_axons(system, most, seed=options.seed)
    if axons.total:
        return axons, []
    edges = sample_edges(
        system,
        visible_lines(len(scene.positions)) if most is None else most,
        seed=options.seed,
        weight="length",
        positions=scene.positions,
    )
    seen = edges if most is not None else _legible(edges, scene, thin)
    said = ["fewer lines where dense"] if len(seen) < len(edges) else []
    return seen, said + ([f"axons not drawn: {axons.why}"] if axons.why else [])


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
    box = _padded(scene.box)
    if scene.electrodes is None or not len(scene.electrodes.positions):
        return box, 0
    sites = scene.electrodes.positions
    radius = max(scene.electrodes.input_radius or 0.0, scene.electrodes.output_radius or 0.0)
    for margin in (radius, 0.0):
        if (wide := widened(scene.box, sites, margin)) is not None:
            return _padded(wide), 0
    inside = np.all((sites >= box[0]) & (sites <= box[1]), axis=1)
    return box, int(np.count_nonzero(~inside))


def _padded(box: NDArray[np.float64]) -> NDArray[np.float64]:
    size = box[1] - box[0]
    pad = np.where(size > 0, 0.02 * size, 0.02 * max(float(size.max()), 1.0))
    return np.array([box[0] - pad, box[1] + pad])


def _draw_panels(
    figure: Figure,
    shown: _Map,
    groups: list[list[str]],
    window: NDArray[np.float64],
    *,
    names: bool,
) -> None:
    scene, colours = shown.scene, shown.colours
    views = [TOP, SIDE] if scene.layered else [TOP]
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
        column, panel = number % columns, outer[number]
        grid = (
            panel.subgridspec(1, len(views))
            if side_by_side
            else panel.subgridspec(len(views), 1, height_ratios=ratios, hspace=0.02)
        )
        for index, view in enumerate(views):
            axes = figure.add_subplot(grid[index])
            as_map_axes(axes, window[:, list(view)])
            last = column == columns - 1 or number == len(groups) - 1
            draw_outline(axes, scene, view, names=last)
            # Thousands of lines would make so thin a side view a black bar.
            drawn = replace(shown, lines=None) if crowded and view == SIDE else shown
            axes.set_anchor("N")
            image = _draw_group(axes, drawn, group, view)
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
        bar.set_label("mean in-degree" if shown.dense else colours.word)
        bar.outline.set_linewidth(0.4)
        whole_numbers(bar.ax.yaxis)


def _draw_group(axes: Axes, shown: _Map, names: list[str], view: tuple[int, int]) -> Any:
    """Draw some populations and what they send out; returns the image of a density."""
    scene, lines, colours, dense = shown.scene, shown.lines, shown.colours, shown.dense
    plane = list(view)
    size = float(np.clip(3000 / max(len(scene.positions), 1), 1.2, 22))
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
        look, mine = scene.looks[name], scene.gids(name)
        points = scene.positions[mine, plane]
        if dense:
            image = draw_density(axes, points, scene.box[:, plane], look.colour)
        else:
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
        return [lines.paths[at] for at in np.flatnonzero(mine).tolist()], owners[mine]
    ends = np.stack([sources[mine], targets[mine]], axis=1)
    return list(scene.positions[:, list(view)][ends]), owners[mine]


def _lines_handle(lines: EdgeSample | AxonSample, dense: bool) -> Any:
    """Return the legend entry of the lines: how many of how many."""
    from matplotlib.lines import Line2D

    whole = len(lines) == lines.total
    label = f"{'all ' if whole else f'{len(lines):,} of '}{lines.total:,} connections"
    if isinstance(lines, AxonSample):
        label = f"axons ({'all' if whole else f'{len(lines):,} of'} {lines.total:,})"
    return Line2D([], [], linewidth=0.8, color=LINES if dense else PALE, label=label)


def _caption(shown: _Map, outside: int) -> Iterator[str]:
    lines, colours, dense = shown.lines, shown.colours, shown.dense
    if lines is not None and not lines.total:
        yield "no connections"
    elif lines is not None:
        if isinstance(lines, EdgeSample) and len(lines) < lines.total:
            yield "longer connections more often"
        if colours is None:
            whose = "cell" if isinstance(lines, AxonSample) else "source"
            yield "cells as a density" if dense else f"lines in the colour of their {whose}"
    if colours is not None:
        yield "the cells of a spot have their mean colour" if dense else ""
        yield colours.caption()
    if outside:
        yield f"{counted(outside, 'electrode')} outside the picture"
