"""A disk that fails at a write: one line with the reason, nothing half-made, no crash."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from failing import WORDS, compiled, failing_write, preloaded, run


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """What makes writes fail; skipped where it cannot be compiled."""
    path = compiled(tmp_path_factory.mktemp("failing"))
    if path is None:
        pytest.skip("there is no gcc that makes a library to preload")
    return path


@pytest.mark.parametrize(
    ("reason", "first"),
    [("EIO", 1), ("EIO", 4), ("ENOSPC", 2), ("EDQUOT", 7), ("EFBIG", 15), ("ENOSPC", 40)],
)
def test_every_write_from_one_on_fails(library, tmp_path, reason, first):
    assert failing_write(library, tmp_path / "run", reason, first, every=True) is None


@pytest.mark.parametrize(
    ("reason", "first"), [("EDQUOT", 1), ("EIO", 11), ("EFBIG", 23), ("ENOSPC", 37)]
)
def test_one_write_fails(library, tmp_path, reason, first):
    assert failing_write(library, tmp_path / "run", reason, first) is None


def test_what_is_called_right_can_fail(library, tmp_path):
    assert failing_write(library, tmp_path / "run", "EACCES", 4) is not None


@pytest.mark.parametrize("form", ["sonata", "parquet", "npz"])
@pytest.mark.parametrize(
    ("reason", "first"), [("EFBIG", 1), ("EIO", 2), ("ENOSPC", 5), ("EDQUOT", 9), ("EIO", 14)]
)
def test_a_disk_that_fails_under_an_export(library, tmp_path, form, reason, first):
    """HDF5 cannot close a file that it cannot write: the process ended by a signal."""
    assert run(tmp_path, {}, "-q", *WORDS).returncode == 0
    failing = preloaded(library, reason, first, every=True)
    done = run(tmp_path, failing, "-q", "export", "out", "-f", form, "-o", "made")
    left = sorted(path.name for path in tmp_path.iterdir())
    if done.returncode == 0:  # of fewer writes
        assert left == ["made", "out"]
        return
    assert (done.returncode, left) == (2, ["out"]), done.stderr
    [line] = [line for line in done.stderr.splitlines() if "Error:" in line]
    assert "cannot write 'made': " in line
    assert line.endswith(os.strerror(getattr(errno, reason)))


def test_a_disk_that_fills_up_under_a_sweep(library, tmp_path):
    """Whole systems and no others stay, and the sweep goes on when there is room again."""
    words = ("sweep", "--set", "total_cells=20", "--replicates", "6", "--jobs", "2")
    done = run(tmp_path, preloaded(library, "ENOSPC", 110, every=True), *words)
    assert done.returncode == 2
    assert done.stderr.count("Error:") == 1
    assert "the disk is full" in done.stderr
    runs = tmp_path / "runs"
    made = {path.name: path.stat().st_ino for path in runs.glob("r*")}
    assert 0 < len(made) < 6
    assert not list(runs.glob(".*"))
    assert run(tmp_path, {}, *words, "--resume").returncode == 0
    whole = {path.name: path.stat().st_ino for path in runs.glob("r*")}
    assert len(whole) == 6
    assert made.items() <= whole.items()
    verified = run(tmp_path, {}, "verify", "runs")
    assert verified.returncode == 0, verified.stdout
