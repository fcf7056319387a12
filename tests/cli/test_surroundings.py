"""Where and in what surroundings a command runs: a folder that goes away, a variable that is wrong."""

from __future__ import annotations

import shutil


def test_a_system_that_is_replaced_from_within(livn, tmp_path):
    assert livn("generate", "EI1", "-o", "s").code == 0
    before = (tmp_path / "s" / "cells.h5").stat().st_ino
    ran = livn("generate", "EI1", "-o", ".", "--overwrite", cwd=tmp_path / "s")
    assert ran.code == 0, ran.err
    assert (tmp_path / "s" / "cells.h5").stat().st_ino != before


def test_a_folder_that_has_been_removed(livn_here, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    ran = livn_here("generate", "--total-cells", "5", "-o", "s")
    assert ran.code == 2
    assert ran.err.startswith("Error: the directory in which this runs has been removed")
    assert livn_here("plugins", "list").code == 0


def test_a_backend_of_matplotlib_that_there_is_not(livn, generated, tmp_path):
    shutil.copytree(generated, tmp_path / "s")
    ran = livn("plot", "s", "-o", "s.png", env=[("MPLBACKEND", "nonsense")])
    assert ran.code == 2
    assert "matplotlib does not start" in ran.err
    assert "unset MPLBACKEND" in ran.err
