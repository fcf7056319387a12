"""Fixtures that every room shares."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ran:
    """A finished command."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Reference systems and facts that lie beside the checkout, where they do."""
    folder = ROOT.parent / "shared"
    if not (folder / "reference").is_dir():
        pytest.skip("no shared reference systems beside this checkout")
    return folder


@pytest.fixture
def livn_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run the command line in this process, in an empty folder: a second cheaper than ``livn``."""
    from click.testing import CliRunner

    from livn_cli.main import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words: str, stdin: str | None = None) -> Ran:
        done = CliRunner().invoke(main, list(words), input=stdin)
        return Ran(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def livn(tmp_path: Path):
    """Run the command line as a user does: a process of its own, in an empty folder."""

    def run(
        *words: str, stdin: str | None = None, cwd: Path = tmp_path, env=(), timeout=120
    ) -> Ran:
        environment = {
            **os.environ,
            "COLUMNS": "80",
            "NO_COLOR": "1",
            "PYTHONPATH": str(ROOT),
            **dict(env),
        }
        done = subprocess.run(
            [sys.executable, "-m", "livn_cli", *words],
            check=False,
            cwd=cwd,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run
