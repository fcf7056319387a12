"""What the pages tell a newcomer to install gives the command that they then type."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("installing")


@pytest.fixture(scope="module")
def wheel(root, folder) -> str:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=root,
        check=True,
        capture_output=True,
    )
    (made,) = folder.glob("*.whl")
    return str(made)


def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONPATH", "VIRTUAL_ENV"} and not name.startswith("LIVN_")
    }
    return subprocess.run(
        words, check=False, capture_output=True, text=True, env=kept | environ, timeout=300
    )


def install(*words: str, **environ: str) -> None:
    """Run an installer; a package index that cannot be reached is no fault of the pages."""
    done = run(*words, **environ)
    if done.returncode and re.search(
        r"connection|resolve host|timed out|dns|No matching distribution|not found in the package",
        done.stdout + done.stderr,
        re.IGNORECASE,
    ):
        pytest.skip(f"no package index: {(done.stderr or done.stdout).strip()[-200:]}")
    assert done.returncode == 0, done.stderr


def tool(name: str) -> str:
    """Return the path of an installer that the tests' group brings."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def first_commands(root: Path) -> list[list[str]]:
    """Return the words after ``pip install`` in the tutorial's first block."""
    page = (root / "docs" / "tutorial.md").read_text(encoding="utf-8")
    block = page.split("```sh\n", 1)[1].split("```", 1)[0]
    return [
        line.removeprefix("pip install ").replace("'", "").split()
        for line in block.splitlines()
        if line.startswith("pip install ")
    ]


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_after_the_tutorial_livn_is_ours(installer, root, folder, wheel):
    """The simulator has a script of that name, too: the one that comes last has it."""
    venv = folder / f"with-{installer}"
    if installer == "uv":
        run(tool("uv"), "venv", "-q", "--python", sys.executable, str(venv))
        start = [tool("uv"), "pip", "install", "-q", "--python", str(venv / "bin" / "python")]
    else:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
        pytest.importorskip("pip")  # an environment that uv made has none
        start = [sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python"), "install"]
    commands = first_commands(root)
    assert [words[0].startswith(".") for words in commands] == [False, True]
    for (what,) in commands:
        install(*start, "--no-deps", wheel if what.startswith(".") else what)
    (site,) = venv.glob("lib/python*/site-packages")
    assert (site / "livn" / "cli.py").exists()
    (site / "zz_requirements.pth").write_text(sysconfig.get_path("purelib") + "\n")
    for name in ("livn", "livn-cli"):
        done = run(str(venv / "bin" / name), "version")
        assert done.stdout.startswith("livn-core "), done.stdout + done.stderr


@pytest.mark.parametrize("installer", ["pipx", "uv"])
def test_an_environment_of_its_own(installer, folder, wheel):
    home = folder / f"tool-{installer}"
    if installer == "uv":
        install(
            *(tool("uv"), "tool", "install", "-q", "--python", sys.executable, wheel),
            UV_TOOL_DIR=str(home / "tools"),
            UV_TOOL_BIN_DIR=str(home / "bin"),
        )
    else:
        install(
            *(tool("pipx"), "install", "--python", sys.executable, wheel),
            PIPX_HOME=str(home / "tools"),
            PIPX_BIN_DIR=str(home / "bin"),
        )
    done = run(str(home / "bin" / "livn"), "generate", "--dry-run")
    assert "100 cells" in done.stdout, done.stdout + done.stderr
