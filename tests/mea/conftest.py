"""A culture to lay arrays over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def culture(copy_of: Callable[[str], Path]) -> Path:
    """A flat culture of 100 cells that a test may write into."""
    return copy_of("culture")
