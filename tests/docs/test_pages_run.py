"""What the README and the tutorial show is what happens."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest


def masked(text: str, *, numbers: bool) -> str:
    """Leave out sizes, which differ between machines, the audit's length, and if asked all numbers."""
    text = re.sub(r"(?m)^[a-z][\w ,()]*: [\d.]+ s\n", "", text)  # where it takes long enough to say
    text = re.sub(r"[\d.,]+ [kMG]?B\b|\d+(?= checks)", "SIZE", text)
    return re.sub(r"\d+(\.\d+)?", "N", text) if numbers else text


def test_the_tutorial_prints_what_it_shows(root, tmp_path, blocks):
    pytest.importorskip("livn")
    image = pytest.importorskip("matplotlib.image")
    page = (root / "docs" / "tutorial.md").read_text(encoding="utf-8")
    ran = runpy.run_path(str(root / "docs" / "tutorial_run.py"))["run"](page, tmp_path)
    shown, printed = blocks(page), blocks(ran)
    assert len(shown) == len(printed) > 8
    for (kind, text), (_, real) in zip(shown, printed, strict=True):
        # Spikes are the simulator's, and follow its version.
        numbers = kind == "text"
        same = masked(real, numbers=numbers) == masked(text, numbers=numbers)
        assert same, f"run: python docs/tutorial_run.py\n{text}\nis now\n{real}"
    for name in re.findall(r"images/(tutorial-[\w-]+\.png)", page):
        picture = image.imread(tmp_path / name)
        assert len(np.unique(picture.reshape(-1, picture.shape[-1]), axis=0)) > 10, name


@pytest.fixture
def livn_line(tmp_path, monkeypatch):
    """Run a line ``$ livn ...`` in this process, in an empty folder."""
    from click.testing import CliRunner

    from livn_cli.main import main

    monkeypatch.chdir(tmp_path)

    def run(line: str) -> str:
        done = CliRunner().invoke(main, shlex.split(line.removeprefix("$ livn ")))
        assert done.exit_code == 0, (line, done.output)
        return done.stdout

    return run


def follow(page: Path, livn_line, blocks) -> int:
    """Do what a page says, from top to bottom; return how many things that were."""
    done = 0
    for kind, body in blocks(page.read_text(encoding="utf-8")):
        if kind == "yaml":
            Path("net.yml").write_text(body, encoding="utf-8")
        elif kind == "text" and body.startswith("population,"):
            Path("cells.csv").write_text(body, encoding="utf-8")
        elif kind == "text" and body.startswith("MULTIPOLYGON"):
            Path("chip.wkt").write_text(body, encoding="utf-8")
        elif kind == "py":
            # Code for other tools, which are not here.
            compile(body, page.name, "exec")
        elif kind == "python":
            # A file that the page names is imported by the commands after it.
            Path("shapes.py").write_text(body, encoding="utf-8")
            runpy.run_path("shapes.py")
        elif kind == "console":
            for line in body.splitlines():
                if line.startswith("$ "):
                    livn_line(line)
        done += 1
    return done


@pytest.mark.parametrize(
    "name",
    [
        *("how-to/cultures", "how-to/placements", "how-to/connectivity", "how-to/patterns"),
        *("how-to/verify", "gallery"),
        *("coming-from-livn", "coming-from-peers"),
    ],
)
def test_the_pages_run(root, livn_line, blocks, name):
    assert follow(root / "docs" / f"{name}.md", livn_line, blocks) >= 3
    if name == "coming-from-livn":
        from livn_core import System

        assert System("old").digest() == System("new").digest()


def test_the_readme_runs(root, tmp_path, blocks):
    pytest.importorskip("livn")
    readme = (root / "README.md").read_text(encoding="utf-8")
    main, _test, more = [body for kind, body in blocks(readme) if kind == "bash"]
    setup, _, generate = main.partition(" && ")
    assert setup == "bash setup.sh"
    assert (root / "setup.sh").exists()
    # This interpreter in the place of the one that setup.sh makes.
    commands = tmp_path / ".venv" / "bin"
    commands.mkdir(parents=True)
    for name, words in (("python", ""), ("livn", "-m livn_cli")):
        (commands / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        (commands / name).chmod(0o755)
    (python,) = [b for kind, b in blocks(readme) if kind == "python" and "generate(" in b]
    (tmp_path / "readme.py").write_text(python, encoding="utf-8")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{generate}\n{more}\n.venv/bin/python readme.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^\d+ spikes in 100 ms$", done.stdout, re.MULTILINE)
    assert (tmp_path / "my_system" / "graph.json").exists()
