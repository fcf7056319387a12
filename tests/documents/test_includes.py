"""``!include``: relative to the file that holds the line, nested, joined, and refused."""

import io
import sys

import pytest

from livn_core.documents.document import load_document
from livn_core.errors import ConfigError


@pytest.fixture
def conf(tmp_path, monkeypatch):
    """Three files in three folders, one with blanks and brackets; we run from /."""
    folder = tmp_path / "conf"
    more = folder / "my parts (v2)" / "more"
    more.mkdir(parents=True)
    (folder / "net.yml").write_text("Cell Types: !include my parts (v2)/types.yml\nswc: a.swc\n")
    (more.parent / "types.yml").write_text("# types\nPYR: !include more/pyr.yml\n")
    (more / "pyr.yml").write_text("swc: pyr.swc\ncount: 7\n")
    monkeypatch.chdir("/")
    return folder


def test_nested_whatever_the_working_directory(conf):
    document = load_document(conf / "net.yml")
    assert document.data["Cell Types"] == {"PYR": {"swc": "pyr.swc", "count": 7}}


def test_file_names_start_from_the_file_that_holds_them(conf):
    document = load_document(conf / "net.yml")
    assert document.base_of("swc") == conf
    assert document.base_of("Cell Types.PYR.swc") == conf / "my parts (v2)" / "more"


def test_lines_are_those_of_the_included_file(conf):
    document = load_document(conf / "net.yml")
    assert document.line_of("Cell Types.PYR.count").endswith("my parts (v2)/more/pyr.yml:2")
    assert document.line_of("Cell Types") == f"{conf}/net.yml:1"


def test_an_included_text_keeps_its_folder(conf):
    (conf / "my parts (v2)" / "name.yml").write_text("cell.swc\n")
    (conf / "net.yml").write_text("morphology: !include my parts (v2)/name.yml\n")
    document = load_document(conf / "net.yml")
    assert document.data == {"morphology": "cell.swc"}
    assert document.base_of("morphology") == conf / "my parts (v2)"


def test_missing_names_both_files_and_the_line(conf):
    (conf / "my parts (v2)" / "types.yml").write_text("\nPYR: !include nope.yml\n")
    with pytest.raises(ConfigError) as caught:
        load_document(conf / "net.yml")
    assert "types.yml:2" in str(caught.value)
    assert "nope.yml' does not exist" in str(caught.value)


def test_circular_shows_the_chain(conf):
    (conf / "a.yml").write_text("b: !include b.yml\n")
    (conf / "b.yml").write_text("a: !include ../conf/a.yml\n")
    with pytest.raises(ConfigError, match=r"a\.yml -> b\.yml -> a\.yml"):
        load_document(conf / "a.yml")


def test_a_file_that_includes_itself(conf):
    (conf / "a.yml").write_text("b: !include a.yml\n")
    with pytest.raises(ConfigError, match=r"a\.yml -> a\.yml"):
        load_document(conf / "a.yml")


def test_twice_is_not_circular(conf):
    (conf / "part.yml").write_text("x: 1\n")
    (conf / "a.yml").write_text("b: !include part.yml\nc: !include part.yml\n")
    assert load_document(conf / "a.yml").data == {"b": {"x": 1}, "c": {"x": 1}}


def test_files_that_multiply_are_stopped(conf):
    for i in range(30):
        (conf / f"f{i}.yml").write_text(f"a: !include f{i + 1}.yml\nb: !include f{i + 1}.yml\n")
    (conf / "f30.yml").write_text("x: 1\n")
    with pytest.raises(ConfigError, match="more than 1,000 includes"):
        load_document(conf / "f0.yml")


def test_empty_is_null(conf):
    (conf / "empty.yml").write_text("")
    (conf / "a.yml").write_text("populations: !include empty.yml\n")
    assert load_document(conf / "a.yml").data == {"populations": None}


def test_a_directory_in_its_place(conf):
    (conf / "a.yml").write_text("b: !include my parts (v2)\n")
    with pytest.raises(ConfigError, match="is a directory"):
        load_document(conf / "a.yml")


def test_lists_of_files_are_joined(conf):
    (conf / "a.yml").write_text("x: 1\n")
    (conf / "b.yml").write_text("y: 2\n")
    (conf / "l.yml").write_text("- 1\n- 2\n")
    (conf / "net.yml").write_text("m: !include [a.yml, b.yml]\nl: !include [l.yml, l.yml]\n")
    document = load_document(conf / "net.yml")
    assert document.data == {"m": {"x": 1, "y": 2}, "l": [1, 2, 1, 2]}
    assert document.line_of("m.y") == f"{conf}/b.yml:1"


def test_a_key_in_two_joined_files_is_an_error(conf):
    (conf / "a.yml").write_text("x: 1\n")
    (conf / "b.yml").write_text("z: 0\nx: 2\n")
    (conf / "net.yml").write_text("m: !include [a.yml, b.yml]\n")
    with pytest.raises(
        ConfigError, match=r"'x' is in two included files: .*a\.yml:1 and .*b\.yml:2"
    ):
        load_document(conf / "net.yml")


def test_mappings_and_lists_do_not_mix(conf):
    (conf / "a.yml").write_text("x: 1\n")
    (conf / "l.yml").write_text("- 1\n")
    (conf / "net.yml").write_text("m: !include [a.yml, l.yml]\n")
    with pytest.raises(ConfigError, match="only mappings join mappings"):
        load_document(conf / "net.yml")


@pytest.mark.parametrize(
    "text", ["a: !include\n", "a: !include []\n", "a: !include [1]\n", "a: !include {b: c}\n"]
)
def test_an_include_of_no_file(conf, text):
    (conf / "a.yml").write_text(text)
    with pytest.raises(ConfigError, match=r"a\.yml:1") as caught:
        load_document(conf / "a.yml")
    assert "not allowed" not in str(caught.value)


def test_standard_input_includes_from_the_working_directory(conf, monkeypatch):
    monkeypatch.chdir(conf)
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(b"t: !include my parts (v2)/types.yml\nm: a.swc"))
    )
    document = load_document("-")
    assert document.data["t"]["PYR"]["count"] == 7
    assert document.base_of("m") == conf
