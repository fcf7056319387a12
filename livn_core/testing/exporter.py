"""What an exporter keeps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from livn_core.registry import registry
from livn_core.system import System
from livn_core.testing.component import ComponentContract

__all__ = ["ExporterContract"]


class ExporterContract(ComponentContract):
    """An exporter writes files where it is told, and leaves the system as it was."""

    kind = "exporter"

    #: Configuration of the system that is exported.
    document: ClassVar[Mapping[str, Any]] = {"total_cells": 40, "random_seed": 5}

    @pytest.fixture(scope="class")
    def system(self, tmp_path_factory: pytest.TempPathFactory) -> System:
        """A small system."""
        from livn_core.execute import resolve

        job = resolve(self.document, output=tmp_path_factory.mktemp("exported") / "system")
        made: System = registry().create("backend", "local").run(job)
        return made

    def test_writes_the_files_that_it_returns(
        self, example: Mapping[str, Any], system: System, tmp_path: Path
    ) -> None:
        """They exist, hold something, and lie at the path or below it."""
        target = tmp_path / "export"
        files = self.create(example).export(system, target)
        assert files
        for file in files:
            assert file.is_file()
            assert file.stat().st_size > 0
            assert file == target or target in file.parents

    def test_leaves_the_system_alone(
        self, example: Mapping[str, Any], system: System, tmp_path: Path
    ) -> None:
        """The digest is what it was."""
        before = system.digest()
        self.create(example).export(system, tmp_path / "export")
        assert System(system.path).digest() == before
