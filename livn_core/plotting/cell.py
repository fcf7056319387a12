"""One cell: its inputs, its outputs, and rings at the length scales of its kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.neuroh5.edges import EdgeSlab
from livn_core.plotting.axons import AxonSample, axons_of, paleness
from livn_core.plotting.canvas import set_size
from livn_core.plotting.electrodes import draw_electrodes, electrode_handles
from livn_core.plotting.facts import Electrodes, Kernel, read_kernels
from livn_core.plotting.options import Options
from livn_core.plotting.palette import ELECTRODE
from livn_core.plotting.scene import (
    Scene,
    draw_cells,
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
from livn_core.sampling.streams import stream

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from livn_core.system.reader import System

__all__ = ["draw"]

#: Cells that are shown behind at most: more are sampled, so that they stay a background.
_BACKGROUND = 4000


def draw(figure: Figure, system: System, options: Options) -> None:
    """Draw the inputs of a cell beside its outputs, with axons where they grew."""
    from matplotlib.lines import Line2D

    gid = options.cell or 0
    owner, _ = system.locate(gid)
    scene = read_scene(system, show_mea=options.show_mea)
    electrodes = _near(scene)
    panels = [(True, system.incoming(gid)), (False, system.outgoing(gid))]
    known = read_kernels(system)
    kernels: list[dict[str, Kernel]] = []
    for incoming, slabs in panels:
        pairs = {name: (name, owner.name) if incoming else (owner.name, name) for name in slabs}
        kernels.append({name: known[pair] for name, pair in pairs.items() if pair in known})
    sigmas = [kernel.sigma for each in kernels for kernel in each.values() if kernel.sigma]
    window = _window(scene, gid, panels, 2.2 * max(sigmas, default=0.0))
    extent = window[1] - window[0]
    set_size(figure, 7.0, float(np.clip(3.3 * extent[1] / extent[0] + 1.2, 2.5, 9)))
    centre = scene.positions[gid]
    partners: set[str] = set()
    grown, missing = False, ""
    for index, (incoming, slabs) in enumerate(panels):
        axes = figure.add_subplot(1, 2, index + 1)
        as_map_axes(axes, window)
        draw_outline(axes, scene, (0, 1))
        shown = _draw_background(axes, scene, window, options.seed)
        if electrodes is not None:
            draw_electrodes(axes, electrodes, (0, 1), names=options.show_labels)
        axons = AxonSample()
        if options.show_connections:
            gids = _sources(system, slabs, kernels[index]) if incoming else [gid]
            axons = axons_of(system, gids)
        counts = _draw_partners(
            axes, scene, gid, slabs, axons, incoming=incoming, lines=options.show_connections
        )
        if len(axons):
            # In the colours of their cells: the more there are, the paler.
            colours = [scene.looks[system.locate(g)[0].name].colour for g in axons.gids.tolist()]
            draw_lines(axes, axons.paths, colours, alpha=paleness(len(axons)),
                       linewidths=1.2 if len(axons) == 1 else 0.5, zorder=4)  # fmt: skip
            grown = True
        missing = missing or axons.why
        _draw_rings(axes, scene, centre, kernels[index], window)
        axes.plot(*centre[:2], marker="*", markersize=9, color="black", markeredgecolor="white",
                  markeredgewidth=0.6, zorder=6, linestyle="none")  # fmt: skip
        axes.set_title(_title(counts, incoming=incoming), fontsize="medium")
        partners.update(counts)
        add_scale_bar(axes, float(extent[0]))
    handles = [
        Line2D([], [], linestyle="none", marker="*", markersize=8, color=ELECTRODE,
               label=f"cell {gid:,} ({escaped(owner.name)})"),
        *(population_handle(name, system.population(name).count, scene.looks[name])
          for name in sorted(partners)),
    ]  # fmt: skip
    if electrodes is not None:
        handles += electrode_handles(electrodes)
    if grown:
        handles.append(Line2D([], [], linewidth=0.8, color=GREY, label="axons of the sources"))
    add_legend(figure, handles)
    add_caption(
        figure,
        f"grey: {shown}",
        "rings: multiples of the kernel's sigma" if sigmas else "",
        f"axons not drawn: {missing}" if missing else "",
    )


def _sources(system: System, slabs: dict[str, EdgeSlab], kernels: dict[str, Kernel]) -> list[int]:
    """Return the gids of the cells whose axons made a cell's inputs."""
    found: list[int] = []
    for name, kernel in kernels.items():
        if kernel.rule == "axon":
            sources = slabs[name].sources.astype(np.int64)
            found += (sources + system.population(name).start).tolist()
    return found


def _near(scene: Scene) -> Electrodes | None:
    """Return the electrodes where at least one of them is inside the culture."""
    if scene.electrodes is None:
        return None
    sites = scene.electrodes.positions[:, :2]
    inside = np.all((sites >= scene.box[0, :2]) & (sites <= scene.box[1, :2]), axis=1)
    return scene.electrodes if inside.any() else None


def _title(counts: dict[str, tuple[int, int]], *, incoming: bool) -> str:
    """Return ``13 inputs`` with the populations that they come from below."""
    parts = []
    for name, (count, cells) in sorted(counts.items()):
        several = f"{cells:,} " if cells != count else ""
        noun = " cells" if several else ""
        parts.append(f"{count:,} {'from' if incoming else 'onto'} {several}{escaped(name)}{noun}")
    total = sum(count for count, _ in counts.values())
    return f"{total:,} {'inputs' if incoming else 'outputs'}\n{', '.join(parts) if total else ''}"


def _window(
    scene: Scene, gid: int, panels: list[tuple[bool, dict[str, EdgeSlab]]], radius: float
) -> NDArray[np.float64]:
    """Return what is shown, (2, 2) um: the culture, or the part with the cell's partners."""
    box = scene.box[:, :2]
    centre = scene.positions[gid, :2].astype(np.float64)
    for incoming, slabs in panels:
        for name, slab in slabs.items():
            cells = (slab.sources if incoming else slab.targets).astype(np.int64)
            steps = scene.positions[cells + scene.system.population(name).start, :2] - centre
            radius = max(radius, float(np.abs(steps).max(initial=0.0)) * 1.1)
    pad = 0.02 * (box[1] - box[0])
    near = np.array(
        [np.maximum(box[0] - pad, centre - radius), np.minimum(box[1] + pad, centre + radius)]
    )
    if radius and np.all(near[1] - near[0] < 0.5 * (box[1] - box[0])):
        return near
    return np.array([box[0] - pad, box[1] + pad])


def _draw_background(axes: Axes, scene: Scene, window: NDArray[Any], seed: int) -> str:
    """Draw the cells that are in the window in grey; returns which they are."""
    points = scene.positions[:, :2]
    points = points[np.all((points >= window[0]) & (points <= window[1]), axis=1)]
    said = "the other cells"
    if len(points) > _BACKGROUND:
        said = f"{_BACKGROUND:,} of the {len(points):,} cells around"
        chosen = stream(seed, "background cells").choice(len(points), _BACKGROUND, replace=False)
        points = points[chosen]
    axes.scatter(
        points[:, 0], points[:, 1], s=2.5, facecolor="#C9C9C9", edgecolor="none", zorder=1,
        rasterized=True,
    )  # fmt: skip
    return said


def _draw_partners(
    axes: Axes,
    scene: Scene,
    gid: int,
    slabs: dict[str, EdgeSlab],
    axons: AxonSample,
    *,
    incoming: bool,
    lines: bool,
) -> dict[str, tuple[int, int]]:
    """Draw a line to each partner, wider for several contacts, unless its axon is drawn.

    Returns edges and cells by name.
    """
    centre = scene.positions[gid, :2]
    found = {}
    for name, slab in slabs.items():
        start = scene.system.population(name).start
        cells, contacts = np.unique(slab.sources if incoming else slab.targets, return_counts=True)
        found[name] = (len(slab), len(cells))
        points = scene.positions[cells.astype(np.int64) + start, :2]
        here = np.broadcast_to(centre, points.shape)
        by_axon = incoming and np.isin(cells + start, axons.gids).all()
        if lines and len(points) and not by_axon:
            widths: NDArray[Any] = np.clip(0.5 * (1 + np.log10(contacts)), 0.5, 2.0)
            draw_lines(
                axes,
                list(np.stack((points, here) if incoming else (here, points), axis=1)),
                scene.looks[name].colour,
                linewidths=widths,
                alpha=float(np.clip(8 / np.sqrt(len(points)), 0.2, 0.8)),
                zorder=3,
            )
        draw_cells(axes, points, scene.looks[name], size=18 if len(points) < 500 else 6, zorder=5)
    return found


def _draw_rings(
    axes: Axes,
    scene: Scene,
    centre: NDArray[Any],
    kernels: dict[str, Kernel],
    window: NDArray[Any],
) -> None:
    """Draw circles at 1, 2 and 3 sigma, and at the cutoff; one set a distinct sigma."""
    from matplotlib.patches import Circle

    drawn: dict[tuple[float, float | None], str] = {}
    for name, kernel in kernels.items():
        if kernel.sigma is not None:
            drawn.setdefault((kernel.sigma, kernel.cutoff), name)
    for number, ((sigma, cutoff), name) in enumerate(sorted(drawn.items(), key=str)):
        colour = GREY if len(drawn) == 1 else scene.looks[name].colour
        radii = [(k * sigma, f"{k if k > 1 else ''}σ = {k * sigma:g} µm", "-") for k in (1, 2, 3)]
        if cutoff is not None:
            radii = [r for r in radii if r[0] < cutoff]
            radii.append((cutoff, f"cutoff {cutoff:g} µm", "--"))
        for radius, label, line in radii:
            axes.add_patch(
                Circle(
                    (float(centre[0]), float(centre[1])),
                    radius,
                    facecolor="none",
                    edgecolor=colour,
                    linewidth=0.6,
                    linestyle=line,
                    zorder=2.5,
                )
            )
            angle = np.deg2rad(60 + 60 * number)
            at = centre[:2] + radius * np.array([np.cos(angle), np.sin(angle)])
            if np.all((at > window[0]) & (at < window[1])):
                axes.annotate(
                    label, (float(at[0]), float(at[1])), fontsize="x-small", color=colour, ha="center", va="center", zorder=7,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
                )  # fmt: skip
