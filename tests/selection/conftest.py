"""Systems to choose cells from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flat culture of 100 cells, made by this project."""
    from livn_core.execute import resolve
    from livn_core.plugins.registry import registry

    document = {
        "total_cells": 100,
        "random_seed": 7,
        "connectivity": {"kernel": "gaussian", "sigma": 900.0, "mean_degree": 6},
    }
    job = resolve(document, output=tmp_path_factory.mktemp("generated") / "culture")
    registry().create("backend", "local").run(job).close()
    return Path(job.output)


@pytest.fixture
def reference(request: pytest.FixtureRequest, generated: Path, tmp_path: Path):
    """Return a copy of a culture of this project, or of a system made by today's tools."""

    def copy(name: str) -> Path:
        source = generated
        if name != "culture":
            source = request.getfixturevalue("shared") / "reference" / name
        return Path(shutil.copytree(source, tmp_path / name))

    return copy


@pytest.fixture
def quick(tmp_path, monkeypatch):
    """Run the command line in this process: for what needs no process of its own."""
    from click.testing import CliRunner

    from livn_cli.main import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str):
        return CliRunner().invoke(main, list(words))

    return run
