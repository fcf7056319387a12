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
        ({"sigam": 50}, "sigam", "did you mean 'connectivity.sigma' or 'clusters.sigma'?"),
        ({"mean_degre": 5}, "mean_degre", "did you mean 'connectivity.mean_degree'?"),
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


def test_a_mixture_has_parts(findings_of):
    found = findings_of({"connectivity": {"kernel": "mixture", "kernel_kwargs": {"parts": []}}})
    assert found == {"connectivity.kernel_kwargs.parts": "must not be empty"}


def test_counts_are_checked_though_another_key_is_wrong(findings_of):
    found = findings_of(
        {"populations": {"A": {"count": 1e1}, "B": {"ratio": 1.0}}, "total_cells": 1e1, "x": 1}
    )
    assert set(found) == {"x", "populations.B"}


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"area_kwargs": {"x_range": [0, 1e300]}}, "area_kwargs", "at most 1e+09"),
        ({"area": "modules", "area_kwargs": {"side": 1e300}}, "area_kwargs", "at most 1e+09"),
        ({"area": "sphere", "area_kwargs": {"radius": 1e200}}, "area_kwargs", "at most 1e+09"),
        ({"spacing": 1e300}, "spacing", "must be at most 1000000000"),
        ({"margin": 2000}, "margin", "leaves nothing of pieces 4000 um wide"),
        ({"area": "modules", "margin": 100}, "margin", "leaves nothing of pieces 200 um wide"),
        ({"clusters": {"count": 3, "sigma": 1e300}}, "clusters.sigma", "must be at most"),
        ({"density": 1e300, "total_cells": None}, "density", "must be at most"),
        (
            {"connectivity": {"delay": {"cv": 1e300}}},
            "connectivity.delay.cv",
            "must be at most 100",
        ),
        ({"selections": {"a/b": 100}}, "selections.a/b", "must be letters, digits"),
    ],
)
def test_sizes_that_no_culture_has(findings_of, change, path, words):
    assert words in findings_of({"total_cells": 50, **change})[path]


@pytest.mark.parametrize(
    ("population", "connectivity", "key"),
    [
        ({"neurites": {"axon_length": 300}}, {}, "neurites"),
        ({"in_degree": {"law": "gamma", "cv": 1}}, {"rule": "axon"}, "in_degree"),
        ({"out_degree": {"law": "gamma", "cv": 1}}, {"rule": "axon"}, "out_degree"),
        ({"degree_correlation": 0.5}, {}, "degree_correlation"),
        (
            {"in_degree": {"law": "gamma", "cv": 1}, "degree_correlation": 0.5},
            {},
            "degree_correlation",
        ),
    ],
)
def test_keys_of_cells_that_no_rule_reads(findings_of, population, connectivity, key):
    document = {
        "populations": {"EXC": {"count": 5, "synapse_type": "excitatory", **population}},
        "connectivity": connectivity,
    }
    assert list(findings_of(document)) == [f"populations.EXC.{key}"]


def test_keys_of_cells_that_one_rule_reads():
    """What belongs to a cell holds in those of its projections whose rules read it."""
    factors = {"in_degree": {"law": "gamma", "cv": 1}, "neurites": {"axon_length": 300}}
    validate(
        {
            "populations": {"EXC": {"count": 5, **factors}, "INH": {"count": 5}},
            "connectivity": {"projections": {"EXC->INH": {"rule": "axon"}}},
        }
    )
