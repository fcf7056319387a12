"""Electrodes where a drawing has them."""

from __future__ import annotations

import numpy as np
import pytest

from livn_core.errors import PlacementError
from livn_core.plugins.registry import registry

BOUNDS = np.array([[0.0, 0.0, 0.0], [1000.0, 1000.0, 10.0]])
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="2mm" height="1mm" viewBox="0 0 2 1">'
    '<rect id="well" width="2" height="1"/><circle id="el1" cx="0.4" cy="0.7" r="0.015"/>'
    '<path id="el2" d="M 1 0.2 L 1.3 0.2 L 1 0.5 Z"/><path id="open" d="M 0 0 L 1 0 L 1 1"/></svg>'
)


def layout(path, **parameters):
    return registry().create("mea", "drawing", {"path": str(path), **parameters})


def test_centres_are_in_the_coordinates_of_the_culture(tmp_path):
    pytest.importorskip("svgelements")
    path = tmp_path / "chip.svg"
    path.write_text(SVG)
    made = layout(path, outlines="el*", units="mm")
    # A circle's centre; a triangle's is the mean of its corners; y upwards.
    assert made.electrodes(BOUNDS) == pytest.approx(
        np.array([[400, -700, 5], [1100, -300, 5]]), abs=0.01
    )
    assert made.labels() == ["el1", "el2"]
    shape = registry().create(
        "placement", "shape", {"path": str(path), "units": "mm", "pieces": "well"}
    )
    assert shape.region().contains(made.electrodes(BOUNDS)[:, :2]).all()
    with pytest.raises(PlacementError, match=r"'open' at .* open line"):
        layout(path, outlines="open").electrodes(BOUNDS)


@pytest.mark.parametrize("text", ["POINT (1 2) POINT (3 4)", "MULTIPOINT ((1 2), (3 4))"])
def test_points_need_no_choice(tmp_path, text):
    path = tmp_path / "array.wkt"
    path.write_text(text)
    made = layout(path, units="mm")
    assert made.electrodes(BOUNDS).tolist() == [[1000, 2000, 5], [3000, 4000, 5]]
    assert made.labels() == ["1", "2"]


def test_errors_say_what_is_there(tmp_path):
    path = tmp_path / "chip.geojson"
    path.write_text(
        '{"type": "Feature", "id": "el1", "geometry": {"type": "Polygon", "coordinates": '
        "[[[0, 0], [1, 0], [0, 1], [0, 0]]]}}"
    )
    with pytest.raises(
        PlacementError, match=r"no layer, id or class 'pad\*' \(outlines\).*there are el1"
    ):
        layout(path, outlines="pad*").electrodes(BOUNDS)
    with pytest.raises(PlacementError, match="no points: say which outlines"):
        layout(path).electrodes(BOUNDS)
