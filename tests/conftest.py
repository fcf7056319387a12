"""Fixtures that several rooms share: the command line, systems made once, and what others made."""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]
DATA = Path(__file__).parent / "data"

# The same examples on every run, and no clock: machines that test are busy ones.
settings.register_profile("livn", deadline=None, derandomize=True)
settings.load_profile("livn")

#: A small culture in which every kind of key has a value.
BASE: dict[str, Any] = {
    "area": "rectangle",
    "area_kwargs": {"x_range": [0, 1000], "y_range": [0, 1000]},
    "z_range": [0, 10],
    "total_cells": 100,
    "random_seed": 7,
    "populations": {
        "EXC": {"ratio": 0.8, "synapse_type": "excitatory"},
        "INH": {"ratio": 0.2, "synapse_type": "inhibitory"},
    },
    "population_definitions": {"EXC": 10, "INH": 11},
    "connectivity": {
        "kernel": "exponential",
        "sigma": 200.0,
        "mean_degree": {"EXC->EXC": 10, "EXC->INH": 4, "INH->EXC": 8, "default": 0},
    },
}


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
def data() -> Path:
    """The folder of small files that tests read; its README.md says how each was made."""
    return DATA


@pytest.fixture
def base() -> dict[str, Any]:
    """The small culture's configuration, for a test to change."""
    return copy.deepcopy(BASE)


# -- the command line ------------------------------------------------------------------------------


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


# -- systems that this project makes ---------------------------------------------------------------


@pytest.fixture(scope="session")
def generate_here() -> Callable[..., Path]:
    """Make a configuration's system in this process; return its directory."""

    def make(output: Path, document: dict[str, Any]) -> Path:
        from livn_core.execute import resolve
        from livn_core.plugins.registry import registry

        registry().create("backend", "local").run(resolve(document, output=output)).close()
        return output

    return make


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory, generate_here) -> Path:
    """A flat culture of 80 EXC and 20 INH cells, for reading alone."""
    document = {
        "total_cells": 100,
        "random_seed": 7,
        "connectivity": {"kernel": "gaussian", "sigma": 900.0, "mean_degree": 6},
    }
    return generate_here(tmp_path_factory.mktemp("generated") / "culture", document)


@pytest.fixture
def synthetic() -> type:
    """The class of synthetic programs."""
    from synthetic_program import Synthetic

    return Synthetic


# -- systems that other tools make -----------------------------------------------------------------


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the directory of a system made by today's tools, for reading alone."""
    folder = tmp_path_factory.mktemp("reference")

    def unpack(name: str) -> Path:
        if not (folder / name).exists():
            with zipfile.ZipFile(DATA / f"{name}.zip") as packed:
                packed.extractall(folder)
        return folder / name

    return unpack


@pytest.fixture
def copy_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Path]:
    """Return a copy, to be changed, of a system by its name: ``culture`` is the generated one."""

    def make(name: str) -> Path:
        made = request.getfixturevalue("generated" if name == "culture" else "reference")
        return Path(shutil.copytree(made if name == "culture" else made(name), tmp_path / name))

    return make


@pytest.fixture
def foreign(tmp_path: Path) -> Callable[..., Any]:
    """Write a system in another way of storage: chunks, compression, shuffled, joint."""
    from foreign_system import write_foreign

    def make(name: str = "foreign", *, joint: bool = False, **storage: Any) -> Any:
        return write_foreign(tmp_path / name, joint=joint, storage=storage)

    return make


# -- systems to draw and to look around in ---------------------------------------------------------


@pytest.fixture(scope="session")
def drawn_culture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A 2D culture of 80 EXC and 20 INH cells with four electrodes, written by plain h5py."""
    import drawn_systems

    return drawn_systems.culture(tmp_path_factory.mktemp("drawn") / "culture")


@pytest.fixture(scope="session")
def drawn_layers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A layered system of 6 PYR and 3 BAS cells."""
    import drawn_systems

    return drawn_systems.layered(tmp_path_factory.mktemp("drawn") / "layered")


@pytest.fixture
def make_culture(tmp_path: Path) -> Callable[..., Path]:
    """Write another culture."""
    import drawn_systems

    return lambda name="other", **options: drawn_systems.culture(tmp_path / name, **options)


@pytest.fixture
def make_system(tmp_path: Path) -> Callable[..., Path]:
    """Write any system."""
    from drawn_systems import write_system

    return lambda *a, name="made", **options: write_system(tmp_path / name, *a, **options)
