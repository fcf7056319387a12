"""Of 200 right systems ``verify`` calls at most two wrong: the command, at a small size."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from livn_core.documents.jsonio import loads


def test_two_hundred_right_systems(root: Path) -> None:
    command = [sys.executable, "-m", "tests.verify.calibration", "--systems", "200", "--json"]
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        command,
        cwd=root,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = loads(done.stdout)
    assert found["systems"] == 200
    assert found["alarms"] <= found["allowed"] == 2
    assert set(found["checks"]) == {
        *("density", "distance-law", "in-degrees", "mean-degree", "out-degrees", "sigma"),
        "reciprocity",
        *("proportions", "source-offsets-u", "source-offsets-v", "synapse-density"),
    }
