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


def test_every_file_of_a_configuration_is_kept(livn_here, tmp_path, monkeypatch):
    """Of rules, of kernels and of kernels inside them, and the factors of populations."""
    (tmp_path / "hubs.csv").write_text("factor\n" + "1.5\n0.5\n" * 20)
    (tmp_path / "profile.csv").write_text("distance,weight\n0,1\n300,0.5\n900,0.1\n")
    (tmp_path / "inner.csv").write_text("distance,weight\n0,1\n200,0.2\n")
    pairs = "\n".join(f"{k},{(k + 1) % 40}" for k in range(40))
    (tmp_path / "edges.csv").write_text(f"source,target\n{pairs}\n")
    document = {
        "area": "disk",
        "populations": {
            "EXC": {"count": 40, "in_degree": {"path": "hubs.csv"}},
            "INH": {"count": 40},
        },
        "connectivity": {
            "kernel": "table",
            "kernel_kwargs": {"profile": "profile.csv"},
            "mean_degree": 5,
            "projections": {
                "INH->EXC": {
                    "kernel": "mixture",
                    "kernel_kwargs": {
                        "parts": [
                            {"kernel": "table", "profile": "inner.csv", "share": 0.5},
                            {"kernel": "gaussian", "sigma": 300, "share": 0.5},
                        ]
                    },
                },
                "EXC->EXC": {"rule": "from_file", "rule_kwargs": {"edges": "edges.csv"}},
            },
        },
    }
    (tmp_path / "net.json").write_text(json.dumps(document))
    made = livn_here("generate", "net.json", "-o", "k")
    assert made.code == 0, made.err
    kept = {path.name for path in (tmp_path / "k" / "inputs").iterdir()}
    assert kept == {"hubs.csv", "profile.csv", "inner.csv", "edges.csv"}
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    ran = livn_here("reproduce", str(tmp_path / "k"))
    assert ran.code == 0, ran.err
