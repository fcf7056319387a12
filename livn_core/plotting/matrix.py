"""Who connects to whom: the matrix of connections, and mean in-degrees by population."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.plotting.canvas import columns_in, set_size
from livn_core.plotting.options import Options
from livn_core.plotting.palette import population_looks
from livn_core.plotting.panels import label_width, whole_numbers
from livn_core.plotting.scene import escaped
from livn_core.plotting.style import add_caption, tint_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    from livn_core.system.reader import System

__all__ = ["draw"]

#: Rows and columns of the picture at most; more cells than these share one.
_BINS = 500
#: Populations whose mean in-degrees have room beside the matrix.
_FEW = 6
#: Width of the matrix of connections, at least, inches.
_UPPER = 2.7
#: From few to many: the lowest is told from the white of nothing.
_BLUES = ("#D9E6F2", "#4C8CC4", "#08306B")


def draw(figure: Figure, system: System, options: Options) -> None:
    """Draw connections by source (rows) and target (columns), beside mean in-degrees."""
    del options
    names = [p.name for p in system.populations if p.count]
    # Many populations, or long names, need the whole width: the matrices stand below each other.
    many = len(names) > _FEW or label_width(names) > 0.8
    stacked = many or columns_in(figure, 2, 2.2) == 1
    set_size(figure, 7.0 if many or not stacked else 3.7, 10.5 if many else 6.6 if stacked else 3.7)
    grid = figure.add_gridspec(
        *((2, 1) if stacked else (1, 2)), width_ratios=None if stacked else (1.15, 1)
    )
    width = _draw_cells(figure, figure.add_subplot(grid[0]), system)
    _draw_means(figure, figure.add_subplot(grid[1]), system, names)
    cells = "one cell a row and column" if width == 1 else f"{width:,} cells a row and column"
    add_caption(figure, "rows are sources, columns are targets", cells)
    if many:
        # Squares beside long names: what room there is shows when the page is laid out again.
        figure.draw_without_rendering()


def _draw_cells(figure: Figure, axes: Axes, system: System) -> int:
    from matplotlib.colors import LogNorm, Normalize

    total = sum(p.count for p in system.populations)
    width = max(1, -(-total // _BINS))
    bins = -(-total // width)
    counts = np.zeros(bins * bins, dtype=np.int64)
    for source, target in system.projections:
        first, second = (system.population(name).start for name in (source, target))
        for slab in system.edges(source, target, columns=()):
            rows = (slab.sources.astype(np.int64) + first) // width
            columns = (slab.targets.astype(np.int64) + second) // width
            counts += np.bincount(rows * bins + columns, minlength=bins * bins)
    table = counts.reshape(bins, bins).astype(np.float64)
    shown: NDArray[Any] = np.ma.masked_equal(table, 0)
    lowest, highest = float(shown.min() or 1), float(table.max())
    few = Normalize(0, max(highest, 1))
    image = axes.imshow(
        shown,
        cmap=tint_map(*_BLUES),
        norm=LogNorm(min(lowest, highest / 2), highest) if highest > 20 else few,
        extent=(0, bins * width, bins * width, 0),
        interpolation="nearest",
    )
    axes.set_xlabel("target gid")
    axes.set_ylabel("source gid")
    axes.tick_params(top=False, length=2)
    for axis in (axes.xaxis, axes.yaxis):
        whole_numbers(axis, 4)
    _mark_populations(axes, system)
    if highest > 1:
        bar = figure.colorbar(image, ax=axes, shrink=0.75, aspect=25, pad=0.02)
        bar.set_label("connections")
        if highest <= 20:
            whole_numbers(bar.ax.yaxis, 4)
        bar.outline.set_linewidth(0.4)
    axes.spines[:].set_visible(True)
    return width


def _mark_populations(axes: Axes, system: System) -> None:
    """Rule off the populations, and name those above whose columns there is room."""
    looks = population_looks(system)
    total = sum(p.count for p in system.populations)
    for population in system.populations:
        if population.start:
            axes.axhline(population.start, color="black", linewidth=0.4)
            axes.axvline(population.start, color="black", linewidth=0.4)
        if _UPPER * population.count / total > label_width([population.name]):
            axes.annotate(
                escaped(population.name),
                (population.start + population.count / 2, 0),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                fontsize="small",
                color=looks[population.name].colour,
                annotation_clip=False,
            )


def _norm(means: NDArray[np.float64]) -> Normalize:
    """Return the scale from the lowest to the highest mean, so that those that differ look so.

    Logarithmic where they span more than a factor of 30.
    """
    from matplotlib.colors import LogNorm, Normalize

    some = means[np.isfinite(means)]
    if not some.size:
        return Normalize(0, 1)
    lowest, highest = float(some.min()), float(some.max())
    positive = some[some > 0]
    if positive.size and highest > 30 * positive.min():
        return LogNorm(float(positive.min()), highest, clip=True)
    return Normalize(lowest, highest if highest > lowest else lowest + 1)


def _count(value: float, digits: int, *, small: bool) -> str:
    """Return a mean with the digits of all; in a small square ten thousands as ``12k``."""
    return f"{value / 1000:,.0f}k" if small and value >= 10_000 else f"{value:,.{digits}f}"


def _draw_means(figure: Figure, axes: Axes, system: System, names: list[str]) -> None:
    from matplotlib.colors import LogNorm

    means = np.full((len(names), len(names)), np.nan)
    for source, target in system.projections:
        if count := system.population(target).count:
            row, column = names.index(source), names.index(target)
            means[row, column] = system.edge_count(source, target) / count
    norm = _norm(means)
    many = len(names) > _FEW
    image = axes.imshow(means, cmap=tint_map(*_BLUES), norm=norm)
    axes.set_xticks(range(len(names)), [escaped(n) for n in names])
    # A slanted name ends below its column.
    if len(names) > 4 or len(names) * label_width(names) > 2.0:
        axes.tick_params("x", rotation=45)
        for text in axes.get_xticklabels():
            text.set(ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), [escaped(n) for n in names])
    axes.set_xlabel("target")
    axes.set_ylabel("source")
    axes.set_title("mean in-degree")
    digits = 1 if np.nanmax(means, initial=0.0) < 100 else 0
    for (row, column), value in np.ndenumerate(means):
        if len(names) <= 16:
            axes.text(
                column,
                row,
                "–" if np.isnan(value) else _count(value, digits, small=many),
                ha="center",
                va="center",
                fontsize="x-small" if many else "medium",
                color="white" if norm(value) > 0.55 else "black",
            )
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if np.isfinite(means).any():
        bar = figure.colorbar(image, ax=axes, shrink=0.75, aspect=25, pad=0.02)
        if not digits and not isinstance(norm, LogNorm):
            whole_numbers(bar.ax.yaxis)
        bar.outline.set_linewidth(0.4)
