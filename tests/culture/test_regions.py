"""Regions and their boundaries, against shapely."""

import numpy as np
import pytest
import shapely
from ways import first_walls

from livn_core.culture import boundary
from livn_core.culture.region import Circle, Part, Region, box, clipped_area

RNG = np.random.Generator(np.random.Philox(7))


def star(vertices, inner=0.55, radius=1000.0, centre=(300.0, -200.0)):
    turn = 2 * np.pi * np.arange(vertices) / vertices
    away = radius * np.where(np.arange(vertices) % 2, inner, 1.0)
    return np.asarray(centre) + away[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])


STAR = [star(60), star(12, 0.5, 300.0)]
SHAPE = shapely.Polygon(STAR[0], [STAR[1]])


@pytest.fixture(params=["numpy", "compiled"])
def walls(request, monkeypatch):
    monkeypatch.setattr(boundary, "FEW", -1 if request.param == "compiled" else 1 << 40)
    return boundary.Boundary(STAR)


@pytest.fixture(scope="module")
def points():
    return np.array([300.0, -200]) + 2600 * (RNG.random((3000, 2)) - 0.5)


def test_inside_as_shapely(walls, points):
    np.testing.assert_array_equal(walls.inside(points), shapely.contains_xy(SHAPE, points))


def test_inside_is_the_same_wherever_the_region_lies(walls, points):
    moved = boundary.Boundary([ring + 8192.0 for ring in STAR])
    np.testing.assert_array_equal(moved.inside(points + 8192.0), walls.inside(points))


def test_distance_as_shapely(walls, points):
    due = shapely.distance(SHAPE.boundary, shapely.points(points))
    np.testing.assert_allclose(walls.distance(points), due, rtol=1e-9, atol=1e-9)
    near = walls.distance(points, 50.0)
    np.testing.assert_array_equal(np.isfinite(near), due <= 50.0)
    np.testing.assert_allclose(near[due <= 50.0], due[due <= 50.0], rtol=1e-9, atol=1e-9)


def test_crossed_as_shapely(walls, points):
    start, stop = points[:1500], points[1500:]
    ways = shapely.linestrings(np.stack([start, stop], axis=1))
    due = shapely.intersects(SHAPE.boundary, ways)
    assert 0.1 < due.mean() < 0.95
    np.testing.assert_array_equal(walls.crossed(start, stop), due)


def test_first_wall_as_shapely(points):
    walls = boundary.Boundary(STAR)
    start, stop = points[:1500], points[1500:]
    share, wall = first_walls(walls, start, stop)
    where = start + np.where(wall < 0, 1.0, share)[:, None] * (stop - start)
    for k, way in enumerate(np.stack([start, stop], axis=1)):
        met = shapely.intersection(SHAPE.boundary, shapely.LineString(way))
        if met.is_empty:
            assert wall[k] == -1
            assert share[k] == np.inf
            continue
        due = shapely.get_coordinates(met)
        nearest = due[np.argmin(np.hypot(*(due - start[k]).T))]
        np.testing.assert_allclose(where[k], nearest, atol=1e-6)
        x1, y1, x2, y2 = walls.walls[wall[k]]
        assert shapely.LineString([(x1, y1), (x2, y2)]).distance(shapely.Point(where[k])) < 1e-6


def test_both_ways_agree_bit_for_bit(points, monkeypatch):
    found = []
    for few in (-1, 1 << 40):
        monkeypatch.setattr(boundary, "FEW", few)
        walls = boundary.Boundary(STAR)
        found.append(
            [
                walls.inside(points),
                walls.distance(points),
                walls.crossed(points[:1500], points[1500:]),
            ]
        )
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_touching_is_not_crossing(walls):
    vertex = STAR[0][0]
    outside = vertex + np.array([500.0, 0])
    assert not walls.crossed(outside[None], vertex[None])[0]
    past = np.array([[vertex[0], vertex[1] - 50], [vertex[0], vertex[1] + 50]])
    assert not walls.crossed(past[:1], past[1:])[0]


def test_through_a_vertex_is_crossing(walls):
    vertex = STAR[0][0]
    through = vertex + np.array([[-50.0, 0], [50.0, 0]])
    assert walls.crossed(through[:1], through[1:])[0]
    assert first_walls(walls, through[:1], through[1:])[0].tolist() == [0.5]


@pytest.mark.parametrize("few", [-1, 1 << 40])  # by compiled loops, and by NumPy
def test_a_way_along_a_corner_crosses_it_only_from_side_to_side(few, monkeypatch):
    monkeypatch.setattr(boundary, "FEW", few)
    origin, corners = np.array([300.0, -100]), np.array([[0, 0], [10, 0], [10, 10], [0, 10]])
    square = boundary.Boundary([origin + corners])
    ways = origin + np.array(
        [
            [[4, 7], [16, 13]],  # out through the corner
            [[4, 7], [8.5, 9.25]],  # ends before it
            [[11.5, 10.75], [16, 13]],  # begins behind it
            [[7, 13], [13, 7]],  # touches it from outside
            [[10, 4], [10, 16]],  # along a wall, and on
        ]
    )
    crossed = square.crossed(ways[:, 0], ways[:, 1])
    assert crossed.tolist() == [True, False, False, False, False]


def test_a_way_that_begins_on_a_wall_leaves_it():
    square = boundary.Boundary([np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]])])
    share, wall = first_walls(square, np.array([[0.0, 5]]), np.array([[20.0, 5]]))
    assert (share.tolist(), wall.tolist()) == ([0.5], [1])


def test_area_bounds_and_modules():
    region = Region(
        [
            Part(Circle((0, 0), 100), (Circle((0, 0), 40),), "ring"),
            Part(np.array([[200.0, -50], [300, -50], [300, 50], [200, 50]]), name="square"),
        ]
    )
    assert region.modules == ("ring", "square")
    assert region.area == pytest.approx(np.pi * (100**2 - 40**2) + 100**2)
    assert region.bounds.tolist() == [[-100, -100], [300, 100]]
    points = np.array([[70.0, 0], [0, 0], [250, 0], [150, 0]])
    assert region.module_of(points).tolist() == [0, -1, 1, -1]
    assert region.contains(points).tolist() == [True, False, True, False]
    assert region.distance(points).tolist() == [30.0, 40.0, 50.0, 50.0]
    assert region.visible(points[:2], points[2:]).tolist() == [False, False]


def test_slack_takes_what_is_just_outside():
    region = box(np.array([[0.0, 0], [10, 10]]))
    points = np.array([[-0.5, 5], [-2, 5], [5, 5]])
    assert region.contains(points).tolist() == [False, False, True]
    assert region.contains(points, 1.0).tolist() == [True, False, True]


def test_walls_of_a_circle_leave_every_soma_inside():
    region = Region([Part(Circle((5, 5), 2000), (Circle((5, 5), 600),))])
    turn = 2 * np.pi * RNG.random(2000)
    unit = np.column_stack([np.cos(turn), np.sin(turn)])
    rim = np.concatenate([5 + 1999.999999 * unit, 5 + 600.000001 * unit])
    assert region.contains(rim).all()
    assert region.boundary.inside(rim).all()
    assert (region.boundary.distance(rim) < 0.06).all()


def test_area_in_a_grid_as_shapely():
    region = Region([Part(STAR[0], (STAR[1],))])
    (x0, y0), (x1, y1) = region.bounds
    edges_x, edges_y = np.linspace(x0, x1, 14), np.linspace(y0, y1, 9)
    found = clipped_area(region, edges_x, edges_y)
    for i in range(13):
        for j in range(8):
            cell = shapely.box(edges_x[i], edges_y[j], edges_x[i + 1], edges_y[j + 1])
            assert found[i, j] == pytest.approx(SHAPE.intersection(cell).area, abs=1e-5)
    assert found.sum() == pytest.approx(region.area)
