"""Tables that people have: headers in comments, odd columns, and rows that nobody may lose."""

from __future__ import annotations

import numpy as np
import pytest

from livn_core.documents.tables import read_coordinates
from livn_core.errors import ConfigError


def table(tmp_path, text, suffix="csv"):
    path = tmp_path / f"cells.{suffix}"
    path.write_text(text)
    return read_coordinates(path)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("# id,x,y\n101,10,20\n102,30,40\n", [10, 20]),
        ("# y,x\n10,20\n30,40\n", [20, 10]),
        ("# x (mm),y (mm)\n1,2\n3,4\n", [1000, 2000]),
        ("# made on a Monday\n#x y\n1 2\n3 4\n", [1, 2]),
        ("# plain remark, of words\n1,2\n3,4\n", [1, 2]),
        ("x,y # um\n1,2 # the first\n", [1, 2]),
    ],
)
def test_a_header_in_a_comment_is_a_header(tmp_path, text, first):
    assert table(tmp_path, text).positions[0].tolist() == first


def test_what_numpy_savetxt_writes(tmp_path):
    rows = np.array([[7, 1.5, 2.5], [8, 3.5, 4.5]])
    np.savetxt(tmp_path / "a.txt", rows, header="id x y")
    found = read_coordinates(tmp_path / "a.txt")
    assert found.positions.tolist() == rows[:, 1:].tolist()
    assert found.columns.keys() == {"id"}


def test_an_index_without_a_name_is_a_column(tmp_path):
    found = table(tmp_path, "\tx\ty\n0\t10\t20\n1\t30\t40\n", "tsv")
    assert found.positions.tolist() == [[10, 20], [30, 40]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x,y,X,Y\n1,2,3,4\n", "two columns 'x'"),
        ("label,x,y\n#1,2,3\n2,4,5\n#3,6,7\n", "line 2: a row that begins with '#'"),
        ("x,y\n1," + '"' + "2" * 200_000 + "\n", "line 2: field larger"),
        ("x,y\n1," + "9" * 5000 + "\n", "line 2: y is"),
    ],
)
def test_what_would_be_lost_or_mistaken_is_refused(tmp_path, text, words):
    with pytest.raises(ConfigError) as caught:
        table(tmp_path, text)
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["[" * 100_000, "[[" + "9" * 5000 + ", 1]]"])
def test_json_that_nobody_can_read_is_refused(tmp_path, text):
    with pytest.raises(ConfigError):
        table(tmp_path, text, "json")
