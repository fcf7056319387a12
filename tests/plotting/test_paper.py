"""Width, font and title of a picture, and several pictures in one figure."""

from __future__ import annotations

import numpy as np
import pytest
from figures import artists, bars, segments, words
from matplotlib.axes import Axes
from matplotlib.text import Text

from livn_core import generate
from livn_core.plotting import PlotError, plot


@pytest.mark.parametrize(
    "kind", ["layout", "area", "degrees", "distances", "matrix", "layout,degrees"]
)
def test_a_figure_is_as_wide_as_was_asked(kind, tmp_path):
    with generate(area="disk", total_cells=60, output_directory=tmp_path / "made") as made:
        figure = plot(made, kind, width=85)
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    assert width * 25.4 == pytest.approx(85)
    assert 1.2 < height < 14
    for text in figure.legends[0].get_texts() if figure.legends else ():
        assert text.get_window_extent().x1 <= figure.bbox.x1
    for axes in figure.axes:
        narrowest = 0.01 if axes.get_label() == "<colorbar>" else 0.1
        assert axes.get_window_extent().width > narrowest * figure.bbox.width
    caption = figure.get_supxlabel()
    assert all(len(line) < 80 for line in caption.splitlines())


def test_the_font_is_that_of_every_text(drawn_culture):
    common = sizes(plot(drawn_culture))
    figure = plot(drawn_culture, font="dejavu serif 6")
    assert {t.get_fontfamily()[0] for t in figure.findobj(Text) if t.get_text()} == {"DejaVu Serif"}
    assert sizes(figure) == pytest.approx([size * 6 / 8 for size in common])
    assert sizes(plot(drawn_culture, font="6")) == sizes(figure)


def sizes(figure):
    return [t.get_fontsize() for t in figure.findobj(Text) if t.get_text()]


def test_a_title_stands_above_everything(drawn_culture):
    figure = plot(drawn_culture, title="Cost: $5 and $6")
    assert figure.get_suptitle() == r"Cost: \$5 and \$6"
    figure.draw_without_rendering()
    (title,) = (t for t in figure.findobj(Text) if t.get_text() == figure.get_suptitle())
    (part,) = figure.subfigs
    (legend,) = part.legends
    bottom = title.get_window_extent().y0
    assert legend.get_window_extent().y1 <= bottom
    # No band stays white.
    (axes,) = figure.axes
    assert axes.get_position().height == pytest.approx(
        axes.get_position(original=True).height, rel=0.02
    )


def test_a_low_map_has_a_row_of_its_own_and_no_row_is_higher_than_asked(tmp_path, drawn_culture):
    area = {"x_range": [0, 2000], "y_range": [0, 200]}
    with generate({"area_kwargs": area}, output_directory=tmp_path / "low") as made:
        figure = plot(made, "degrees,layout,matrix", max_edges=50)
    figure.draw_without_rendering()
    layout = figure.subfigs[1]
    for part in figure.subfigs:
        assert part.bbox.width == pytest.approx(figure.bbox.width, rel=0.01)
    (axes,) = layout.axes
    assert axes.bbox.height > 0.4 * layout.bbox.height
    # A map that is lower than was thought leaves no band: the row is as high as its parts ask.
    pair = plot(drawn_culture, "layout,degrees", max_edges=50, show_mea=False)
    pair.draw_without_rendering()
    (axes,) = pair.subfigs[0].axes
    assert axes.bbox.height > 0.8 * pair.bbox.height


def test_several_kinds_are_parts_with_letters(drawn_culture):
    alone = plot(drawn_culture, max_edges=50), plot(drawn_culture, "degrees")
    figure = plot(drawn_culture, "layout,degrees,matrix", max_edges=50)
    layout, degrees, matrix = figure.subfigs
    assert (segments(layout.axes[0]) == segments(alone[0].axes[0])).all()
    assert [bars(a) for a in degrees.axes] == [bars(a) for a in alone[1].axes]
    assert any(axes.images for axes in matrix.axes)
    letters = [t for t in figure.findobj(Text) if t.get_text() in ("a", "b", "c")]
    assert sorted(t.get_text() for t in letters) == ["a", "b", "c"]
    figure.draw_without_rendering()
    boxes = [part.bbox for part in figure.subfigs]
    assert boxes[0].x1 <= boxes[1].x0
    assert boxes[2].y1 <= boxes[0].y0
    assert boxes[2].width == pytest.approx(figure.bbox.width, rel=0.05)
    for part in figure.subfigs:
        for axes in part.axes:
            box = axes.get_window_extent()
            assert part.bbox.x0 <= box.x0 < box.x1 <= part.bbox.x1
            assert part.bbox.y0 <= box.y0 < box.y1 <= part.bbox.y1
    assert "EXC: 80 cells" in words(figure)
    assert artists(layout.axes[0], Text)


def test_a_strip_does_not_stretch_its_neighbour(tmp_path):
    strip = {"x_range": [0, 300], "y_range": [0, 3000]}
    few = {"total_cells": 60, "area_kwargs": strip, "connectivity": {"mean_degree": 2}}
    system = generate(few, output_directory=tmp_path / "strip").path
    heights = [
        plot(system, kind).get_figheight() for kind in ("degrees", "layout,degrees", "layout")
    ]
    assert heights[0] <= heights[1] <= 1.51 * heights[0]
    assert heights[2] == pytest.approx(14, abs=0.1)
    layout, _ = plot(system, "layout,degrees").subfigs
    layout.figure.draw_without_rendering()
    box = layout.axes[0].get_window_extent()
    assert box.height == pytest.approx(10 * box.width, rel=0.05)
    assert box.height > 0.8 * layout.bbox.height


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "layout,degres"}, "did you mean 'degrees'"),
        ({"kind": "layout,degrees", "cell": 3}, "'degrees' is not of a single cell"),
        ({"width": 3}, "no picture is 3 mm wide"),
        ({"font": "Dejavu Sanss"}, "did you mean 'DejaVu Sans'"),
        ({"font": "DejaVu Sans 90"}, "90 points"),
    ],
)
def test_refusals(drawn_culture, options, message):
    with pytest.raises(PlotError, match=message):
        plot(drawn_culture, **options)


def test_command(livn_here, drawn_culture, tmp_path):
    words = ("plot", str(drawn_culture), "--kind", "layout,matrix", "--title", "Mine")
    ran = livn_here(*words, "--width", "18cm", "--font", "7", "--dpi", "100")
    assert ran.code == 0, ran.err
    name = f"{drawn_culture.name}-layout-matrix.png"
    assert ran.out == name + "\n"
    from matplotlib.image import imread

    assert imread(tmp_path / name).shape[1] == round(180 / 25.4 * 100) - 1
    for wrong, message in (
        ("85", "write 85mm"),
        ("wide", "is no width"),
        ("3in", "write 85mm or 8.5cm; units"),
        ("1mm", "1 mm wide"),
    ):
        ran = livn_here(*words, "--width", wrong, "-o", "b.png")
        assert ran.code == 2
        assert message in ran.err


@pytest.mark.parametrize("kind", ["layout", "layout,degrees"])
def test_a_long_title_has_lines_and_room(drawn_culture, kind):
    figure = plot(drawn_culture, kind, title="A rather long title of a picture, " * 6, width=120)
    figure.draw_without_rendering()
    (title,) = (t for t in figure.findobj(Text) if t.get_text() == figure.get_suptitle())
    box = title.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.x1
    assert "\n" in title.get_text()
    assert max(axes.get_tightbbox().y1 for axes in figure.findobj(Axes)) <= box.y0 + 1


def test_a_title_without_form_is_refused():
    for title in ("bell \a", "\x1b[31mred", "a\tb", "\x7f"):
        with pytest.raises(PlotError, match="control character"):
            plot("anywhere", title=title)


def test_a_width_without_room_for_the_names_is_refused(make_system):
    names = [f"{'population' * 4}{number}" for number in range(6)]
    pairs = {(a, b): (np.arange(3), np.arange(3)) for a in names for b in names}
    system = make_system(dict.fromkeys(names, np.eye(3)), pairs)
    with pytest.raises(PlotError, match="no room"):
        plot(system, "degrees", width=30)
