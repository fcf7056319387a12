"""A system that was moved without the files that it was made of is no worse for that."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from livn_core import generate
from livn_core.verify import verify


@pytest.fixture(params=["factors", "image", "kernel"])
def system(request, tmp_path, monkeypatch):
    """A system, and the file that it was made of."""
    monkeypatch.chdir(tmp_path)
    np.save("image.npy", np.arange(1, 101).reshape(10, 10))
    (tmp_path / "factors").write_text("\n".join(map(str, range(1, 81))))
    (tmp_path / "kernel").write_text("distance,weight\n0,1\n900,0.5\n8000,0.2\n")
    sides = {"x_range": [0, 1000], "y_range": [0, 1000]}
    document = {
        "factors": {"populations": {"EXC": {"count": 80, "in_degree": {"path": "factors"}}}},
        "image": {"gradient": {"image": "image.npy", "pixel": 100}},
        "kernel": {"connectivity": {"kernel": "table", "kernel_kwargs": {"profile": "kernel"}}},
    }[request.param]
    counted = {} if request.param == "factors" else {"total_cells": 100}
    whole = {**counted, "area_kwargs": sides, "random_seed": 3, **document}
    generate(whole, output_directory="made").close()
    return tmp_path / "made", tmp_path / (
        "image.npy" if request.param == "image" else request.param
    )


def checks(report):
    return {(v.check, v.subject) for v in report.verdicts}


def test_the_copy_takes_the_place_of_a_file_that_is_gone(system):
    path, file = system
    before = verify(path)
    assert before.passed
    file.unlink()
    after = verify(path)
    assert after.passed
    assert checks(after) == checks(before)
    assert any(f"'{file.name}' is not there: the copy" in note for note in after.notes)


def test_another_file_of_the_name_is_not_taken(system):
    path, file = system
    file.write_text("1,2\n3,4\n")
    report = verify(path)
    assert report.passed
    assert any("is another file now" in note for note in report.notes)


def test_without_a_copy_the_numbers_are_not_tested_and_nothing_is_wrong(system):
    path, file = system
    file.unlink()
    shutil.rmtree(path / "inputs")
    report = verify(path)
    assert report.passed
    (warned,) = (v for v in report.verdicts if v.check == "configuration")
    assert "its numbers were not tested" in warned.found
    assert not {"mean-degree", "density"} & {v.check for v in report.verdicts}
