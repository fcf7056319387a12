"""Every mistake at once, each with its path, plain words, the nearest key, and its line."""

import pytest

from livn_core.culture.validation import validate
from livn_core.documents.document import load_document
from livn_core.errors import ConfigError

FIVE = """\
area: disk
area_kwargs: {radius: -3}
total_cell: 50
populations:
  EXC:
    ration: 0.8
  INH: {count: 20, synapse_type: inhib}
connectivity:
  sigma: "300"
  mean_degree: {EXC->PV: 4}
"""


def test_five_mistakes_are_five_findings_with_their_lines(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yml").write_text(FIVE.replace("area_kwargs: {radius: -3}\n", "\n"))
    with pytest.raises(ConfigError) as caught:
        validate(load_document("net.yml"))
    assert [(f.source, f.path) for f in caught.value.findings] == [
        ("net.yml:6", "populations.EXC.ration"),
        ("net.yml:7", "populations.INH.synapse_type"),
        ("net.yml:9", "connectivity.sigma"),
        ("net.yml:3", "total_cell"),
        ("net.yml:10", "connectivity.mean_degree.EXC->PV"),
    ]
    assert "5 mistakes" in caught.value.message


def test_parameters_of_components_are_reported_with_the_rest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yml").write_text(FIVE)
    with pytest.raises(ConfigError) as caught:
        validate(load_document("net.yml"))
    found = {f.path: f.source for f in caught.value.findings}
    assert found["area_kwargs.radius"] == "net.yml:2"
    assert len(found) == 6


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"connectivty": {}}, "connectivty", "did you mean 'connectivity'"),
        ({"connectivity": {"sigam": 300}}, "connectivity.sigam", "did you mean 'sigma'"),
        ({"populations": {"EXC": {"ration": 0.8}}}, "populations.EXC.ration", "mean 'ratio'"),
        ({"area_kwargs": {"radius": 300}}, "area_kwargs.radius", "x_range, y_range"),
        ({"periodic": True}, "periodic", "valid keys: area, area_kwargs"),
        ({"total_cell": 50}, "total_cell", "did you mean 'total_cells'"),
        ({"Total_Cells": 50}, "Total_Cells", "did you mean 'total_cells'"),
        ({"sigma": 50}, "sigma", "did you mean 'connectivity.sigma'"),
        ({"area": "disk", "radius": 5}, "radius", "'area_kwargs.radius' or 'clusters.radius'"),
        ({"radius": 5}, "radius", "'area_kwargs.radius' of area: cylinder, disk"),
        ({"x_range": [0, 5]}, "x_range", "did you mean 'area_kwargs.x_range'?"),
        ({"area": "disk", "x_range": [0, 5]}, "x_range", "did you mean 'z_range'?"),
        ({"connectivity": {"kernel": "Gaussian"}}, "connectivity.kernel", "mean 'gaussian'"),
        (
            {"connectivity": {"projections": {"EXC->INH": {"sigam": 1}}}},
            "connectivity.projections.EXC->INH.sigam",
            "did you mean 'sigma'",
        ),
    ],
)
def test_misspelt_and_unknown_keys(findings_of, change, path, words):
    found = findings_of(change)
    assert list(found) == [path]
    assert words in found[path]


def test_counts_are_checked_though_another_key_is_wrong(findings_of):
    found = findings_of(
        {"populations": {"A": {"count": 1e1}, "B": {"ratio": 1.0}}, "total_cells": 1e1, "x": 1}
    )
    assert set(found) == {"x", "populations.B"}
