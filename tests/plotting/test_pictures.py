"""What the pictures show, read from the figures themselves."""

from __future__ import annotations

import json

import numpy as np
import pytest
from figures import artists, bars, segments, words
from matplotlib.collections import EllipseCollection, LineCollection, PathCollection
from matplotlib.patches import Circle, Patch
from matplotlib.text import Text
from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar

from livn_core import generate
from livn_core.errors import ComponentNotFoundError, SystemFormatError
from livn_core.plotting import PlotError, plot
from livn_core.plotting.layout import visible_lines
from livn_core.plotting.palette import looks
from livn_core.system.reader import System


def test_layout_shows_every_cell_connection_and_electrode(drawn_culture):
    figure = plot(drawn_culture, max_edges=2000)
    (axes,) = figure.axes
    assert axes.get_aspect() == 1.0
    markers = artists(axes, PathCollection)
    assert sorted(len(m.get_offsets()) for m in markers) == [4, 20, 80]
    assert len(segments(axes)) == 2000
    circles = artists(axes, EllipseCollection)
    assert sorted(c.get_widths()[0] for c in circles) == [200, 400]
    assert [len(c.get_offsets()) for c in circles] == [4, 4]
    (bar,) = artists(axes, AnchoredSizeBar)
    assert bar.size_bar.get_children()[0].get_width() == 200
    said = words(figure)
    for part in (
        "EXC: 80 cells, excitatory",
        "INH: 20 cells, inhibitory",
        "4 electrodes",
        "stimulates within 100 µm",
        "records within 200 µm",
        "all 2,000 connections",
        "lines in the colour of their source",
        "200 µm",
    ):
        assert part in said


def test_lines_join_the_cells_that_connect(drawn_culture):
    system = System(drawn_culture)
    positions = np.concatenate([system.positions(p.name) for p in system.populations])[:, :2]
    known = {tuple(place): gid for gid, place in enumerate(positions.tolist())}
    for ends in segments(plot(system, max_edges=40).axes[0]):
        source, target = (known[tuple(end)] for end in ends.tolist())
        name = system.locate(source)[0].name
        relative = source - system.population(name).start
        assert relative in system.incoming(target)[name].sources


def test_a_system_draws_itself(drawn_culture):
    figure = System(drawn_culture).plot(show_connections=True, show_mea=True, max_edges=20)
    assert len(segments(figure.axes[0])) == 20
    assert len(System(drawn_culture).plot("degrees").axes) == 4


def test_layout_options(drawn_culture):
    few = plot(drawn_culture, max_edges=30)
    assert len(segments(few.axes[0])) == 30
    assert "30 of 2,000 connections" in words(few)
    assert "longer connections more often" in words(few)
    bare = plot(drawn_culture, show_connections=False, show_mea=False)
    assert not artists(bare.axes[0], LineCollection)
    assert not artists(bare.axes[0], EllipseCollection)
    assert "electrode" not in words(bare)


def test_many_cells_are_a_density_that_keeps_their_number(make_culture):
    figure = plot(make_culture(exc=24_000, inh=6_000, degree=0), max_edges=100)
    images = [axes.images[0] for axes in figure.axes if axes.images]
    totals = []
    for image in images:
        left, right, bottom, top = image.get_extent()
        rows, columns = image.get_array().shape
        area = (right - left) / columns * (top - bottom) / rows / 1e6
        totals.append(round(float(image.get_array().sum()) * area))
    assert totals == [24_000, 6_000]
    # The legend has what is drawn, and all panels have one size.
    handles = figure.legends[0].legend_handles
    assert [isinstance(handle, Patch) for handle in handles[:2]] == [True, True]
    figure.draw_without_rendering()
    panels = [axes for axes in figure.axes if axes.images]
    slots = [axes.get_position(original=True) for axes in panels]
    assert slots[0].width == pytest.approx(slots[1].width, rel=1e-3)
    assert slots[0].height == pytest.approx(slots[1].height, rel=1e-3)
    assert "cells/mm²" in words(figure)
    assert not any(
        len(m.get_offsets()) > 100 for axes in figure.axes for m in artists(axes, PathCollection)
    )


def test_layered_systems_are_seen_from_above_and_from_the_side(drawn_layers):
    figure = plot(drawn_layers)
    assert len(figure.axes) == 2
    for name in ("SO", "SP", "SR"):
        assert name in words(figure)
    depths = np.concatenate(
        [m.get_offsets()[:, 1] for m in artists(figure.axes[1], PathCollection)]
    )
    system = System(drawn_layers)
    expected = np.concatenate([system.positions(n)[:, 2] for n in ("BAS", "PYR")])
    assert np.allclose(np.sort(depths), np.sort(expected))


def test_a_far_wider_array_does_not_shrink_the_culture_to_a_spot(make_culture):
    far = [[i, 20_000.0 * i, 0.0, 0.0] for i in range(1, 4)]
    mea = {"electrode_coordinates": far, "input_radius": 250, "output_radius": 250}
    figure = plot(make_culture(mea=mea))
    low, high = figure.axes[0].get_xlim()
    assert high - low < 1200
    assert "3 electrodes outside the picture" in " ".join(words(figure).split())


def test_cell_shows_all_inputs_outputs_and_rings(drawn_culture):
    system = System(drawn_culture)
    gid = 3
    figure = plot(system, cell=gid)
    slabs = system.incoming(gid), system.outgoing(gid)
    for number, (axes, found) in enumerate(zip(figure.axes, slabs, strict=True)):
        expected = {
            int(cell) + system.population(name).start
            for name, slab in found.items()
            for cell in (slab.targets if number else slab.sources)
        }
        lines = segments(axes)
        assert len(lines) == len(expected)
        assert np.allclose(lines[:, 0 if number else 1], system.positions("EXC")[gid, :2])
    rings = [c.get_radius() for c in artists(figure.axes[0], Circle)]
    assert sorted(rings) == [150, 300, 450]
    total = sum(len(s) for s in slabs[0].values())
    assert f"{total} inputs" in words(figure)
    assert "cell 3 (EXC)" in words(figure)


def test_degrees_state_means_and_count_every_cell(drawn_culture):
    system = System(drawn_culture)
    figure = plot(system, "degrees")
    said = words(figure)
    for source, target in system.projections:
        incoming, outgoing = system.in_degrees(source, target), system.out_degrees(source, target)
        assert f"from {source}: {incoming.mean():.2f} ± {incoming.std():.2f}" in said
        assert f"onto {target}: {outgoing.mean():.2f} ± {outgoing.std():.2f}" in said
    assert bars(figure.axes[0]) == [80, 80]
    # All panels can be compared: one range, from the whole bin of 0.
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    assert figure.axes[0].get_xlim()[0] == -0.5


def test_probabilities_are_compared_on_one_scale(drawn_culture):
    panels = plot(drawn_culture, "distances").axes
    assert len({axes.get_xlim() for axes in panels}) == 1
    assert len({axes.get_ylim() for axes in panels[1::2]}) == 1
    assert panels[1].get_ylim()[0] == 0


def test_in_degrees_that_differ_have_colours_that_differ(make_system):
    positions = {"EXC": np.zeros((6, 3)), "INH": np.ones((4, 3))}
    edges = {
        ("EXC", "EXC"): (np.repeat(np.arange(6), 2), np.arange(12) % 6),
        ("INH", "EXC"): (np.arange(13) % 4, np.arange(13) % 6),
    }
    figure = plot(make_system(positions, edges), "matrix")
    image = next(a for a in figure.axes if a.get_title() == "mean in-degree").images[0]
    colours = image.cmap(image.norm(np.array([2.0, 13 / 6])))
    assert np.abs(colours[0] - colours[1]).max() > 0.5


@pytest.mark.parametrize(("cells", "lines"), [(10, 2000), (500, 2000), (10_000, 447), (10**6, 300)])
def test_so_many_lines_as_can_be_told_apart(cells, lines):
    assert visible_lines(cells) == lines


@pytest.mark.parametrize("width", [None, 60])
def test_lines_cover_no_more_than_a_third_of_the_region(drawn_culture, width):
    system = System(drawn_culture)
    figure = plot(system, show_mea=False, width=width)
    axes = figure.axes[0]
    lines = segments(axes)
    inches = 5.0 if width is None else width / 25.4
    thin = 0.4 / 72 * np.ptp(axes.get_xlim()) / inches
    low, high = system.bounds()
    ink = thin * np.hypot(*(lines[:, 0] - lines[:, 1]).T).sum() / np.prod((high - low)[:2])
    assert 0.2 < ink < 0.37


def test_no_band_stays_white_and_the_scale_bar_is_inside(make_culture):
    system = make_culture(mea=None)
    figure = plot(system, max_edges=50)
    figure.canvas.draw()
    (axes,) = figure.axes
    slot, drawn = axes.get_position(original=True), axes.get_position()
    assert drawn.width == pytest.approx(slot.width, rel=0.02)
    assert drawn.height == pytest.approx(slot.height, rel=0.02)
    (bar,) = artists(axes, AnchoredSizeBar)
    box, frame = bar.get_window_extent(), axes.get_window_extent()
    assert frame.x0 <= box.x0
    # It begins no further left than the culture does.
    culture = axes.transData.transform((System(system).bounds()[0][0], 0))[0]
    line = bar.size_bar.get_children()[0].get_window_extent()
    assert culture - 1 <= line.x0 <= culture + 10
    assert frame.y0 <= box.y0
    assert box.x1 <= frame.x1


@pytest.mark.parametrize("kind", ["degrees", "distances", "matrix"])
def test_every_tick_has_its_value_as_text(kind, tmp_path):
    """With counts of one or two, ticks at halves would be printed rounded."""
    few = {"total_cells": 6, "connectivity": {"mean_degree": 1}}
    system = generate(few, output_directory=tmp_path / "few").path
    figure = plot(system, kind)
    figure.draw_without_rendering()
    seen = 0
    for axes in figure.axes:
        if axes.get_label() == "<colorbar>":
            continue
        for axis in (axes.xaxis, axes.yaxis):
            for tick in axis.get_major_ticks():
                text = tick.label1.get_text().replace("−", "-").replace(",", "")
                text = text.removeprefix(r"$\mathdefault{").removesuffix("}$")
                low, high = sorted(axis.get_view_interval())
                if text[:1].isdigit() and low <= tick.get_loc() <= high:
                    assert float(text) == pytest.approx(tick.get_loc(), abs=1e-9)
                    seen += 1
    assert seen > 6


@pytest.mark.filterwarnings("error:.*collapsed to zero")
@pytest.mark.parametrize("kind", ["degrees", "distances", "matrix"])
@pytest.mark.parametrize("count", [4, 8, 20])
def test_long_names_leave_room_for_the_axes_and_for_each_other(make_system, kind, count):
    names = [f"{'population' * 4}{number:02}"[-40:] for number in range(count)]
    pairs = [(names[0], target) for target in names] + [(source, names[1]) for source in names]
    ends = np.arange(3), np.arange(3)
    figure = plot(make_system(dict.fromkeys(names, np.eye(3)), dict.fromkeys(pairs, ends)), kind)
    figure.draw_without_rendering()
    assert min(axes.get_window_extent().width for axes in figure.axes[:-1]) > 0.7 * figure.dpi
    texts = [t for t in figure.findobj(Text) if "→" in t.get_text() or "degree of" in t.get_text()]
    boxes = [text.get_window_extent() for text in texts]
    page = figure.bbox.padded(2)
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 for box in boxes)
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])
    if kind == "matrix":
        means = next(axes for axes in figure.axes if axes.get_title() == "mean in-degree")
        for label in means.get_xticklabels():
            end = means.transData.transform((label.get_position()[0], 0))[0]
            assert label.get_window_extent().x1 == pytest.approx(end, abs=10)
        assert all(page.x0 <= label.get_window_extent().x0 for label in means.get_yticklabels())
        above = [text.get_window_extent() for text in figure.axes[0].texts]
        assert not any(one.overlaps(other) for i, one in enumerate(above) for other in above[:i])


def test_distances_count_edges_and_show_the_asked_law(make_system):
    # Every pair closer than 100 um connects and no other does: a law known in advance.
    rng = np.random.default_rng(3)
    cells = np.column_stack([rng.uniform(0, 600, (300, 2)), np.zeros(300)]).astype(np.float32)
    apart = np.hypot(*(cells[:, None, :2] - cells[None, :, :2]).transpose(2, 0, 1))
    sources, targets = np.nonzero((apart < 100) & (apart > 0))
    kernel = {"kernel": "exponential", "sigma": 50.0, "amplitude": 1e9, "cutoff": 2.0}
    system = make_system({"A": cells}, {("A", "A"): (sources, targets)}, kernel=kernel)
    figure = plot(system, "distances")
    upper, lower = figure.axes
    assert f"{len(sources):,} edges" in words(figure)
    assert bars(upper) == [len(sources)]
    assert lower.lines[0].get_ydata().min() > 0.999
    assert lower.lines[-1].get_ydata().max() == 1.0
    assert "σ = 50 µm" in words(figure)


def test_matrix_has_sources_in_rows(make_system):
    positions = {"EXC": np.zeros((6, 3)), "INH": np.ones((4, 3))}
    edges = {("EXC", "INH"): (np.array([0, 5, 5]), np.array([1, 2, 3]))}
    figure = plot(make_system(positions, edges), "matrix")
    table = np.ma.filled(figure.axes[0].images[0].get_array(), 0)
    assert table.shape == (10, 10)
    assert list(zip(*np.nonzero(table), strict=True)) == [(0, 7), (5, 8), (5, 9)]
    means = next(a for a in figure.axes if a.get_title() == "mean in-degree").images[0].get_array()
    assert means[0, 1] == pytest.approx(0.75)
    assert np.ma.masked_invalid(means).count() == 1


def test_matrix_of_many_cells_keeps_every_edge(make_culture):
    system = System(make_culture(exc=1600, inh=400, degree=5))
    table = plot(system, "matrix").axes[0].images[0].get_array()
    assert max(table.shape) <= 500
    assert int(table.sum()) == sum(system.edge_count(*pair) for pair in system.projections)


def test_morphology_draws_every_segment_upright(drawn_layers):
    figure = plot(drawn_layers, "morphology", cell=4)
    (axes,) = figure.axes
    lines = segments(axes)
    assert len(lines) == 4
    # Depth, the second coordinate of a morphology file, is the vertical of the picture.
    assert lines[:, :, 1].max() == 70
    assert lines[:, :, 1].min() == -30
    length = 40 + np.hypot(30, 2) + 2 * np.hypot(15, 30)
    assert f"{length / 1000:.3g} mm" in words(figure)
    assert axes.get_title().endswith("soma in SP")
    assert len(plot(drawn_layers, "morphology").axes) == 2


def test_layers_count_synapses_a_cell(drawn_layers):
    figure = plot(drawn_layers, "layers")
    panel = figure.axes[1]
    assert [t.get_text() for t in panel.get_yticklabels()] == ["SO", "SP", "SR"]
    totals = [0.0, 0.0, 0.0]
    for patch in panel.patches:
        totals[round(patch.get_y() + patch.get_height() / 2)] += patch.get_width()
    assert totals == [2, 1, 3]
    assert "each panel has a scale of its own" in words(figure)


def test_few_cells_beside_many_show_in_the_layers(make_system):
    rng = np.random.default_rng(2)
    depths = {"PYR": rng.uniform(0, 60, 4000), "BAS": rng.uniform(0, 60, 2)}
    positions = {n: np.column_stack([np.zeros((len(z), 2)), z]) for n, z in depths.items()}
    layers = {"SO": [[0, 0, 0], [60, 60, 40]], "SP": [[0, 0, 40], [60, 60, 60]]}
    (axes,) = plot(make_system(positions, {}, layers=layers), "layers").axes
    few = axes.transData.transform([(0, 0), (1, 0)])[:, 0]
    assert np.ptp(few) > 0.1 * axes.get_window_extent().width


def _nothing_drawn(figure, kind):
    """What a picture of one cell without connections says."""
    said = words(figure)
    if kind == "layout":
        (markers,) = artists(figure.axes[0], PathCollection)
        return len(markers.get_offsets()) == 1 and r"A\$b\$: 1 cell" in said
    if kind == "degrees":
        return said.count("none") == 2 == len(figure.axes)
    if kind == "distances":
        return "no connections" in said and not figure.axes[0].patches
    cells, means = (axes.images[0].get_array() for axes in figure.axes)
    return cells.shape == means.shape == (1, 1) and cells.mask.all() and "–" in said


@pytest.mark.parametrize("kind", ["layout", "degrees", "distances", "matrix"])
def test_awkward_systems_draw(kind, make_system):
    one = {"A$b$": np.zeros((1, 3)), "_hidden": np.empty((0, 3))}
    lonely = plot(make_system(one, {}, name="lonely"), kind)
    lonely.draw_without_rendering()
    assert _nothing_drawn(lonely, kind)
    edges = {
        ("A", "A"): (np.array([0, 1]), np.array([0, 2])),
        ("A", "_B_"): (np.array([1]), np.array([0])),
    }
    spot = make_system({"A": np.ones((5, 3)), "_B_": np.ones((2, 3))}, edges, name="spot")
    figure = plot(spot, kind)
    figure.draw_without_rendering()
    if kind == "layout":
        assert [len(m.get_offsets()) for m in artists(figure.axes[0], PathCollection)] == [5, 2]
        assert (segments(figure.axes[0]) == 1).all()
        assert len(segments(figure.axes[0])) == 3
        assert figure.axes[0].get_xlim()[0] < 1 < figure.axes[0].get_xlim()[1]
    elif kind == "degrees":
        assert [bars(axes) for axes in figure.axes] == [[5], [5, 5], [2], []]
    elif kind == "distances":
        assert [bars(axes) for axes in figure.axes[::2]] == [[2], [1]]
        assert "mean 0 µm" in words(figure)
    else:
        table = np.ma.filled(figure.axes[0].images[0].get_array(), 0)
        assert list(zip(*np.nonzero(table), strict=True)) == [(0, 0), (1, 2), (1, 5)]


def test_populations_look_the_same_everywhere():
    kinds = {"EXC": "excitatory", "INH": "inhibitory", "PV": "inhibitory", "X": None}
    found = looks(["EXC", "INH", "PV", "X"], kinds)
    assert found["EXC"] == looks(["EXC"], kinds)["EXC"]
    assert found["INH"] == looks(["INH"], kinds)["INH"]
    assert len({look.colour for look in found.values()}) == 4
    assert len({look.marker for look in found.values()}) == 4


def test_refusals(drawn_culture):
    with pytest.raises(PlotError, match="did you mean 'matrix'"):
        plot(drawn_culture, "matrx")
    with pytest.raises(PlotError, match="single cell"):
        plot(drawn_culture, "degrees", cell=1)
    with pytest.raises(ComponentNotFoundError, match="gid 100"):
        plot(drawn_culture, cell=100)
    with pytest.raises(ComponentNotFoundError, match="gid -1"):
        plot(drawn_culture, cell=-1)
    with pytest.raises(ComponentNotFoundError, match="no morphology"):
        plot(drawn_culture, "morphology", cell=1)
    with pytest.raises(PlotError, match="no cell"):
        plot(drawn_culture, "morphology")
    with pytest.raises(PlotError, match="2D culture"):
        plot(drawn_culture, "layers")
    with pytest.raises(PlotError, match="max_edges"):
        plot(drawn_culture, max_edges=-1)


@pytest.mark.parametrize("rows", [[[1, 2, 3]], [[0, 1, 2, "x"]], [[0, 1, 2, 3], [1]], 5, [None]])
def test_a_broken_mea_is_said(make_culture, rows):
    broken = make_culture(mea={"electrode_coordinates": rows})
    with pytest.raises(SystemFormatError, match="electrode_coordinates"):
        plot(broken)
    plot(broken, show_mea=False)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("architecture",), None),
        (("architecture", "config", "layer_extents"), [1, 2]),
        (("architecture", "config", "layer_extents", "2D", 0), "x"),
        (("architecture", "config", "layer_extents", "2D", 0, 1), None),
        (("connections",), 5),
        (("connections", "made", "config", "synapses", "EXC", "EXC"), None),
        (("connections", "made", "config", "synapses", "EXC", "EXC", "kernel"), [1]),
        (("connections", "made", "config", "synapses", "EXC", "EXC", "kernel", "sigma"), 1e308),
        (("connections", "made", "config", "synapses", "EXC", "EXC", "kernel", "sigma"), "x"),
    ],
)
def test_what_graph_json_does_not_say_is_done_without(make_culture, path, value):
    system = make_culture()
    document = json.loads((system / "graph.json").read_text())
    part = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    (system / "graph.json").write_text(json.dumps(document))
    for kind in ("layout", "distances"):
        figure = plot(system, kind, max_edges=50)
        if kind == "layout":
            assert len(segments(figure.axes[0])) == 50
            assert sorted(len(m.get_offsets()) for m in artists(figure.axes[0], PathCollection)) == [
                4, 20, 80
            ]  # fmt: skip
        else:
            assert [bars(axes) for axes in figure.axes[::2]] == [[800], [800], [200], [200]]


def test_a_broken_morphology_is_said(make_system):
    tree = {"X Coordinate": np.zeros(2, "<f4"), "Y Coordinate": np.zeros(2, "<f4")}
    system = make_system({"A": np.zeros((1, 3))}, {}, tree=tree)
    with pytest.raises(SystemFormatError, match="have no 'Z Coordinate'"):
        plot(system, "morphology")


def test_many_populations_stay_readable(make_system):
    names = [f"P{i:02}" for i in range(6)]
    rng = np.random.default_rng(4)
    positions = {name: rng.uniform(0, 100, (4, 3)) for name in names}
    edges = {
        (source, target): (np.arange(1 + (i == 3)), np.zeros(1 + (i == 3), dtype=int))
        for i, source in enumerate(names)
        for target in names
    }
    system = make_system(positions, edges)
    distances = plot(system, "distances")
    assert "16 of 36 projections: the largest" in words(distances)
    assert "P03 → P00" in words(distances)
    degrees = plot(system, "degrees")
    assert [t.get_text() for t in degrees.axes[0].get_yticklabels()] == names[::-1]
    for figure in (distances, degrees):
        width, height = figure.get_size_inches()
        assert width <= 10
        assert height <= 30
    for axes in distances.axes[::2]:
        assert bars(axes) in ([1], [2])


def test_connections_of_a_square_are_counted_in_whole_numbers(make_system):
    cells = np.zeros((1200, 3))
    ends = np.arange(1200), np.roll(np.arange(1200), 3)
    figure = plot(make_system({"A": cells}, {("A", "A"): ends}), "matrix")
    figure.draw_without_rendering()
    bar = next(axes for axes in figure.axes if axes.get_ylabel() == "connections")
    assert all(float(tick).is_integer() for tick in bar.get_yticks())
