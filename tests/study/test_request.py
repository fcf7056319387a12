"""The reader of a study's file, and the schema that an editor checks it with, take the same."""

from __future__ import annotations

import json
import re

import pytest
from ruamel.yaml import YAML

from livn_core.errors import ConfigError
from livn_core.study.plates import PLATES
from livn_core.study.request import read_request

jsonschema = pytest.importorskip("jsonschema")


@pytest.fixture
def schema(livn_here):
    return json.loads(livn_here("config", "schema", "--study").out)


def test_the_schema_takes_what_the_page_shows(schema, root):
    page = (root / "docs/how-to/sweeps.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(# study.yml\n.*?)```", page, re.DOTALL)
    document = YAML(typ="safe").load(text)
    jsonschema.validate(document, schema)
    assert read_request(document).zip == [["connectivity.sigma", "mean_degree.EXC->EXC"]]


@pytest.mark.parametrize(
    "document",
    [
        *({"plate": plate} for plate in PLATES),
        {"vary": {"sigma": "0:100:5"}, "zip": ["sigma"]},
        {"base": {"area": "disk"}, "table": "t.csv", "seeds": "independent"},
        {"sample": {"points": 8, "keys": {"sigma": "1..2 log"}}},
        {"set": {"sigma": 3}, "generator": "culture2d", "options": {"a": 1}, "base_key": "x"},
    ],
)
def test_both_take(schema, document):
    jsonschema.validate(document, schema)
    read_request(document)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"varry": {}}, "did you mean 'vary'"),
        ({"base": ""}, "a configuration's file or name is due"),
        ({"plate": 25}, "plate: must be 6, 12, 24, 48, 96 or 384, not 25"),
        ({"replicates": 0}, "replicates: must be greater than 0"),
        ({"replicates": True}, "replicates: must be a whole number, not true"),
        ({"seeds": "shared"}, "seeds: must be 'common' or 'independent'"),
        ({"table": 5}, "table: must be a file's name, not 5"),
        ({"zip": "sigma"}, "zip: must be a list"),
        ({"sample": {"point": 3, "keys": {}}}, "did you mean 'points'"),
        ({"sample": {"points": 0, "keys": {}}}, "sample.points: must be greater than 0"),
    ],
)
def test_both_refuse(schema, document, said):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)
    with pytest.raises(ConfigError, match=re.escape(said)):
        read_request(document)
