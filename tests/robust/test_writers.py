"""Two writers of one output, and runs that are killed: whole or not there; any number by hand."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from writers import PAIRS, killed, pairs


def test_of_two_writers_one_stands_whole(tmp_path):
    assert [wrong for _, wrong in pairs(tmp_path / "pairs", len(PAIRS)) if wrong] == []


def test_a_run_that_is_killed_leaves_nothing_in_the_way(tmp_path):
    assert [wrong for _, wrong in killed(tmp_path / "kills", 2) if wrong] == []
