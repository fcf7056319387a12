"""What the parts of a document must agree on: each rule alone, and what it leaves to others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from livn_core.culture.checks import MOST_CELLS, relations
from livn_core.culture.placement import check_positions
from livn_core.culture.validation import validate
from livn_core.errors import ConfigError, PlacementError

RIGHT: dict[str, Any] = {
    "z_range": [0, 10],
    "total_cells": 100,
    "populations": {"EXC": {"ratio": 0.8}, "INH": {"count": 20}},
    "population_definitions": {"EXC": 10, "INH": 11},
    "connectivity": {"mean_degree": {"EXC->INH": 3, "default": 1}, "projections": {}},
}


def found(broken: tuple[str, ...] = (), **changed: Any) -> list[str]:
    """Return the places of what is wrong with the right document after a change."""
    return [finding.path for finding in relations({**RIGHT, **changed}, broken)]


def test_the_right_document() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changed", "places"),
    [
        ({"z_range": [10, 0]}, ["z_range"]),
        ({"z_range": [10, 10]}, []),
        ({"populations": {}}, ["populations"]),
        ({"populations": None}, []),
        ({"total_cells": None}, ["total_cells"]),
        ({"total_cells": 20}, ["populations.EXC"]),
        ({"total_cells": 19}, ["total_cells"]),
        ({"total_cells": MOST_CELLS}, []),
        ({"total_cells": MOST_CELLS + 1}, ["total_cells"]),
        ({"population_definitions": {"EXC": 10, "INH": 10}}, ["population_definitions.INH"]),
        ({"population_definitions": {"EXC": 10}}, ["population_definitions"]),
        ({"population_definitions": None}, []),
        ({"connectivity": {"mean_degree": {"default": 1}}}, []),
        ({"connectivity": {"mean_degree": 4, "projections": None}}, []),
        (
            {"connectivity": {"projections": {"default": {}}}},
            ["connectivity.projections.default"],
        ),
        (
            {"connectivity": {"mean_degree": {"EXC->INH": 1, "EXC:INH": 2}}},
            ["connectivity.mean_degree.EXC:INH"],
        ),
        ({"connectivity": {"mean_degree": {"EXC->X": 1}}}, ["connectivity.mean_degree.EXC->X"]),
        ({"connectivity": {"mean_degree": {3: 1}}}, []),
        ({"area_kwargs": {"radius": float("inf")}}, ["area_kwargs.radius"]),
        ({"area_kwargs": {"radius": 3.0, "f": len}}, ["area_kwargs.f"]),
    ],
)
def test_documents(changed: dict[str, Any], places: list[str]) -> None:
    assert found(**changed) == places


@pytest.mark.parametrize(
    ("populations", "total", "places"),
    [
        ({"A": {"count": 3}}, None, []),
        ({"A": {"count": 3}}, 3, []),
        ({"A": {"count": 3}}, 4, ["total_cells"]),
        ({"A": {"count": 0}}, None, ["populations"]),
        ({"A": {"count": 0}, "B": {"ratio": 1}}, 5, []),
        ({"A": {"count": 5}, "B": {"ratio": 0}}, 5, ["populations"]),
        ({"A": {"ratio": 0}, "B": {"ratio": 2}}, 5, []),
        ({"A": {"ratio": 1, "count": 2}}, 2, ["populations.A"]),
        ({"A": {}}, 2, ["populations.A"]),
        ({"A": {"count": 1, "transmitter": "gabaergic"}}, 1, []),
        ({"A": {"count": 1, "synapse_type": "excitatory"}}, 1, []),
        (
            {"A": {"count": 1, "transmitter": "gabaergic", "synapse_type": "excitatory"}},
            1,
            ["populations.A.transmitter"],
        ),
        (
            {"A": {"count": 1, "transmitter": "gabaergic", "synapse_type": "inhibitory"}},
            1,
            [],
        ),
        ({"A B/C": {"count": 1}}, 1, ["populations"]),
    ],
)
def test_populations(populations: dict[str, Any], total: int | None, places: list[str]) -> None:
    changed = {"population_definitions": None, "connectivity": None}
    assert found(populations=populations, total_cells=total, **changed) == places


def test_what_is_broken_already_is_left_out() -> None:
    assert found(("z_range",), z_range=["a", 1]) == []
    assert found(("z_range[0]",), z_range=["a", 1]) == []
    assert found(("total_cells",), total_cells="many") == []
    both = {"EXC": {"ratio": 1, "count": "x"}, "INH": {"count": 1}}
    assert found(("populations.EXC.count",), populations=both) == []
    # A path that only begins alike is another one.
    assert found(("z_range_of_another",), z_range=[10, 0]) == ["z_range"]


@pytest.mark.parametrize(
    ("entry", "problem"), [({"ratio": 1, "count": 2}, "has both"), ({}, "needs a 'ratio'")]
)
def test_one_of_ratio_and_count(entry: dict[str, Any], problem: str) -> None:
    document = {"total_cells": 2, "populations": {"A": entry}}
    (finding,) = relations(document)
    assert finding.message.startswith(problem)


@pytest.mark.parametrize("area", ["", 5, [1], {"a": 1}])
def test_an_area_is_a_name_or_a_function(area: Any) -> None:
    with pytest.raises(ConfigError, match="must be the name of a placement or a function"):
        validate({"area": area})


@pytest.mark.parametrize(
    ("result", "shape"), [([], (0, 2)), (np.empty((0, 3)), (0, 3)), (([], []), (0, 2))]
)
def test_a_placement_of_no_cells(result: Any, shape: tuple[int, int]) -> None:
    assert check_positions(result, 0, "placement").shape == shape
    with pytest.raises(PlacementError, match="for 2 cells"):
        check_positions(result, 2, "placement")
