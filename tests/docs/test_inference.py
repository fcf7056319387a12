"""The page on inference runs, and finds the truth; that on sweeps draws its picture."""

from __future__ import annotations

import os
import re
import subprocess
import sys


def test_the_page_recovers_what_it_says(blocks, pages, tmp_path):
    found = blocks(pages["docs/how-to/inference.md"])
    page, picture, listed = (text for kind, text in found if kind == "python")
    page = page.replace("(800, 2)", "(300, 2)") + picture
    for name, text in (("page", page), ("listed", listed)):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    said = [
        subprocess.run(
            [sys.executable, f"{name}.py"],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "MPLBACKEND": "agg"},
        ).stdout
        for name in ("page", "listed")
    ]
    for key, truth in (("sigma", 90.0), ("mean_degree", 6.0)):
        found, error = map(float, re.search(rf"{key}: (\S+) \+- (\S+)", said[0]).groups())
        assert abs(found - truth) < 3 * max(error, 0.1)
    # Three degrees of freedom: above 16.3 in one case of a thousand.
    assert all(float(n) < 16.3 for n in re.search(r"square: \[(.*)\]", said[0])[1].split())
    assert len(said[1].splitlines()) == 4
    assert (tmp_path / "posterior.png").read_bytes().startswith(b"\x89PNG")


def test_the_picture_of_a_sweep_is_drawn(blocks, pages, tmp_path, monkeypatch):
    (program,) = (t for kind, t in blocks(pages["docs/how-to/sweeps.md"]) if kind == "python")
    monkeypatch.setenv("MPLBACKEND", "agg")
    (tmp_path / "page.py").write_text(program.replace("25:300:25", "50:300:250"), encoding="utf-8")
    subprocess.run([sys.executable, "page.py"], cwd=tmp_path, check=True)
    assert (tmp_path / "lengths.png").read_bytes().startswith(b"\x89PNG")
