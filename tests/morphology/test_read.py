"""Real files' numbering, topology and text: what reads the same, and what is refused where."""

from __future__ import annotations

import gzip
import warnings
from dataclasses import fields

import numpy as np
import pytest

from livn_core.errors import MorphologyError
from livn_core.morphology import (
    Morphology,
    MorphologyWarning,
    encode_tree,
    read_morphologies,
    read_swc,
)


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if not line.startswith("#")]


def join(table: list[list[object]], separator: str = " ") -> str:
    return "".join(separator.join(str(value) for value in row) + "\n" for row in table)


def renumbered(text: str, number) -> str:
    return join(
        [
            [number(int(row[0])), *row[1:6], -1 if row[6] == "-1" else number(int(row[6]))]
            for row in rows(text)
        ]
    )


def arrays(morphology: Morphology) -> dict[str, bytes]:
    tree = encode_tree(morphology)
    found = {name: values.tobytes() for name, values in tree.points.items()}
    found["section"], found["source"] = tree.section.tobytes(), tree.source.tobytes()
    found["destination"] = tree.destination.tobytes()
    for table in (morphology.sections, morphology.segments()):
        for field in fields(table):
            found[field.name] = np.asarray(getattr(table, field.name)).tobytes()
    return found


def quietly(path) -> Morphology:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_swc(path)


def neurite_length(cell):
    return cell.sections.length[cell.sections.type != 1].sum()


def test_an_ordinary_file(g0, swc):
    cell = quietly(swc(g0))
    assert (len(cell), len(cell.sections)) == (9, 7)
    assert neurite_length(cell) == pytest.approx(262.785, abs=1e-3)
    assert cell.sections.type.tolist() == [1, 3, 3, 3, 4, 4, 4]
    assert cell.sections.parent.tolist() == [-1, 0, 1, 1, 0, 4, 4]
    assert not cell.has_layers


@pytest.mark.parametrize(
    "change",
    [
        lambda text: renumbered(text, lambda i: i - 1),
        lambda text: renumbered(text, lambda i: 10 * i),
        lambda text: renumbered(text, lambda i: 3 * i + 10**9),
        lambda text: "".join(line + "\n" for line in reversed(text.splitlines())),
        lambda text: "\ufeff" + text.partition("\n")[2],
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\n".join("   " + line.replace(" ", "\t") for line in text.splitlines()),
        lambda text: text.replace("\n5 ", "\n \n\n5 "),
        lambda text: text.replace("7 4 0 60 0 1.0 6", "7 4 0 60 0 1.0 6   # trunk"),
        lambda text: join(
            [
                [f"{float(v):.6f}" if i in (0, 1, 6) else v for i, v in enumerate(r)]
                for r in rows(text)
            ]
        ),
        lambda text: text.partition("\n")[2] + "# header after data\n",
        lambda text: text.rstrip("\n"),
        lambda text: "# écrit à Genève\n" + text,
        lambda text: ("# écrit à Genève\n" + text).encode("latin-1"),
        lambda text: text.replace(" 0.8 ", " 8.0E-1 "),
    ],
)
def test_files_that_mean_the_same_are_the_same_bytes(g0, swc, change):
    expected = arrays(quietly(swc(g0, "g0.swc")))
    assert arrays(quietly(swc(change(g0), "other.swc"))) == expected


@pytest.mark.parametrize("extra", [["6"], ["6", "0.5"], ["6.0"]])
def test_the_eighth_column_is_the_layer(g0, swc, extra):
    cell = quietly(swc(join([row + extra for row in rows(g0)])))
    assert cell.layer.tolist() == [6] * 9
    assert cell.segments().layer.tolist() == [6] * 7
    same = arrays(quietly(swc(g0, "plain.swc")))
    mine = arrays(cell)
    for name in ("X Coordinate", "section", "destination", "length", "Parent Point"):
        assert mine[name] == same[name]


@pytest.mark.parametrize("extra", [["0.25"], ["dendrite"], ["300"]])
def test_an_eighth_column_that_is_no_layer_is_passed_over_aloud(g0, swc, extra):
    with pytest.warns(MorphologyWarning, match="column 8"):
        cell = read_swc(swc(join([row + extra for row in rows(g0)])))
    assert not cell.has_layers


def test_a_layer_of_some_points_only_is_passed_over_aloud(g0, swc):
    with pytest.warns(MorphologyWarning, match="only 8 of 9"):
        read_swc(swc(join([row + (["6"] if i else []) for i, row in enumerate(rows(g0))])))


def test_children_with_lower_ids_than_their_parents(g0, swc):
    with pytest.warns(MorphologyWarning, match="stand apart"):
        cell = read_swc(swc(renumbered(g0, lambda i: 100 - i)))
    assert (len(cell), len(cell.sections)) == (9, 7)
    assert neurite_length(cell) == pytest.approx(262.785, abs=1e-3)
    assert cell.parent[0] == -1
    assert np.all(cell.parent < np.arange(9))
    assert sorted(cell.radius.tolist()) == [0.6, 0.6, 0.7, 0.7, 0.8, 1.0, 1.0, 1.2, 6.0]


def test_ids_level_by_level(g0, swc):
    level = {1: 1, 2: 2, 6: 3, 3: 4, 7: 5, 4: 6, 5: 7, 8: 8, 9: 9}
    with pytest.warns(MorphologyWarning, match="stand apart"):
        cell = read_swc(swc(renumbered(g0, lambda i: level[i])))
    assert arrays(cell) == arrays(quietly(swc(g0, "g0.swc")))


SOMA_LAST = "1 1 0 0 0 6 2\n2 3 0 -6 0 1.0 -1\n"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("\n5 3", "\n4 3", 6, "id 4 is used twice, on lines 5 and 6"),
        ("0.7 7\n9", "0.7 77\n9", 9, "point 8 has parent 77"),
        ("1.0 6\n8", "1.0 7\n8", 8, "point 7 is its own parent"),
        ("1.2 1\n7", "1.2 7\n7", 7, "6 -> 7 -> 6"),
        ("1.2 1\n7", "1.2 -1\n7", 7, "point 6 is a second root"),
        ("1 1 0 0 0 6 -1\n2 3 0 -6 0 1.0 1\n", SOMA_LAST, 2, "soma point 1 hangs from point 2"),
        ("4 3 15", "4 3 15,", 5, "'15,'"),
        ("4 3 15 -70 0 0.6 3", "4 3 15 -70 0.6 3", 5, "6 columns of 7"),
        ("4 3 15", "4 3 nan", 5, "point 4 has a coordinate or radius that is not finite"),
        ("4 3 15", "4 3 inf", 5, "not finite"),
        ("4 3 15", "4 3 1e39", 5, "not finite"),
        ("4 3 15", "4 3 1_5", 5, "'1_5'"),
        ("4 3 15", "4 3 x", 5, "'x' is no number, in column 'x'"),
        ("4 3 15", "4.5 3 15", 5, "id '4.5'"),
        ("4 3 15", "4 3.5 15", 5, "type '3.5'"),
        ("4 3 15", "4 300 15", 5, "type 300"),
        ("4 3 15", "4 -3 15", 5, "type -3"),
        ("4 3 15", "-4 3 15", 5, "id -4"),
        ("4 3 15", "nan 3 15", 5, "id 'nan'"),
        ("0.6 3\n5", "-0.6 3\n5", 5, "negative radius"),
    ],
)
def test_mistakes_name_file_line_and_point(g0, swc, old, new, line, words):
    assert g0.count(old) == 1
    with pytest.raises(MorphologyError) as caught:
        read_swc(swc(g0.replace(old, new)))
    assert f"cell.swc:{line}: " in caught.value.message
    assert words in caught.value.message
    assert caught.value.hint


def test_no_soma_is_refused(g0, swc):
    text = join([[row[0], "3" if row[1] == "1" else row[1], *row[2:]] for row in rows(g0)])
    with pytest.raises(MorphologyError, match=r"cell\.swc:1: no soma"):
        read_swc(swc(text))


def test_a_long_cycle_beside_the_root(g0, swc):
    text = g0 + "".join(f"{20 + i} 3 0 0 0 1 {20 + (i + 1) % 9}\n" for i in range(9))
    with pytest.raises(MorphologyError, match=r"cell\.swc:11: .*each other's parents"):
        read_swc(swc(text))


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (lambda g: g.replace(" ", ","), 2, "commas"),
        (lambda g: g.replace(" ", ";"), 2, "semicolons"),
        (lambda g: g.encode("utf-16"), 1, "UTF-16"),
        (lambda g: gzip.compress(g.encode()), 1, "gzip"),
        (lambda g: g.encode("utf-16-le"), 1, "binary"),
        (lambda g: "", 1, "empty"),
        (lambda g: " \n\n", 1, "empty"),
        (lambda g: "# only\n# comments\n", 1, "comments only"),
    ],
)
def test_what_is_no_swc_text(g0, swc, content, line, words):
    with pytest.raises(MorphologyError, match=words) as caught:
        read_swc(swc(content(g0)))
    assert "cell.swc" in caught.value.message
    assert f"{line}" in caught.value.message
    assert caught.value.hint


def test_no_file_a_directory_and_an_empty_folder(swc, g0, tmp_path):
    swc(g0, "PYR.swc")
    with pytest.raises(MorphologyError, match=r"did you mean 'PYR\.swc'"):
        read_swc(tmp_path / "pyr.swc")
    with pytest.raises(MorphologyError, match="is a directory"):
        read_swc(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(MorphologyError, match="holds no morphologies"):
        read_morphologies(tmp_path / "empty")


def test_a_folder_is_read_in_the_order_of_its_names(swc, g0, tmp_path):
    for name in ("b.swc", "a.SWC", "c.swc", "note.txt", ".hidden.swc"):
        swc(g0, name)
    assert [cell.name for cell in read_morphologies(tmp_path)] == ["a", "b", "c"]
    assert [cell.name for cell in read_morphologies(tmp_path / "b.swc")] == ["b"]


def test_soma_only_is_a_cell_of_one_section(swc):
    cell = quietly(swc("1 1 0 0 0 6 -1\n"))
    assert (len(cell), len(cell.sections)) == (1, 1)
    assert cell.sections.length.tolist() == [12.0]
    assert cell.segments().length.tolist() == [12.0]
    tree = encode_tree(cell)
    assert tree.section.tolist() == [1, 1, 0]
    assert len(tree.source) == len(tree.destination) == 0


def test_a_dendrite_on_a_later_soma_point_is_kept(swc):
    soma = "1 1 0 0 0 6 -1\n2 1 0 -6 0 6 1\n3 1 0 6 0 6 1\n"
    cell = quietly(swc(soma + "4 3 0 -20 0 1 2\n5 3 0 -40 0 1 4\n"))
    assert np.count_nonzero(cell.sections.type == 3) == 1
    assert neurite_length(cell) == pytest.approx(34)


def test_points_of_the_soma_stay_together_where_one_has_a_dendrite(swc):
    """By ids the order is not that of a tree; depth first, the dendrite 1 would come before 2."""
    soma = "4 1 0 0 0 6 -1\n3 1 0 -6 0 6 4\n2 1 0 -12 0 6 3\n"
    with pytest.warns(MorphologyWarning, match="stand apart"):
        cell = read_swc(swc("1 3 20 -6 0 1 3\n" + soma))
    assert cell.xyz[:, :2].tolist() == [[0, 0], [0, -6], [0, -12], [20, -6]]


def test_a_three_point_soma_is_a_sphere(swc):
    soma = "1 1 0 0 0 6 -1\n2 1 0 -6 0 6 1\n3 1 0 6 0 6 1\n"
    cell = quietly(swc(soma + "4 3 0 -20 0 1 1\n5 3 0 -40 0 1 4\n"))
    assert cell.sections.type.tolist() == [1, 3]
    assert cell.sections.length.tolist() == [12.0, 20.0]
    assert cell.point_section.tolist() == [0, 0, 0, 1, 1]


def test_a_section_without_length_is_left_out_aloud(g0, swc):
    with pytest.warns(MorphologyWarning, match="line 11: 1 of 8 sections"):
        cell = read_swc(swc(g0 + "10 4 0 60 0 0.7 7\n"))
    assert len(cell.sections) == 7
    # The points of the file, and the parent's end at the head of four sections.
    assert sorted(decode(cell)) == list(range(10 + 4))


def decode(cell: Morphology) -> list[int]:
    section, found, at = encode_tree(cell).section.tolist(), [], 1
    for _ in range(section[0]):
        found += section[at + 1 : at + 1 + section[at]]
        at += 1 + section[at]
    return found


def test_radius_zero_is_said(g0, swc):
    with pytest.warns(MorphologyWarning, match="line 4: radius 0, in 1 of 9"):
        read_swc(swc(g0.replace(" 0.8 ", " 0 ")))


def test_reading_is_cached_by_content(g0, swc):
    first = read_swc(swc(g0))
    assert read_swc(swc(g0)) is first
    assert read_swc(swc(g0.replace("0.8", "0.9"))) is not first
    with pytest.raises(ValueError, match="read-only"):
        first.xyz[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        first.segments().length[0] = 1


def test_an_underscore_belongs_into_comments_alone(g0, swc):
    named = read_swc(swc("# cell_7 of slice_2\n" + g0))
    np.testing.assert_array_equal(named.xyz, read_swc(swc(g0, "plain.swc")).xyz)
    with pytest.raises(MorphologyError, match=":3: '1_0' is no number"):
        read_swc(swc(g0.replace("2 3 0 ", "2 3 1_0 ")))
