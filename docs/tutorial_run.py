"""Runs the tutorial and writes its real output and pictures: ``python docs/tutorial_run.py``.

A test runs :func:`run` and compares. Console blocks hold commands and what they print; the output
of a ``python`` block stands in the ``text`` block after it.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
PAGE = DOCS / "tutorial.md"
BLOCK = re.compile(
    r"^```(console|python)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL
)


def run(text: str, folder: Path) -> str:
    """Run the blocks of a page, in order, in ``folder``; return the page with what they print."""
    program: list[str] = []
    marker = "--- end of a block ---"
    for kind, body, _ in BLOCK.findall(text):
        if kind == "python":
            program.append(f"{body}\nprint({marker!r})\n")
    outputs: list[str] | None = None

    def replace(match: re.Match) -> str:
        nonlocal outputs
        kind, body, _ = match.groups()
        if kind == "console":
            lines = [line for line in body.splitlines() if line.startswith("$ ")]
            shown = "".join(f"{line}\n{_command(line[2:], folder)}" for line in lines)
            return f"```console\n{shown}```\n"
        if outputs is None:
            # The Python blocks are one program; the culture is there by now.
            (folder / "simulate.py").write_text("".join(program), encoding="utf-8")
            outputs = _program(folder).split(f"{marker}\n")
        printed = outputs.pop(0)
        after = f"\n```text\n{printed}```\n" if printed else ""
        return f"```python\n{body}```\n{after}"

    return BLOCK.sub(replace, text)


def _command(line: str, folder: Path) -> str:
    from click.testing import CliRunner

    from livn_cli.main import main

    words = shlex.split(line)
    if words.pop(0) != "livn":
        raise SystemExit(f"{PAGE}: not a command of livn: {line}")
    with contextlib.chdir(folder):
        done = CliRunner(env={"COLUMNS": "80", "NO_COLOR": "1"}).invoke(main, words)
    if done.exit_code:
        raise SystemExit(f"{line} ended with {done.exit_code}:\n{done.output}")
    return done.output


def _program(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "simulate.py"], cwd=folder, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"the Python blocks failed:\n{done.stderr}")
    return done.stdout


def _smaller(source: Path, target: Path) -> None:
    """Store a picture with a palette, at most 1,000 pixels wide."""
    from PIL import Image

    with Image.open(source) as image:
        image = image.convert("RGB")
        image.thumbnail((1000, 1000))
        image.quantize(64).save(target, optimize=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        PAGE.write_text(run(PAGE.read_text(encoding="utf-8"), Path(name)), encoding="utf-8")
        for picture in Path(name).glob("tutorial-*.png"):
            _smaller(picture, DOCS / "images" / picture.name)
