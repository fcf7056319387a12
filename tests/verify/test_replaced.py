"""A system that another one replaces while it is looked at: each of the two is right."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from livn_core.errors import SystemFormatError
from livn_core.verify import audit, verify


def replace(path: Path, other: Path) -> None:
    """Put a copy of another system in a system's place, as ``generate --overwrite`` does."""
    aside = Path(shutil.copytree(other, path.with_name("aside")))
    path.rename(path.with_name("old"))
    aside.rename(path)
    shutil.rmtree(path.with_name("old"))


def replacing(monkeypatch: pytest.MonkeyPatch, times: int, path: Path, other: Path) -> list[Path]:
    """Let another system come, some times, between a look's first file and its last."""
    came: list[Path] = []
    read = audit.check_graph

    def check_graph(*arguments):  # the signature of the real one is no matter here
        graph = read(*arguments)
        if len(came) < times:
            replace(path, other)
            came.append(other)
        return graph

    monkeypatch.setattr(audit, "check_graph", check_graph)
    return came


@pytest.fixture
def small(culture: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A system that may be replaced, and what it is a copy of."""
    path = Path(shutil.copytree(culture, tmp_path / "system"))
    return path, culture


def test_a_replaced_system_is_looked_at_again(
    small: tuple[Path, Path], layered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = small
    came = replacing(monkeypatch, 2, path, layered)
    report = verify(path, jobs=1)
    assert len(came) == 2
    assert report.passed, report.of("fatal")
    recorded = json.loads((path / "provenance.json").read_text())
    assert recorded["generator"] == "layered3d"
    assert "cells-per-layer" in {v.check for v in report.verdicts}


def test_a_system_that_never_rests_is_an_error(
    small: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = small
    monkeypatch.setattr(audit, "MOST_LOOKS", 3)
    came = replacing(monkeypatch, 100, path, other)
    with pytest.raises(SystemFormatError, match="replaced by another system 3 times"):
        verify(path, jobs=1)
    assert len(came) == 3


def test_a_system_that_goes_is_an_error(
    small: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = small
    monkeypatch.setattr(audit, "check_graph", lambda *_: shutil.rmtree(path))
    with pytest.raises(SystemFormatError, match="does not exist"):
        verify(path, jobs=1)
    path.write_text("no directory")
    with pytest.raises(SystemFormatError, match="is not a directory"):
        verify(path, jobs=1)
