"""Unquoted words: names stay names, numbers are numbers, ambiguous ones are refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livn_core.documents.scalars import AmbiguousNumberError, scalar


@pytest.mark.parametrize(
    "word", ["ON", "OFF", "NO", "no", "Yes", "y", "n", "on", "4:00:00", "2026-01-02", "1.2.3", "e3"]
)
def test_words_that_yaml_1_1_turns_into_something_else_stay_text(word):
    assert scalar(word) == word


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("1e-3", 0.001),
        ("6e2", 600.0),
        ("1.0e3", 1000.0),
        (".5", 0.5),
        ("-.5", -0.5),
        ("1.", 1.0),
        ("1_000", 1000),
        ("1_000.5", 1000.5),
        ("+3", 3),
        ("-12", -12),
        ("0", 0),
        ("0.0", 0.0),
        ("0e0", 0.0),
        ("0x1F", 31),
        ("0o17", 15),
        ("1E5", 1e5),
    ],
)
def test_numbers(word, value):
    assert scalar(word) == value
    assert type(scalar(word)) is type(value)


@pytest.mark.parametrize(
    "word", ["1__0", "_1", "1_", "--1", "1e", "e1", ".", "-", "+", "0b1", "1e5.0"]
)
def test_what_only_resembles_a_number_is_text(word):
    assert scalar(word) == word


@pytest.mark.parametrize("word", ["010", "08", "00", "-010", "+007", "00.5", "01e3", "0_1"])
def test_leading_zeros_are_refused_because_readers_disagree(word):
    with pytest.raises(AmbiguousNumberError, match="leading zero"):
        scalar(word)


def test_a_number_of_too_many_digits_is_refused():
    with pytest.raises(AmbiguousNumberError, match="too many digits"):
        scalar("9" * 5000)


@pytest.mark.parametrize(
    ("word", "value"),
    [("", None), ("~", None), ("null", None), ("true", True), ("True", True), ("FALSE", False)],
)
def test_null_and_truth_values(word, value):
    assert scalar(word) is value


def test_infinity_and_nan_are_read_and_left_to_the_models_to_refuse():
    assert scalar("-.inf") == -math.inf
    assert math.isnan(scalar(".nan"))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_that_python_writes_is_read_back(value):
    assert scalar(repr(value)) == value


@given(st.integers())
def test_every_integer_is_read_back(value):
    assert scalar(str(value)) == value
