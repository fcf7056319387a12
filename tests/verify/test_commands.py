"""``livn verify`` and ``livn reproduce`` as a user meets them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest

from livn_core.errors import SystemFormatError
from livn_core.verify import verify


def test_a_right_system(livn, culture: Path) -> None:
    done = livn("verify", str(culture))
    assert done.code == 0, done.err
    # On a busy machine a phase may take long enough to be told.
    assert re.fullmatch(r"(?:[\w >-]+: [\d.]+ s\n)*", done.err)
    lines = done.out.splitlines()
    assert lines[0].split() == ["level", "check", "of", "p", "found"]
    assert lines[-1].startswith(f"{culture} is right: ")
    assert all(line.startswith(("ok ", "level")) for line in lines[: lines.index("")])


def test_a_wrong_system_as_json(livn_here, spoiled: Callable[[str], Path]) -> None:
    path = spoiled("culture")
    with h5py.File(path / "connections.h5", "r+") as file:
        file["Projections/EXC/EXC/Edges/Source Index"][7] = 240
    done = livn_here("verify", str(path), "--json")
    assert done.code == 1
    document = json.loads(done.out)
    assert document["version"] == 1
    assert document["passed"] is False
    fatal = [v for v in document["verdicts"] if v["level"] == "fatal"]
    assert fatal[0]["check"] == "source-range"
    assert fatal[0]["subject"] == "EXC->EXC"
    assert set(fatal[0]) == {
        "level", "check", "subject", "found", "expected", "statistic", "p_value"
    }  # fmt: skip


def test_directories_that_hold_no_system(livn_here, tmp_path: Path, culture: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = livn_here("verify", "empty", "--failures")
    assert done.code == 2
    assert done.out == ""
    assert "there is no system in 'empty', which is empty" in done.err
    (tmp_path / "other").mkdir()
    (tmp_path / "other/notes.txt").write_text("nothing")
    with pytest.raises(SystemFormatError, match=r"there is no system in '.*other'$"):
        verify(tmp_path / "other")
    (tmp_path / "half").mkdir()
    (tmp_path / "half/cells.h5").write_bytes((culture / "cells.h5").read_bytes())
    (found,) = verify(tmp_path / "half").of("fatal")
    assert found.found == "connections.h5 and graph.json are missing"
    (tmp_path / "half/cells.h5").rename(tmp_path / "half/provenance.json")
    found = verify(tmp_path / "half").of("fatal")[0]
    assert found.found == "cells.h5, connections.h5 and graph.json are missing"
    with pytest.raises(SystemFormatError, match="'nowhere' does not exist"):
        verify("nowhere")


def test_reproduce(livn, livn_here, spoiled: Callable[[str], Path]) -> None:
    path = spoiled("culture")
    done = livn("reproduce", str(path))
    assert done.code == 0, done.err
    assert done.out.startswith(f"{path} is reproduced: equal content")
    with h5py.File(path / "cells.h5", "r+") as file:
        file["Populations/EXC/Generated Coordinates/Z Coordinate/Attribute Value"][0] = 0.125
    done = livn_here("reproduce", str(path), "--json")
    assert done.code == 1
    document = json.loads(done.out)
    assert document["equal"] is False
    assert [d["path"].rsplit("/", 2)[1] for d in document["differences"]] == ["Z Coordinate"]


def test_the_page_names_every_check(root: Path) -> None:
    code = "".join(p.read_text() for p in (root / "livn_core/verify").glob("*.py"))
    checks = re.findall(r'\b(?:check|test|_judge_count)\(\s*(?:audit,\s*)?"([a-z0-9-]+)"', code)
    checks += re.findall(r'\badd\(\s*"(?:fatal|warning)",\s*"([a-z0-9-]+)"', code)
    page = (root / "docs/how-to/verify.md").read_text()
    assert len(set(checks)) > 50
    assert [check for check in sorted(set(checks)) if f"`{check}`" not in page] == []
