"""What verify's test of the density takes for even: walls that cells keep off, and each other."""

from __future__ import annotations

import numpy as np
import pytest

from livn_core.culture.positions import place_cells
from livn_core.culture.validation import validate
from livn_core.verify.space import check_density
from livn_core.verify.verdicts import Audit

SQUARE = {"area_kwargs": {"x_range": [0, 1000], "y_range": [0, 1000]}}
TRACKS = {
    "area": "tracks",
    "area_kwargs": {"extent": [1000, 1000], "width": 200, "gap": 80, "depth": 70},
}
SPHERE = {"area": "sphere", "area_kwargs": {"radius": 200}}


def positions(document):
    cells = place_cells(validate(document)).cells
    return {name: each.positions for name, each in cells.items()}


def p_value(document, found):
    """Of all cells, and what the audit notes."""
    audit = Audit()
    check_density(audit, validate(document), found)
    tests = [v.p_value for v in audit.verdicts if (v.check, v.subject) == ("density", "all cells")]
    return (tests or [None])[0], audit.notes


@pytest.mark.parametrize(
    "document", [SQUARE | {"density": 6000}, TRACKS | {"density": 6000}], ids=["square", "tracks"]
)
def test_a_margin_is_no_lack_of_cells(document):
    """The strip along the walls is empty as asked; to whom nothing says so, it is a hole."""
    found = positions(document | {"margin": 25})
    assert p_value(document | {"margin": 25}, found)[0] > 1e-4
    assert p_value(document, found)[0] < 1e-12


def test_cells_of_a_body_that_keep_off_its_surface():
    document = SPHERE | {"density": 60_000, "margin": 30}
    found = positions(document)
    assert p_value(document, found)[0] > 1e-4
    # Two thirds of the way to the middle: still as deep as asked, and no longer even.
    moved = {name: xyz * [1, 1, 0.67] for name, xyz in found.items()}
    assert p_value(document, moved)[0] < 1e-12


def test_cells_of_a_body_that_keep_apart():
    """At a coverage of 0.29 they crowd along the surface: what lies deeper is even."""
    document = SPHERE | {"density": 70_000, "spacing": 20}
    found = positions(document)
    assert p_value(document, found)[0] > 1e-4
    assert p_value(document | {"spacing": 1e-3, "margin": 10}, found)[0] < 1e-3
    # A lenient test, as such cells scatter little: it sees that one side has lost most of its cells.
    lost = {n: xyz[(xyz[:, 0] < 0) | (np.arange(len(xyz)) % 4 == 0)] for n, xyz in found.items()}
    assert p_value(document, lost)[0] < 1e-6


def test_a_body_without_an_inside_is_not_tested():
    document = {"area": "shell", "area_kwargs": {"radius": 250, "inner_radius": 150}}
    document |= {"total_cells": 400, "spacing": 20}
    p, notes = p_value(document, positions(document))
    assert p is None
    assert notes == ["fewer than 40 cells deeper than 50 um: their density was not tested"]
