"""JSON files: strict, and numbers stay numbers."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from livn_core.documents.jsonio import dumps, json_fit, plain, read_json, unfit, write_json
from livn_core.errors import ConfigError, SystemFormatError


class Kind(Enum):
    SOMA = "soma"


def test_values_of_every_kind_become_plain():
    value = {
        "int": np.int64(5),
        "float": np.float32(2.5),
        "array": np.array([[1, 2], [3, 4]]),
        "zero": np.array(7),
        "path": Path("x/y"),
        "tuple": (0, 10),
        "flag": np.bool_(True),
        "text": np.str_("a"),
        "kind": Kind.SOMA,
        "none": None,
        3: "number as key",
    }
    result = plain(value)
    assert result == {
        "int": 5,
        "float": 2.5,
        "array": [[1, 2], [3, 4]],
        "zero": 7,
        "path": "x/y",
        "tuple": [0, 10],
        "flag": True,
        "text": "a",
        "kind": "soma",
        "none": None,
        "3": "number as key",
    }
    assert type(result["int"]) is int
    assert type(result["flag"]) is bool
    assert json.loads(dumps(value)) == result


class Model(BaseModel):
    radius: float = 3.0


def test_what_json_has_no_form_for_stays_until_it_has_to_be_json():
    model, function = Model(), len
    value = plain({"model": model, "function": function, "wide": np.longdouble(1)})
    assert value["model"] is model
    assert value["function"] is function
    assert [path for path, _ in unfit(value)] == ["model", "function", "wide"]
    assert json_fit({"a": [Model()]}) == {"a": [{"radius": 3.0}]}


def test_all_that_json_cannot_hold_is_listed():
    with pytest.raises(ConfigError) as caught:
        json_fit(
            {"a": [1.0, float("nan")], "b": {"c": np.float32(np.inf)}, "d": object(), "e": {1}}
        )
    assert [finding.path for finding in caught.value.findings] == ["a[1]", "b.c", "d", "e"]


def test_half_a_pair_of_surrogates_is_no_text_of_a_file():
    with pytest.raises(ConfigError) as caught:
        json_fit({"a": ["good \N{GREEK SMALL LETTER MU}", "x\ud800"], "b": {"\udcff": 1}})
    assert [str(finding) for finding in caught.value.findings] == [
        r"a[1]: 'x\ud800' is no text that a file can hold (UTF-8)",
        r"b: '\udcff' is no text that a file can hold (UTF-8)",
    ]


def test_a_file_is_replaced_whole_or_stays(tmp_path):
    path = tmp_path / "mea.json"
    write_json(path, {"a": 1})
    with pytest.raises(ConfigError, match=r"mea\.json"):
        write_json(path, {"a": float("nan")})
    assert read_json(path) == {"a": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["mea.json"]


@pytest.mark.parametrize("text", ['{"a": Infinity}', "{'a': 1}", "", '{"a": 1,}'])
def test_what_is_not_json_is_refused(tmp_path, text):
    path = tmp_path / "graph.json"
    path.write_text(text)
    with pytest.raises(SystemFormatError, match=r"graph\.json"):
        read_json(path)


def test_what_json_holds_is_not_looked_through_before_it_is_written(monkeypatch):
    monkeypatch.setattr("livn_core.documents.jsonio.unfit", None)
    assert json.loads(dumps({"gids": [1, 2.5, None, "é"]})) == {"gids": [1, 2.5, None, "é"]}
