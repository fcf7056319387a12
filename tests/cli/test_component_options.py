"""Options from fields: of rule, kernel and area, lengths with units, ranges, clashes, notes."""

from __future__ import annotations

import json

import click
import pytest
from click.testing import CliRunner
from pydantic import BaseModel, Field

from livn_cli import component_options
from livn_cli.component_options import Choice, ComponentCommand, typed_settings


def configuration(ran):
    """Return what a finished generate has recorded."""
    assert ran.code == 0, ran.err
    return json.loads(ran.out)["provenance"]["configuration"]


@pytest.fixture
def generated_with(livn_here):
    """Generate 30 cells and return the configuration that was recorded."""

    def run(*words):
        words = ("generate", *words, "--total-cells", "30", "--overwrite", "--json")
        return configuration(livn_here(*words))

    return run


def test_rule_and_kernel_bring_their_options(generated_with, livn_here):
    connectivity = generated_with(
        *("--rule", "fixed_indegree", "--kernel", "exponential", "--sigma", "200"),
        *("--mean-degree", "2", "--cutoff", "30", "--allow-self-connections"),
    )["connectivity"]
    assert connectivity["rule"] == "fixed_indegree"
    assert connectivity["kernel"] == "exponential"
    assert connectivity["sigma"] == 200
    assert connectivity["mean_degree"] == 2
    assert connectivity["cutoff"] == 30
    assert connectivity["allow_self_connections"] is True
    assert generated_with("--cutoff", "null")["connectivity"]["cutoff"] is None
    help_text = livn_here("generate", "--rule", "fixed_indegree", "--help").out
    for flag in ("--rule", "--kernel", "--sigma", "--mean-degree", "--cutoff", "--distance"):
        assert f"  {flag} " in help_text


def test_what_only_a_record_has_is_no_option_of_the_help(livn_here):
    told = livn_here("generate", "--area", "shape", "--help").out
    assert "--tolerance" in told
    assert "--rings" not in told
    assert "--source" not in told
    rings = '[{"outer": [[0, 0], [500, 0], [0, 500]]}]'
    ran = livn_here("generate", "--set", f"area_kwargs.rings={rings}", "--area", "shape", "--json")
    assert configuration(ran)["area_kwargs"]["rings"][0]["outer"][1] == [500, 0]


def test_a_rule_s_own_fields_go_to_its_kwargs(livn_here, monkeypatch, tmp_path):
    class Rule(BaseModel):
        axon_length: float = Field(1000.0, description="mean length of the axons, um")
        mean_degree: float = 10.0

    load = component_options._load
    monkeypatch.setattr(
        component_options, "_load", lambda kind, name: Rule if name == "axons" else load(kind, name)
    )

    seen = []
    command = ComponentCommand(
        "try",
        callback=lambda **values: seen.extend(typed_settings(values)),
        choices=(
            Choice("connectivity", ("--rule",), key="connectivity.rule"),
            Choice("generator", ("--generator",), always=("culture2d",)),
        ),
        params=[click.Option(["--rule"])],
    )
    ran = CliRunner().invoke(
        command, ["--rule", "axons", "--axon-length", "0.8mm", "--mean-degree", "{EXC->EXC: 3}"]
    )
    assert ran.exit_code == 0, ran.output
    assert [(s.name, s.value, s.source) for s in seen] == [
        ("connectivity.rule", "axons", "--rule"),
        ("connectivity.rule_kwargs", {}, "--rule"),
        ("mean_degree", {"EXC->EXC": 3}, "--mean-degree"),
        ("connectivity.rule_kwargs.axon_length", 800, "--axon-length"),
    ]


@pytest.mark.parametrize(
    ("typed", "um"),
    [
        ("300", 300),
        ("300um", 300),
        ("0.3mm", 300),
        ("3e-1 mm", 300),
        ("0.03cm", 300),
        ("70nm", 0.07),
    ],
)
def test_lengths_carry_units(generated_with, typed, um):
    made = generated_with("--area", "disk", "--radius", typed)
    assert made["area_kwargs"]["radius"] == um


@pytest.mark.parametrize("typed", [("-500", "0.5mm"), ("-500,0.5mm",), ("[-500, 500]",)])
def test_ranges_are_two_values_a_comma_or_json(generated_with, typed):
    made = generated_with("--area", "rectangle", "--x-range", *typed, "--y-range", "0", "1mm")
    assert made["area_kwargs"] == {"x_range": [-500, 500], "y_range": [0, 1000]}


def test_what_follows_a_range_is_no_part_of_it(generated_with):
    made = generated_with("--area", "rectangle", "--x-range", "-500", "500", "EI2")
    assert made["area_kwargs"] == {"x_range": [-500, 500]}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--area", "dsk"), "--area: no placement named 'dsk'; did you mean 'disk'?"),
        (("--area", "dsk", "--radius", "300"), "--area: no placement named 'dsk'"),
        (("--rule", "fixed"), "--rule: no connectivity rule named 'fixed'"),
        (("--kernel", "gausian"), "--kernel: no kernel named 'gausian'; did you mean 'gaussian'?"),
        (("--kernel", "fixed_indegree"), "--kernel: 'fixed_indegree' is a connectivity rule"),
        (("--rule", "gaussian"), "--rule: 'gaussian' is a kernel"),
        (("--sigma", "-3"), "--sigma: must be greater than 0, not -3"),
        (("--sigma", "wide"), "--sigma: must be a number, not text 'wide'"),
        (("--area", "disk", "--radius", "-3"), "--radius: must be greater than 0, not -3"),
        (("--area", "disk", "--radius", "300 px"), "300um or 0.3mm"),
        (("--area", "disk", "--radius", "300", "um"), "300um"),
        (("--area", "rectangle", "--x-range", "5"), "--x-range"),
        (("--rule", "fixed_indegree", "--amplitude", "0.1"), "--amplitude: no rule of this"),
        (("--set", "sigma=-3"), "--set connectivity.sigma: must be greater than 0"),
        (("--seed", "many"), "--seed: must be a whole number"),
        (("S1", "--sigma", "3"), "--sigma: unknown key"),
        (
            ("--radius", "300"),
            "No such option: --radius; it comes with --area cylinder or --area disk or",
        ),
        (("--radios", "300"), "No such option"),
        (
            ("--rule", "axon", "--set", "connectivity.rule_kwargs.amplitude=0.3"),
            "amplitude has a key of its own: connectivity.amplitude",
        ),
        (("--config", "study.yml"), "Hint: 'livn sweep study.yml' makes a study's"),
        (("EI2", "--scale", "0.1"), "Hint: --scale: for networks of layered3d"),
        (("EI2", "--no-trees"), "Hint: --trees: for networks of layered3d"),
        (("S1", "--total-cells", "9"), "'--scale 0.1' (a factor of the cells)?"),
        (("S1", "--density", "9"), "did you mean 'Geometry.Cell Distribution' or '--scale 0.1'"),
        (("flat.yml",), "EXC: must be a mapping ('key: value'), not 80; valid keys: ratio, count"),
        (("flat.yml",), "radius: must be a number, not '0.4 mm'; lengths are numbers of um"),
        (("flat.yml",), "sigma: must be a number, not text '0.2mm'; lengths are numbers of um"),
    ],
)
def test_mistakes_name_the_option(livn_here, tmp_path, words, says):
    (tmp_path / "study.yml").write_text("base: EI2\nvary: {total_cells: [10, 20]}\n")
    (tmp_path / "flat.yml").write_text(
        "area: disk\narea_kwargs: {radius: 0.4 mm}\n"
        "populations: {EXC: 80}\nconnectivity: {sigma: 0.2mm}\n"
    )
    ran = livn_here("generate", *words, "--dry-run")
    assert ran.code == 2, (ran.out, ran.err)
    assert says in " ".join(ran.err.split())
    assert "--set area" not in ran.err


def test_naming_a_component_drops_the_parameters_of_the_one_it_replaces(livn_here, tmp_path):
    (tmp_path / "net.yml").write_text(
        "area: disk\narea_kwargs: {radius: 300}\ntotal_cells: 30\n"
        "connectivity: {amplitude: 0.5, kernel: gaussian, kernel_kwargs: {}, sigma: 150}\n"
    )
    words = ("generate", "net.yml", "--json", "--overwrite")
    made = configuration(livn_here(*words, "--area", "rectangle", "--kernel", "exponential"))
    assert made["area_kwargs"] == {}
    assert made["connectivity"]["kernel"] == "exponential"
    assert made["connectivity"]["sigma"] == 150
    made = configuration(livn_here(*words, "--mean-degree", "2"))
    assert made["connectivity"]["mean_degree"] == 2
    assert made["area_kwargs"] == {"radius": 300}
    assert "amplitude" not in made["connectivity"]


def test_a_projection_keeps_its_own_key_and_a_note_says_so(livn_here, tmp_path):
    (tmp_path / "net.yml").write_text(
        "total_cells: 30\n"
        "connectivity: {mean_degree: 1, projections: {EXC->INH: {sigma: 120, kernel: gaussian}}}\n"
    )
    ran = livn_here("generate", "net.yml", "--sigma", "200", "--cutoff", "30")
    assert ran.code == 0, ran.err
    assert "EXC->INH keeps its own sigma: 120.0; --sigma is for the others" in ran.err
    assert "cutoff" not in ran.err
    ran = livn_here("generate", "net.yml", "--kernel", "exponential", "--overwrite")
    assert "EXC->INH keeps its own kernel: gaussian; --kernel is for the others" in ran.err


class First(BaseModel):
    path: str = "a"
    json_: int = 1
    seed: int = 1


class Second(BaseModel):
    path: str = "b"


@pytest.fixture
def clashing(monkeypatch):
    """Return a command whose two components both have a path, and one a seed as the command has."""
    kinds = {"one": First, "two": Second}
    monkeypatch.setattr(component_options, "_load", lambda kind, name: kinds[name])
    seen = []
    command = ComponentCommand(
        "try",
        callback=lambda **values: seen.extend((s.name, s.value) for s in typed_settings(values)),
        choices=(
            Choice("placement", ("--area",), key="area"),
            Choice("connectivity", ("--rule",), defaults=("two",), key="connectivity.rule"),
        ),
        params=[click.Option(["--area"]), click.Option(["--rule"]), click.Option(["--seed"])],
    )

    def run(*words):
        seen.clear()
        ran = CliRunner().invoke(command, list(words))
        return ran, [setting for setting in seen if "path" in setting[0] or "seed" in setting[0]]

    return run


def test_a_flag_of_two_chosen_components_is_refused_with_both_long_forms(clashing):
    ran, _ = clashing("--area", "one", "--rule", "two", "--path", "x")
    assert ran.exit_code == 2
    assert "--area.path or --rule.path" in ran.output
    ran, settings = clashing("--area", "one", "--rule", "two", "--area.path", "x", "--rule.path=y")
    assert ran.exit_code == 0, ran.output
    assert settings == [("area_kwargs.path", "x"), ("connectivity.rule_kwargs.path", "y")]
    help_text = clashing("--area", "one", "--rule", "two", "--help")[0].output
    assert "--area.path" in help_text
    assert "--rule.path" in help_text


def test_a_chosen_component_goes_before_a_default_and_the_command_before_both(clashing):
    _, settings = clashing("--area", "one", "--path", "x")
    assert settings == [("area_kwargs.path", "x")]
    _, settings = clashing("--area", "one", "--seed", "5", "--area.seed", "7")
    assert settings == [("area_kwargs.seed", 7)]
    assert "--area.path" not in clashing("--area", "one", "--help")[0].output


def test_lists_of_numbers_are_written_with_commas(generated_with):
    words = ("--kernel", "table", "--distances", "0,0.1mm,400um", "--weights", "1,0.5,0")
    connectivity = generated_with(*words, "--amplitude", "0.5")["connectivity"]
    assert connectivity["kernel_kwargs"] == {"distances": [0, 100, 400], "weights": [1, 0.5, 0]}


@pytest.mark.parametrize("words", [("net.yml",), ("--config", "net.yml"), ("--config=net.yml",)])
def test_fields_of_what_the_configuration_names_are_options(livn_here, tmp_path, words):
    (tmp_path / "distances.csv").write_text("distance,weight\n0,1\n300,0\n")
    (tmp_path / "net.yml").write_text(
        "area: disk\narea_kwargs: {radius: 300, inner_radius: 50}\ntotal_cells: 30\n"
        "connectivity: {amplitude: 0.5, kernel: table, kernel_kwargs: {profile: none.csv}}\n"
    )
    typed = ("--area.radius", "0.4mm", "--profile=distances.csv", "--overwrite")
    made = configuration(livn_here("generate", *words, *typed, "--json"))
    assert made["area_kwargs"] == {"radius": 400, "inner_radius": 50}
    assert made["connectivity"]["kernel_kwargs"]["profile"].endswith("distances.csv")
    refused = livn_here("generate", *words, *typed, "--pitch", "3")
    assert refused.code == 2
    assert "No such option" in refused.err


def test_a_file_that_is_not_there_names_the_option(livn_here, tmp_path):
    (tmp_path / "net.yml").write_text("area: file\n\narea_kwargs: {path: none.csv}\n")
    assert "net.yml:3 area_kwargs: 'none.csv' does not" in livn_here("generate", "net.yml").err
    typed = livn_here("generate", "net.yml", "--area", "file", "--path", "other.csv")
    assert "--area area_kwargs: 'other.csv' does not exist" in typed.err


def test_an_empty_default_is_not_shown(livn_here):
    told = livn_here("generate", "--backend", "slurm", "--help").out
    assert "--resources" in told
    assert "default: {}" not in told
    assert "default: []" not in told
