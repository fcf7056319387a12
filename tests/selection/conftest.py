"""Systems to choose cells from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def reference(shared: Path, tmp_path: Path):
    """Return a copy of a system made by today's tools."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(shared / "reference" / name, tmp_path / name))

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
