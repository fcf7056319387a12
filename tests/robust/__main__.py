"""Any number of spoilt inputs, in process after process: ``python -m tests.robust --inputs N``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from failing import failing_writes
from families import FAMILIES
from harness import try_inputs
from writers import killed, pairs


def main() -> int:
    """Try inputs of every kind, say what was answered wrongly; return 1 if anything was."""
    parser = argparse.ArgumentParser(prog="python -m tests.robust", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1000, help="inputs of each kind")
    parser.add_argument("--kind", action="append", choices=FAMILIES, help="one kind; repeatable")
    parser.add_argument("--seed", type=int, default=0, help="other inputs")
    parser.add_argument("--start", type=int, default=0, help="number of the first")
    for name, what in (
        ("writes", "let each of the first N writes fail, by each of four errors"),
        ("pairs", "N pairs of writers on one output"),
        ("kills", "N runs that are killed"),
    ):
        parser.add_argument(f"--{name}", type=int, default=0, help=f"in place of inputs: {what}")
    given = parser.parse_args()
    if given.writes or given.pairs or given.kills:
        return _disks(given.writes, given.pairs, given.kills)
    found = 0
    for family in given.kind or FAMILIES:
        began, faults = time.monotonic(), 0
        for fault in try_inputs(family, given.inputs, seed=given.seed, start=given.start):
            faults += 1
            print(fault, flush=True)
        seconds = time.monotonic() - began
        print(f"{family}: {faults} faults of {given.inputs} inputs ({seconds:.0f} s)", flush=True)
        found += faults
    return 1 if found else 0


def _disks(writes: int, number: int, kills: int) -> int:
    """Let writes fail, writers meet, and runs be killed; say which ended wrongly."""
    found = 0
    with tempfile.TemporaryDirectory(prefix="livn-robust-") as name:
        folder = Path(name)
        for what, runs in (
            ("failing writes", failing_writes(folder / "writes", writes) if writes else ()),
            ("pairs of writers", pairs(folder / "pairs", number) if number else ()),
            ("killed runs", killed(folder / "kills", kills) if kills else ()),
        ):
            done = list(runs)
            wrong = [run for run in done if run[-1] is not None]
            print(*wrong, sep="\n", end="\n" if wrong else "")
            if done:
                print(f"{what}: {len(wrong)} faults of {len(done)}", flush=True)
            found += len(wrong)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
