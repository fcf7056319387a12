"""In-degrees and out-degrees: how many connections a cell receives and sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.plotting.options import Options
from livn_core.plotting.palette import population_looks
from livn_core.plotting.panels import (
    add_panels,
    begins_line,
    label_width,
    share_limits,
    step_line,
    whole_numbers,
)
from livn_core.plotting.scene import escaped
from livn_core.plotting.style import add_caption

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from livn_core.system.reader import System

__all__ = ["draw"]

#: Histograms that one panel can hold; more partners are shown by mean and standard deviation.
_OVERLAID = 4


def draw(figure: Figure, system: System, options: Options) -> None:
    """Draw a column a population: its in-degrees by source above its out-degrees by target."""
    del options
    looks = population_looks(system)
    names = [p.name for p in system.populations if p.count]
    degrees: dict[str, tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]] = {
        name: ({}, {}) for name in names
    }
    for source, target in system.projections:
        degrees[target][0][source] = system.in_degrees(source, target)
        degrees[source][1][target] = system.out_degrees(source, target)
    partners = max([len(each) for pair in degrees.values() for each in pair], default=0)
    show = _histograms if partners <= _OVERLAID else _means
    # Names stand in the legend, "from EXC: 12.34 ± 5.67", or left of the axes in smaller text.
    needed = label_width(names, 22) if show is _histograms else 1.1 + 0.7 * label_width(names)
    axes = add_panels(figure, 2, max(len(names), 1), max(2.0, needed))
    for column, name in enumerate(names):
        for row, word in enumerate(("in-degree", "out-degree")):
            panel = axes[row][column]
            if degrees[name][row]:
                show(panel, degrees[name][row], looks, row)
            else:
                panel.text(0.5, 0.5, "none", transform=panel.transAxes, ha="center", va="center")
                panel.set_xticks([])
                panel.set_yticks([])
            gap = "\n" if label_width([name], 14) > 2.0 else " "
            panel.set_xlabel(
                f"{word} of{gap}{escaped(name)}",
                loc="center" if show is _histograms else "right",  # there is room below the names
            )
            if begins_line(panel) and show is _histograms:
                panel.set_ylabel("cells")
    # Degrees are compared between populations; of many, each has a logarithmic scale of its own.
    if show is _histograms:
        share_limits([panel for row in axes for panel in row if panel.patches], x=True)
    what = "lines and numbers" if show is _histograms else "points and bars"
    add_caption(figure, f"{what}: mean ± standard deviation over the cells")


def _histograms(
    axes: Axes, degrees: dict[str, NDArray[Any]], looks: dict[str, Any], row: int
) -> None:
    low = min(int(d.min()) for d in degrees.values())
    high = max(int(d.max()) for d in degrees.values())
    # Whole numbers: bins of one width, centred on them, at most 60.
    step = max(1, -(-(high - low + 1) // 60))
    edges = np.arange(low, high + step + 1, step) - 0.5
    for name, values in degrees.items():
        counts = np.histogram(values, edges)[0]
        colour = looks[name].colour
        step_line(
            axes,
            edges,
            counts,
            colour,
            linestyle="--" if looks[name].kind == "inhibitory" else "-",
            label=f"{'from' if row == 0 else 'onto'} {escaped(name)}: "
            f"{values.mean():,.2f} ± {values.std():,.2f}",
        )
        axes.axvline(float(values.mean()), color=colour, linewidth=0.8, linestyle=":")
    axes.set_xlim(-0.5, edges[-1])  # the bin of 0 is whole
    axes.set_ylim(bottom=0)
    whole_numbers(axes.xaxis)
    whole_numbers(axes.yaxis)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), handlelength=1.4, borderaxespad=0.1)


def _means(axes: Axes, degrees: dict[str, NDArray[Any]], looks: dict[str, Any], _: int) -> None:
    """Draw a row a partner: its mean and standard deviation."""
    from matplotlib.ticker import NullLocator

    for line, (name, values) in enumerate(sorted(degrees.items(), reverse=True)):
        mean, spread = float(values.mean()), float(values.std())
        axes.errorbar(
            mean,
            line,
            xerr=spread,
            marker=looks[name].marker,
            color=looks[name].colour,
            markersize=4,
            elinewidth=0.8,
        )
    names = [escaped(name) for name in sorted(degrees, reverse=True)]
    axes.set_yticks(range(len(names)), names, fontsize="x-small")
    axes.set_ylim(-0.7, len(names) - 0.3)
    # Means from below one to thousands: straight up to 1, logarithmic from there.
    highest = max(float(d.mean() + d.std()) for d in degrees.values())
    axes.set_xscale("symlog", linthresh=1)
    ticks = [0.0, *10.0 ** np.arange(0, max(1, np.ceil(np.log10(max(highest, 1)))) + 1)]
    axes.set_xlim(0, max(highest * 1.3, 10))
    axes.set_xticks(ticks if len(ticks) < 5 else [0.0, *ticks[1::2]])
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="y", linewidth=0.3, color="#DDDDDD")
    axes.set_axisbelow(True)
