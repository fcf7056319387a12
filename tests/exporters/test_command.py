"""``livn export`` as a user types it."""

from __future__ import annotations

import json

import pytest


def test_export_with_a_parameter(livn, livn_here, culture, tmp_path):
    ran = livn("export", str(culture.path), "--format", "npz", "-o", "out", "-P", "whole=false")
    assert ran.code == 0, ran.err
    assert (tmp_path / "out" / "EXC-INH.npz").is_file()
    assert ran.out.startswith("out: npz, 5 files")
    again = livn_here("export", str(culture.path), "-f", "npz", "-o", "out", "--json")
    assert again.code == 2
    assert "exists already" in json.loads(again.out)["error"]["message"]
    flag = livn_here(
        "export", str(culture.path), "-f", "csv", "--synapses", "-o", "out", "--overwrite", "--json"
    )
    assert flag.code == 0, flag.err
    assert json.loads(flag.out)["files"] == ["nodes.csv", "edges.csv", "export.json"]
    assert "syn_locs" in (tmp_path / "out" / "edges.csv").open().readline()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-f", "sonatta"], "did you mean 'sonata'"),
        (["-f", "csv", "-P", "synapse=true"], "did you mean 'synapses'"),
        (["-f", "csv", "-P", "synapses"], "not of the form KEY=VALUE"),
        ([], "Missing option '--format'"),
    ],
)
def test_mistakes(livn_here, culture, tmp_path, words: list[str], message: str):
    ran = livn_here("export", str(culture.path), "-o", "out", *words)
    assert ran.code == 2
    assert message in ran.err
    assert "Traceback" not in ran.err
    assert list(tmp_path.iterdir()) == []


def test_half_a_system(livn_here, tmp_path):
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "cells.h5").write_text("")
    ran = livn_here("export", "half", "-f", "csv")
    assert ran.code == 2
    assert "connections.h5, graph.json are missing" in ran.err
