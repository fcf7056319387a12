"""The digest is of what the files hold: what is said of them when they are made is what is in them."""

from __future__ import annotations

import pytest

from livn_core import generate
from livn_core.neuroh5.digest import group_attributes, survey
from livn_core.neuroh5.opening import open_file
from livn_core.run import run


@pytest.mark.parametrize(
    "config",
    [
        {"total_cells": 30, "random_seed": 1, "connectivity": {"mean_degree": 1}},
        {
            "total_cells": 40,
            "random_seed": 1,
            "area": "modules",
            "area_kwargs": {"rows": 1, "columns": 2},
            "clusters": {"count": 4, "sigma": 50},
            "connectivity": {"mean_degree": {"EXC->EXC": 3, "default": 0}},
        },
        "S1",
    ],
    ids=["flat", "attributes", "layered"],
)
def test_what_is_laid_out_is_what_is_found(config, tmp_path, monkeypatch):
    seen = []

    def digest_files(created, *others, **named):
        cells, connections = created.offsets
        with open_file(cells) as one, open_file(connections) as other:
            assert created.entries == survey([one, other])
            assert sorted(created.attributes) == sorted(group_attributes(one))
        seen.append(len(created.entries))
        return digested(created, *others, **named)

    digested = run.digest_files
    monkeypatch.setattr(run, "digest_files", digest_files)
    system = generate(config, output_directory=tmp_path / "made")
    assert seen[0] > 20
    assert system.digest() == system.provenance["digest"]
