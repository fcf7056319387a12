"""Any number of spoilt inputs, in process after process: ``python -m tests.robust --inputs N``."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from families import FAMILIES
from harness import try_inputs


def main() -> int:
    """Try inputs of every kind, say what was answered wrongly; return 1 if anything was."""
    parser = argparse.ArgumentParser(prog="python -m tests.robust", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1000, help="inputs of each kind")
    parser.add_argument("--kind", action="append", choices=FAMILIES, help="one kind; repeatable")
    parser.add_argument("--seed", type=int, default=0, help="other inputs")
    parser.add_argument("--start", type=int, default=0, help="number of the first")
    given = parser.parse_args()
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


if __name__ == "__main__":
    sys.exit(main())
