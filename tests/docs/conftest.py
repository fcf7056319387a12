"""The pages, and what they show."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="session")
def pages() -> dict[str, str]:
    """The written pages: path from the root to text."""
    paths = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture(scope="session")
def written() -> dict[str, str]:
    """The pages that the site's build writes from the code."""
    return runpy.run_path(str(ROOT / "docs" / "generated.py"))["pages"]()


@pytest.fixture(scope="session")
def blocks():
    """Return the fenced blocks of a text as (language, content)."""
    return FENCE.findall
