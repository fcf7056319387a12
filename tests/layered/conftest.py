"""A small layered configuration, and its program."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from layered_document import DOCUMENT

from livn_core.layered.configuration import validate
from livn_core.layered.program import LayeredProgram


@pytest.fixture
def document() -> dict[str, Any]:
    """A configuration in the full form that a test may change."""
    return deepcopy(DOCUMENT)


@pytest.fixture
def folder(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with ``cell.swc`` in it."""
    shutil.copy(data / "cell.swc", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def make_program(folder: Path) -> Callable[..., LayeredProgram]:
    """Return a prepared program of a document."""

    def make(document: dict[str, Any], **options: Any) -> LayeredProgram:
        program = LayeredProgram(validate(document), **options)
        program.prepare()
        return program

    return make
