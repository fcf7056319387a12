"""A system that another one replaces while it is looked at: each of the two is right."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import h5py
import pytest

from livn_core.errors import SystemFormatError
from livn_core.verify import audit, directory, verify


def replace(path: Path, other: Path) -> None:
    """Put a copy of another system in a system's place, as ``generate --overwrite`` does."""
    aside = Path(shutil.copytree(other, path.with_name("aside")))
    path.rename(path.with_name("old"))
    aside.rename(path)
    shutil.rmtree(path.with_name("old"))


def replacing(monkeypatch: pytest.MonkeyPatch, times: int, path: Path, other: Path) -> list[Path]:
    """Let another system come, some times, between a look's first file and its last."""
    came: list[Path] = []
    read = directory.read_json

    def read_json(file: Path) -> Any:
        content = read(file)
        if file.name == "graph.json" and len(came) < times:
            replace(path, other)
            came.append(other)
        return content

    monkeypatch.setattr(directory, "read_json", read_json)
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
    monkeypatch.setattr(directory, "MOST_LOOKS", 3)
    came = replacing(monkeypatch, 100, path, other)
    with pytest.raises(SystemFormatError, match="replaced by another system 3 times"):
        verify(path, jobs=1)
    assert len(came) == 3


def test_a_system_replaced_after_it_was_opened_is_judged_as_it_was(
    small: tuple[Path, Path], layered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, culture = small
    before = verify(culture, jobs=1).verdicts
    check = audit.check_files

    def check_files(*arguments: Any) -> None:
        check(*arguments)
        replace(path, layered)

    monkeypatch.setattr(audit, "check_files", check_files)
    now = verify(path, jobs=1).verdicts
    assert [v for v in now if v.subject != "system"] == [
        v for v in before if v.subject != culture.name
    ]


def test_a_system_that_goes_is_an_error(
    small: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = small
    monkeypatch.setattr(directory, "read_json", lambda _: shutil.rmtree(path, ignore_errors=True))
    with pytest.raises(SystemFormatError, match="does not exist"):
        verify(path, jobs=1)
    path.write_text("no directory")
    with pytest.raises(SystemFormatError, match="is not a directory"):
        verify(path, jobs=1)


def test_a_file_that_another_program_writes_is_no_verdict(culture, tmp_path, livn):
    path = shutil.copytree(culture, tmp_path / "busy")
    with h5py.File(path / "cells.h5", "r+"):
        ran = livn("verify", "busy")
    assert ran.code == 2
    assert "another program has it open for writing" in ran.err
    assert "is wrong" not in ran.out
