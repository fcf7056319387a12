from __future__ import annotations

import pytest

G0 = """\
# demo cell
1 1 0 0 0 6 -1
2 3 0 -6 0 1.0 1
3 3 0 -40 0 0.8 2
4 3 15 -70 0 0.6 3
5 3 -15 -70 0 0.6 3
6 4 0 6 0 1.2 1
7 4 0 60 0 1.0 6
8 4 20 110 0 0.7 7
9 4 -20 110 0 0.7 7
"""


@pytest.fixture
def g0() -> str:
    """An ordinary file: 9 points, 7 sections, 262.8 um of neurite."""
    return G0


@pytest.fixture
def swc(tmp_path):
    """Write a text or bytes to an SWC file and return its path."""

    def write(content: str | bytes, name: str = "cell.swc"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
