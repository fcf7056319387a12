"""``livn config``: results on stdout, YAML that is a configuration again, JSON with a version."""

import json

import pytest
from click.testing import CliRunner

from livn_cli.main import main
from livn_core.culture.validation import validate
from livn_core.documents.document import load_document


@pytest.fixture
def livn():
    def run(*arguments, code=0, **options):
        result = CliRunner().invoke(main, ["config", *arguments], **options)
        assert result.exit_code == code, result.output
        return result

    return run


def read_back(text, tmp_path):
    (tmp_path / "shown.yml").write_text(text)
    return validate(load_document(tmp_path / "shown.yml"))


def test_show_without_a_name_gives_the_defaults(livn, tmp_path):
    assert read_back(livn("show").stdout, tmp_path) == validate({})


def test_show_a_name_with_a_change(livn, tmp_path):
    text = livn(
        "show", "ei2", "--set", "connectivity.sigma=300", "--set", "mean_degree.EXC:INH=4"
    ).stdout
    config = read_back(text, tmp_path)
    assert config.connectivity.sigma == 300
    assert config.projection("EXC", "INH").mean_degree == 4
    assert sum(config.counts().values()) == 100


def test_show_a_file_and_standard_input(livn, tmp_path):
    (tmp_path / "net.yml").write_text("populations: {ON: {count: 5}}\n")
    shown = livn("show", str(tmp_path / "net.yml")).stdout
    assert livn("show", "-", input=shown).stdout == shown
    assert read_back(shown, tmp_path).counts() == {"ON": 5}


@pytest.mark.parametrize("name", ["EI1", "S1"])
def test_what_is_shown_is_of_the_same_form_and_shown_alike(livn, name):
    shown = livn("show", name).stdout
    assert livn("show", "-", input=shown).stdout == shown
    assert livn("show", "--json", "-", input=shown).stdout == livn("show", name, "--json").stdout


def test_show_json(livn):
    found = json.loads(livn("show", "E", "--json").stdout)
    assert found["version"] == 1
    assert found["generator"] == "culture2d"
    assert validate(found["configuration"]).counts() == {"EXC": 2600}


def test_show_a_wrong_one(livn, tmp_path):
    (tmp_path / "net.yml").write_text("total_cell: 5\nrandom_seed: -1\n")
    result = livn("show", str(tmp_path / "net.yml"), code=2)
    assert result.stdout == ""
    assert "net.yml:1 total_cell" in result.stderr
    assert "net.yml:2 random_seed" in result.stderr
    assert "did you mean 'EI2'" in livn("show", "EI22", code=2).stderr


def test_mangled_json_shows_what_arrived(livn):
    result = livn("show", "--set", "populations={EXC:{ratio:0.8}}", code=2)
    assert "{EXC:{ratio:0.8}}" in result.stderr
    assert "PowerShell" in result.stderr


def test_schema(livn):
    schema = json.loads(livn("schema").stdout)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["total_cells"]["anyOf"][0]["type"] == "integer"
    assert "default" not in schema["$defs"]["ProjectionConfig"]["properties"]["sigma"]
    wrapped = json.loads(livn("schema", "--json").stdout)
    assert wrapped == {"version": 1, "generator": "culture2d", "schema": schema}
    assert "did you mean 'culture2d'" in livn("schema", "--generator", "culture3d", code=2).stderr


def test_list(livn):
    text = livn("list").stdout
    assert "EI4" in text
    assert "10,000 cells" in text
    found = json.loads(livn("list", "--json").stdout)
    assert found["version"] == 1
    names = [entry["name"] for entry in found["configurations"]]
    assert names == sorted(names)
    assert {"EI1", "EI2", "EI3", "EI4", "E", "E5I", "E3I", "EI"} <= set(names)
