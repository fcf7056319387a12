"""Lengths of connections, and the probability of one against distance beside the configured one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.documents.names import counted
from livn_core.errors import SystemFormatError
from livn_core.neuroh5.edges import EdgeSlab
from livn_core.plotting.facts import Kernel, is_layered, read_kernels
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
from livn_core.plotting.style import add_caption, short
from livn_core.sampling.streams import stream

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from livn_core.system.reader import System

__all__ = ["draw"]

#: Projections that are drawn: of more, those with most connections.
_PANELS = 16
#: Panels that share their limits at most.
_COMPARED = 4
#: Pairs of cells whose distances are counted at most; of more, those of a sample of targets.
_PAIRS = 2e8


def draw(figure: Figure, system: System, options: Options) -> None:
    """Draw a column a projection: distances, and realised p(d) with the configured one."""
    looks = population_looks(system)
    pairs = list(system.projections)
    if len(pairs) > _PANELS:
        largest = sorted(pairs, key=lambda pair: -system.edge_count(*pair))[:_PANELS]
        pairs = [pair for pair in pairs if pair in largest]
    layered, kernels = is_layered(system), read_kernels(system)
    narrowest = max(1.65, label_width(chain(*pairs), 2))
    axes = add_panels(figure, 1 if layered else 2, max(len(pairs), 1), narrowest)
    if not pairs:
        axes[0][0].text(0.5, 0.5, "no connections", ha="center", va="center")
    for column, (source, target) in enumerate(pairs):
        colour = looks[source].colour
        edges, counts, mean = _histogram(system, source, target)
        panel = axes[0][column]
        step_line(panel, edges, counts, colour)
        panel.axvline(mean, color=colour, linewidth=0.8, linestyle=":")
        # A long title has two lines, and goes on above the labels on the left.
        long = label_width([source + target], 3) > 1.65
        gap = "\n" if long else " "
        title = f"{escaped(source)} →{gap}{escaped(target)}"
        panel.set_title(title, fontsize="medium", loc="right" if long else "center")
        panel.set_xlim(0, edges[-1])
        panel.set_ylim(bottom=0)
        whole_numbers(panel.yaxis)
        _note(panel, f"{counted(int(counts.sum()), 'edge')}\nmean {short(mean)} µm")
        last = axes[-1][column]
        if not layered:
            kernel = kernels.get((source, target))
            _probability(
                last, system, (source, target), kernel, edges, counts, colour, options.seed
            )
        last.set_xlabel("distance (µm)")
        for each in (panel, last):
            each.xaxis.set_major_formatter("{x:,g}")
        if begins_line(panel):
            panel.set_ylabel("connections")
            if not layered:
                last.set_ylabel("probability of\na connection")
    # Where there are few panels they are compared; of many, each has a scale of its own.
    if 0 < len(pairs) <= _COMPARED:
        for row in axes:
            share_limits(row, x=True)
        if not layered:
            share_limits([panel for panel in axes[-1] if len(panel.get_yticks())], y=True)
    law = "points: realised, with 95 % interval; black line: the law that was asked for"
    some = f"{len(pairs)} of {len(system.projections)} projections: the largest"
    add_caption(
        figure, "" if layered else law, some if len(pairs) < len(system.projections) else ""
    )


def _slabs(system: System, source: str, target: str) -> Iterator[tuple[EdgeSlab, NDArray[Any]]]:
    """Yield edges and their distances, um: the stored ones, else those between the somata."""
    try:
        for slab in system.edges(source, target, columns=("distance",)):
            yield slab, slab.columns["distance"]
    except SystemFormatError:
        start, stop = system.positions(source), system.positions(target)
        for slab in system.edges(source, target, columns=()):
            steps = start[slab.sources] - stop[slab.targets]
            yield slab, np.hypot(steps[:, 0], steps[:, 1])


def _histogram(
    system: System, source: str, target: str
) -> tuple[NDArray[Any], NDArray[np.int64], float]:
    highest = total = 0.0
    for _, distances in _slabs(system, source, target):
        highest = max(highest, float(distances.max(initial=0.0)))
        total += float(distances.sum(dtype=np.float64))
    bins = int(np.clip(1.2 * np.sqrt(system.edge_count(source, target)), 10, 50))
    edges = np.linspace(0, highest * (1 + 1e-6) or 1.0, bins + 1)
    counts = np.zeros(bins, dtype=np.int64)
    for _, distances in _slabs(system, source, target):
        counts += np.histogram(distances, edges)[0]
    return edges, counts, total / max(int(counts.sum()), 1)


def _pairs_within(
    system: System, source: str, target: str, edges: NDArray[Any], seed: int, *, axes: int
) -> NDArray[np.float64]:
    """Estimate how many pairs of cells lie at each distance along 2 or 3 axes; exact for few."""
    from scipy.spatial import cKDTree

    sources, targets = (system.positions(name)[:, :axes] for name in (source, target))
    chosen = targets
    most = int(np.clip(_PAIRS / max(len(sources), 1), 100, 5000))
    if len(targets) > most:
        rng = stream(seed, "distance sample", f"{source}->{target}")
        chosen = targets[rng.choice(len(targets), most, replace=False)]
    within = cKDTree(sources).count_neighbors(cKDTree(chosen), edges)
    found = np.diff(within.astype(np.float64))
    # Pairs at exactly no distance are cells with themselves, or lie in the first bin.
    found[0] += within[0] - (len(chosen) if source == target else 0)
    return np.asarray(found * (len(targets) / max(len(chosen), 1)))


def _probability(
    axes: Axes,
    system: System,
    pair: tuple[str, str],
    kernel: Kernel | None,
    edges: NDArray[Any],
    counts: NDArray[np.int64],
    colour: str,
    seed: int,
) -> None:
    distance = "plane" if kernel is None else kernel.distance
    axes.set_xlim(0, edges[-1])
    if distance not in {"plane", "space"}:
        axes.set_yticks([])
        said = f"no law of the\ndistance '{escaped(distance)}'"
        axes.text(0.5, 0.5, said, ha="center", transform=axes.transAxes)
        return
    pairs = _pairs_within(system, *pair, edges, seed, axes=3 if distance == "space" else 2)
    known = pairs > 0
    centres = (edges[:-1] + edges[1:]) / 2
    low, high = _wilson(counts[known], pairs[known])
    realised = np.minimum(counts[known] / pairs[known], 1.0)
    axes.errorbar(
        centres[known],
        realised,
        yerr=[np.maximum(realised - low, 0), np.maximum(high - realised, 0)],
        fmt="o",
        markersize=2.2,
        color=colour,
        elinewidth=0.6,
        zorder=2,
    )
    axes.set_ylim(0, float(realised.max(initial=1e-9)) * 1.2)
    if kernel is None:
        return
    fine = np.linspace(0, edges[-1], 400)
    configured = kernel.probability(fine)
    if configured is not None:
        axes.plot(fine, configured, color="black", linewidth=1.0, zorder=3)
    rule = None if kernel.rule == "pairwise_bernoulli" else kernel.rule
    scale = None if kernel.sigma is None else f"σ = {kernel.sigma:g} µm"
    words = [escaped(word) for word in (rule, kernel.name, scale) if word is not None]
    _note(axes, "\n".join(words))


def _note(axes: Axes, text: str) -> None:
    """Write into the upper right corner."""
    axes.annotate(text, (1, 1), xycoords="axes fraction", ha="right", va="top", fontsize="small")


def _wilson(counts: NDArray[Any], pairs: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the 95 % interval of a proportion (Wilson 1927, JASA 22:209)."""
    z = 1.959964
    p = np.minimum(counts / pairs, 1.0)
    centre = (p + z**2 / (2 * pairs)) / (1 + z**2 / pairs)
    half = z / (1 + z**2 / pairs) * np.sqrt(p * (1 - p) / pairs + z**2 / (4 * pairs**2))
    return centre - half, centre + half
