"""Narrow regions: cells uniform over them, by proposals most of which are inside."""

import numpy as np
import pytest
import shapely
from scipy import stats

from livn_core.culture.covering import NARROW, covering
from livn_core.culture.positions import place_cells
from livn_core.culture.region import Circle, Part, Region, box
from livn_core.culture.scheme import scheme
from livn_core.culture.validation import validate

#: A band of 10 x 10 mm along the diagonal: 1.4 % of its box.
SIDE, WIDE = 10_000.0, 70.0
BAND = np.array(
    [[0, 0], [WIDE, 0], [SIDE, SIDE - WIDE], [SIDE, SIDE], [SIDE - WIDE, SIDE], [0, WIDE]]
)
TEXT = ", ".join(f"{x:g} {y:g}" for x, y in [*BAND, BAND[0]])


def test_tiles_hold_all_of_a_region_and_little_else():
    ring = Region([Part(Circle((0, 0), 1000), (Circle((0, 0), 998),))])
    for region, shape in [
        (Region([Part(BAND)]), shapely.Polygon(BAND)),
        (ring, shapely.Point(0, 0).buffer(1000, 256) - shapely.Point(0, 0).buffer(998, 256)),
    ]:
        tiles = covering(region)
        high = tiles.corners + tiles.size
        covered = shapely.union_all(shapely.box(*tiles.corners.T, *high.T))
        assert shapely.area(shape - covered) < 1e-9 * shape.area
        assert 1 < tiles.area / region.area < 8


def test_regions_that_fill_enough_of_their_box_have_no_tiles():
    assert covering(box(np.array([[0.0, 0.0], [10.0, 1e5]]))) is None
    assert covering(Region([Part(Circle((0, 0), 10))])) is None


@pytest.mark.parametrize(
    "keys", [{}, {"margin": 0}, {"gradient": {"along": "x", "from": 1, "to": 3}}]
)
def test_cells_of_a_narrow_region_are_uniform(keys, monkeypatch):
    looked, inside = [], Region.contains
    monkeypatch.setattr(
        Region,
        "contains",
        lambda self, points, *a: looked.append(len(points)) or inside(self, points, *a),
    )
    document = {
        "area": "shape",
        "area_kwargs": {"wkt": f"POLYGON (({TEXT}))"},
        "total_cells": 20_000,
    }
    cells = place_cells(validate(document | keys)).cells
    points = np.concatenate([each.positions[:, :2] for each in cells.values()])
    assert len(points) == 20_000
    assert shapely.contains_xy(shapely.Polygon(BAND).buffer(1e-2), *points.T).all()
    # Over the box there were 1 / 0.014 proposals a cell; the tiles themselves are looked at, too.
    assert NARROW * sum(looked) < 20_000
    # x - y is triangular at the ends of the band alone: between them it is uniform, and x is.
    x, y = points[(points.sum(axis=1) > 2 * WIDE) & (points.sum(axis=1) < 2 * (SIDE - WIDE))].T
    assert stats.kstest((x - y) / WIDE, stats.uniform(-1, 2).cdf).pvalue > 1e-3
    along = ((x + y) / 2 - WIDE) / (SIDE - 2 * WIDE)
    law = (lambda u: (u + u**2) / 2) if keys.get("gradient") else stats.uniform.cdf
    assert stats.kstest(along, law).pvalue > 1e-3


def test_the_scheme_tells_their_cells_from_those_of_before():
    band = {"area": "shape", "area_kwargs": {"wkt": f"POLYGON (({TEXT}))"}}
    spread = {"EXC": {"count": 9, "in_degree": {"law": "lognormal", "cv": 0.5}}}
    assert scheme(validate({"total_cells": 9})) == 1
    assert scheme(validate({"total_cells": 9, **band})) == 2
    assert scheme(validate({"populations": spread, **band})) == 3
