"""What pydantic has to say of a form, as findings: paths, plain words, the nearest key."""

from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from livn_core.culture.config import Culture2DConfig
from livn_core.documents.fields import Number, Settings, Whole
from livn_core.documents.findings import from_validation, keys_at
from livn_core.errors import Finding


class Layer(Settings):
    thickness: Number = Field(alias="Layer Thickness")
    cells: Whole = 0
    kind: Literal["soma", "dendrite"] = "soma"


class Short(Settings):
    layer: str
    count: Whole


class Form(Settings):
    layers: dict[str, Layer] = Field(min_length=1)
    cells: Short | dict[str, Annotated[Whole, Field(ge=0)]] = {}
    both: Number | list[Number] = 0.0
    pair: tuple[Number, Number] = (0.0, 1.0)
    many: list[Number] = Field([0.0, 1.0], min_length=2)


def findings(data):
    with pytest.raises(ValidationError) as caught:
        Form.model_validate(data)
    return from_validation(caught.value, Form, data)


def test_aliases_and_required_keys():
    found = findings({"layers": {"SO": {"Layer Thicknes": 3, "kind": "some"}}})
    assert found == [
        Finding("layers.SO.Layer Thickness", "is required"),
        Finding(
            "layers.SO.kind",
            "must be 'soma' or 'dendrite', not text 'some'; did you mean 'soma'?",
        ),
        Finding(
            "layers.SO.Layer Thicknes",
            "unknown key 'Layer Thicknes'; did you mean 'Layer Thickness'?",
        ),
    ]


def test_a_union_speaks_once():
    layers = {"SO": {"Layer Thickness": 3}}
    assert findings({"layers": layers, "both": "x"}) == [
        Finding("both", "must be a number or a list, not text 'x'")
    ]
    assert findings({"layers": layers, "both": [1, "y"]}) == [
        Finding("both[1]", "must be a number, not text 'y'")
    ]
    assert findings({"layers": layers, "cells": {"SP": -1}}) == [
        Finding("cells.SP", "must be at least 0, not -1")
    ]


def test_places_in_lists():
    layers = {"SO": {"Layer Thickness": 3}}
    assert findings({"layers": layers, "pair": [0, None]}) == [
        Finding("pair[1]", "must be a number, not null")
    ]
    assert findings({"layers": layers, "pair": [0]}) == [Finding("pair", "has too few values")]
    assert findings({"layers": layers, "pair": [0, 1, 2]}) == [
        Finding("pair", "must hold 2 values, not 3")
    ]
    assert findings({"layers": layers, "many": []}) == [
        Finding("many", "must hold at least 2 values, not 0")
    ]
    assert findings({"layers": {}}) == [Finding("layers", "must not be empty")]


def test_the_document_as_a_whole():
    assert findings([1]) == [Finding("", "must be a mapping ('key: value'), not the list [1]")]


def test_keys_of_a_model_inside_a_mapping():
    assert keys_at(Form, ("layers", "SO")) == ["Layer Thickness", "cells", "kind"]
    assert keys_at(Form, ("cells",)) == ["layer", "count"]
    assert "sigma" in keys_at(Culture2DConfig, ("connectivity", "projections", "A->B"))
    assert keys_at(Form, ("nowhere", "at all")) == []


def test_long_values_are_cut():
    (found,) = findings({"layers": {"SO": {"Layer Thickness": "x" * 500}}})
    assert len(found.message) < 100
