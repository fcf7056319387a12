"""What a shell offers for a word, asked as the shell asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def bash(tmp_path, root):
    """Return what bash offers for the last of some words, after the script is installed there."""
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "livn"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m livn_cli "$@"\n')
    command.chmod(0o755)
    environ = {
        **os.environ,
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(root),
        "HOME": str(tmp_path),
        "SHELL": "/bin/bash",
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    environ.pop("BASH_COMPLETION_USER_DIR", None)

    def run(script: str) -> str:
        done = subprocess.run(
            ["bash", "-euc", script],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("livn completion install")
    place = tmp_path / "data" / "bash-completion" / "completions" / "livn"
    assert place.is_file()

    def offered(*words: str) -> list[str]:
        quoted = " ".join(f"'{word}'" for word in words)
        return run(
            f"compopt() {{ :; }}; source {place}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; COMPREPLY=();"
            " _livn_completion livn; printf '%s\\n' \"${COMPREPLY[@]}\""
        ).split()

    return offered


def test_what_bash_offers(bash, tmp_path):
    assert {"generate", "sweep"} <= set(bash("livn", ""))
    assert bash("livn", "generate", "EI") == ["EI", "EI1", "EI2", "EI3", "EI4"]
    assert bash("livn", "generate", "--area", "di") == ["disk"]
    assert bash("livn", "generate", "--set", "connectivity.si") == ["connectivity.sigma="]
    assert "sigma=" in bash("livn", "generate", "--set", "s")
    assert "mea" in bash("livn", "plugins", "list", "--kind", "m")
    (tmp_path / "dish" / "selection").mkdir(parents=True)
    (tmp_path / "dish" / "selection" / "left.json").write_text("{}")
    assert bash("livn", "cut", "dish", "--selection", "") == ["left"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_the_command(livn, shell):
    ran = livn("completion", "show", shell)
    assert ran.code == 0
    assert "_LIVN_COMPLETE" in ran.out


def test_a_file_of_somebody_else_is_left_alone(livn, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    place = tmp_path / "fish" / "completions" / "livn.fish"
    place.parent.mkdir(parents=True)
    place.write_text("precious")
    ran = livn("completion", "install", "fish")
    assert ran.code != 0
    assert "no completion of this program" in ran.err
    assert place.read_text() == "precious"
    assert livn("completion", "install", "fish", "--overwrite").code == 0
    assert "_LIVN_COMPLETE" in place.read_text()
    # Its own is replaced: an update.
    assert livn("completion", "install", "fish").code == 0


def test_an_unknown_shell_is_named(livn, monkeypatch):
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    ran = livn("completion", "install")
    assert ran.code == 2
    assert "bash, zsh, fish (SHELL is 'tcsh')" in ran.err
