"""The plan of a large culture from some of its cells, held against the plan of all of them."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest

from livn_core.culture import plan as plan_module
from livn_core.culture import program as program_module
from livn_core.culture.estimate import sample_of
from livn_core.culture.program import CultureProgram
from livn_core.culture.validation import validate
from livn_core.errors import DegreeError

DISK = {"area": "disk", "area_kwargs": {"radius": 1500.0}, "total_cells": 20_000}


def ring(count, rng):
    turn = 2 * np.pi * rng.random(count)
    return 500 * np.column_stack([np.cos(turn), np.sin(turn)])


def both(document, cells=5_000):
    """Return the plan from a sample of the cells, and that of all of them."""
    config = validate({**DISK, **document})
    sample = sample_of(config, above=1_000, cells=cells)
    return CultureProgram(config).estimated(sample), CultureProgram(config).plan()


@pytest.mark.parametrize(
    ("document", "tolerance"),
    [
        ({"connectivity": {"sigma": 200.0, "mean_degree": 30}}, 1e-6),
        ({"connectivity": {"sigma": 200.0, "amplitude": 0.02, "cutoff": None}}, 0.03),
        # Beyond reach: the sources within three sigma are counted.
        ({"connectivity": {"sigma": 40.0, "mean_degree": 300}}, 0.05),
        (
            {
                "populations": {
                    "EXC": {"ratio": 0.8, "in_degree": {"law": "lognormal", "cv": 0.5}},
                    "INH": {"ratio": 0.2, "out_degree": {"law": "gamma", "cv": 0.3}},
                },
                "connectivity": {"sigma": 300.0, "mean_degree": 20},
            },
            1e-6,
        ),
        (
            {
                "area": "modules",
                "area_kwargs": {"rows": 2, "columns": 2, "side": 600, "gap": 100},
                "connectivity": {"amplitude": 0.05, "sigma": 300.0, "between": 0.2},
            },
            0.03,
        ),
        ({"spacing": 6.0, "connectivity": {"sigma": 200.0, "mean_degree": 30}}, 1e-6),
    ],
)
def test_some_of_the_cells_say_what_all_of_them_do(document, tolerance):
    some, every = both(document)
    assert some.populations == every.populations
    assert [(p.source, p.target) for p in some.projections] == [
        (p.source, p.target) for p in every.projections
    ]
    for mine, theirs in zip(some.projections, every.projections, strict=True):
        assert mine.asked_degree == theirs.asked_degree
        assert mine.expected_edges == pytest.approx(theirs.expected_edges, rel=tolerance)
        for key in ("mean_degree", "expected_mean_degree", "expected_in_degree_cv"):
            assert (key in mine.details) == (key in theirs.details)
            if theirs.details.get(key) is not None:
                assert mine.details[key] == pytest.approx(theirs.details[key], rel=0.05)
        if not every.warnings:
            assert mine.details["amplitude"] == pytest.approx(theirs.details["amplitude"], rel=0.06)
    assert some.expected_bytes == pytest.approx(every.expected_bytes, rel=0.05)
    assert some.area == every.area
    assert some.notes[0] == "estimated from 5,000 of the cells over the same region"
    assert [w.split(":")[0] for w in some.warnings] == [w.split(":")[0] for w in every.warnings]
    modules = [note for note in every.notes if note.startswith("modules")]
    assert [note for note in some.notes if note.startswith("modules")] == modules


def test_a_degree_beyond_reach_is_refused_where_all_cells_would():
    connectivity = {"sigma": 40.0, "mean_degree": 300, "unreachable_degree": "error"}
    config = validate({**DISK, "connectivity": connectivity})
    with pytest.raises(DegreeError) as asked:
        CultureProgram(config).plan()
    with pytest.raises(DegreeError, match="EXC->EXC: a mean in-degree of 300 cannot") as estimated:
        CultureProgram(config).estimated(sample_of(config, above=1_000, cells=5_000))
    assert estimated.value.reachable == pytest.approx(asked.value.reachable, rel=0.05)


@pytest.mark.parametrize(
    "document",
    [
        {"connectivity": {"rule": "fixed_indegree", "sigma": 200.0, "mean_degree": 30}},
        {"total_cells": 900},
        {"area": ring, "area_kwargs": {}},
    ],
)
def test_what_has_to_be_placed_whole(document):
    assert sample_of(validate({**DISK, **document}), above=1_000) is None


def test_a_hundred_million_cells_are_planned(livn):
    ran = livn("generate", "--total-cells", "1e8", "--dry-run")
    assert ran.code == 0, ran.err
    assert "100,000,000 cells, about 2,000,000,000 edges" in ran.out
    assert "estimated from 100,000 of the cells" in ran.out


def test_planned_seconds_rise_with_cells_and_with_edges(monkeypatch):
    monkeypatch.setattr(program_module, "time", SimpleNamespace(perf_counter=lambda: 0.0))

    def seconds(cells, degree):
        document = {**DISK, "total_cells": cells, "connectivity": {"mean_degree": degree}}
        return CultureProgram(validate(document)).plan().core_seconds

    assert 0 < seconds(2_000, 0) < seconds(20_000, 0)
    assert seconds(2_000, 0) < seconds(2_000, 20)


def test_a_small_culture_is_a_block_a_population():
    program = CultureProgram(validate({"total_cells": 100, "connectivity": {"mean_degree": 5}}))
    program.prepare()
    assert [(task.population, task.start, task.stop) for task in program.tasks()] == [
        ("EXC", 0, 80),
        ("INH", 0, 20),
    ]


@pytest.mark.parametrize(
    ("change", "more"),
    [
        ({"rule": "fixed_indegree"}, 3),
        ({"rule": "axon", "mean_degree": 2}, 3),
        ({"reciprocity": 2}, 1.5),
    ],
)
def test_planned_seconds_are_those_of_the_rule(change, more, monkeypatch):
    """A rule that does more for an edge takes longer, by what was measured."""
    monkeypatch.setattr(program_module, "time", SimpleNamespace(perf_counter=lambda: 0.0))

    def seconds(**keys):
        document = {
            "total_cells": 2_000,
            "populations": {"EXC": {"ratio": 1, "synapse_type": "excitatory"}},
            "connectivity": {"mean_degree": 10, **keys},
        }
        planned = CultureProgram(validate(document)).plan()
        start = plan_module.BASE_SECONDS + 2_000 * plan_module.SECONDS_PER_CELL
        return (planned.core_seconds - start) / sum(
            projection.expected_edges for projection in planned.projections
        )

    assert seconds(**change) > more * seconds()


def test_what_the_plan_took_is_what_the_run_takes_before_it_draws(monkeypatch):
    """Axons that grow, a packing: the run does them again."""
    program = CultureProgram(validate({"total_cells": 300}))
    place = program_module.place_cells

    def slow(config):
        time.sleep(0.2)
        return place(config)

    monkeypatch.setattr(program_module, "place_cells", slow)
    assert program.plan().seconds > plan_module.BASE_SECONDS + 0.2
