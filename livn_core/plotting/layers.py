"""Somata and synapses across the layers of a layered system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.plotting.canvas import columns_in, set_size
from livn_core.plotting.facts import Layer, read_layer_ids, read_layers
from livn_core.plotting.options import Options, PlotError
from livn_core.plotting.palette import Look, population_looks
from livn_core.plotting.panels import whole_numbers
from livn_core.plotting.scene import draw_layers, escaped, population_handle
from livn_core.plotting.style import GREY, add_caption, add_legend
from livn_core.sampling.streams import stream
from livn_core.system.rotation import depths

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from livn_core.system.reader import System

__all__ = ["draw"]

#: Panels side by side at most.
_ACROSS = 5
#: Cells of a population whose synapses are counted.
_CELLS = 40
#: Type of synapse -> what it is called, its colour and hatching.
_SYNAPSES = {
    0: ("excitatory", "#D55E00", ""),
    1: ("inhibitory", "#0072B2", "////"),
    2: ("modulatory", "#777777", ""),
}


def draw(figure: Figure, system: System, options: Options) -> None:
    """Draw depths of the somata, and synapses a cell by layer, for each population."""
    layers = read_layers(system)
    if len(layers) < 2:
        raise PlotError(
            f"'{system.path}' has no layers: it is a 2D culture",
            hint="see it with '--kind layout'",
        )
    names = [p.name for p in system.populations if p.count]
    looks = population_looks(system)
    found = {name: _synapses(system, name, options.seed) for name in names}
    tables = {name: table for name, table in found.items() if table}
    across = min(1 + len(tables), columns_in(figure, _ACROSS, 1.6))
    down = -(-(1 + len(tables)) // across)
    set_size(figure, float(np.clip(0.7 + 1.9 * across, 4.5, 10.5)), 0.9 + 2.6 * down)
    first = figure.add_subplot(down, across, 1)
    _draw_somata(first, system, looks, names, layers)
    ids = read_layer_ids(system)
    for column, (name, table) in enumerate(tables.items()):
        axes = figure.add_subplot(down, across, column + 2)
        _draw_synapses(axes, table, layers, ids)
        axes.set_title(f"onto {escaped(name)}", color=looks[name].colour)
    handles = [population_handle(n, system.population(n).count, looks[n]) for n in names]
    kinds = sorted({kind for table in tables.values() for _, kind in table})
    add_legend(figure, handles + [_synapse_handle(kind) for kind in kinds])
    own = "each panel has a scale of its own" if len(tables) > 1 else ""
    add_caption(figure, f"synapses: mean of up to {_CELLS} cells of each population", own)


def _draw_somata(
    axes: Axes, system: System, looks: dict[str, Look], names: list[str], layers: list[Layer]
) -> None:
    low, high = layers[0].low[2], max(layer.high[2] for layer in layers)
    draw_layers(axes, layers)
    edges = np.linspace(low, high, 46)
    most: list[int] = []
    for name in names:
        counts = np.histogram(depths(system.graph, system.positions(name)), edges)[0]
        most.append(int(counts.max()))
        axes.stairs(counts, edges, orientation="horizontal", color=looks[name].colour, linewidth=1,
                    linestyle="--" if looks[name].kind == "inhibitory" else "-")  # fmt: skip
        axes.stairs(counts, edges, orientation="horizontal", color=looks[name].colour, fill=True,
                    alpha=0.2)  # fmt: skip
    axes.set_ylim(low, high)
    if min(most) * 30 < max(most):
        # A few interneurons beside thousands of cells: straight up to 1, logarithmic from there.
        axes.set_xscale("symlog", linthresh=1)
        axes.xaxis.set_major_formatter("{x:,.0f}")
    else:
        whole_numbers(axes.xaxis, 4)
    axes.set_xlim(left=0)
    axes.set_xlabel("cells")
    axes.set_ylabel("depth z (µm)")
    axes.set_title("somata")


def _synapses(system: System, population: str, seed: int) -> dict[tuple[int, int], float]:
    """Return synapses a cell by (layer id, synapse type)."""
    owner = system.population(population)
    if "Synapse Attributes" not in system.namespaces(population):
        return {}
    cells: NDArray[Any] = np.arange(owner.count)
    if owner.count > _CELLS:
        rng = stream(seed, "layer sample", population)
        cells = np.sort(rng.choice(owner.count, _CELLS, replace=False))
    table: dict[tuple[int, int], float] = {}
    for cell in cells:
        _, columns = system.synapses(
            population, int(cell), int(cell) + 1, columns=("syn_layers", "syn_types")
        )
        both = np.stack([columns["syn_layers"], columns["syn_types"]]).astype(np.int64)
        keys, counts = np.unique(both, axis=1, return_counts=True)
        for (layer, kind), count in zip(keys.T.tolist(), counts.tolist(), strict=True):
            table[layer, kind] = table.get((layer, kind), 0.0) + count / len(cells)
    return table


def _draw_synapses(
    axes: Axes, table: dict[tuple[int, int], float], layers: list[Layer], ids: dict[int, str]
) -> None:
    order = [layer.name for layer in layers]
    named = {layer: ids.get(layer, f"layer {layer}") for layer, _ in table}
    rows = order + sorted({name for name in named.values() if name not in order})
    left = np.zeros(len(rows))
    for kind in sorted({kind for _, kind in table}):
        values = np.zeros(len(rows))
        for (layer, synapse), count in table.items():
            if synapse == kind:
                values[rows.index(named[layer])] += count
        _, colour, hatch = _synapse_look(kind)
        axes.barh(range(len(rows)), values, left=left, height=0.7, color=colour, hatch=hatch,
                  edgecolor="white", linewidth=0.4)  # fmt: skip
        left += values
    for row, total in enumerate(left):
        if total:
            axes.annotate(f"{total:,.0f}", (total, row), xytext=(2, 0), va="center",
                          textcoords="offset points", fontsize="x-small")  # fmt: skip
    axes.set_yticks(range(len(rows)), [escaped(row) for row in rows])
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.25)
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter("{x:,g}")
    axes.set_xlabel("synapses a cell")


def _synapse_look(kind: int) -> tuple[str, str, str]:
    return _SYNAPSES.get(kind, (f"type {kind}", GREY, ""))


def _synapse_handle(kind: int) -> Any:
    from matplotlib.patches import Patch

    name, colour, hatch = _synapse_look(kind)
    return Patch(facecolor=colour, edgecolor="white", hatch=hatch, label=f"{name} synapses")
