"""The package as an installed one: from its checkout, where pip has not put it."""

from __future__ import annotations

from pathlib import Path

import pytest

from livn_core.testing import installed


@pytest.fixture(autouse=True)
def _installed():
    with installed(Path(__file__).parents[1]):
        yield
