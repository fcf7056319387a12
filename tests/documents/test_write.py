"""Configurations as YAML: they read back as the same values, here and elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from livn_core.culture.validation import validate
from livn_core.documents.document import load_document
from livn_core.documents.write import to_yaml

texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("C",)), max_size=12
) | st.sampled_from(
    [
        "ON",
        "no",
        "1",
        "010",
        "1e3",
        "1_000",
        "null",
        "~",
        "4:00:00",
        "a: b",
        "# x",
        "- x",
        " x ",
        "",
        "<<",
        "!x",
        "*a",
    ]
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(texts, values, min_size=1, max_size=3))
def test_what_is_written_is_read_back(tmp_path_factory, document):
    path = tmp_path_factory.mktemp("write") / "x.yml"
    path.write_text(to_yaml(document), encoding="utf-8")
    assert load_document(path).data == document


def test_it_reads_well():
    text = to_yaml({"a": None, "r": [0, 10.0], "p": {"ON": {"count": 5}}, "e": {}, "l": []})
    assert text == 'a: null\nr: [0, 10.0]\np:\n  "ON":\n    count: 5\ne: {}\nl: []\n'


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_other_readers_agree_on_names(version):
    yaml = YAML(typ="safe", pure=True)
    yaml.version = version
    document = {"populations": dict.fromkeys(("ON", "no", "y", "010", "1e3", "1_000", "4:00"), 1)}
    assert yaml.load(to_yaml(document)) == document


def test_the_effective_defaults():
    document = validate({}).effective()
    assert YAML(typ="safe", pure=True).load(to_yaml(document)) == document
