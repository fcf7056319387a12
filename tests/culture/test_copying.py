"""A copied system is the same system."""

from __future__ import annotations

import pytest

from livn_core import LivnError, System, get

KEYS = {"total_cells": 30, "connectivity": {"unreachable_degree": "largest"}}


def test_export_copies_to_systems_data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    generated = get("generate_2d", KEYS, {"output_directory": "culture"}).launch().mea()
    place = generated.export()
    assert place == tmp_path / "systems" / "data" / "culture"
    copy = System(place)
    assert copy.digest() == generated.system.digest()
    assert copy.mea == generated.system.mea
    with pytest.raises(LivnError, match="exists"):
        generated.export()
    assert generated.export(overwrite=True) == place
    assert [p.name for p in place.parent.iterdir()] == ["culture"]
