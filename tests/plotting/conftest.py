"""Systems to draw."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("matplotlib")

_FILE = Path(__file__).parents[1] / "systems_to_draw.py"


@pytest.fixture(scope="session")
def writing() -> ModuleType:
    """The functions that write systems."""
    spec = importlib.util.spec_from_file_location("systems_to_draw", _FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def culture(writing: ModuleType, tmp_path_factory) -> Path:
    """A 2D culture of 80 EXC and 20 INH cells."""
    return writing.culture(tmp_path_factory.mktemp("systems") / "culture")


@pytest.fixture(scope="session")
def layered(writing: ModuleType, tmp_path_factory) -> Path:
    """A layered system of 6 PYR and 3 BAS cells."""
    return writing.layered(tmp_path_factory.mktemp("systems") / "layered")


@pytest.fixture
def make_culture(writing: ModuleType, tmp_path: Path) -> Callable[..., Path]:
    """Write another culture."""
    return lambda name="other", **options: writing.culture(tmp_path / name, **options)


@pytest.fixture
def make_system(writing: ModuleType, tmp_path: Path) -> Callable[..., Path]:
    """Write any system."""
    return lambda *a, name="made", **options: writing.write_system(tmp_path / name, *a, **options)
