"""Ellipses and regular polygons: their areas, and cells uniform over them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from livn_core.culture.placement import place
from livn_core.errors import ConfigError
from livn_core.plugins.registry import registry
from livn_core.sampling.streams import stream


def made(name, **parameters):
    return registry().create("placement", name, parameters, where="area_kwargs")


def test_areas_are_those_of_the_formulas():
    assert made("ellipse", radii=[900, 200], turn=33).area() == pytest.approx(np.pi * 900 * 200)
    assert made("ngon", corners=6, radius=2).area() == pytest.approx(6 * np.sqrt(3))
    np.testing.assert_allclose(
        made("ellipse", radii=[900, 200], turn=90).bounds(), [[-200, -900], [200, 900]], atol=0.05
    )


def test_an_ellipse_is_uniform_per_area():
    """Kolmogorov-Smirnov at p > 1e-3 with a fixed seed, after the ellipse is made a unit disk."""
    placement = made("ellipse", center=[50, -20], radii=[900, 200], turn=30)
    offset = place(placement, 20000, stream(1, "ellipse")) - np.array([50, -20])
    cos, sin = np.cos(np.radians(30)), np.sin(np.radians(30))
    x, y = (offset @ np.array([[cos, -sin], [sin, cos]]) / np.array([900, 200])).T
    squared = x**2 + y**2
    assert squared.max() <= (1 + 0.05 / 200) ** 2
    assert stats.kstest(squared, "uniform").pvalue > 1e-3
    assert stats.kstest(np.arctan2(y, x) / (2 * np.pi) % 1, "uniform").pvalue > 1e-3
    assert stats.kstest(np.sqrt(squared), "uniform").pvalue < 1e-12


@pytest.mark.parametrize("corners", [3, 4, 5])
def test_a_polygon_is_uniform_and_holds_all_cells(corners):
    """The share of cells in a polygon half as large is a quarter, within 4 standard errors."""
    large = made("ngon", corners=corners, radius=400, turn=17)
    cells = place(large, 20000, stream(2, "ngon"))
    assert large.region().contains(cells, 1e-9).all()
    small = made("ngon", corners=corners, radius=200, turn=17)
    inside = small.region().contains(cells).mean()
    assert inside == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / 20000))


@pytest.mark.parametrize("name", ["ellipse", "ngon"])
def test_the_first_cells_do_not_depend_on_the_number(name):
    few = place(made(name), 10, stream(5, "prefix"))
    np.testing.assert_array_equal(few, place(made(name), 1000, stream(5, "prefix"))[:10])


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [("ellipse", {"radii": [0, 5]}, "radii"), ("ngon", {"corners": 2}, "corners")],
)
def test_bad_parameters_are_named(name, parameters, words):
    with pytest.raises(ConfigError, match=words):
        made(name, **parameters)
