"""Systems to choose cells from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def reference(shared: Path, tmp_path: Path):
    """Return a copy of a system made by today's tools."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(shared / "reference" / name, tmp_path / name))

    return copy
