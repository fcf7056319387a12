"""The commands of the pages about pictures run as they stand there, and write what they say."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from livn_cli.main import main

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


@pytest.mark.parametrize(("page", "count"), [("plot.md", 6), ("view.md", 2)])
def test_commands_and_python(page, count, culture, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(culture, "culture")
    text = (HOW_TO / page).read_text(encoding="utf-8")
    ran = 0
    for block in re.findall(r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        lines = block.splitlines()
        for line, after in zip(lines, [*lines[1:], ""], strict=True):
            if not line.startswith("$ livn "):
                continue
            done = CliRunner().invoke(main, shlex.split(line.removeprefix("$ livn ")))
            assert done.exit_code == 0, (line, done.output)
            written = done.stdout.strip()
            assert Path(written).stat().st_size > 1000
            if after and not after.startswith("$"):
                assert written == after
            ran += 1
    assert ran == count
    for block in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        Path("page.py").write_text(block, encoding="utf-8")
        runpy.run_path("page.py")
