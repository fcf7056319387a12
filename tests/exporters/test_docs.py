"""The commands of the how-to pages run as they stand there."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
DATA = Path(__file__).parents[1] / "mea_arrays" / "data"
#: Lines that need a recording of a device.
NOT_HERE = ("data.raw.h5",)


def commands(page: str) -> list[list[str]]:
    """Return the commands of a page's console blocks."""
    text = (HOW_TO / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("$ livn ")]
    return [
        shlex.split(line.removeprefix("$ livn "))
        for line in lines
        if not any(name in line for name in NOT_HERE)
    ]


@pytest.mark.parametrize(("page", "count"), [("export.md", 4), ("arrays.md", 12), ("select.md", 5)])
def test_commands(quick, generated: Path, tmp_path: Path, page: str, count: int):
    pytest.importorskip("probeinterface")
    shutil.copytree(generated, tmp_path / "culture")
    shutil.copyfile(DATA / "array.csv", tmp_path / "array.csv")
    shutil.copyfile(DATA / "probe.json", tmp_path / "probe.json")
    (tmp_path / "cells.csv").write_text(
        "population,x,y\n"
        + "".join(f"{'EXC' if i < 80 else 'INH'},{i * 7 % 100},{i}\n" for i in range(100))
    )
    found = commands(page)
    assert len(found) >= count
    for words in found:
        if words[0] == "generate" and "culture" in words:
            shutil.rmtree(tmp_path / "culture")
        ran = quick(*words)
        assert ran.exit_code == 0, (shlex.join(words), ran.stderr)
