"""The page for newcomers: what it shows exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "cluster.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def test_the_profile_is_one(tmp_path):
    from livn_core.jobs.profile import load_profile

    text = next(text for kind, text in BLOCKS if kind == "yaml" and "partition" in text)
    (tmp_path / "alpha.yml").write_text(text)
    profile = load_profile(str(tmp_path / "alpha.yml"))
    assert profile.model_fields_set == set(type(profile).model_fields)
    assert profile.resources == {"time": "4:00:00"}


@pytest.mark.parametrize("backend", ["slurm", "mpi"])
def test_every_option_of_the_page_exists(livn, backend):
    shown = livn("generate", "--backend", backend, "--help").out + livn("jobs", "--help").out
    commands = "\n".join(text for kind, text in BLOCKS if kind == "console").replace("\\\n", " ")
    lines = [line for line in commands.splitlines() if f"--backend {backend}" in line]
    options = {
        word
        for line in lines
        for word in re.findall(r"\s(--?[a-z][a-z-]*)", line.split("livn ")[-1])
    }
    assert len(options) >= 4
    assert sorted(option for option in options if option not in shown) == []


def test_what_the_folder_holds_is_what_is_written():
    from livn_core.jobs.folder import _WRITTEN

    assert all(f"`{name}`" in PAGE for name in (*_WRITTEN, "configuration.json"))
