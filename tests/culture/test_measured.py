"""Measured positions with a column that says whose they are: the counts of the file are the counts."""

from __future__ import annotations

import pytest

from livn_core import generate
from livn_core.culture.validation import validate
from livn_core.errors import ConfigError

ROWS = [("INH", 3), ("EXC", 7), ("PV", 2)]
FEW = {"sigma": 900.0, "mean_degree": 1, "unreachable_degree": "largest"}


@pytest.fixture
def document(tmp_path):
    lines = ["x,y,population"]
    for name, count in ROWS:
        lines += [f"{len(lines) * 37 % 500},{len(lines) * 91 % 500},{name}" for _ in range(count)]
    (tmp_path / "cells.csv").write_text("\n".join(lines))
    return {"area": "file", "area_kwargs": {"path": str(tmp_path / "cells.csv")}}


def test_populations_and_counts_come_from_the_file(document, tmp_path):
    config = validate(document)
    assert config.counts() == {"EXC": 7, "INH": 3, "PV": 2}
    assert config.populations["INH"].synapse_type == "inhibitory"
    assert config.assumed == ("PV",)
    assert config.total_cells is None
    with generate({**document, "connectivity": FEW}, output_directory=tmp_path / "made") as made:
        assert {p.name: p.count for p in made.populations} == dict(ROWS)


def test_populations_without_counts_keep_what_they_state(document):
    given = {name: {} for name, _ in ROWS} | {"PV": {"transmitter": "gabaergic"}}
    config = validate({**document, "populations": given})
    assert config.counts() == {"EXC": 7, "INH": 3, "PV": 2}
    assert config.populations["PV"].synapse_type == "inhibitory"


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"total_cells": 12}, r"populations\.EXC: is to have 10 cells .*holds 7 of it"),
        ({"populations": {"EXC": {"count": 8}}}, r"EXC: is to have 8 cells, .*cells\.csv' holds 7"),
        ({"populations": {"XY": {"count": 1}}}, r"XY: is to have 1 cells, .*holds 0 of it"),
        ({"populations": {"XY": {}}}, r"XY: needs a 'ratio' of the total or a 'count'"),
    ],
)
def test_other_counts_are_refused_with_both_numbers(document, stated, message):
    with pytest.raises(ConfigError, match=message):
        validate({**document, **stated})


def test_counts_of_the_file_may_be_stated(document):
    given = {name: {"count": count} for name, count in ROWS}
    assert validate({**document, "populations": given}).counts() == dict(ROWS)


def test_without_the_column_any_population_has_the_rows(document, tmp_path):
    (tmp_path / "cells.csv").write_text("x,y\n1,2\n30,40\n")
    given = {"PYR": {"count": 2, "synapse_type": "excitatory"}}
    assert validate({**document, "populations": given}).counts() == {"PYR": 2}
