"""Regions and kernels at the edge of what numbers hold: right systems are called right."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from layered_document import DOCUMENT

from livn_core import generate
from livn_core.verify import verify


@pytest.mark.parametrize(
    "change",
    [
        {"area_kwargs": {"x_range": [0, 1e-200], "y_range": [0, 1000]}},
        {"area_kwargs": {"x_range": [5000, 5000.001], "y_range": [0, 1000]}},
        {"connectivity": {"sigma": 1e-300, "mean_degree": 5, "cutoff": 3.0}},
        {"connectivity": {"kernel": "exponential", "sigma": 1e-310, "mean_degree": 5}},
        {"connectivity": {"rule": "fixed_indegree", "mean_degree": 1e300}},
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning", "error::RuntimeWarning")
def test_a_right_system_is_right(tmp_path, change):
    document = {
        "total_cells": 60,
        "area": "rectangle",
        "area_kwargs": {"x_range": [0, 1000], "y_range": [0, 1000]},
        "connectivity": {"sigma": 200.0, "mean_degree": {"default": 3, "EXC->PV": 2}},
        "populations": {"EXC": {"ratio": 0.8}, "INH": {"ratio": 0.2}, "PV": {"count": 6}},
        **change,
    }
    with generate(document, output_directory=tmp_path / "made"):
        report = verify(tmp_path / "made")
    assert [v for v in report.verdicts if v.level == "fatal"] == []


@pytest.mark.parametrize("width", [1e-300, 1e-4])
@pytest.mark.filterwarnings("ignore::UserWarning", "error::RuntimeWarning")
def test_a_layer_too_narrow_for_the_files_to_tell_places_apart(tmp_path, width):
    """Told from even places: none below the spacing of float32, two steps of it 1 mm from 0."""
    document = copy.deepcopy(DOCUMENT)
    far = 0 if width < 1e-200 else 1000
    extents = document["Geometry"]["Parametric Surface"]["Layer Extents"]
    extents["SP"] = [[0, far, 100], [1000, far + width, 150]]
    for cell_type in document["Cell Types"].values():
        cell_type["morphology"] = str(Path(__file__).parents[1] / "data" / "cell.swc")
    with generate(document, output_directory=tmp_path / "made"):
        report = verify(tmp_path / "made")
    assert [v for v in report.verdicts if v.level == "fatal"] == []
    assert not any(v.check == "density" and "SP" in v.subject for v in report.verdicts)


def test_what_pyfive_cannot_read_is_a_finding(tmp_path, monkeypatch):
    """It has an exception of its own for a damaged header, which h5py may read over."""
    pyfive = pytest.importorskip("pyfive")
    from pyfive.core import InvalidHDF5File

    system = generate({"total_cells": 20}, output_directory=tmp_path / "s")
    known = pyfive.File.__getitem__

    def broken(file, key):
        if "Populations" in str(key) and "H5Types" in str(key):
            raise InvalidHDF5File("unknown dataspace message version")
        return known(file, key)

    monkeypatch.setattr(pyfive.File, "__getitem__", broken)
    report = verify(system.path)
    assert [each.check for each in report.verdicts if each.level == "fatal"] == ["pyfive", "pyfive"]
    assert any("unknown dataspace" in each.found for each in report.verdicts)
