"""The contract of a backend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from livn_core.components import Backend
from livn_core.execute import resolve
from livn_core.job import Job
from livn_core.plugins.registry import registry
from livn_core.system.reader import System
from livn_core.testing.component import ComponentContract

__all__ = ["BackendContract"]


class BackendContract(ComponentContract):
    """A backend says what it would do, and makes the same system as every other."""

    kind = "backend"

    #: Configuration of the system that is made.
    document: ClassVar[Mapping[str, Any]] = {"total_cells": 40, "random_seed": 5}

    def job(self, output: Path) -> Job:
        """Return a small job."""
        return resolve(self.document, output=output)

    def test_says_whether_it_can_run(self, example: Mapping[str, Any]) -> None:
        """``available`` is None, or the reason why not in one line; asking starts nothing."""
        backend = self.create(example)
        reason = backend.available()
        assert reason is None or (isinstance(reason, str) and reason and "\n" not in reason)
        assert isinstance(backend.asynchronous, bool)
        assert isinstance(backend.distributed, bool)

    def test_tells_of_what_it_has_submitted(self, example: Mapping[str, Any]) -> None:
        """A backend whose jobs go on without it can be asked for them, and can end them."""
        kind = type(self.create(example))
        if not kind.asynchronous:
            pytest.skip("its jobs end before it returns")
        assert kind.state is not Backend.state, "'livn jobs' asks state(record)"
        assert kind.cancel is not Backend.cancel, "'livn jobs cancel' calls cancel(record)"

    def test_describes_without_doing(self, example: Mapping[str, Any], tmp_path: Path) -> None:
        """The description is text, the same each time, and leaves nothing on the disk."""
        backend = self.create(example)
        job = self.job(tmp_path / "system")
        text = backend.describe(job)
        assert isinstance(text, str)
        assert text.strip()
        assert backend.describe(job) == text
        assert list(tmp_path.iterdir()) == []

    def test_makes_the_same_system_as_local(
        self, example: Mapping[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The content digest is that of the local backend; skipped where it cannot run."""
        # Keeps the jobs of tests out of the user's list of jobs.
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        backend = self.create(example)
        reason = backend.available()
        if reason is not None:
            pytest.skip(reason)
        if backend.asynchronous:
            pytest.skip("it returns before the system is finished")
        local = registry().create("backend", "local").run(self.job(tmp_path / "local"))
        system = backend.run(self.job(tmp_path / "here"))
        assert isinstance(system, System)
        assert system.digest() == local.digest()
