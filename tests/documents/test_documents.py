"""Documents: what is read, from where, with which lines, and what is refused."""

import gzip
import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livn_core.documents.changes import Change, Setting
from livn_core.documents.document import Document, load_document
from livn_core.errors import ConfigError


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Write a file and load it from its folder."""
    monkeypatch.chdir(tmp_path)

    def load(content, name="net.yml"):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
        return load_document(name)

    return load


def refused(read, content, name="net.yml"):
    with pytest.raises(ConfigError) as caught:
        read(content, name)
    assert "\n" not in caught.value.message
    return caught.value.message


def test_names_of_retinal_cells_are_not_truth_values(read):
    document = read("populations: {ON: {count: 5}, OFF: {count: 4}, NO: {count: 3}}")
    counts = {name: entry["count"] for name, entry in document.data["populations"].items()}
    assert counts == {"ON": 5, "OFF": 4, "NO": 3}


def test_keys_are_the_text_that_was_written(read):
    assert list(read("1: a\n007: b\nnull: c\n1e3: d\n'x': e").data) == [
        "1",
        "007",
        "null",
        "1e3",
        "x",
    ]


def test_quoted_numbers_stay_text(read):
    assert read("a: '600'\nb: \"08\"\nc: !!str 010").data == {"a": "600", "b": "08", "c": "010"}


def test_a_leading_zero_names_the_line(read):
    message = refused(read, "a: 1\ncount: 010\n")
    assert message.startswith("net.yml:2")
    assert "leading zero" in message


def test_duplicate_keys_name_both_lines(read):
    message = refused(read, "a: 1\nb: 2\na: 3\n")
    assert "net.yml:3" in message
    assert "net.yml:1" in message


def test_duplicate_keys_in_flow_style_and_deep_down(read):
    assert "'x'" in refused(read, "a: {b: {x: 1, x: 2}}")


@pytest.mark.parametrize(
    "value",
    ["!!python/object/apply:os.system [ls]", "!foo 1", "!env {a: 1}", "!!binary aGk=", "!!set {a}"],
)
def test_only_plain_tags(read, value):
    message = refused(read, f"ok: 1\na: {value}\n")
    assert message.startswith("net.yml:2")
    assert "tag" in message


def test_tags_of_plain_values(read):
    assert read("a: !!int '5'\nb: !!float 5\nc: !!map {d: 1}\ne: !!seq [1]\nf: ! x").data == {
        "a": 5,
        "b": 5.0,
        "c": {"d": 1},
        "e": [1],
        "f": "x",
    }
    assert "not of the type '!!int'" in refused(read, "a: !!int x")


def test_anchors_and_merge_keys(read):
    data = read("a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}\nd: {<<: [*a, {z: 4, x: 9}]}").data
    assert data["b"] == {"x": 1, "y": 2}
    assert data["c"] == {"x": 1, "y": 3}
    assert data["d"] == {"x": 1, "y": 2, "z": 4}


def test_an_alias_into_itself(read):
    assert "part of" in refused(read, "a: &x {b: *x}")


def test_an_alias_of_nothing(read):
    assert "no anchor '&x'" in refused(read, "a: *x")


def test_an_alias_bomb_is_defused(read):
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    for i in range(1, 30):
        lines.append(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]")
    message = refused(read, "\n".join(lines))
    assert message.startswith("net.yml:6: ")
    assert "more than 200,000 values" in message


def test_byte_order_mark_and_crlf(read):
    assert read(b"\xef\xbb\xbfa: 1\r\nb: two\r\n").data == {"a": 1, "b": "two"}
    assert read(b'\xef\xbb\xbf{"a": 1}', "net.json").data == {"a": 1}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"# only a comment\n", "empty"),
        (b"- 1\n- 2\n", "a list"),
        (b"hello\n", "a single value"),
        ("a: é".encode("latin-1"), "UTF-8"),
        ("a: 1".encode("utf-16"), "UTF-8"),
        (gzip.compress(b"a: 1", mtime=0), "UTF-8"),
        (b"a: [1", "not valid YAML"),
        (b"a: b: c", "not valid YAML"),
        (b"a:\n\t- 1", "not valid YAML: a tab, which cannot indent a line"),
        (b"a: \x01", "not valid YAML"),
        (b"a: 1\n---\nb: 2", "second document"),
        (b"? [1]\n: 2", "plain name"),
        (b"a: " + b"[" * 1000, "levels deep"),
    ],
)
def test_what_is_no_configuration(read, content, words):
    message = refused(read, content)
    assert words in message
    assert "net.yml" in message


def test_a_directory_and_a_missing_file(tmp_path):
    with pytest.raises(ConfigError, match="is a directory"):
        load_document(tmp_path)
    with pytest.raises(ConfigError, match="does not exist"):
        load_document(tmp_path / "nope.yml")


def test_an_unreadable_name():
    with pytest.raises(ConfigError, match=r"cannot be read|does not exist"):
        load_document("a\0b.yml")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"a": 1,}', "net.json:1: not valid JSON"),
        ('{\n"a": tru}', "net.json:2: not valid JSON"),
        ('{"a": NaN}', "'NaN' is not a JSON number"),
        (
            '{"a": 1,\n\t"a": 2}',
            "net.json:2: the key 'a' is here a second time; the first is net.json:1",
        ),
        ("a: 1", "not valid JSON"),
        ('{"a":' * 100_000, "nested too deep"),
        ("[1]", "a list"),
    ],
)
def test_json_files_are_strict(read, content, words):
    assert words in refused(read, content, "net.json")


def test_json_with_tabs_has_lines(read):
    document = read('{\n\t"a": {\n\t\t"b": 1e-3}}', "net.json")
    assert document.data == {"a": {"b": 0.001}}
    assert document.line_of("a.b") == "net.json:3"


def test_at_file(read, tmp_path):
    (tmp_path / "base.json").write_text('{"a": 1}')
    assert load_document("@base.json" if read else "").data == {"a": 1}


@pytest.mark.parametrize(
    "text", ['{"a": {"b": 5}}', "a: {b: 5}", "\ufeffa:\r\n  b: 5\r\n", '{\t"a": {"b": 5}}']
)
def test_standard_input(monkeypatch, text):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    document = load_document("-")
    assert document.data == {"a": {"b": 5}}
    assert document.origin == "<stdin>"
    assert document.line_of("a.b").startswith("<stdin>:")


def test_lines_of_keys_items_and_missing_keys(read):
    document = read("a:\n  b: 1\n  c:\n    - x\n    - y\n")
    assert document.line_of("a.b") == "net.yml:2"
    assert document.line_of("a.c[1]") == "net.yml:5"
    assert document.line_of(("a", "c", 1)) == "net.yml:5"
    assert document.line_of("a.nothing.here") == "net.yml:1"
    assert Document({"a": 1}).line_of("a") is None


def test_an_alias_has_its_own_line(read):
    document = read("a: &x\n  c: 1\nb:\n  - *x\n  - *x\n")
    assert document.line_of("b[1]") == "net.yml:5"
    assert document.line_of("b[1].c") == "net.yml:2"


def test_updated_and_without(read, tmp_path):
    document = read("a:\n  b: 1\nc: 2\n")
    changed = Change(document, {}).all([Setting("a", 5)])
    assert changed.data == {"a": 5, "c": 2}
    assert changed.line_of("a.b") is None
    assert changed.line_of("c") == "net.yml:3"
    assert document.without("a").data == {"c": 2}
    assert document.data == {"a": {"b": 1}, "c": 2}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), json_values, min_size=1, max_size=4))
def test_any_json_object_is_read_as_json_reads_it(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("json") / "any.json"
    path.write_text(json.dumps(value))
    assert load_document(path).data == value


@given(st.text())
def test_any_text_is_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "any.yml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        found = load_document(path).data
    except ConfigError as error:
        found = error.findings
    assert isinstance(found, dict) or str(path.name) in str(found)
