"""The keys of a culture's configuration: defaults, rules, resolution, and the way back."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livn_core.culture.config import Culture2DConfig
from livn_core.culture.transmitters import TRANSMITTERS, SynapseSite, synapse_site
from livn_core.culture.validation import validate
from livn_core.errors import ConfigError


def test_bare_defaults(base):
    config = validate({})
    assert config.counts() == {"EXC": 80, "INH": 20}
    assert config.area == "rectangle"
    assert config.z_range == (0.0, 10.0)
    assert config.seed == 123
    assert config.connectivity.kernel == "gaussian"
    assert config.connectivity.cutoff == 3.0
    assert config.populations["INH"].soma_only
    assert {p.name: p.rule.mean_degree for p in config.projections()} == dict.fromkeys(
        ("EXC->EXC", "INH->EXC", "EXC->INH", "INH->INH"), 10.0
    )


def test_python_gives_the_same_as_a_document():
    assert Culture2DConfig(total_cells=50) == validate({"total_cells": 50})


def test_models_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        validate({}).total_cells = 3


# -- a mapping that is given replaces the default ------------------------------------------------


def test_given_populations_leave_no_default_ones():
    config = validate({"populations": {"PYR": {"count": 10}}})
    assert config.counts() == {"PYR": 10}
    assert config.population_definitions == {"PYR": 12}


def test_given_degrees_leave_no_default_ones(base):
    base["connectivity"]["mean_degree"] = {"EXC->EXC": 8.0}
    assert [p.name for p in validate(base).projections()] == ["EXC->EXC"]
    base["connectivity"]["mean_degree"] = {"EXC->EXC": 8.0, "default": 0.0}
    assert [p.name for p in validate(base).projections()] == ["EXC->EXC"]
    base["connectivity"]["mean_degree"] = 5
    assert {p.rule.mean_degree for p in validate(base).projections()} == {5.0}


def test_degree_zero_is_no_projection(base):
    base["connectivity"]["mean_degree"] = {"EXC->EXC": 0, "default": 5}
    names = [p.name for p in validate(base).projections()]
    assert names == ["INH->EXC", "EXC->INH", "INH->INH"]


def test_source_comes_first(base):
    settings = validate(base).projection("EXC", "INH")
    assert (settings.source, settings.target, settings.rule.mean_degree) == ("EXC", "INH", 4.0)
    assert validate(base).projection("INH", "EXC").rule.mean_degree == 8.0


# -- projections -------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["EXC->INH", "EXC -> INH", " EXC->INH ", "EXC:INH", "EXC : INH"])
def test_spellings_of_a_projection(base, key):
    base["connectivity"]["mean_degree"] = {key: 3}
    base["connectivity"]["projections"] = {key: {"sigma": 50}}
    settings = validate(base).projection("EXC", "INH")
    assert (settings.rule.mean_degree, settings.rule.kernel.sigma) == (3.0, 50.0)


def test_what_a_projection_overrides(base):
    base["connectivity"]["projections"] = {
        "EXC->INH": {"sigma": 100, "kernel": "gaussian", "mean_degree": 2, "cutoff": None},
        "INH->EXC": {"min_probability": 0.01, "allow_self_connections": True, "cutoff": 1},
    }
    config = validate(base)
    one = config.projection("EXC", "INH")
    assert (one.kernel_name, one.rule.kernel.sigma, one.rule.cutoff, one.rule.cutoff_um) == (
        "gaussian",
        100.0,
        None,
        None,
    )
    assert (one.rule.mean_degree, one.rule.min_probability) == (2.0, None)
    assert (one.rule_name, one.rule.amplitude) == ("pairwise_bernoulli", None)
    two = config.projection("INH", "EXC")
    assert (two.kernel_name, two.rule.cutoff_um, two.rule.min_probability) == (
        "exponential",
        200.0,
        0.01,
    )
    assert two.allow_self_connections
    untouched = config.projection("EXC", "EXC")
    assert (untouched.rule.cutoff, untouched.rule.cutoff_um) == (3.0, 600.0)


def test_a_projection_of_its_own_is_made_though_the_default_is_none(base):
    base["connectivity"]["projections"] = {"INH->INH": {"mean_degree": 1}}
    assert "INH->INH" in [p.name for p in validate(base).projections()]


@pytest.mark.parametrize("where", ["mean_degree", "projections"])
@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("EXC->PV", "no population 'PV'"),
        ("EXc->INH", "did you mean 'EXC'"),
        ("EXC", "no projection"),
        ("EXC-INH", "no projection"),
        ("->INH", "no projection"),
        ("", "no projection"),
        ("EXC->INH->EXC", "no population 'INH->EXC'"),
    ],
)
def test_keys_that_name_no_projection(base, findings_of, where, key, words):
    base["connectivity"][where] = {key: 1 if where == "mean_degree" else {}}
    found = findings_of(base)
    assert list(found) == [f"connectivity.{where}.{key.strip()}"]
    assert words in found[f"connectivity.{where}.{key.strip()}"]


def test_a_projection_given_twice(base, findings_of):
    base["connectivity"]["mean_degree"] = {"EXC->INH": 1, "EXC:INH": 2}
    assert "twice" in findings_of(base)["connectivity.mean_degree.EXC:INH"]


def test_an_unknown_population_is_not_looked_up(base):
    with pytest.raises(ConfigError, match="did you mean 'EXC'"):
        validate(base).projection("EXCC", "INH")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (-1, "at least 0"),
        ("nan", "not text 'nan'"),
        ("10", "not text '10'"),
        (None, "not null"),
        (True, "not true"),
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        ([1], "not the list [1]"),
    ],
)
def test_degrees_that_are_none(base, findings_of, value, words):
    base["connectivity"]["mean_degree"] = value
    found = findings_of(base)
    assert list(found) == ["connectivity.mean_degree"]
    assert words in found["connectivity.mean_degree"]
    base["connectivity"]["mean_degree"] = {"EXC->EXC": value}
    found = findings_of(base)
    assert list(found) == ["connectivity.mean_degree.EXC->EXC"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sigma", 0),
        ("sigma", -5),
        ("sigma", None),
        ("sigma", "600"),
        ("sigma", float("inf")),
        ("cutoff", 0),
        ("cutoff", -1),
        ("cutoff", float("inf")),
        ("min_probability", 0),
        ("min_probability", 1.5),
        ("allow_self_connections", 1),
        ("allow_self_connections", "no"),
        ("kernel", "Gaussian"),
        ("kernel", ""),
        ("kernel", 3),
        ("kernel_kwargs", [1]),
        ("projections", []),
    ],
)
def test_connectivity_values_that_are_refused(base, findings_of, key, value):
    base["connectivity"][key] = value
    assert list(findings_of(base)) == [f"connectivity.{key}"]


def test_a_name_may_be_one_letter(base, findings_of):
    base["connectivity"] |= {"kernel": "k"}
    assert "no kernel named 'k'" in findings_of(base)["connectivity.kernel"]


def test_kernel_parameters(base, findings_of):
    base["connectivity"]["kernel_kwargs"] = {"slope": 2}
    assert "unknown key" in findings_of(base)["connectivity.kernel_kwargs.slope"]
    base["connectivity"]["kernel_kwargs"] = {"sigma": 2}
    assert "connectivity.sigma" in findings_of(base)["connectivity.kernel_kwargs.sigma"]
    base["connectivity"]["kernel_kwargs"] = {}
    base["connectivity"]["projections"] = {"EXC->INH": {"kernel": "gausian"}}
    assert (
        "did you mean 'gaussian'" in findings_of(base)["connectivity.projections.EXC->INH.kernel"]
    )


# -- populations -------------------------------------------------------------------------------


def test_transmitters_follow_the_type_and_the_type_the_transmitter(culture):
    config = culture(
        {
            "A": {"count": 1},
            "B": {"count": 1, "synapse_type": "inhibitory"},
            "C": {"count": 1, "transmitter": "cholinergic"},
            "D": {"count": 1, "transmitter": "glycinergic", "soma_only": False},
            "E": {"count": 1, "transmitter": None, "soma_only": None},
            "INH": {"count": 1},
        }
    )
    resolved = {
        n: (p.synapse_type, p.transmitter, p.soma_only) for n, p in config.populations.items()
    }
    assert resolved == {
        "A": ("excitatory", "glutamatergic", False),
        "B": ("inhibitory", "gabaergic", True),
        "C": ("excitatory", "cholinergic", False),
        "D": ("inhibitory", "glycinergic", False),
        "E": ("excitatory", "glutamatergic", False),
        "INH": ("inhibitory", "gabaergic", True),
    }


@pytest.mark.parametrize(
    ("entry", "path", "words"),
    [
        ({"synapse_type": "exc"}, "synapse_type", "did you mean 'excitatory'"),
        ({"synapse_type": "inhibitroy"}, "synapse_type", "did you mean 'inhibitory'"),
        ({"synapse_type": None}, "synapse_type", "not null"),
        ({"transmitter": "GABA"}, "transmitter", "did you mean"),
        (
            {"transmitter": "gabaergic", "synapse_type": "excitatory"},
            "transmitter",
            "is inhibitory",
        ),
        ({"soma_only": "yes"}, "soma_only", "true or false"),
    ],
)
def test_populations_that_are_refused(findings_of, entry, path, words):
    found = findings_of({"populations": {"A": {"count": 1, **entry}}})
    assert list(found) == [f"populations.A.{path}"]
    assert words in found[f"populations.A.{path}"]


def test_mechanisms_of_the_transmitters():
    assert TRANSMITTERS["glutamatergic"].mechanisms() == {
        "AMPA": {"e": 0, "g_unit": 0.0005, "tau_decay": 3.0, "tau_rise": 0.5, "weight": 1.0},
        "NMDA": {"e": 0, "g_unit": 0.0005, "tau_decay": 80.0, "tau_rise": 0.5, "weight": 1.0},
    }
    assert TRANSMITTERS["gabaergic"].mechanisms() == {
        "GABA_A": {"e": -60, "g_unit": 0.001, "tau_decay": 6.0, "tau_rise": 0.3, "weight": 1.0}
    }
    assert TRANSMITTERS["cholinergic"].mechanisms() == {
        "AMPA": {"e": 0, "g_unit": 0.0005, "tau_decay": 7.0, "tau_rise": 0.5, "weight": 7.0}
    }
    assert TRANSMITTERS["glycinergic"].mechanisms() == {
        "GABA_A": {"e": -70, "g_unit": 0.00025, "tau_decay": 5.0, "tau_rise": 0.3, "weight": 5.0}
    }


def test_synapses_land_on_somata_and_dendrites():
    dendrite, soma = (
        synapse_site("excitatory", target_soma_only=False),
        SynapseSite("soma", 0, 1, 1),
    )
    assert dendrite == SynapseSite("dend", 1, 4, 0)
    assert synapse_site("excitatory", target_soma_only=True) == SynapseSite("soma", 0, 1, 0)
    assert synapse_site("inhibitory", target_soma_only=False) == soma
    assert synapse_site("inhibitory", target_soma_only=True) == soma
    assert (SynapseSite.location, SynapseSite.layer) == (0.5, 0)


# -- area, seed, ranges ------------------------------------------------------------------------


def test_dotted_names_of_older_configurations():
    config = validate({"area": "systems.generate_2d.disk", "area_kwargs": {"radius": 300}})
    assert config.area_name == "disk"
    assert config.placement().radius == 300


@pytest.mark.parametrize(
    ("area", "kwargs", "path"),
    [
        ("dsk", {}, "area"),
        ("no_such_module.place", {}, "area"),
        ("no_such_file.py:place", {}, "area"),
        ("", {}, "area"),
        (3, {}, "area"),
        (None, {}, "area"),
        ("rectangle", {"radius": 300}, "area_kwargs.radius"),
        ("disk", {"radius": -1}, "area_kwargs.radius"),
        ("disk", {"radius": "300"}, "area_kwargs.radius"),
        ("disk", {"radius": float("nan")}, "area_kwargs.radius"),
        ("disk", [1], "area_kwargs"),
        ("disk", None, "area_kwargs"),
    ],
)
def test_areas_that_are_refused(findings_of, area, kwargs, path):
    assert list(findings_of({"area": area, "area_kwargs": kwargs})) == [path]


def ring(count, rng, *, radius=100.0):
    """Place cells on a circle."""
    angle = rng.uniform(0, 2 * np.pi, count)
    return radius * np.cos(angle), radius * np.sin(angle)


def test_a_function_for_an_area():
    config = validate({"area": ring, "area_kwargs": {"radius": np.float32(2.5)}})
    assert config.area_name == "custom"
    assert config.area_kwargs == {"radius": 2.5}
    assert config.effective()["area"] == f"{__name__}.ring"
    again = validate(config.document())
    assert again.effective() == config.effective()
    assert again.placement().place(3, np.random.default_rng(0)).shape == (3, 2)


def test_every_file_of_a_document_is_found_from_anywhere(tmp_path, monkeypatch):
    (tmp_path / "cells.csv").write_text("x,y,population\n0,0,EXC\n9,0,EXC\n0,9,INH\n")
    (tmp_path / "hubs.csv").write_text("factor\n1\n2\n")
    (tmp_path / "edges.csv").write_text("source,target\n0,1\n")
    (tmp_path / "profile.csv").write_text("distance,weight\n0,1\n100,0\n")
    monkeypatch.chdir(tmp_path)
    config = validate(
        {
            "area": "file",
            "area_kwargs": {"path": "cells.csv"},
            "populations": {"EXC": {"out_degree": {"path": "hubs.csv"}}, "INH": {}},
            "connectivity": {
                "kernel": "table",
                "kernel_kwargs": {"profile": "profile.csv"},
                "mean_degree": 1,
                "projections": {
                    "EXC->EXC": {"rule": "from_file", "rule_kwargs": {"edges": "edges.csv"}},
                    "INH->EXC": {
                        "kernel": "mixture",
                        "kernel_kwargs": {
                            "parts": [{"kernel": "table", "profile": "profile.csv", "share": 1}]
                        },
                    },
                },
            },
        }
    )
    document = config.document()
    connectivity = document["connectivity"]
    projections = connectivity["projections"]
    assert document["area_kwargs"]["path"] == str(tmp_path / "cells.csv")
    assert document["populations"]["EXC"]["out_degree"]["path"] == str(tmp_path / "hubs.csv")
    assert connectivity["kernel_kwargs"]["profile"] == str(tmp_path / "profile.csv")
    assert projections["EXC->EXC"]["rule_kwargs"]["edges"] == str(tmp_path / "edges.csv")
    part = projections["INH->EXC"]["kernel_kwargs"]["parts"][0]
    assert part["profile"] == str(tmp_path / "profile.csv")
    # The record stays short.
    assert config.effective()["connectivity"]["kernel_kwargs"]["profile"] == "profile.csv"


def test_a_function_without_a_name_stays_what_it_is():
    config = validate({"area": lambda count, rng: rng.random((count, 2))})
    json.dumps(config.effective())
    assert config.document()["area"] is config.area
    assert validate(config.document()) == config


def test_degrees_give_way_unless_that_is_an_error():
    asked = {"connectivity": {"mean_degree": 5}}
    assert validate(asked).projection("EXC", "INH").rule.unreachable_degree == "largest"
    asked["connectivity"]["unreachable_degree"] = "error"
    asked["connectivity"]["projections"] = {"EXC->EXC": {"unreachable_degree": "largest"}}
    assert validate(asked).projection("EXC", "INH").rule.unreachable_degree == "error"
    assert validate(asked).projection("EXC", "EXC").rule.unreachable_degree == "largest"


def test_a_function_in_a_file_beside_the_configuration(tmp_path, monkeypatch):
    from livn_core.documents.document import load_document

    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "place.py").write_text(
        "def ring(count, rng):\n    return rng.random((count, 2))\n"
    )
    (tmp_path / "sub" / "net.yml").write_text("area: place.py:ring\n")
    monkeypatch.chdir(tmp_path)
    config = validate(load_document("sub/net.yml"))
    assert config.area == f"{tmp_path}/sub/place.py:ring"
    monkeypatch.chdir("/")
    assert validate(config.effective()) == config


@pytest.mark.parametrize(
    ("value", "seed"), [(0, 0), (4294967296, 2**32), (2**63, 2**63), (2**200, 2**200), (1.0, 1)]
)
def test_seeds(value, seed):
    assert validate({"random_seed": value}).seed == seed


@pytest.mark.parametrize("value", [-1, "abc", True, False, 1.5, float("nan"), [1], "1"])
def test_seeds_that_are_refused(findings_of, value):
    assert list(findings_of({"random_seed": value})) == ["random_seed"]


def test_a_seed_of_null_is_drawn_and_kept():
    first, second = validate({"random_seed": None}), validate({"random_seed": None})
    assert first.seed != second.seed
    assert validate(first.effective()).seed == first.seed
    assert Culture2DConfig(random_seed=None).seed >= 0


@pytest.mark.parametrize(
    "value", [[10, 0], [1], [1, 2, 3], "ab", None, 5, [0, "10"], [0, float("nan")], [True, 2]]
)
def test_ranges_that_are_refused(findings_of, value):
    (path,) = findings_of({"z_range": value})
    assert path.startswith("z_range")


def test_values_from_python():
    config = validate(
        {
            "z_range": (np.float32(0), np.int64(5)),
            "area_kwargs": {"x_range": np.array([0, 500]), "y_range": (0, 500)},
            "output_directory": Path("x"),
            "random_seed": np.uint64(2**63),
        }
    )
    assert config.z_range == (0.0, 5.0)
    assert config.area_kwargs == {"x_range": [0, 500], "y_range": [0, 500]}
    assert config.output_directory == "x"
    assert json.loads(json.dumps(config.effective(), allow_nan=False)) == config.effective()


@pytest.mark.parametrize("value", [object(), {1, 2}, 1j, lambda: 0])
def test_parameters_that_no_file_can_hold(findings_of, value):
    assert list(findings_of({"area": ring, "area_kwargs": {"radius": value}})) == [
        "area_kwargs.radius"
    ]


def test_keys_from_python_must_be_texts(findings_of):
    assert "quotes" in findings_of({"populations": {1: {"count": 2}}})["populations.1"]


def test_a_mapping_that_holds_itself():
    document = {}
    document["area_kwargs"] = document
    with pytest.raises(ConfigError, match="holds itself"):
        validate(document)


# -- the way back ------------------------------------------------------------------------------

names = st.sampled_from(["EXC", "INH", "PV", "ON", "1", "α", "a b"])
populations = st.dictionaries(
    names,
    st.fixed_dictionaries(
        {"count": st.integers(0, 50)},
        optional={
            "transmitter": st.sampled_from([*TRANSMITTERS, None]),
            "soma_only": st.sampled_from([True, False, None]),
        },
    ),
    min_size=1,
).filter(lambda found: any(entry["count"] for entry in found.values()))


@st.composite
def documents(draw):
    found = draw(populations)
    keys = st.sampled_from([f"{a}{s}{b}" for a in found for b in found for s in ("->", " -> ")])
    degree = st.floats(0, 100)
    connectivity = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "kernel": st.sampled_from(["gaussian", "exponential"]),
                "sigma": st.floats(1e-3, 1e9),
                "cutoff": st.none() | st.floats(1e-3, 10),
                "min_probability": st.none() | st.floats(1e-9, 1),
                "mean_degree": degree
                | st.dictionaries(keys, degree, max_size=3).filter(
                    lambda d: len({k.replace(" -> ", "->") for k in d}) == len(d)
                ),
                "projections": st.dictionaries(
                    keys,
                    st.fixed_dictionaries(
                        {},
                        optional={
                            "sigma": st.floats(1e-3, 1e9),
                            "cutoff": st.none() | st.floats(1e-3, 10),
                            "mean_degree": degree,
                            "kernel": st.sampled_from(["gaussian", "exponential"]),
                        },
                    ),
                    max_size=1,
                ),
            },
        )
    )
    document = {"populations": found, "connectivity": connectivity}
    if draw(st.booleans()):
        document["random_seed"] = draw(st.none() | st.integers(0, 2**80))
    return document


@given(documents())
def test_the_effective_configuration_is_the_same_configuration(document):
    config = validate(document)
    effective = json.loads(json.dumps(config.effective(), allow_nan=False))
    again = validate(effective)
    assert again.model_dump() == config.model_dump()
    assert again.effective() == effective
    assert again.gid_ranges() == config.gid_ranges()
    assert again.projections() == config.projections()
