"""Names of files as people give them: of nobody's home, and longer than any file system takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from livn_core import ConfigError, generate
from livn_core.documents.paths import expanded, file_of
from livn_core.execute import resolve

LONG = "x" * 300


@pytest.mark.parametrize("name", [LONG, f"a/{LONG}.csv", "a/" * 2100, "µ" * 128])
def test_a_name_that_no_file_can_have_is_an_error(name):
    with pytest.raises(ConfigError, match="too long for the name of a file"):
        expanded(name)


def test_the_longest_names_stay(tmp_path):
    path = tmp_path / ("x" * 251 + ".csv")
    path.write_text("x,y\n1,2\n")
    assert file_of(path) == expanded(path) == path


def test_the_home_of_nobody_is_a_folder_of_that_name():
    assert expanded("~nobody-of-this-name/a.csv") == Path("~nobody-of-this-name/a.csv")


@pytest.mark.parametrize(
    "document",
    [
        {"area": "file", "area_kwargs": {"path": LONG}},
        {"area": f"{LONG}.py:place"},
        {"connectivity": {"rule": "from_file", "rule_kwargs": {"edges": LONG}}},
        {"connectivity": {"kernel": "table", "kernel_kwargs": {"profile": LONG}}},
        {"populations": {"EXC": {"ratio": 1, "in_degree": {"path": LONG}}}},
    ],
)
def test_in_a_configuration(document):
    with pytest.raises(ConfigError, match=r"too long for the name|'x+'"):
        generate({"total_cells": 10, **document})


@pytest.mark.parametrize("config", [LONG, f"{LONG}.yml"])
def test_of_a_configuration(config):
    with pytest.raises(ConfigError, match="too long for the name"):
        resolve(config)


@pytest.mark.parametrize(
    "words",
    [
        ("plot", "DIR", "-o", "a.png", "--title", "\udcff"),
        ("view", "DIR", "-o", "a.html", "--title", "\udcff"),
        ("mea", "DIR", "--export", LONG),
        ("plugins", "new", LONG),
    ],
)
def test_on_the_command_line(livn_here, words):
    assert livn_here("generate", "EI1", "-o", "DIR").code == 0
    ran = livn_here(*words)
    text = " ".join(ran.err.split())
    assert ran.code in {1, 2}, text
    assert "too long for the name" in text or "holds a character that no file can hold" in text
