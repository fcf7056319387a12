"""Placements: densities, parameters, users' functions, and what a bad function is told."""

from __future__ import annotations

import sys
from textwrap import dedent

import numpy as np
import pytest
from scipy import stats

from livn_core.components import Placement
from livn_core.culture.placement import check_positions, create_placement, place
from livn_core.errors import ComponentNotFoundError, ConfigError, PlacementError
from livn_core.plugins.registry import registry
from livn_core.sampling.streams import stream


def disk(**parameters):
    return registry().create("placement", "disk", parameters, where="area_kwargs")


def rectangle(**parameters):
    return registry().create("placement", "rectangle", parameters, where="area_kwargs")


def test_defaults_are_those_of_the_configuration():
    np.testing.assert_array_equal(rectangle().bounds(), [[0, 0], [4000, 4000]])
    np.testing.assert_array_equal(disk().bounds(), [[-500, -500], [500, 500]])
    assert rectangle().area() == 16e6
    assert disk(radius=2, inner_radius=1).area() == pytest.approx(3 * np.pi)


@pytest.mark.parametrize("inner", [0.0, 200.0, 480.0])
def test_disk_is_uniform_per_area(inner):
    """Kolmogorov-Smirnov at p > 1e-3 with a fixed seed: r^2 and the angle are uniform."""
    center = np.array([2000.0, -50.0])
    placement = disk(center=center.tolist(), radius=500.0, inner_radius=inner)
    offset = place(placement, 20000, stream(1, "disk")) - center
    squared = (offset**2).sum(axis=1)
    assert squared.min() >= inner**2 * (1 - 1e-12)
    assert squared.max() <= 500.0**2 * (1 + 1e-12)
    share = (squared - inner**2) / (500.0**2 - inner**2)
    turn = np.arctan2(offset[:, 1], offset[:, 0]) / (2 * np.pi) % 1
    assert stats.kstest(share, "uniform").pvalue > 1e-3
    assert stats.kstest(turn, "uniform").pvalue > 1e-3
    # A planted mistake, radius uniform instead of area, must not pass.
    radius = stream(2, "disk").random(20000)
    assert stats.kstest(radius**2, "uniform").pvalue < 1e-12


def test_rectangle_is_uniform():
    """Chi-square over 10 x 10 boxes at p > 1e-3 with a fixed seed."""
    placement = rectangle(x_range=[-100, 300], y_range=[5, 6])
    cells = place(placement, 20000, stream(1, "rectangle"))
    counts, _, _ = np.histogram2d(*cells.T, bins=10, range=[[-100, 300], [5, 6]])
    assert counts.sum() == 20000
    assert stats.chisquare(counts.ravel()).pvalue > 1e-3


@pytest.mark.parametrize("make", [rectangle, disk])
def test_the_first_cells_do_not_depend_on_the_number(make):
    few = place(make(), 10, stream(5, "prefix"))
    many = place(make(), 1000, stream(5, "prefix"))
    np.testing.assert_array_equal(few, many[:10])


@pytest.mark.parametrize(
    ("name", "parameters", "path", "message"),
    [
        ("rectangle", {"radius": 300}, "area_kwargs.radius", "valid keys: x_range, y_range"),
        ("rectangle", {"xrange": [0, 1]}, "area_kwargs.xrange", "did you mean 'x_range'"),
        ("rectangle", {"x_range": [5, 5]}, "area_kwargs.x_range", "low < high"),
        ("rectangle", {"x_range": [9, 2]}, "area_kwargs.x_range", "did you mean [2, 9]"),
        ("rectangle", {"x_range": [0, float("inf")]}, "area_kwargs.x_range[1]", "finite"),
        ("rectangle", {"y_range": [0, float("nan")]}, "area_kwargs.y_range[1]", "finite"),
        ("rectangle", {"x_range": [-1.7e308, 1.7e308]}, "area_kwargs.x_range", "too large"),
        ("rectangle", {"x_range": [0]}, "area_kwargs.x_range[1]", "missing"),
        ("rectangle", {"x_range": 4000}, "area_kwargs.x_range", "4000"),
        ("rectangle", {"x_range": ["0", 1]}, "area_kwargs.x_range[0]", "not '0'"),
        ("disk", {"radius": 0}, "area_kwargs.radius", "greater than 0"),
        ("disk", {"radius": -3}, "area_kwargs.radius", "not -3"),
        ("disk", {"radius": "300"}, "area_kwargs.radius", "not '300'"),
        ("disk", {"radius": True}, "area_kwargs.radius", "not True"),
        ("disk", {"radius": None}, "area_kwargs.radius", "None"),
        ("disk", {"raduis": 3}, "area_kwargs.raduis", "did you mean 'radius'"),
        ("disk", {"inner_radius": -1}, "area_kwargs.inner_radius", "greater than or equal to 0"),
        ("disk", {"radius": 5, "inner_radius": 5}, "area_kwargs", "inner_radius 5 must be less"),
        ("disk", {"center": [0, 0, 0]}, "area_kwargs.center", ""),
        ("custom", {}, "area_kwargs.function", "is required"),
        ("custom", {"function": 5}, "area_kwargs.function", "must be a text or a function, not 5"),
    ],
)
def test_wrong_parameters(name, parameters, path, message):
    with pytest.raises(ConfigError) as caught:
        registry().create("placement", name, parameters, where="area_kwargs")
    (finding,) = caught.value.findings
    assert finding.path == path
    assert message in finding.message


def test_every_mistake_at_once():
    with pytest.raises(ConfigError) as caught:
        disk(radius=-1, inner_radius="x", centre=[0, 0])
    assert {finding.path for finding in caught.value.findings} == {
        "area_kwargs.radius",
        "area_kwargs.inner_radius",
        "area_kwargs.centre",
    }


@pytest.mark.parametrize("parameters", [[1, 2], "radius=3", 5])
def test_parameters_must_be_a_mapping(parameters):
    with pytest.raises(ConfigError, match="area_kwargs: must be a mapping"):
        registry().create("placement", "disk", parameters, where="area_kwargs")


def test_numpy_values_are_numbers():
    made = disk(radius=np.float32(2.5), center=np.array([1, 2]), inner_radius=np.int64(1))
    assert (made.radius, made.center, made.inner_radius) == (2.5, (1.0, 2.0), 1.0)


# -- a user's function -----------------------------------------------------------------------------

USER = dedent("""\
    import numpy as np


    def ring(count, rng, radius=100.0):
        angle = 2 * np.pi * rng.random(count)
        return radius * np.cos(angle), radius * np.sin(angle)


    def rows(count, rng):
        return rng.random((count, 3))


    def broken(count, rng):
        values = [1, 2]
        return values[count]


    def leaves(count, rng):
        raise SystemExit(3)


    NUMBER = 3
    """)


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    (tmp_path / "my_cells.py").write_text(USER)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "helper.py").write_text("RADIUS = 7.0\n")
    (tmp_path / "folder" / "with_helper.py").write_text(
        "from helper import RADIUS\n\n\ndef line(count, rng):\n    return [RADIUS] * count, range(count)\n"
    )
    (tmp_path / "unreadable.py").write_text("def broken(:\n")
    (tmp_path / "needs.py").write_text("import not_there\n")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in ("my_cells", "helper", "needs", "unreadable"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("area", ["my_cells.ring", "my_cells.py:ring", "./my_cells.py:ring"])
def test_a_function_by_name(workplace, area):
    """From the current directory, whether as a module or as a file."""
    path = list(sys.path)
    placement = create_placement(area, {"radius": 5.0})
    cells = place(placement, 50, stream(1, "custom"))
    np.testing.assert_allclose(np.hypot(*cells.T), 5.0)
    assert placement.bounds() is None
    assert placement.area() is None
    assert sys.path == path


def test_a_function_itself_and_how_it_is_written_down(workplace):
    def square(count, rng, side):
        return rng.uniform(0, side, (count, 2))

    placement = create_placement(square, {"side": 3.0})
    assert place(placement, 4, stream(1, "custom")).shape == (4, 2)
    assert "square" in placement.model_dump(mode="json")["function"]
    by_name = create_placement("my_cells.ring")
    assert by_name.model_dump(mode="json") == {"function": "my_cells.ring", "kwargs": {}}
    from_file = create_placement(create_placement("my_cells.py:ring").resolve())
    assert from_file.model_dump(mode="json")["function"] == f"{workplace / 'my_cells.py'}:ring"


def test_a_function_whose_file_imports_its_neighbour(workplace):
    cells = place(create_placement("folder/with_helper.py:line"), 3, stream(1, "custom"))
    np.testing.assert_array_equal(cells, [[7, 0], [7, 1], [7, 2]])


def test_a_changed_file_is_read_again(workplace):
    file = workplace / "changing.py"
    file.write_text("def f(count, rng):\n    return [1.0] * count, [1.0] * count\n")
    assert place(create_placement("changing.py:f"), 1, stream(1, "x"))[0, 0] == 1
    file.write_text("def f(count, rng):\n    return [22.0] * count, [1.0] * count\n")
    assert place(create_placement("changing.py:f"), 1, stream(1, "x"))[0, 0] == 22


@pytest.mark.parametrize(
    ("area", "parameters", "message"),
    [
        ("my_cell.ring", {}, "no module 'my_cell' (for 'my_cell.ring'); did you mean 'my_cells'?"),
        ("my_cells.rnig", {}, "has no function 'rnig'; did you mean 'ring'?"),
        ("my_cells.NUMBER", {}, "is a int, not a function"),
        ("my_cells.py", {}, "'my_cells.py' names a file, but no function in it"),
        ("my_cels.py:ring", {}, "no file 'my_cels.py'"),
        ("my_cells.py:rnig", {}, "did you mean 'ring'?"),
        ("my_cells.py:", {}, "names a file, but no function in it"),
        (":ring", {}, "does not name a function"),
        ("unreadable.py:broken", {}, "'unreadable.py' cannot be run: SyntaxError"),
        ("unreadable.broken", {}, "module 'unreadable' cannot be imported: SyntaxError"),
        ("needs.py:f", {}, "No module named 'not_there'"),
        ("needs.f", {}, "No module named 'not_there'"),
        ("my_cells.ring", {"raduis": 3}, "did you mean 'radius'?"),
        ("my_cells.rows", {"radius": 3}, "placement function 'my_cells.rows' cannot be called"),
    ],
)
def test_a_function_that_cannot_be_used(workplace, area, parameters, message):
    with pytest.raises(PlacementError) as caught:
        create_placement(area, parameters)
    assert message in str(caught.value)


def test_a_plain_unknown_name_is_no_function(workplace):
    with pytest.raises(ComponentNotFoundError, match="did you mean 'disk'"):
        create_placement("disc")


def test_components_come_before_functions():
    assert create_placement("systems.generate_2d.disk", {"radius": 3}).radius == 3


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("broken", "failed for 5 cells: IndexError: list index out of range"),
        ("leaves", "failed for 5 cells: SystemExit"),
    ],
)
def test_a_function_that_raises(workplace, function, message):
    with pytest.raises(PlacementError) as caught:
        place(create_placement(f"my_cells.{function}"), 5, stream(1, "custom"))
    assert f"placement function 'my_cells.{function}' {message}" in str(caught.value)
    assert "my_cells.py:" in str(caught.value)


# -- what a placement gives ------------------------------------------------------------------------

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("result", "count", "expected"),
    [
        (([1, 2, 3], [4, 5, 6]), 3, [[1, 4], [2, 5], [3, 6]]),
        ([[1, 2, 3], [4, 5, 6]], 3, [[1, 4], [2, 5], [3, 6]]),
        ((np.arange(3), np.arange(3)), 3, [[0, 0], [1, 1], [2, 2]]),
        ((range(3), range(3)), 3, [[0, 0], [1, 1], [2, 2]]),
        (np.arange(6).reshape(3, 2), 3, [[0, 1], [2, 3], [4, 5]]),
        ([[0, 1], [2, 3], [4, 5]], 3, [[0, 1], [2, 3], [4, 5]]),
        ([(0, 1, 2)] * 3, 3, [[0, 1, 2]] * 3),
        # Two cells: a pair of sequences is xs and ys, an array holds rows.
        (([1, 2], [3, 4]), 2, [[1, 3], [2, 4]]),
        (np.array([[1, 2], [3, 4]]), 2, [[1, 2], [3, 4]]),
        (([1], [2]), 1, [[1, 2]]),
        (([], []), 0, np.empty((0, 2))),
        ([], 0, np.empty((0, 2))),
        (np.empty((0, 3)), 0, np.empty((0, 3))),
        (np.zeros((2, 2), dtype=np.float32), 2, np.zeros((2, 2))),
    ],
)
def test_forms_of_positions(result, count, expected):
    positions = check_positions(result, count, "a test")
    assert positions.dtype == np.float64
    np.testing.assert_array_equal(positions, expected)


@pytest.mark.parametrize(
    ("result", "count", "message"),
    [
        (None, 3, "returned None"),
        (5, 3, "returned a int"),
        ({"x": 1}, 3, "returned a dict"),
        (zip([1], [2], strict=True), 1, "returned a zip"),
        (([1, 2], [3, 4]), 3, "gave xs of 2 values for 3 cells"),
        (([1, 2, 3], [3, 4]), 3, "gave ys of 2 values for 3 cells"),
        ((1.0, 2.0), 1, "gave xs of a single number"),
        (([[1], [2]], [[1], [2]]), 2, "gave xs of an array of shape (2, 1)"),
        (np.zeros((4, 2)), 3, "gave an array of shape (4, 2) for 3 cells"),
        (np.zeros((2, 5)), 5, "lies on its side"),
        (np.zeros((3, 4)), 3, "gave an array of shape (3, 4)"),
        (np.zeros(6), 3, "gave 6 values"),
        (np.zeros((3, 2, 1)), 3, "shape (3, 2, 1)"),
        ([[0, 1], [2], [3, 4]], 3, "cannot be read as an array"),
        ((["1", "2"], ["3", "4"]), 2, "must hold numbers"),
        (np.zeros((2, 2), dtype=complex), 2, "must hold numbers, not complex128"),
        (np.zeros((2, 2), dtype=bool), 2, "must hold numbers, not bool"),
        (np.array([[1, None], [2, 3]]), 2, "must hold numbers, not object"),
        (np.ma.masked_array([[1.0, 2.0]], mask=[[False, True]]), 1, "masked"),
        (([1, NAN], [3, 4]), 2, "gave 1 of 2 positions that are not finite; the first is cell 1"),
        (np.array([[0, INF], [1, 1], [NAN, NAN]]), 3, "gave 2 of 3 positions"),
        (np.array([[1e39, 0.0]]), 1, "not finite"),
    ],
)
def test_positions_that_cannot_be_used(result, count, message):
    with pytest.raises(PlacementError) as caught:
        check_positions(result, count, "placement 'mine'")
    assert message in str(caught.value)
    assert "placement 'mine'" in str(caught.value)


def test_a_plugin_that_raises_is_named():
    class Broken(Placement):
        def place(self, count, rng):
            return 1 / 0

        def bounds(self):
            return None

    with pytest.raises(PlacementError, match="placement 'broken' failed for 3 cells") as caught:
        place(Broken(), 3, stream(1, "x"))
    assert "test_placements.py:" in str(caught.value)
