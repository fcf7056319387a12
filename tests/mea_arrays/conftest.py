"""The command line, without a process of its own."""

from __future__ import annotations

import pytest


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
