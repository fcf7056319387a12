"""A system of another scheme of random numbers is no changed system."""

import json
import shutil

import pytest

from livn_core import generate
from livn_core.run.provenance import SCHEME
from livn_core.verify import reproduce, verify

DEALT = {"rule": "fixed_indegree", "mean_degree": 3}


@pytest.fixture
def other(tmp_path):
    """Return two directories of a culture: as it was made, and as if by another scheme."""
    path = tmp_path / "made"
    generate(total_cells=100, connectivity=DEALT, random_seed=2, output_directory=path).close()
    copy = tmp_path / "other"
    shutil.copytree(path, copy)
    file = copy / "provenance.json"
    recorded = json.loads(file.read_text())
    assert recorded["scheme"] == SCHEME == 1
    # Other random numbers are those of another seed.
    recorded.update(scheme=SCHEME + 1, seed=3)
    recorded["configuration"]["random_seed"] = 3
    file.write_text(json.dumps(recorded))
    return path, copy


def test_verify_draws_nothing_again(other):
    made, copy = other
    assert "redrawn-edges" in {verdict.check for verdict in verify(made).verdicts}
    report = verify(copy)
    assert report.passed
    assert "redrawn-edges" not in {verdict.check for verdict in report.verdicts}
    assert any("made by scheme 2, this is 1" in note for note in report.notes)


def test_reproduce_says_so(other, livn_here):
    made, copy = other
    assert reproduce(made).schemes == (1, 1)
    ran = livn_here("reproduce", str(copy))
    assert ran.code == 1
    assert "made by scheme 2 of random numbers; this version has 1" in ran.out
    document = json.loads(livn_here("reproduce", str(copy), "--json").out)
    assert document["scheme"] == {"then": 2, "now": 1}


def test_a_system_from_before_the_number_is_of_the_first(other):
    made, _ = other
    file = made / "provenance.json"
    recorded = json.loads(file.read_text())
    del recorded["scheme"]
    file.write_text(json.dumps(recorded))
    assert reproduce(made).schemes == (1, SCHEME)
    assert reproduce(made).equal


def test_a_layered_system_is_of_the_scheme_that_makes_it_again(livn_here, tmp_path):
    assert livn_here("generate", "S1", "-o", "s1").code == 0
    first, again = reproduce(tmp_path / "s1").schemes
    assert first == again


@pytest.mark.parametrize(
    ("document", "number"),
    [
        ({}, 1),
        ({"populations": {"A": {"count": 9, "in_degree": {"law": "gamma", "cv": 0.4}}}}, 2),
        ({"total_cells": 500, "connectivity": {"distance": "space"}}, 1),
        ({"total_cells": 9_000, "connectivity": {"distance": "space"}}, 2),
        ({"total_cells": 9_000}, 1),
    ],
)
def test_content_that_has_changed_has_another_number(document, number):
    from livn_core.culture.program import CultureProgram
    from livn_core.culture.scheme import scheme
    from livn_core.culture.validation import validate

    config = validate(document)
    assert scheme(config) == number
    if sum(config.counts().values()) < 1_000:
        assert CultureProgram(config).provenance()["scheme"] == number
