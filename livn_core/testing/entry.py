"""The contract of everything that a plugin registers under a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    #: Argument of a test -> the attribute that has its values.
    varied: ClassVar[Mapping[str, str]] = {"example": "examples"}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run the tests that take one of :attr:`varied` with each of its values."""
        for name, listed in self.varied.items():
            if name in metafunc.fixturenames:
                values = list(getattr(self, listed))
                ids = [v if isinstance(v, int) else number for number, v in enumerate(values)]
                metafunc.parametrize(name, values, ids=ids)

    def component(self) -> Any:
        """Return the component's class, or the command."""
        return registry().load(self.kind, self.name)

    def test_is_found_by_its_name(self) -> None:
        """The plugin is installed, loads, and nothing else claims the name."""
        entry = registry().find(self.kind, self.name)
        assert entry.name == self.name
        assert registry().find(self.kind, entry.qualified) == entry
        assert len(entry.summary) <= 100, "the summary is one short line"
