"""SVG and DXF: units, transforms, blocks, curves, layers; one shape of 2 x 1 mm with a hole in every form."""

import sys

import numpy as np
import pytest

from livn_core.culture.validation import validate
from livn_core.errors import ConfigError, LivnError
from livn_plugins.placement.shape import Shape

ezdxf = pytest.importorskip("ezdxf")
pytest.importorskip("svgelements")

AREA = 2e6 - np.pi * 200**2


@pytest.fixture
def svg(tmp_path):
    def write(content, attributes='width="2mm" height="1mm" viewBox="0 0 2 1"'):
        path = tmp_path / "chip.svg"
        path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{content}</svg>')
        return path

    return write


@pytest.fixture
def dxf(tmp_path):
    def write(draw, unit=4):
        document = ezdxf.new(setup=False)
        document.header["$INSUNITS"] = unit
        draw(document.modelspace(), document)
        path = tmp_path / "chip.dxf"
        document.saveas(path)
        return path

    return write


def lines(space, *corners, layer="0"):
    for start, stop in zip(corners, [*corners[1:], corners[0]], strict=True):
        space.add_line(start, stop, dxfattribs={"layer": layer})


def in_mm(space, _):
    lines(space, (0, 0), (2, 0), (2, 1), (0, 1), layer="culture")
    space.add_circle((1, 0.5), 0.2, dxfattribs={"layer": "post"})


def in_inches(space, document):
    """The shape at a quarter of its size, in a block in a block that is turned and four times as large."""
    inner, outer = document.blocks.new("inner"), document.blocks.new("outer")
    mm = 1 / 25.4
    inner.add_lwpolyline([(0, 0), (0.5 * mm, 0), (0.5 * mm, 0.25 * mm), (0, 0.25 * mm)], close=True)
    inner.add_circle((0.25 * mm, 0.125 * mm), 0.05 * mm, dxfattribs={"layer": "post"})
    outer.add_blockref("inner", (0, 0), dxfattribs={"rotation": 90, "layer": "0"})
    space.add_blockref(
        "outer",
        (0, 1 * mm),
        dxfattribs={"rotation": -90, "xscale": 4, "yscale": 4, "layer": "culture"},
    )


SVG_MM = (
    '<g id="culture"><rect width="2" height="1"/></g><circle class="post" cx="1" cy=".5" r=".2"/>'
)
SVG_PX = (
    '<g transform="translate(10 0) scale(10)"><g class="culture" transform="translate(-1 0)">'
    '<path d="M0 0H2V1H0z"/></g></g><circle class="post" cx="10" cy="5" r="2"/>'
)


def test_one_shape_in_every_form(svg, dxf):
    choice = {"pieces": ["culture"], "holes": ["post"]}
    px = 'width="7.559055118110236" height="3.779527559055118" viewBox="0 0 20 10"'
    below = []
    for write, arguments in [(svg, (SVG_MM,)), (svg, (SVG_PX, px)), (dxf, (in_mm,))]:
        shape = Shape(path=write(*arguments), **choice)
        assert shape.area() == pytest.approx(AREA, rel=1e-3)
        below.append(shape.bounds())
    np.testing.assert_allclose(below[0], [[0, -1000], [2000, 0]])  # turned over, not moved
    np.testing.assert_allclose(below[1], below[0], atol=1e-6)
    np.testing.assert_allclose(below[2], [[0, 0], [2000, 1000]])
    shape = Shape(path=dxf(in_inches, 1), **choice)
    assert shape.area() == pytest.approx(AREA, rel=1e-3)
    # Turned by 90 degrees and back again, moved up by 1 mm.
    np.testing.assert_allclose(shape.bounds(), [[0, 1000], [2000, 2000]], atol=1e-6)


def test_rings_agree_where_vertices_do(svg, dxf):
    given = Shape(wkt="POLYGON ((0 0, 2 0, 2 1, 0 1, 0 0))", units="mm").resolved()["rings"]
    drawn = Shape(
        path=dxf(lambda space, _: lines(space, (0, 1), (2, 1), (2, 0), (0, 0)))
    ).resolved()["rings"]
    assert drawn == given
    moved = svg('<rect y="-1" width="2" height="1"/>')
    assert Shape(path=moved).resolved()["rings"] == given
    inches = Shape(path=dxf(lambda space, _: lines(space, *SQUARE_INCHES), 1)).resolved()["rings"]
    assert inches == given


SQUARE_INCHES = [(0, 0), (2 / 25.4, 0), (2 / 25.4, 1 / 25.4), (0, 1 / 25.4)]


def test_units_that_are_given(svg, dxf):
    path = dxf(in_mm, 0)
    with pytest.raises(LivnError, match="does not say its unit: give units um, mm or in"):
        Shape(path=path).region()
    assert Shape(path=path, units="mm").area() == pytest.approx(AREA, rel=1e-3)
    path = svg('<rect width="96" height="9.6"/>', "")
    assert Shape(path=path).area() == pytest.approx(25_400 * 2_540)
    assert Shape(path=path, units="um").area() == pytest.approx(96 * 9.6)


def test_lines_and_arcs_are_joined(dxf):
    def stadium(space, _):
        space.add_arc((0, 0), 0.5, 90, 270)
        space.add_line((0, -0.5), (1, -0.5))
        space.add_line((1.0003, 0.5), (0, 0.5))
        space.add_arc((1, 0), 0.5, -90, 90)

    shape = Shape(path=dxf(stadium))
    assert len(shape.region().parts) == 1
    assert shape.area() == pytest.approx(1e6 + np.pi * 500**2, rel=1e-3)
    with pytest.raises(LivnError, match=r"is open: it begins at \(.*\) and ends at \(.*0.3 um"):
        Shape(path=dxf(stadium), gap=0.1).region()


def test_curves_are_as_near_as_asked(svg):
    path = svg('<path id="oval" d="M0 .5A1 .5 0 0 1 2 .5A1 .5 0 0 1 0 .5z"/>')
    for tolerance in (5.0, 0.05):
        (part,) = Shape(path=path, tolerance=tolerance).region().parts
        middle = (part.outer + np.roll(part.outer, 1, axis=0)) / 2
        off = np.hypot((middle[:, 0] - 1000) / 1000, (middle[:, 1] + 500) / 500)
        assert (1 - off).max() * 1000 < 2.1 * tolerance
    path = svg('<path d="M0 0C0 1 2 1 2 0z"/>')
    # The area of that curve and its chord: 3/20 of the control points' products.
    assert Shape(path=path).area() == pytest.approx(0.9e6 * 4 / 3, rel=1e-3)


def test_names_are_ids_of_uses_too(svg):
    path = svg(
        '<defs><rect id="cell" width=".4" height=".4"/></defs><use id="left" href="#cell"/>'
        '<use id="right" href="#cell" x="1"/><rect x=".5" width=".2" height=".2"/>'
        '<path id="two" d="M0 .6h.1v.1h-.1zM.3 .6h.1v.1h-.1z"/><text>words</text>'
    )
    region = Shape(path=path).region()
    assert region.modules == ("left", "right", "3", "two", "two-2")
    np.testing.assert_allclose(region.parts[1].bounds, [[1000, -400], [1400, 0]])


def test_layers_of_a_drawing_program(svg):
    path = svg(
        '<g xmlns:i="http://www.inkscape.org/namespaces/inkscape" i:label="Culture area">'
        '<rect id="a" width="1" height="1"/></g><rect x="1.2" width=".1" height=".1"/>'
    )
    assert Shape(path=path, pieces=["culture*"]).area() == pytest.approx(1e6)


def test_nothing_outside_is_opened(svg, dxf, tmp_path):
    path = svg('<rect width="1" height="1"/><use id="u" href="other.svg#a"/>')
    with pytest.raises(LivnError, match=r"'u' is in another file, 'other.svg#a'"):
        Shape(path=path).region()
    path = svg('<image href="http://localhost:9/a.png"/><rect width="1" height="1"/>')
    assert Shape(path=path).area() == pytest.approx(1e6)
    (tmp_path / "secret").write_text('<rect width="1" height="1"/>')
    path.write_text(
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "{tmp_path}/secret">]>'
        '<svg xmlns="http://www.w3.org/2000/svg">&x;</svg>'
    )
    with pytest.raises(LivnError, match="is no SVG: undefined entity &x;: line 1, column"):
        Shape(path=path).region()

    def attach(space, document):
        document.add_xref_def("other.dxf", "other")
        space.add_blockref("other", (0, 0))

    with pytest.raises(LivnError, match=r"'other' is in another file, 'other.dxf'"):
        Shape(path=dxf(attach)).region()


def test_what_is_wrong(svg, dxf, tmp_path):
    with pytest.raises(LivnError, match="there are culture, post"):
        Shape(path=dxf(in_mm), pieces=["cultures"]).region()
    path = svg('<path id="p" d="M0 0H2V1"/>')
    with pytest.raises(
        LivnError, match=r"'p' is open: it begins at \(0, 0\) and ends at \(2, -1\)"
    ):
        Shape(path=path).region()
    path.write_text("<svg><g></svg>")
    with pytest.raises(LivnError, match="is no SVG: mismatched tag: line 1, column"):
        Shape(path=path).region()
    path.write_text("<html/>")
    with pytest.raises(LivnError, match="first element is 'html'"):
        Shape(path=path).region()
    with pytest.raises(LivnError, match="shows no line"):
        Shape(path=svg("")).region()
    with pytest.raises(LivnError, match="shows no line in its model space"):
        Shape(path=dxf(lambda space, _: space.add_text("words"))).region()
    (tmp_path / "no.dxf").write_text("nothing")
    with pytest.raises(LivnError, match="is no DXF"):
        Shape(path=tmp_path / "no.dxf").region()


@pytest.mark.parametrize(("library", "name"), [("svgelements", "a.svg"), ("ezdxf", "a.dxf")])
def test_without_the_library(monkeypatch, tmp_path, library, name):
    monkeypatch.setitem(sys.modules, library, None)
    (tmp_path / name).write_text("<svg/>")
    with pytest.raises(ConfigError, match=f"read with {library}") as caught:
        validate({"area": "shape", "area_kwargs": {"path": str(tmp_path / name)}})
    assert caught.value.hint == f"install it with: pip install {library}"
