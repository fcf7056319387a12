"""The contract of an exporter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from livn_core.errors import MissingDependencyError
from livn_core.execute import resolve
from livn_core.plugins.registry import registry
from livn_core.system.exporting import Exported, export_system
from livn_core.system.mea import write_mea
from livn_core.system.reader import System
from livn_core.testing.component import ComponentContract

__all__ = ["ExporterContract"]


class ExporterContract(ComponentContract):
    """An exporter writes files where it is told, and leaves the system as it was."""

    kind = "exporter"

    #: Configuration of the system that is exported.
    document: ClassVar[Mapping[str, Any]] = {"total_cells": 40, "random_seed": 5}

    @pytest.fixture(scope="class")
    def system(self, tmp_path_factory: pytest.TempPathFactory) -> System:
        """A small system with electrodes."""
        job = resolve(self.document, output=tmp_path_factory.mktemp("exported") / "system")
        made: System = registry().create("backend", "local").run(job)
        write_mea(made, "grid", {"pitch": 1000})
        return System(made.path)

    def exported(self, example: Mapping[str, Any], system: System, target: Path) -> Exported:
        """Export as ``livn export`` does; skip where a library that it needs is missing."""
        try:
            return export_system(system, self.name, target, parameters=example)
        except MissingDependencyError as error:
            pytest.skip(str(error))

    def test_writes_the_files_that_it_returns(
        self, example: Mapping[str, Any], system: System, tmp_path: Path
    ) -> None:
        """They exist, hold something, and lie at the path or below it."""
        target = tmp_path / f"export{self.create(example).suffix}"
        made = self.exported(example, system, target)
        assert made.path == target
        assert made.files
        for file in made.files:
            path = target / file if target.is_dir() else target
            assert path.is_file()
            assert path.stat().st_size > 0

    def test_leaves_the_system_alone(
        self, example: Mapping[str, Any], system: System, tmp_path: Path
    ) -> None:
        """The digest is what it was."""
        before = system.digest()
        self.exported(example, system, tmp_path / f"export{self.create(example).suffix}")
        assert System(system.path).digest() == before
