"""The package as an installed one: from its checkout, where pip has not put it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from livn_core.plugins.registry import registry

PACKAGE = Path(__file__).parents[1]

FOLDERS = {name: Path(__file__).parent / "systems" / name for name in ("templates", "mechanisms")}
STAND_IN = (Path(__file__).parent / "stand_in.py").read_text()


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """A folder with what pip would leave behind of ``pyproject.toml``."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    site = tmp_path_factory.mktemp("site")
    folder = site / f"livn_plugin_miv-{project['version']}.dist-info"
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


@pytest.fixture(scope="session")
def reference(tmp_path_factory) -> Path:
    """S1, as MiV-Simulator made it."""
    folder = tmp_path_factory.mktemp("reference")
    with zipfile.ZipFile(PACKAGE.parents[1] / "tests" / "data" / "3d_S1.zip") as archive:
        archive.extractall(folder)
    return next(folder.rglob("graph.json")).parent


@pytest.fixture
def stand_in(tmp_path, monkeypatch, reference) -> dict[str, Path]:
    """Put a stand-in of MiV-Simulator in its place; return what the generator is asked with."""
    site = tmp_path / "stand_in"
    for name in ("machinable", "miv_simulator", "neuroh5", "neuron", "mpi4py"):
        (site / name).mkdir(parents=True)
        source = STAND_IN if name == "machinable" else ""
        (site / name / "__init__.py").write_text(source)
    put_version(site, "machinable", "4.10.4")
    put_version(site, "neuroh5", "0.1.18")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("neurotrees_import", "neurotrees_copy", "h5copy", "mpirun", "nrnivmodl"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    for folder in (str(site), *sys.path):
        monkeypatch.delitem(sys.path_importer_cache, folder, raising=False)
    monkeypatch.syspath_prepend(str(site))
    paths = os.pathsep.join([str(site), *filter(None, sys.path)])
    monkeypatch.setenv("PYTHONPATH", paths)
    monkeypatch.setenv("PATH", os.pathsep.join([str(programs), os.environ["PATH"]]))
    monkeypatch.setenv("STAND_IN_SYSTEM", str(reference))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    for name, folder in FOLDERS.items():
        shutil.copytree(folder, tmp_path / name)
    return {name: tmp_path / name for name in FOLDERS}


def put_version(site: Path, name: str, version: str) -> None:
    """Let the metadata of a stand-in's package say a version."""
    for old in site.glob(f"{name}-*.dist-info"):
        shutil.rmtree(old)
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


@pytest.fixture
def version_of(tmp_path):
    """Return what sets the version of a stand-in's package."""
    return lambda name, version: put_version(tmp_path / "stand_in", name, version)
