"""``livn config``: results on stdout, YAML that is a configuration again, JSON with a version."""

import json

import pytest

from livn_core.culture.validation import validate
from livn_core.documents.document import load_document


@pytest.fixture
def config(livn_here):
    """Run ``livn config``, which is to end with a code; return what it said."""

    def run(*words, code=0, stdin=None):
        ran = livn_here("config", *words, stdin=stdin)
        assert ran.code == code, ran.err
        return ran

    return run


def read_back(text, tmp_path):
    (tmp_path / "shown.yml").write_text(text)
    return validate(load_document(tmp_path / "shown.yml"))


def test_show_without_a_name_gives_the_defaults(config, tmp_path):
    assert read_back(config("show").out, tmp_path) == validate({})


def test_show_a_name_with_a_change(config, tmp_path):
    text = config(
        "show", "ei2", "--set", "connectivity.sigma=300", "--set", "mean_degree.EXC:INH=4"
    ).out
    shown = read_back(text, tmp_path)
    assert shown.connectivity.sigma == 300
    assert shown.projection("EXC", "INH").rule.mean_degree == 4
    assert sum(shown.counts().values()) == 100


def test_show_a_file_and_standard_input(config, tmp_path):
    (tmp_path / "net.yml").write_text("populations: {ON: {count: 5}}\n")
    shown = config("show", str(tmp_path / "net.yml")).out
    assert config("show", "-", stdin=shown).out == shown
    assert read_back(shown, tmp_path).counts() == {"ON": 5}


@pytest.mark.parametrize("name", ["EI1", "S1"])
def test_what_is_shown_is_of_the_same_form_and_shown_alike(config, name):
    shown = config("show", name).out
    assert config("show", "-", stdin=shown).out == shown
    assert config("show", "--json", "-", stdin=shown).out == config("show", name, "--json").out


def test_show_json(config):
    found = json.loads(config("show", "E", "--json").out)
    assert found["version"] == 1
    assert found["generator"] == "culture2d"
    assert validate(found["configuration"]).counts() == {"EXC": 2600}


def test_show_a_wrong_one(config, tmp_path):
    (tmp_path / "net.yml").write_text("total_cell: 5\nrandom_seed: -1\n")
    result = config("show", str(tmp_path / "net.yml"), code=2)
    assert result.out == ""
    assert "net.yml:1 total_cell" in result.err
    assert "net.yml:2 random_seed" in result.err
    assert "did you mean 'EI2'" in config("show", "EI22", code=2).err


def test_mangled_json_shows_what_arrived(config):
    result = config("show", "--set", "populations={EXC:{ratio:0.8}}", code=2)
    assert "{EXC:{ratio:0.8}}" in result.err
    assert "PowerShell" in result.err


def test_schema(config):
    schema = json.loads(config("schema").out)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["total_cells"]["anyOf"][0]["type"] == "integer"
    assert "default" not in schema["$defs"]["ProjectionConfig"]["properties"]["sigma"]
    wrapped = json.loads(config("schema", "--json").out)
    assert wrapped == {"version": 1, "generator": "culture2d", "schema": schema}
    assert schema["properties"]["random_seed"]["minimum"] == 0
    assert "did you mean 'culture2d'" in config("schema", "--generator", "culture3d", code=2).err


def test_list(config):
    text = config("list").out
    assert "EI4" in text
    assert "10,000 cells" in text
    found = json.loads(config("list", "--json").out)
    assert found["version"] == 1
    names = [entry["name"] for entry in found["configurations"]]
    assert names == sorted(names)
    assert {"EI1", "EI2", "EI3", "EI4", "E", "E5I", "E3I", "EI"} <= set(names)


def test_new_is_the_defaults_with_a_comment_for_every_key(livn_here, tmp_path):
    ran = livn_here("config", "new")
    assert ran.code == 0, ran.err
    assert all(len(line) <= 80 for line in ran.out.splitlines())
    (tmp_path / "net.yml").write_text(ran.out)
    shown = livn_here("config", "show", "net.yml", "--json").out
    assert shown == livn_here("config", "show", "--json").out
    listed = json.loads(livn_here("config", "keys", "--json").out)["keys"]
    text = " ".join(ran.out.replace("#", "").split())
    for key in listed:
        if "projections.*" not in key["key"]:
            assert key["key"].rpartition(".")[2] + ":" in text
            assert key["meaning"][:12] in text
    assert text.count("share of the cells") == 1
    small = livn_here("config", "new", "S1")
    (tmp_path / "S1.yml").write_text(small.out)
    assert livn_here("config", "show", "S1.yml", "--json").code == 0


def test_keys_have_default_unit_and_meaning_from_the_models(livn_here):
    ran = livn_here("config", "keys")
    assert "connectivity.sigma  500.0 (um)" in ran.out.splitlines()
    assert all(len(line) <= 80 for line in ran.out.splitlines())
    listed = json.loads(livn_here("config", "keys", "--json").out)["keys"]
    keys = {key["key"]: key for key in listed}
    assert keys["connectivity.cutoff"]["default"] == 3.0
    assert keys["z_range"]["unit"] == "um"
    assert "default" not in keys["populations.*.ratio"]  # it depends on count
    assert "connectivity.projections.*.mean_degree" in keys
    layered = json.loads(livn_here("config", "keys", "--generator", "layered3d", "--json").out)
    assert {key["key"] for key in layered["keys"]} >= {"Geometry.Parametric Surface.Rotation"}
    assert livn_here("config", "keys", "--generator", "none").code == 2
