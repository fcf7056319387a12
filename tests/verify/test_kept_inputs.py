"""A file that a system was made of is known by its content, wherever and whatever it is by now."""

from __future__ import annotations

import json

import pytest

ROWS = "x,y,population\n" + "".join(f"{k * 37 % 500},{k * 91 % 500},EXC\n" for k in range(20))


@pytest.fixture
def made(livn_here, tmp_path):
    (tmp_path / "cells.csv").write_text(ROWS)
    document = {
        "area": "file",
        "area_kwargs": {"path": "cells.csv"},
        "populations": {"EXC": {"count": 20}},
        "connectivity": {"sigma": 900.0, "mean_degree": 3},
    }
    (tmp_path / "net.json").write_text(json.dumps(document))
    assert livn_here("generate", "net.json", "-o", "k").code == 0
    return tmp_path


def test_the_copy_takes_the_place_of_another_file(made, livn_here):
    (made / "cells.csv").write_text(ROWS.replace("37", "38", 1).replace("0,0", "1,1", 1))
    ran = livn_here("reproduce", "k")
    assert ran.code == 0
    assert "'cells.csv' is another file now" in ran.out


def test_reproduced_from_elsewhere(made, livn_here, monkeypatch):
    (made / "other").mkdir()
    monkeypatch.chdir(made / "other")
    ran = livn_here("reproduce", str(made / "k"), "--json")
    assert ran.code == 0
    assert "'cells.csv' is not there" in json.loads(ran.out)["notes"][0]


def test_neither_the_file_nor_the_copy(made, livn_here):
    (made / "k" / "inputs" / "cells.csv").unlink()
    (made / "cells.csv").write_text(ROWS.replace("0,0", "1,1", 1))
    ran = livn_here("reproduce", "k")
    assert ran.code == 2
    assert "was made of 'cells.csv'" in ran.err
    (made / "cells.csv").write_text(ROWS)
    assert "Note: 'cells.csv'" not in livn_here("reproduce", "k").out
