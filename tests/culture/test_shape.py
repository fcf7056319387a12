"""Cultures over drawings: one shape in every form, its modules, its record, and what is wrong."""

import json

import numpy as np
import pytest

from livn_core.culture.program import CultureProgram
from livn_core.culture.validation import validate
from livn_core.errors import LivnError
from livn_plugins.placement.shape import Shape

AREA = 2e6 - np.pi * 200**2
TWO = "MULTIPOLYGON (((0 0, 2 0, 2 1, 0 1, 0 0)), ((3 0, 4 0, 4 1, 3 1, 3 0)))"


def ring(count: int = 360) -> list[list[float]]:
    turn = -2 * np.pi * np.arange(count) / count
    points = np.round(np.column_stack([1 + 0.2 * np.cos(turn), 0.5 + 0.2 * np.sin(turn)]), 6)
    return [*points.tolist(), points[0].tolist()]


BOX = [[0, 0], [2, 0], [2, 1], [0, 1], [0, 0]]


def text(line: list[list[float]]) -> str:
    return "(" + ", ".join(f"{x} {y}" for x, y in line) + ")"


WKT = f"POLYGON ({text(BOX)}, {text(ring())})"


@pytest.fixture
def geojson(tmp_path):
    def write(*features, name="chip.geojson"):
        made = [
            {
                "type": "Feature",
                **({"id": key} if key else {}),
                "properties": {"layer": layer},
                "geometry": {"type": "Polygon", "coordinates": rings},
            }
            for key, layer, rings in features
        ]
        path = tmp_path / name
        path.write_text(json.dumps({"type": "FeatureCollection", "features": made}))
        return path

    return write


def square(x: float, side: float = 1.0, y: float = 0.0) -> list[list[float]]:
    return [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]


def test_forms_agree(geojson, tmp_path):
    (tmp_path / "chip.wkt").write_text(WKT)
    shapes = [
        Shape(path=geojson(("dish", "culture", [BOX, ring()])), units="mm"),
        Shape(path=tmp_path / "chip.wkt", units="mm"),
        Shape(wkt=WKT, units="mm"),
        # Turned the other way, and begun elsewhere.
        Shape(wkt=f"POLYGON ({text(BOX[::-1])}, {text(ring()[::-1])})", units="mm"),
    ]
    for shape in shapes:
        assert shape.area() == pytest.approx(AREA, rel=1e-3)
        assert shape.resolved()["rings"] == [
            {**shapes[1].resolved()["rings"][0], "name": shape.region().parts[0].name}
        ]


def test_the_record_needs_no_file(geojson):
    path = geojson(("a", "", [square(0)]), ("", "", [square(2)]), ("c", "", [square(4)]))
    given = {
        "area": "shape",
        "area_kwargs": {"path": str(path), "units": "mm"},
        "density": 50,
        "spacing": 20,
        "populations": {"EXC": {"ratio": 1, "modules": ["a", "2"], "synapse_type": "excitatory"}},
    }
    config = validate(given)
    assert config.region.modules == ("a", "2", "c")
    assert config.counts() == {"EXC": 150}
    record = json.loads(json.dumps(config.effective()))
    assert record["area_kwargs"].keys() == {"rings", "source"}
    program = CultureProgram(config)
    cells = program.culture().cells["EXC"]
    assert np.bincount(cells.modules).tolist() == [75, 75]
    path.unlink()
    again = validate(record)
    assert again.effective() == config.effective()
    np.testing.assert_array_equal(
        CultureProgram(again).culture().cells["EXC"].positions, cells.positions
    )


def test_uniform_with_holes():
    shape = Shape(wkt=WKT, units="mm")
    points = shape.place(40_000, np.random.Generator(np.random.Philox(5)))
    assert shape.region().contains(points).all()
    left = np.count_nonzero(points[:, 0] < 500) / len(points)
    assert left == pytest.approx(5e5 / AREA, abs=4 * np.sqrt(0.25 / len(points)))


def test_layers_choose(geojson):
    path = geojson(
        ("a", "culture", [square(0)]),
        ("b", "Culture2", [square(3)]),
        ("g", "groove", [square(1, 2, 0.4)]),
        ("p", "post", [square(0.2, 0.1, 0.2)]),
        ("e", "el", [square(0.6, 0.1, 0.2)]),
        ("frame", "frame", [square(-9, 30, -9)]),
    )
    shape = Shape(
        path=path,
        units="mm",
        pieces=["culture*"],
        channels=["groove"],
        holes=["po?t"],
        electrodes=["el"],
    )
    region = shape.region()
    assert region.modules == ("a", "b")
    assert region.area == pytest.approx(2e6 - 1e4)
    assert [part.name for part in region.channels] == ["g"]
    inside = region.contains(np.array([[250.0, 250], [2000, 1000], [650, 250], [10, 10]]))
    assert inside.tolist() == [False, False, True, True]
    again = Shape(**shape.resolved()).region()
    assert [part.kind for part in again.channels] == ["channel"]


def test_rings_within_rings_alternate(geojson):
    path = geojson(*((str(n), "", [square(n, 10 - 2 * n, n)]) for n in range(4)))
    region = Shape(path=path).region()
    assert [(part.name, len(part.holes)) for part in region.parts] == [("0", 1), ("2", 1)]
    assert region.area == 100 - 64 + 36 - 16


@pytest.mark.parametrize(
    ("wkt", "message"),
    [
        ("POLYGON ((0 0, 2 0, 2 1, 0 1))", r"open: it begins at \(0, 0\) and ends at \(0, 1\)"),
        ("POLYGON ((0 0, 3 1, 3 0, 0 1, 0 0))", r"crosses itself at \(1.5, 0.5\)"),
        ("POLYGON ((0 0, 1 1, 2 0, 2 3, 1 1, 0 3, 0 0))", r"touches itself at \(1, 1\)"),
        (TWO.replace("3 0", "1 0.5"), r"two outlines cross at \("),
        ("POLYGON ((0 0, 1 0, 2 0, 0 0))", "without area"),
        ("POLYGON ((0 0, 1 0, 0 0))", "has no area"),
        (
            f"POLYGON ((0 0, 2 0, 2 1, 0 1, 0 0), {text(square(-1, 9, -1))})",
            r"swallows the piece '1', from \(0, 0\) to \(2, 1\)",
        ),
        (f"POLYGON ({text(square(0))}, {text(square(0))})", "swallows the piece '1'"),
        (f"POLYGON ({text(square(0))}, {text(square(5))})", r"hole at \(5, 0\) lies in no piece"),
        ("POLYGON ((0 0, 1 0,\n 1 x, 0 0))", "line 2, column 2: '1 x' is no vertex"),
        ("POLYGON ((0 0, 1 0, 1 nan, 0 0))", "'1 nan' is no vertex"),
        ("POLYGON ((0 0, 1 0, 1 1, 0 0)", "line 1, column 9: a parenthesis that is never closed"),
        ("((0 0, 1 0, 1 1, 0 0))", "without a geometry"),
        ("POLYGON EMPTY", "holds no POLYGON"),
        ("", "holds no POLYGON"),
    ],
)
def test_what_is_wrong_with_a_text(wkt, message):
    with pytest.raises(LivnError, match=message):
        Shape(wkt=wkt, units="mm").region()


def test_what_is_wrong_with_a_file(geojson, tmp_path):
    path = geojson(("dish", "culture", [square(0)]))
    with pytest.raises(
        LivnError, match=r"no layer, id or class 'culturre'.*did you mean 'culture'"
    ):
        Shape(path=path, pieces=["culturre"]).region()
    with pytest.raises(LivnError, match="shows no closed piece"):
        Shape(path=path, holes=["dish"]).region()
    for content, message in {
        "{": "is no JSON: .*line 1 column 2",
        '{"type": "Nothing"}': "its type is 'Nothing'",
        '{"type": "FeatureCollection"}': "no list 'features'",
        '{"type": "Polygon", "coordinates": [[1, 2]]}': "ring 0 of its Polygon",
        '{"type": "Point", "coordinates": [1, 2]}': "holds no Polygon",
    }.items():
        path.write_text(content)
        with pytest.raises(LivnError, match=message):
            Shape(path=path).region()
    with path.open("r+b") as file:
        file.truncate(200_000_000)
    with pytest.raises(LivnError, match="has 200 MB: drawings of up to 50 MB"):
        Shape(path=path).region()
    with pytest.raises(LivnError, match="is no drawing"):
        Shape(path=tmp_path / "chip.step").region()
    with pytest.raises(LivnError, match="cannot be read"):
        Shape(path=tmp_path / "none.wkt").region()


@pytest.mark.parametrize(("units", "told"), [("um", True), ("mm", False), ("in", False)])
def test_an_extent_that_may_not_be_meant(units, told):
    given = {"area": "shape", "area_kwargs": {"wkt": WKT, "units": units}, "total_cells": 5}
    given["connectivity"] = {"mean_degree": 1}
    warnings = CultureProgram(validate(given)).provenance()["warnings"]
    assert any("the drawing is 2 x 1 um" in warning for warning in warnings) == told
