"""What today's tools made is drawn as it is: every picture against the system's own numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest
from figures import artists, bars, segments, words
from matplotlib.collections import PathCollection
from matplotlib.text import Text

from livn_core.plotting import KINDS, plot
from livn_core.system.reader import System


def check_layout(figure, system):
    markers = np.concatenate([m.get_offsets() for m in artists(figure.axes[0], PathCollection)])
    places = {tuple(place) for place in np.asarray(markers).tolist()}
    for population in system.populations:
        cells = system.positions(population.name)[:, :2].astype(float)
        assert {tuple(place) for place in cells.tolist()} <= places
    total = sum(system.edge_count(*pair) for pair in system.projections)
    said = re.search(rf"(all|[\d,]+ of) {total:,} connections", words(figure))
    drawn = total if said[1] == "all" else int(said[1][:-3].replace(",", ""))
    assert 0 < len(segments(figure.axes[0])) <= drawn <= min(total, 2000)
    for axes, plane in zip(figure.axes, ([0, 1], [0, 2]), strict=False):
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        for population in system.populations:
            x, y = system.positions(population.name)[:, plane].T
            assert left <= x.min() <= x.max() <= right
            assert bottom <= y.min() <= y.max() <= top


def check_degrees(figure, system):
    for column, population in enumerate(system.populations):
        for row, (word, side) in enumerate((("in-degree", 1), ("out-degree", 0))):
            axes = figure.axes[2 * column + row]
            partners = [pair for pair in system.projections if pair[side] == population.name]
            assert axes.get_xlabel() == f"{word} of {population.name}"
            assert bars(axes) == [population.count] * len(partners)
            degrees = system.out_degrees if row else system.in_degrees
            means = [degrees(*pair).mean() for pair in partners]
            assert [line.get_xdata()[0] for line in axes.lines] == pytest.approx(means)


def check_distances(figure, system):
    rows = 1 if system.path.name.startswith("3d") else 2
    pairs = list(system.projections)
    assert len(figure.axes) == rows * len(pairs)
    for axes, pair in zip(figure.axes[::rows], pairs, strict=True):
        assert axes.get_title() == "{} → {}".format(*pair)
        assert bars(axes) == [system.edge_count(*pair)]
        distances = np.concatenate([s.columns["distance"] for s in system.edges(*pair)])
        assert axes.lines[0].get_xdata()[0] == pytest.approx(distances.mean(dtype=float))
        assert axes.get_xlim()[1] >= distances.max()


def check_matrix(figure, system):
    cells = figure.axes[0].images[0].get_array()
    (means,) = (a.images[0].get_array() for a in figure.axes if a.get_title() == "mean in-degree")
    wanted = np.zeros(cells.shape)
    for row, source in enumerate(system.populations):
        for column, target in enumerate(system.populations):
            pair = source.name, target.name
            if pair not in system.projections:
                assert np.ma.masked_invalid(means).mask[row, column]
                continue
            assert means[row, column] == pytest.approx(system.edge_count(*pair) / target.count)
            for slab in system.edges(*pair, columns=()):
                where = slab.sources + source.start, slab.targets + target.start
                np.add.at(wanted, where, 1)
    np.testing.assert_array_equal(np.ma.filled(cells, 0), wanted)


def check_morphology(figure, system):
    for axes, population in zip(figure.axes, system.populations, strict=True):
        tree = system.trees(population.name, 0)
        child = np.flatnonzero(tree["Parent Point"] >= 0)
        ends = np.stack([child, tree["Parent Point"][child]], axis=1)
        lines = np.stack([tree["X Coordinate"], tree["Y Coordinate"]], axis=-1)[ends]
        np.testing.assert_allclose(segments(axes), lines)
        assert axes.get_title().startswith(f"{population.name}\ncell {population.start}")


def check_layers(figure, system):
    somata, *panels = figure.axes
    assert bars(somata) == [population.count for population in system.populations]
    for axes, population in zip(panels, system.populations, strict=True):
        counts, _ = system.synapses(population.name)
        assert sum(bar.get_width() for bar in axes.patches) == pytest.approx(counts.mean())
        assert [t.get_text() for t in axes.get_yticklabels()][:4] == ["SO", "SP", "SR", "SLM"]


CHECKS = {
    "layout": check_layout,
    "degrees": check_degrees,
    "distances": check_distances,
    "matrix": check_matrix,
    "morphology": check_morphology,
    "layers": check_layers,
}


# Their records name no placement, so nothing says what the area is.
@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"area"}))
def test_every_kind_draws_what_todays_tools_made(kind, reference):
    for name in ("2d_default_100", "3d_S1"):
        if kind in {"layers", "morphology"} and name != "3d_S1":
            continue
        with System(reference(name)) as system:
            figure = plot(system, kind)
            figure.draw_without_rendering()
            CHECKS[kind](figure, system)
            # Thousands are told from each other in the same way everywhere.
            said = [t.get_text() for t in figure.findobj(Text) if "electrode" not in t.get_text()]
            assert not [text for text in said if re.search(r"\d{4}|\dk", text)]
