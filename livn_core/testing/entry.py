"""The contract of everything that a plugin registers under a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from livn_core.plugins.registry import registry

__all__ = ["EntryContract"]


class EntryContract:
    """Base of the contracts.

    A subclass of one of the contracts sets ``name``, and ``examples`` to what is worth trying.
    """

    #: Kind of the component; set by the contract.
    kind: ClassVar[str] = ""
    #: Name that the plugin registers.
    name: ClassVar[str] = ""
    #: Each test that takes ``example`` runs once with each.
    examples: ClassVar[Sequence[Any]] = ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run the tests that take ``example`` with each of :attr:`examples`."""
        if "example" in metafunc.fixturenames:
            metafunc.parametrize("example", list(self.examples), ids=range(len(self.examples)))

    def component(self) -> Any:
        """Return the component's class, or the command."""
        return registry().load(self.kind, self.name)

    def test_is_found_by_its_name(self) -> None:
        """The plugin is installed, loads, and nothing else claims the name."""
        entry = registry().find(self.kind, self.name)
        assert entry.name == self.name
        assert registry().find(self.kind, entry.qualified) == entry
        assert len(entry.summary) <= 100, "the summary is one short line"
