"""One cell: everything that reaches it, everything it reaches, and the rings of the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.engine.streams import stream
from livn_core.neuroh5.edges import EdgeSlab
from livn_core.plotting.facts import Electrodes, Kernel, read_kernel
from livn_core.plotting.options import Options
from livn_core.plotting.palette import ELECTRODE
from livn_core.plotting.scene import (
    Scene,
    draw_cells,
    draw_electrodes,
    draw_lines,
    draw_outline,
    electrode_handles,
    plain,
    population_handle,
    read_scene,
)
from livn_core.plotting.style import GREY, add_caption, add_legend, add_scale_bar, as_map_axes
from livn_core.system import System

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw"]

#: Cells that are shown behind at most: more are sampled, so that they stay a background.
_BACKGROUND = 4000


def draw(figure: Figure, system: System, options: Options) -> None:
    """Draw the inputs of a cell beside its outputs."""
    gid = options.cell or 0
    owner, _ = system.locate(gid)
    scene = read_scene(system, show_mea=options.show_mea)
    electrodes = _near(scene)
    panels = [
        ("inputs", system.incoming(gid), True),
        ("outputs", system.outgoing(gid), False),
    ]
    extent = scene.box[1] - scene.box[0]
    figure.set_size_inches(7.0, float(np.clip(3.3 * extent[1] / extent[0] + 1.2, 2.5, 9)))
    centre = scene.positions[gid]
    partners: dict[str, int] = {}
    rings = False
    for index, (title, slabs, incoming) in enumerate(panels):
        axes = figure.add_subplot(1, 2, index + 1)
        as_map_axes(axes)
        pad = 0.02 * extent
        axes.set_xlim(scene.box[0, 0] - pad[0], scene.box[1, 0] + pad[0])
        axes.set_ylim(scene.box[0, 1] - pad[1], scene.box[1, 1] + pad[1])
        draw_outline(axes, scene, (0, 1))
        _draw_background(axes, scene, options.seed)
        if electrodes is not None:
            draw_electrodes(axes, electrodes, (0, 1))
        counts = _draw_partners(axes, scene, gid, slabs, incoming=incoming, options=options)
        kernels = {
            name: kernel
            for name in slabs
            if (kernel := _kernel(system, owner.name, name, incoming=incoming)) is not None
        }
        _draw_rings(axes, scene, centre, kernels)
        axes.plot(*centre[:2], marker="*", markersize=9, color="black", markeredgecolor="white",
                  markeredgewidth=0.6, zorder=6, linestyle="none")  # fmt: skip
        axes.set_title(_title(title, counts, incoming=incoming), fontsize=8)
        for name, (_, cells) in counts.items():
            partners[name] = partners.get(name, 0) + cells
        rings = rings or bool(kernels)
        add_scale_bar(axes, float(extent[0]))
    handles = [_star(gid, owner.name)]
    handles += [
        population_handle(name, system.population(name).count, scene.looks[name])
        for name in sorted(partners)
    ]
    if electrodes is not None:
        handles += electrode_handles(electrodes)
    add_legend(figure, handles)
    add_caption(figure, _caption(scene, rings=rings))


def _near(scene: Scene) -> Electrodes | None:
    """Return the electrodes where at least one of them is inside the culture."""
    if scene.electrodes is None:
        return None
    sites = scene.electrodes.positions[:, :2]
    inside = np.all((sites >= scene.box[0, :2]) & (sites <= scene.box[1, :2]), axis=1)
    return scene.electrodes if inside.any() else None


def _title(word: str, counts: dict[str, tuple[int, int]], *, incoming: bool) -> str:
    """Return ``13 inputs`` with the populations that they come from below."""
    parts = []
    for name, (count, cells) in sorted(counts.items()):
        several = f"{cells:,} " if cells != count else ""
        noun = " cells" if several else ""
        parts.append(f"{count:,} {'from' if incoming else 'onto'} {several}{plain(name)}{noun}")
    total = sum(count for count, _ in counts.values())
    return f"{total:,} {word}" + (f"\n{', '.join(parts)}" if total else "\n")


def _caption(scene: Scene, *, rings: bool) -> str:
    shown = len(scene.positions)
    others = "the other cells" if shown <= _BACKGROUND else f"{_BACKGROUND:,} of the other cells"
    return f"grey: {others}" + ("; rings: multiples of the kernel's sigma" if rings else "")


def _kernel(system: System, cell: str, other: str, *, incoming: bool) -> Kernel | None:
    return read_kernel(system, *((other, cell) if incoming else (cell, other)))


def _draw_background(axes: Axes, scene: Scene, seed: int) -> None:
    points = scene.positions
    if len(points) > _BACKGROUND:
        chosen = stream(seed, "background cells").choice(len(points), _BACKGROUND, replace=False)
        points = points[chosen]
    axes.scatter(
        points[:, 0], points[:, 1], s=2.5, facecolor="#C9C9C9", edgecolor="none", zorder=1,
        rasterized=True,
    )  # fmt: skip


def _draw_partners(
    axes: Axes,
    scene: Scene,
    gid: int,
    slabs: dict[str, EdgeSlab],
    *,
    incoming: bool,
    options: Options,
) -> dict[str, tuple[int, int]]:
    """Draw a line to each partner, wider for several contacts; returns edges and cells by name."""
    centre = scene.positions[gid, :2]
    found = {}
    for name, slab in slabs.items():
        start = scene.system.population(name).start
        cells, contacts = np.unique(slab.sources if incoming else slab.targets, return_counts=True)
        found[name] = (len(slab), len(cells))
        points = scene.positions[cells.astype(np.int64) + start, :2]
        here = np.broadcast_to(centre, points.shape)
        if options.show_connections and len(points):
            widths: NDArray[Any] = np.clip(0.5 * (1 + np.log10(contacts)), 0.5, 2.0)
            draw_lines(
                axes,
                *((points, here) if incoming else (here, points)),
                scene.looks[name].colour,
                linewidths=widths,
                alpha=float(np.clip(8 / np.sqrt(len(points)), 0.2, 0.8)),
                zorder=3,
            )
        draw_cells(axes, points, scene.looks[name], size=18 if len(points) < 500 else 6, zorder=5)
    return found


def _draw_rings(axes: Axes, scene: Scene, centre: NDArray[Any], kernels: dict[str, Kernel]) -> None:
    """Draw circles at 1, 2 and 3 sigma, and at the cutoff; one set a distinct sigma."""
    from matplotlib.patches import Circle

    drawn: dict[tuple[float, float | None], str] = {}
    for name, kernel in kernels.items():
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
            if np.all((at > scene.box[0, :2]) & (at < scene.box[1, :2])):
                axes.annotate(
                    label, (float(at[0]), float(at[1])), fontsize=6, color=colour, ha="center", va="center", zorder=7,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
                )  # fmt: skip


def _star(gid: int, population: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], linestyle="none", marker="*", markersize=8, color=ELECTRODE,
                  label=f"cell {gid:,} ({plain(population)})")  # fmt: skip
