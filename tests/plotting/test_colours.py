"""What the colours of cells say: degree, module, layer."""

from __future__ import annotations

import numpy as np
import pytest
from figures import artists, segments, words
from matplotlib import colormaps
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb

from livn_core import generate
from livn_core.plotting import PlotError, plot
from livn_core.plotting.palette import CATEGORIES
from livn_core.system.reader import System

MODULES = {"area": "modules", "area_kwargs": {"rows": 1, "columns": 2, "side": 300, "gap": 100}}


def coloured(axes):
    """Return the place and the colour of each cell, (cells, 2) and (cells, 3)."""
    markers = artists(axes, PathCollection)
    return (
        np.concatenate([m.get_offsets() for m in markers]),
        np.concatenate([m.get_facecolors()[:, :3] for m in markers]),
    )


def in_degrees(system):
    found = np.zeros(sum(p.count for p in system.populations))
    for source, target in system.projections:
        owner = system.population(target)
        found[owner.start : owner.start + owner.count] += system.in_degrees(source, target)
    return found


def test_each_cell_has_the_colour_of_its_in_degree(drawn_culture):
    figure = plot(drawn_culture, color_by="degree", show_mea=False, max_edges=30)
    axes, bar = figure.axes
    degrees = in_degrees(System(drawn_culture))
    low, high = degrees.min(), degrees.max()
    assert bar.get_ylim() == (low, high)
    assert bar.get_ylabel() == "in-degree"
    expected = colormaps["viridis"]((degrees - low) / (high - low))[:, :3]
    assert np.allclose(coloured(axes)[1], expected)
    assert len(segments(axes)) == 30
    assert "colour of their source" not in words(figure)


def test_modules_have_a_colour_each_and_a_name_in_the_legend(tmp_path):
    with generate(MODULES, total_cells=80, output_directory=tmp_path / "made") as made:
        figure = plot(made, color_by="module")
        places, colours = coloured(figure.axes[0])
    left = places[:, 0] < places[:, 0].mean()
    assert len(np.unique(colours[left], axis=0)) == len(np.unique(colours[~left], axis=0)) == 1
    legend = {text.get_text(): patch.get_facecolor()[:3] for text, patch in zip(
        figure.legends[0].get_texts(), figure.legends[0].legend_handles, strict=True)
        if text.get_text() in ("A1", "A2")}  # fmt: skip
    assert np.allclose(legend["A1"], colours[left][0])
    assert np.allclose(legend["A2"], colours[~left][0])


@pytest.mark.parametrize("columns", [15, 16, 17])
def test_neighbours_differ_where_colours_come_again(tmp_path, columns):
    squares = {"rows": 4, "columns": columns, "side": 100, "gap": 20}
    with generate({"area": "modules", "area_kwargs": squares}, total_cells=12 * columns,
                  mean_degree=2, output_directory=tmp_path / "made") as made:  # fmt: skip
        figure, corner = plot(made, color_by="module"), made.bounds()[0][:2]
    places, colours = coloured(figure.axes[0])
    spots = np.floor((places - corner) / 120).astype(int)
    grid = np.zeros((columns, 4, 3))
    grid[tuple(spots.T)] = colours
    assert (grid[1:] != grid[:-1]).any(axis=2).all()
    assert (grid[:, 1:] != grid[:, :-1]).any(axis=2).all()
    assert f"colours of the {4 * columns} modules come again, not of neighbours" in words(figure)


def test_layers_have_a_colour_each_from_above_and_from_the_side(drawn_layers):
    figure = plot(drawn_layers, color_by="layer")
    places, colours = coloured(figure.axes[1])
    for number, (low, high) in enumerate([(0, 40), (40, 60), (60, 90)]):
        inside = (places[:, 1] > low) & (places[:, 1] < high)
        assert np.allclose(colours[inside], to_rgb(CATEGORIES[number]))
    assert [t.get_text() for t in figure.legends[0].get_texts()][2:4] == ["SO", "SP"]
    assert "SR" not in [t.get_text() for t in figure.legends[0].get_texts()]


def test_many_cells_show_the_mean_in_degree_of_each_spot(make_culture):
    path = make_culture(exc=24_000, inh=0, degree=3, mea=None)
    figure = plot(path, color_by="degree", max_edges=0)
    axes, bar = figure.axes
    assert bar.get_ylabel() == "mean in-degree"
    image = axes.images[0].get_array()
    system = System(path)
    x, y = system.positions("EXC")[:, :2].T
    rows, columns = image.shape[:2]
    left, right, bottom, top = axes.images[0].get_extent()
    across = np.minimum((x - left) / (right - left) * columns, columns - 1).astype(int)
    up = np.minimum((y - bottom) / (top - bottom) * rows, rows - 1).astype(int)
    means = np.array(
        [[in_degrees(system)[(across == 0) & (up == row)].mean()] for row in range(rows)]
    )
    low, high = bar.get_ylim()
    assert low <= means.min() < means.max() <= high
    shares = (means[:, 0] - low) / (high - low)
    assert np.allclose(image[:, 0], colormaps["viridis"](shares)[:, :3], atol=0.02)


def test_refusals(drawn_culture, livn_here):
    with pytest.raises(PlotError, match="did you mean 'degree'"):
        plot(drawn_culture, color_by="degre")
    with pytest.raises(PlotError, match="it has no modules"):
        plot(drawn_culture, color_by="module")
    with pytest.raises(PlotError, match="it has no layers"):
        plot(drawn_culture, color_by="layer")
    ran = livn_here("plot", str(drawn_culture), "--kind", "matrix", "--color-by", "degree")
    assert ran.code == 2
    assert "only the kind 'layout'" in ran.err
