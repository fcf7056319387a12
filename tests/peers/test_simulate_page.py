"""The page on simulators, run in them: as many connections, and spikes."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def page(root) -> str:
    return (root / "docs" / "simulate.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(page, tmp_path, root, monkeypatch):
    """A folder in which the page's first command was run."""
    (command,) = re.findall(r"^\$ livn (.*)$", page, re.MULTILINE)
    run(root, tmp_path, "-m", "livn_cli", *command.split())
    return tmp_path


def run(root, folder, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def block(page: str, simulator: str) -> str:
    section = page.split(f"\n## {simulator}\n", 1)[1].split("\n## ", 1)[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return code


@pytest.mark.parametrize(
    ("simulator", "module"),
    [("livn", "livn"), ("NEST", "nest"), ("Brian2", "brian2"), ("NetPyNE", "netpyne")],
)
def test_the_lines_run_there(page, folder, root, simulator, module):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{simulator} is not installed")
    (folder / "try.py").write_text(block(page, simulator), encoding="utf-8")
    said = run(root, folder, "try.py")
    (spikes, *_) = re.findall(r"(\d+) spikes", said)
    assert int(spikes) > 0
    from livn_core import System

    with System(folder / "culture") as system:
        edges = sum(system.edge_count(*pair) for pair in system.projections)
    if simulator == "NEST":
        # Each cell's noise and recording beside the network's own.
        assert f"{edges + 200} connections" in said
    if simulator == "NetPyNE":
        assert f"Connections: {edges + 100}" in said
