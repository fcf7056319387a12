"""Where cells may be and an array over it: of a system, and of a configuration before it is made."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.patches import Polygon

from livn_core import generate
from livn_core.plotting import PlotError, plot, plot_area
from livn_core.plugins.registry import registry
from livn_core.system.mea import build_mea

RING = {"area": "disk", "area_kwargs": {"radius": 500, "inner_radius": 200}}
CHIP = {"area": "modules", "area_kwargs": {"rows": 2, "columns": 3, "side": 200, "gap": 200}}


def drawn(figure):
    """Return the polygons, the electrodes and the texts of a picture."""
    (axes,) = figure.axes
    polygons = [patch.get_xy() for patch in axes.patches if isinstance(patch, Polygon)]
    sites = [np.asarray(c.get_offsets()) for c in axes.collections if c.get_label() != "" and len(
        c.get_offsets())]  # fmt: skip
    texts = [text.get_text() for text in axes.texts]
    return polygons, sites, [*texts, figure.get_supxlabel()]


def test_a_ring_has_its_hole_and_the_electrodes_over_it_are_counted():
    region = registry().create("placement", "disk", RING["area_kwargs"]).region()
    layout = registry().create("mea", "grid", {"pitch": 200})
    made = build_mea(layout, np.hstack([region.bounds, np.zeros((2, 1))]), region=region)
    polygons, sites, texts = drawn(plot_area(region, made.document))
    radii = [np.hypot(*polygon.T) for polygon in polygons]
    assert [round(float(np.median(radius))) for radius in radii] == [500, 200]
    rows = np.array(made.document["electrode_coordinates"])
    assert np.array_equal(sites[0], rows[:, 1:3])
    over_the_hole = int((np.hypot(*rows[:, 1:3].T) < 200).sum())
    assert over_the_hole > 0
    assert f"; {over_the_hole} of {len(rows)} electrodes outside" in texts[-1]
    assert texts[-1].startswith("0.6597 mm²")  # pi (0.5^2 - 0.2^2)


def test_modules_carry_their_names(tmp_path):
    region = registry().create("placement", "modules", CHIP["area_kwargs"]).region()
    _, _, names = drawn(plot_area(region))
    assert names[:-1] == ["A1", "A2", "A3", "B1", "B2", "B3"]
    with generate(CHIP, total_cells=60, output_directory=tmp_path / "made") as made:
        polygons, _, same = drawn(plot(made, "area"))
        assert same == names
        cells = np.concatenate([made.positions(p.name) for p in made.populations])[:, :2]
    low, high = np.array([(p.min(axis=0), p.max(axis=0)) for p in polygons]).transpose(1, 0, 2)
    inside = ((cells[:, None] >= low) & (cells[:, None] <= high)).all(axis=2)
    assert (inside.sum(axis=1) == 1).all()


def test_a_configuration_is_drawn_before_anything_is_made(livn_here, tmp_path):
    (tmp_path / "net.yml").write_text(
        "area: disk\narea_kwargs: {radius: 800, inner_radius: 200}\ntotal_cells: 100\n"
    )
    words = ("plot", "--config", "net.yml", "--kind", "area")
    ran = livn_here(*words, "--layout", "grid", "--pitch", "200", "--set", "area_kwargs.radius=300")
    assert (ran.code, ran.out) == (0, "net-area.png\n")
    assert "16 of 16 electrodes lie outside the culture" in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net-area.png", "net.yml"]
    assert livn_here(*words).code == 2, "a picture is not replaced without a word"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--kind", "area"), "give a system's directory, or a configuration"),
        (("--config", "EI2", "--kind", "degrees"), "--kind degrees shows a system"),
        (("--config", "EI2", "--kind", "area", "--color-by", "layer"), "only the kind 'layout'"),
        (("--config", "S1", "--kind", "area"), "does not say where cells may be"),
        (("nowhere", "--kind", "area", "--layout", "grid"), "--layout goes with --config"),
        (("--config", "EI2", "--kind", "area", "--set", "sgima=3"), "unknown key 'sgima'"),
    ],
)
def test_mistakes(livn_here, tmp_path, words, message):
    ran = livn_here("plot", *words)
    assert ran.code == 2
    assert message in ran.err
    assert not list(tmp_path.iterdir())


def test_a_system_that_says_nothing_of_its_area(tmp_path):
    with generate(total_cells=20, output_directory=tmp_path / "made") as made:
        (tmp_path / "made" / "provenance.json").unlink()
        with pytest.raises(PlotError, match="nothing says where the cells"):
            plot(made, "area")
