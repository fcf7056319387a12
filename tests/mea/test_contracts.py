"""Every array, and the placement of measured cells, keep what their kinds promise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import pytest

from livn_core.testing import MEALayoutContract, PlacementContract
from livn_plugins.mea import ARRAYS

DATA = Path(__file__).parents[1] / "data"

#: Parameters that are worth trying beside the defaults.
EXAMPLES = {
    "mcs-60mea200-30": [{}, {"reference": "omit", "rotate": 30}],
    "mcs-60hexamea40-10": [{}, {"empty": 0}],
    "mcs-6wellmea200-30": [{}, {"wells": "all", "well_pitch": 9000}],
    "axion-48": [{}, {"wells": "F8"}],
    "maxone": [{}, {"pattern": "random", "count": 10, "seed": 3}, {"selected": [5, 4, 26399]}],
}


def contract(name: str, *examples: dict, follows: bool = True) -> type:
    body = {
        "name": name,
        "examples": [dict(example) for example in examples],
        "follows_culture": follows,
    }
    return type(f"Test_{name}", (MEALayoutContract,), body)


for _name, _, _ in ARRAYS:
    globals()[f"Test_{_name}"] = contract(_name, *EXAMPLES.get(_name, [{}]))

TestOrigin = contract("mcs-60hexamea40-10", {"empty": 0, "origin": [1, 2]}, follows=False)
TestRectangular = contract("rectangular", {}, {"columns": 3, "rows": 1, "pitch_x": 17.5})
TestFile = contract("file", {"path": str(DATA / "array.csv")}, follows=False)


class TestProbe(MEALayoutContract):
    """A probeinterface file."""

    probeinterface = pytest.importorskip("probeinterface")
    name = "probeinterface"
    examples: ClassVar = [{"path": str(DATA / "probe.json")}]


class TestMeasuredCells(PlacementContract):
    """Measured positions: as many cells as the file has, whatever is asked for, is an error."""

    name = "file"
    random = False
    counts = (3,)
    examples: ClassVar = [{"path": str(DATA / "array.csv")}]


def test_the_data_is_what_it_seems():
    assert len((DATA / "array.csv").read_text().splitlines()) == 4
    assert json.loads((DATA / "probe.json").read_text())["specification"] == "probeinterface"
