"""A disk that fails at any write: one line with the reason, nothing half-made, no crash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

REASONS = {
    "EIO": "Input/output error",
    "ENOSPC": "the disk is full",
    "EDQUOT": "the quota is used up",
    "EFBIG": "files may not be that large here",
}


@pytest.fixture(scope="module")
def tracer():
    """The words that make a system call fail; skipped where that cannot be done."""
    path = shutil.which("strace")
    if path is None:
        pytest.skip("no strace")
    probe = subprocess.run(
        [path, "-f", "-qq", "-o", "/dev/null", "true"], check=False, capture_output=True, text=True
    )
    if probe.returncode:
        pytest.skip(f"strace cannot trace here: {probe.stderr.strip()[:80]}")
    return path


@pytest.mark.parametrize(
    ("reason", "first"), [("EIO", 1), ("EIO", 4), ("ENOSPC", 2), ("EDQUOT", 7), ("EFBIG", 15)]
)
def test_every_write_from_one_on_fails(tracer, tmp_path, root, reason, first):
    ran = subprocess.run(
        [
            *(tracer, "-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64"),
            *("-e", f"inject=pwrite64:error={reason}:when={first}+"),
            *(sys.executable, "-m", "livn_cli", "generate", "--total-cells", "20", "-o", "out"),
        ],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 2, ran.stderr
    assert ran.stderr.count("Error:") == 1
    assert REASONS[reason] in ran.stderr
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []
