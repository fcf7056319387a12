"""Disks that fail at any write: a library that is preloaded, compiled here, makes them."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["REASONS", "WORDS", "compiled", "failing_write", "failing_writes", "preloaded", "run"]

#: Error -> what livn says of it.
REASONS = {
    "EIO": "input/output error",
    "ENOSPC": "the disk is full",
    "EDQUOT": "the quota is used up",
    "EFBIG": "files may not be that large here",
}
ROOT = Path(__file__).parents[2]
WORDS = ("generate", "--total-cells", "20", "-o", "out")


def compiled(folder: Path) -> Path | None:
    """Return the library; None where there is no gcc that makes one."""
    path, gcc = folder / "failing.so", shutil.which("gcc")
    if gcc is None:
        return None
    words = [gcc, "-shared", "-fPIC", "-O1", "-o", str(path)]
    source = Path(__file__).with_suffix(".c")
    done = subprocess.run([*words, str(source), "-ldl"], check=False, capture_output=True)
    return path if done.returncode == 0 else None


def preloaded(library: Path, reason: str, first: int, *, every: bool = False) -> dict[str, str]:
    """Return the variables with which write number ``first`` of a process fails, or all from it on."""
    found = {
        "LD_PRELOAD": str(library),
        "FAILING_FIRST": str(first),
        "FAILING_ERRNO": str(getattr(errno, reason)),
    }
    return {**found, "FAILING_ALL": "1"} if every else found


def run(
    folder: Path, variables: Mapping[str, str], *words: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder, with more variables of the environment."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", "livn_cli", *words],
        check=False, cwd=folder, env={**environment, **variables},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def failing_write(
    library: Path, folder: Path, reason: str, first: int, *, every: bool = False
) -> str | None:
    """Return what is wrong with how a run ends whose write number ``first`` fails; None for nothing.

    The folder is emptied. A run that makes fewer writes, or none that matters (a cache), succeeds.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    done = run(folder, preloaded(library, reason, first, every=every), *WORDS)
    left = sorted(path.name for path in folder.iterdir())
    said = f"exit code {done.returncode}, {left}: {done.stderr[-300:]!a}"
    if done.returncode == 0:
        again = run(folder, {}, "verify", "out")
        return None if left == ["out"] and again.returncode == 0 else f"not whole: {said}"
    right = done.returncode == 2 and not left and done.stderr.count("Error:") == 1
    return None if right and REASONS.get(reason, "no reason") in done.stderr.lower() else said


def failing_writes(folder: Path, writes: int) -> Iterator[tuple[str, int, str | None]]:
    """Yield error, number of the write, and what was wrong, for the first writes by every error."""
    folder.mkdir(parents=True, exist_ok=True)
    library = compiled(folder)
    if library is None:
        raise SystemExit("there is no gcc that makes a library to preload")
    for first in range(1, writes + 1):
        for reason in REASONS:
            yield reason, first, failing_write(library, folder / "run", reason, first)
