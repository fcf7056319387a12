"""The package as an installed one: from its checkout, where pip has not put it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from livn_core.plugins.registry import registry

PACKAGE = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """A folder with what pip would leave behind of ``pyproject.toml``."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    site = tmp_path_factory.mktemp("site")
    folder = site / f"livn_plugin_microscope-{project['version']}.dist-info"
    folder.mkdir()
    folder.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    (points,) = project["entry-points"].values()
    lines = [f"{name} = {value}" for name, value in points.items()]
    folder.joinpath("entry_points.txt").write_text("\n".join(["[livn]", *lines, ""]))
    return site


@pytest.fixture(autouse=True)
def _installed(site, monkeypatch):
    """Let these tests find the package, and no others; one that pip installed counts once."""
    monkeypatch.syspath_prepend(str(site))
    registry.cache_clear()
    yield
    registry.cache_clear()
