"""Pairs of writers on one output, and runs that are killed: whole or not there, never a mixture."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["killed", "pairs"]

ROOT = Path(__file__).parents[2]
SIZES = ("--total-cells", "400", "--set", "connectivity.sigma=200")
#: Command -> two ways of writing to one output; ``OUT`` is it, ``DIR`` the system.
PAIRS = {
    "generate": ("generate --total-cells 90 -o OUT", "generate --total-cells 70 -o OUT"),
    "view": ("view DIR -o OUT.html --overwrite", "view DIR -o OUT.html --overwrite --max-edges 9"),
    "plot": ("plot DIR -o OUT.png --dpi 50 --overwrite", "plot DIR --kind degrees -o OUT.png --dpi 50 --overwrite"),
    "export": ("export DIR -f npz -o OUT --overwrite", "export DIR -f csv -o OUT --overwrite"),
    "mea": ("mea DIR --pitch 300", "mea DIR --pitch 200"),
}  # fmt: skip


def _start(words: str, folder: Path) -> subprocess.Popen[str]:
    named = {"DIR": "system"}
    given = [named.get(word, word.replace("OUT", "made")) for word in words.split()]
    return subprocess.Popen(
        [sys.executable, "-m", "livn_cli", "-q", *given], cwd=folder, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"},
    )  # fmt: skip


def _content(folder: Path, kind: str) -> dict[str, bytes]:
    """Return the files that a writer made, without the record of when."""
    skip = {"provenance.json", "mea.previous.json"}
    made = folder / "system" / "mea.json" if kind == "mea" else None
    paths = (
        [made]
        if made
        else [p for p in folder.rglob("*") if p.relative_to(folder).parts[0] != "system"]
    )
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in paths
        if path.is_file() and path.name not in skip
    }


def pairs(folder: Path, number: int) -> Iterator[tuple[str, str | None]]:
    """Yield command and what was wrong, of so many pairs of writers that start together."""
    base = folder / "base"
    base.mkdir(parents=True)
    _start(f"generate {' '.join(SIZES)} -o system", base).communicate()
    alone: dict[str, list[tuple[dict[str, bytes], list[str]]]] = {}
    for count in range(number):
        kind = list(PAIRS)[count % len(PAIRS)]
        if kind not in alone:
            alone[kind] = []
            for words in PAIRS[kind]:
                one = _fresh(base, folder / "alone")
                _start(words, one).communicate()
                alone[kind].append((_content(one, kind), _names(one)))
        here = _fresh(base, folder / "pair")
        both = [_start(words, here) for words in PAIRS[kind]]
        said = [process.communicate()[1] for process in both]
        codes = [process.returncode for process in both]
        whole = (_content(here, kind), _names(here)) in alone[kind]
        right = 0 in codes and set(codes) <= {0, 2}
        yield kind, None if whole and right else f"{codes}, {_names(here)}: {said!a:.400}"


def killed(folder: Path, number: int, seed: int = 0) -> Iterator[tuple[float, str | None]]:
    """Yield after how many seconds a run was killed, and what was wrong with what it left."""
    folder.mkdir(parents=True)
    rng = random.Random(seed)
    began = time.monotonic()
    _start(f"generate {' '.join(SIZES)} -o first", folder).communicate()
    takes = time.monotonic() - began
    for count in range(number):
        process = _start(f"generate {' '.join(SIZES)} -o made", folder)
        seconds = rng.uniform(0.2, 1.0) * takes
        time.sleep(seconds)
        process.kill()
        process.communicate()
        made, wrong = folder / "made", None
        if not made.exists():
            # What was left is taken up or cleared away: the same command ends as if nothing was.
            again = _start(f"generate {' '.join(SIZES)} -o made", folder)
            error = again.communicate()[1]
            wrong = f"again: {again.returncode}: {error[-300:]!a}" if again.returncode else None
        for name in ("cells.h5", "connections.h5", "graph.json"):
            if (
                wrong is None
                and (made / name).read_bytes() != (folder / "first" / name).read_bytes()
            ):
                wrong = f"'{name}' differs from that of a run that nothing stopped"
        left = [path.name for path in folder.iterdir() if path.name.startswith(".made")]
        yield seconds, wrong or (f"run {count} left {left}" if left else None)
        shutil.rmtree(made, ignore_errors=True)


def _fresh(base: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return shutil.copytree(base, folder)


def _names(folder: Path) -> list[str]:
    """Return what lies in a folder, so that nothing half-made does."""
    return sorted(path.name for path in folder.iterdir())
