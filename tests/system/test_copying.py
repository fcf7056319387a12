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


@pytest.mark.parametrize("config", ["EI2", "systems/config/EI2.yml"])
def test_export_takes_the_name_of_the_configuration_where_no_output_is_named(
    config, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    generated = get("generate_2d", KEYS, {"config": config}).launch()
    assert generated.output.name == "system"
    assert generated.export() == tmp_path / "systems" / "data" / "EI2"
