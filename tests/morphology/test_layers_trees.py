"""Layers from depth, rotation, and the arrays of the Trees namespace."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from livn_core.errors import ConfigError, MorphologyError, SystemFormatError
from livn_core.morphology import assign_layers, decode_sections, encode_tree, read_swc, rotated
from livn_core.morphology.trees import encode_sections

BOUNDS = {5: (0.0, 100.0), 6: (100.0, 150.0), 8: (150.0, 350.0), 9: (350.0, 450.0)}


def test_layers_follow_depth(g0, swc):
    cell = read_swc(swc(g0))
    # y: 0 -6 -40 -70 -70 6 60 110 110
    assert assign_layers(cell, 120.0, BOUNDS).tolist() == [6, 6, 5, 5, 5, 6, 8, 8, 8]
    many = assign_layers(cell, np.array([120.0, 300.0, 5.0]), BOUNDS)
    assert many.shape == (3, 9)
    assert many.dtype == np.int8
    assert many[1].tolist() == [8, 8, 8, 8, 8, 8, 9, 9, 9]
    # Below the lowest layer: the lowest.
    assert many[2].tolist() == [5, 5, 5, 5, 5, 5, 5, 6, 6]


def test_apical_dendrites_point_up(g0, swc):
    cell = read_swc(swc(g0))
    down = read_swc(swc("\n".join(flip(line) for line in g0.splitlines()), "down.swc"))
    np.testing.assert_array_equal(
        assign_layers(down, 120.0, BOUNDS), assign_layers(cell, 120.0, BOUNDS)
    )
    swapped = "\n".join(swap(line) for line in g0.splitlines())
    np.testing.assert_array_equal(
        assign_layers(read_swc(swc(swapped, "z.swc")), 120.0, BOUNDS, axis="z"),
        assign_layers(cell, 120.0, BOUNDS),
    )


def flip(line: str) -> str:
    words = line.split()
    return (
        line if line.startswith("#") else " ".join([*words[:3], f"{-float(words[3])}", *words[4:]])
    )


def swap(line: str) -> str:
    words = line.split()
    return line if line.startswith("#") else " ".join([*words[:3], words[4], words[3], *words[5:]])


@pytest.mark.parametrize(
    "bounds", [{}, {5: (0, 10), 6: (5, 20)}, {5: (10, 0)}, {5: (0, float("nan"))}]
)
def test_layers_that_are_no_layers(g0, swc, bounds):
    with pytest.raises(ConfigError):
        assign_layers(read_swc(swc(g0)), 5.0, bounds)


def test_layers_without_thickness_have_no_dendrites_but_where_there_is_nothing_else(g0, swc):
    cell = read_swc(swc(g0))
    sheet = {5: (0, 100), 6: (100, 100), 8: (100, 300)}
    assert assign_layers(cell, 100.0, sheet).tolist() == [8, 5, 5, 5, 5, 8, 8, 8, 8]
    assert set(assign_layers(cell, 10.0, {6: (10, 10)}).tolist()) == {6}


def test_rotation_keeps_depths_and_lengths(g0, swc):
    cell = read_swc(swc(g0.replace("1 1 0 0 0", "1 1 3 0 0")))
    turned = rotated(cell, np.array([0.0, 0.7, np.pi]))
    assert turned.shape == (3, 9, 3)
    assert turned.dtype == np.float32
    np.testing.assert_array_equal(turned[0], cell.xyz.astype(np.float32))
    for points in turned:
        np.testing.assert_allclose(points[:, 1], cell.xyz[:, 1])
        np.testing.assert_allclose(points[0], cell.soma, atol=1e-6)
        np.testing.assert_allclose(
            np.linalg.norm(np.diff(points, axis=0), axis=1),
            np.linalg.norm(np.diff(cell.xyz, axis=0), axis=1),
            rtol=1e-5,
        )
    np.testing.assert_allclose(turned[2, 3], [3 - 12, -70, 0], atol=1e-5)
    np.testing.assert_array_equal(rotated(cell, 0.7), turned[1])


@pytest.mark.parametrize(
    ("axis", "turned"),
    [
        # A quarter turn takes the axis after the depth axis to the one after that.
        ("x", [[1, 2, 3], [11, 2 - 30, 3 + 20]]),
        ("y", [[1, 2, 3], [1 + 30, 22, 3 - 10]]),
        ("z", [[1, 2, 3], [1 - 20, 2 + 10, 33]]),
    ],
)
def test_a_quarter_turn(swc, axis, turned):
    cell = read_swc(swc("1 1 1 2 3 6 -1\n2 3 11 22 33 1 1\n"))
    np.testing.assert_allclose(rotated(cell, np.pi / 2, axis=axis), turned, atol=1e-5)


def test_any_turn_is_a_rotation(swc):
    rng = np.random.Generator(np.random.PCG64(3))
    lines = [f"{n} 3 {x} {y} {z} 1 {n - 1}" for n, (x, y, z) in enumerate(rng.random((20, 3)), 2)]
    cell = read_swc(swc("\n".join(["1 1 0 0 0 6 -1", *lines])))
    for points in rotated(cell, np.array([0.3, 2.0, 4.4]), axis="y"):
        # Scalar products of all pairs: what a rotation keeps, and a reflection's sign with them.
        np.testing.assert_allclose(points @ points.T, cell.xyz @ cell.xyz.T, atol=1e-5)
        there, before = points[[3, 7, 11]], cell.xyz[[3, 7, 11]]
        assert np.linalg.det(there) == pytest.approx(np.linalg.det(before), abs=1e-5)


def test_tree_of_an_ordinary_cell(g0, swc):
    tree = encode_tree(read_swc(swc(g0)))
    assert {name: values.dtype.str for name, values in tree.points.items()} == {
        "X Coordinate": "<f4",
        "Y Coordinate": "<f4",
        "Z Coordinate": "<f4",
        "Radius": "<f4",
        "SWC Type": "|i1",
        "Point Layer": "|i1",
        "Parent Point": "<i4",
    }
    # Points 3, 5, 9 and 11 repeat the ends of the sections that theirs begin at.
    assert tree.points["Parent Point"].tolist() == [-1, 0, 1, 2, 3, 2, 5, 0, 7, 8, 9, 8, 11]
    assert tree.points["Y Coordinate"][[3, 5, 9, 11]].tolist() == [-40, -40, 60, 60]
    assert tree.section.tolist() == [
        *(7, 1, 0, 2, 1, 2, 2, 3, 4, 2, 5, 6),
        *(2, 7, 8, 2, 9, 10, 2, 11, 12),
    ]
    assert tree.section.dtype == tree.source.dtype == tree.destination.dtype == np.uint16
    assert tree.source.tolist() == [0, 0, 1, 1, 4, 4]
    assert tree.destination.tolist() == [1, 4, 2, 3, 5, 6]


def test_too_many_points_for_a_tree(swc):
    chain = "1 1 0 0 0 6 -1\n" + "".join(f"{i} 3 0 {i} 0 1 {i - 1}\n" for i in range(2, 65538))
    with pytest.raises(MorphologyError, match="65,537 points"):
        encode_tree(read_swc(swc(chain)))


@pytest.mark.parametrize("values", [[], [1], [1, 3, 0, 1], [2, 1, 0], [1, 1, 0, 5]])
def test_section_lists_that_do_not_add_up(values):
    with pytest.raises(SystemFormatError):
        decode_sections(np.array(values, dtype=np.uint16))


@pytest.mark.parametrize("population", ["EXC", "INH"])
def test_reference_section_lists_decode_and_encode_to_the_same(reference, population):
    with h5py.File(reference("3d_S1") / "cells.h5") as file:
        trees = file[f"Populations/{population}/Trees"]
        sections = trees["Section/Attribute Value"][:]
        ends = trees["Section/Attribute Pointer"][:].astype(int)
        points = trees["Parent Point/Attribute Pointer"][:].astype(int)
    assert len(ends) > 2
    for cell in range(len(ends) - 1):
        values = sections[ends[cell] : ends[cell + 1]]
        counts, members = decode_sections(values)
        np.testing.assert_array_equal(encode_sections(counts, members), values)
        assert sorted(members) == list(range(points[cell + 1] - points[cell]))


def test_a_reference_cell_comes_back_by_way_of_its_swc_file(reference, tmp_path):
    names = [f"{axis} Coordinate" for axis in "XYZ"]
    names += ["Radius", "SWC Type", "Point Layer", "Parent Point"]
    with h5py.File(reference("3d_S1") / "cells.h5") as file:
        trees = file["Populations/INH/Trees"]
        count = int(trees["Parent Point/Attribute Pointer"][1])
        stored = {name: trees[f"{name}/Attribute Value"][:count] for name in names}
        edges = int(trees["Destination Section/Attribute Pointer"][1])
        source = trees["Source Section/Attribute Value"][:edges]
        section = trees["Section/Attribute Value"][: trees["Section/Attribute Pointer"][1]]
    x, y, z, radius, kind, layer, parent = (stored[name] for name in names)
    path = tmp_path / "INH.swc"
    np.savetxt(
        path,
        np.column_stack([np.arange(count), kind, x, y, z, radius, parent, layer]),
        fmt="%.9g",
    )
    tree = encode_tree(read_swc(path))
    for name, expected in stored.items():
        np.testing.assert_array_equal(tree.points[name], expected, err_msg=name)
        assert tree.points[name].dtype == expected.dtype
    # Its sections are in the order of the file there, in NEURON's here: basal before apical.
    assert decode_sections(section)[0].tolist() == [20, 600, 600, 300, 300]
    assert decode_sections(tree.section)[0].tolist() == [20, 300, 300, 600, 600]
    np.testing.assert_array_equal(tree.source, source)
