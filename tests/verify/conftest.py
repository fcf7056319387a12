"""Good systems, made once, and copies of them to spoil."""

from __future__ import annotations

import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from livn_core.api import generate
from livn_core.plugins.registry import registry
from livn_core.system.mea import write_mea

#: A culture in which every test of the distance law has something to do.
CULTURE = {
    "total_cells": 300,
    "area_kwargs": {"x_range": [0, 1000], "y_range": [0, 1000]},
    "connectivity": {"kernel": "gaussian", "sigma": 150, "mean_degree": 10, "cutoff": 3},
    "random_seed": 5,
}


@pytest.fixture(scope="session")
def culture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flat culture of 240 EXC and 60 INH cells, with electrodes."""
    path = tmp_path_factory.mktemp("good") / "culture"
    with generate(CULTURE, output_directory=path, jobs=1) as system:
        write_mea(system)
    return path


@pytest.fixture(scope="session")
def layered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """S1: 7 EXC and 4 INH cells with morphologies."""
    path = tmp_path_factory.mktemp("good") / "layered"
    generate("S1", output_directory=path, jobs=1).close()
    return path


@pytest.fixture
def spoiled(culture: Path, layered: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Copy a good system, to be changed."""

    def copy(kind: str) -> Path:
        source = culture if kind == "culture" else layered
        return Path(shutil.copytree(source, tmp_path / "spoiled"))

    return copy


@pytest.fixture
def plugin_kernel(tmp_path: Path, root: Path) -> Iterator[str]:
    """The name of a kernel that an installed plugin brings; the example's ring."""
    site = tmp_path / "site"
    info = site / "livn_rings-2.5.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: livn-rings\nVersion: 2.5\n")
    (info / "entry_points.txt").write_text("[livn]\nrings = livn_rings_hooks\n")
    example = root / "examples/livn-plugin-hexmea/livn_hexmea/ring.py"
    shutil.copyfile(example, site / "livn_rings_kernel.py")
    (site / "livn_rings_hooks.py").write_text(
        "from livn_core.hookspecs import Component, hookimpl\n\n\n"
        "@hookimpl\n"
        "def livn_connectivity_rules():\n"
        "    yield Component('hoop', 'livn_rings_kernel:Ring', 'a ring')\n"
    )
    sys.path.insert(0, str(site))
    registry.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield "hoop"
    sys.path.remove(str(site))
    registry.cache_clear()
    for name in ("livn_rings_hooks", "livn_rings_kernel"):
        sys.modules.pop(name, None)
