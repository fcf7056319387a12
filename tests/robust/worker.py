"""Runs inputs of one family, one after another in this process; a line of JSON for each.

    python worker.py FAMILY SEED START STOP

The line before an input says its number, so that whoever reads knows on which one it ended.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

#: Bytes of memory, virtual, that an input may take: all of them are small.
MEMORY = 6 * 2**30
#: What a command may answer: done, no, wrong request, and no memory or backend. Not that one of
#: this project's own components failed (3), nor that livn has a bug (70).
ANSWERS = {0, 1, 2, 4}


def main(family: str, seed: int, start: int, stop: int) -> None:
    """Run the inputs ``start`` to ``stop``."""
    from click.testing import CliRunner
    from families import FAMILIES, Base

    from livn_cli.main import main as livn

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    out = sys.stdout
    with tempfile.TemporaryDirectory(prefix="livn-robust-") as top:

        def run(words: list[str]):
            return CliRunner().invoke(livn, words)

        (Path(top) / "base").mkdir()
        base = Base(Path(top) / "base", run)
        for number in range(start, stop):
            folder = Path(top) / "trial"
            folder.mkdir()
            os.chdir(folder)
            rng = random.Random(f"{family}:{seed}:{number}")
            trial = FAMILIES[family](rng, folder, base)
            out.write(
                json.dumps({"begins": number, "words": [ascii(w) for w in trial.words]}) + "\n"
            )
            out.flush()
            done = run(trial.words)
            out.write(json.dumps({"fault": fault(done, trial)}) + "\n")
            out.flush()
            os.chdir(top)
            shutil.rmtree(folder)


def fault(done, trial) -> str | None:
    """Return what is wrong with how a command ended; None for nothing."""
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return f"{type(done.exception).__name__}: {done.exception!a:.300}"
    if done.exit_code not in ANSWERS:
        return f"exit code {done.exit_code}: {done.stderr.strip()[-400:]!a}"
    if "not enough memory" in done.stderr and "generate" not in trial.words:
        return f"memory: {done.stderr!a:.300}"
    if done.exit_code and not done.stderr.strip() and done.exit_code != 1:
        return f"exit code {done.exit_code} without a word"
    output = trial.output
    if output is None:
        return None
    left = [path.name for path in output.parent.glob(f".{output.name}*")]
    if left:
        return f"left over: {left}"
    if "--dry-run" in trial.words or done.exit_code:
        return (
            f"exit code {done.exit_code}, but '{output.name}' is there" if output.exists() else None
        )
    if not output.exists():
        return "exit code 0, but no output"
    return wrong(output) if trial.words[0] == "generate" else None


def wrong(output: Path) -> str | None:
    """Return what 'livn verify' finds fatal in a system that was made."""
    from livn_core.verify import verify

    report = verify(output, jobs=1)
    found = [verdict for verdict in report.verdicts if verdict.level == "fatal"]
    return f"verify: {found[0].check}: {found[0].found}"[:300] if found else None


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
