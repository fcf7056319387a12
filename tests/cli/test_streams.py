"""Standard streams that are closed, full or read by nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

CULTURE = ("generate", "--total-cells", "20", "-o", "out")


@pytest.fixture
def shell(tmp_path, root):
    """Run a line of bash in which ``$livn`` is the command; returns the finished process."""

    def run(line):
        livn = f"{sys.executable} -m livn_cli"
        return subprocess.run(
            ["/bin/bash", "-c", line],
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(root), "livn": livn},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.mark.parametrize("command", ["plugins list", " ".join(CULTURE), "config list --json"])
def test_a_reader_that_goes_away_is_no_error(shell, command):
    for reader in ("head -1", "true"):
        ran = shell(f"rm -rf out; $livn {command} | {reader}; exit ${{PIPESTATUS[0]}}")
        assert ran.returncode == 0, ran.stderr
        assert "Error" not in ran.stderr


def test_without_stderr_the_work_is_done(shell, tmp_path):
    assert shell(f"$livn {' '.join(CULTURE)} 2>&-").returncode == 0
    assert (tmp_path / "out" / "graph.json").is_file()


def test_without_stdout_the_work_is_done(shell, tmp_path):
    assert shell(f"$livn {' '.join(CULTURE)} >&-").returncode == 0
    assert (tmp_path / "out" / "graph.json").is_file()


def test_without_stdin_a_configuration_from_it_is_empty(shell):
    ran = shell("$livn generate --config - <&-")
    assert ran.returncode == 2
    assert "the configuration is empty" in ran.stderr


@pytest.mark.parametrize("json_flag", ["", "--json"])
def test_a_full_stdout_is_told_in_one_line(shell, tmp_path, json_flag):
    ran = shell(f"$livn {' '.join(CULTURE)} {json_flag} >/dev/full")
    assert ran.returncode == 2
    assert ran.stderr.count("cannot be written to standard output: No space left") == 1
    assert "Traceback" not in ran.stderr
    assert (tmp_path / "out" / "graph.json").is_file()


def test_what_steers_a_terminal_is_shown_not_sent(livn_here, copy_of):
    path = copy_of("culture")
    document = json.loads((path / "provenance.json").read_text())
    document["warnings"] = ["\x1b[2J\x1b]0;title\x07 \u202egnp.exe"]
    (path / "provenance.json").write_text(json.dumps(document))
    ran = livn_here("inspect", str(path))
    assert "\\x1b[2J" in ran.out
    assert not {"\x1b", "\x07", "\u202e"} & set(ran.out)
