"""The commands of the how-to pages run as they stand there, and write what they say."""

from __future__ import annotations

import runpy
import shlex
import shutil
from pathlib import Path

import pytest

#: Lines that need a recording of a device.
NOT_HERE = ("data.raw.h5",)
#: What a file of each kind begins with.
BEGINNINGS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF", ".html": b"<!doctype html>"}


@pytest.fixture
def fenced(root, blocks):
    """Return the blocks of a how-to page in one language."""

    def read(page: str, language: str) -> list[str]:
        text = (root / "docs" / "how-to" / page).read_text(encoding="utf-8")
        return [body for kind, body in blocks(text) if kind == language]

    return read


@pytest.mark.parametrize(("page", "count"), [("export.md", 4), ("arrays.md", 13), ("select.md", 6)])
def test_commands(livn_here, fenced, generated: Path, data: Path, page: str, count: int):
    pytest.importorskip("probeinterface")
    shutil.copytree(generated, "culture")
    shutil.copyfile(data / "array.csv", "array.csv")
    shutil.copyfile(data / "probe.json", "probe.json")
    Path("cells.csv").write_text(
        "population,x,y\n"
        + "".join(f"{'EXC' if i < 80 else 'INH'},{i * 7 % 100},{i}\n" for i in range(100))
    )
    for drawing in fenced(page, "xml"):
        pytest.importorskip("svgelements")
        Path("chip.svg").write_text(drawing)
    lines = [
        line.removeprefix("$ livn ")
        for block in fenced(page, "console")
        for line in block.splitlines()
        if line.startswith("$ livn ") and not any(name in line for name in NOT_HERE)
    ]
    assert len(lines) >= count
    for line in lines:
        words = shlex.split(line)
        if words[0] == "generate" and "culture" in words:
            shutil.rmtree("culture")
        ran = livn_here(*words)
        assert ran.code == 0, (line, ran.err)


@pytest.mark.parametrize(("page", "count"), [("plot.md", 10), ("view.md", 2)])
def test_commands_and_python(livn_here, fenced, page: str, count: int):
    pytest.importorskip("matplotlib")
    ran = 0
    for block in fenced(page, "console"):
        lines = block.splitlines()
        for line, after in zip(lines, [*lines[1:], ""], strict=True):
            if not line.startswith("$ livn "):
                continue
            done = livn_here(*shlex.split(line.removeprefix("$ livn ")))
            assert done.code == 0, (line, done.err)
            if not line.startswith(("$ livn plot", "$ livn view")):
                continue
            written = Path(done.out.strip())
            assert written.read_bytes().lstrip().startswith(BEGINNINGS[written.suffix]), line
            if after and not after.startswith("$"):
                assert str(written) == after
            ran += 1
    assert ran == count
    for block in fenced(page, "python"):
        Path("page.py").write_text(block, encoding="utf-8")
        runpy.run_path("page.py")
