"""The full form, the short form, and every mistake with its place."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from livn_core.documents.changes import Setting
from livn_core.documents.document import load_document
from livn_core.documents.shipped import systems_directory
from livn_core.errors import ConfigError
from livn_core.execute import resolve
from livn_core.layered.configuration import validate
from livn_core.layered.program import LayeredProgram

SHIPPED = ["S1", "S2", "S3", "S4", "CA1"]


def shipped(name):
    return validate(load_document(systems_directory() / "config" / f"{name}.yml"))


def findings(document):
    with pytest.raises(ConfigError) as caught:
        validate(document)
    return [str(finding) for finding in caught.value.findings]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_configurations_are_valid_and_mean_the_same_again(name):
    config = shipped(name)
    document = json.loads(json.dumps(config.effective()))
    assert validate(document).effective() == config.effective()
    assert "!include" not in json.dumps(document)
    assert str(Path.cwd()) not in json.dumps(document)


@pytest.mark.parametrize(
    ("name", "exc", "inh"),
    [
        ("S1", {"SP": 7}, {"SO": 1, "SP": 2, "SR": 1}),
        ("S2", {"SP": 80}, {"SO": 5, "SP": 10, "SR": 5}),
        ("S3", {"SP": 800}, {"SO": 75, "SP": 100, "SR": 25}),
        ("S4", {"SP": 8000}, {"SO": 750, "SP": 1000, "SR": 250}),
    ],
)
def test_the_shipped_counts(name, exc, inh):
    empty = {"SO": 0, "SP": 0, "SR": 0, "SLM": 0}
    assert shipped(name).distribution == {"EXC": empty | exc, "INH": empty | inh}


def test_ca1_has_the_published_figures(data):
    config = shipped("CA1")
    with (data / "ca1" / "projections.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    rules = config.connections.synapses
    found = {
        (post, pre, rule.type, section, layer, share)
        for post, sources in rules.items()
        for pre, rule in sources.items()
        for section, layer, share in zip(rule.sections, rule.layers, rule.proportions, strict=True)
    }
    assert found == {
        (r["post"], r["pre"], r["type"], r["section"], r["layer"], float(r["proportion"]))
        for r in rows
    }
    with (data / "ca1" / "synapse_density.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    densities = {
        (name, section, kind, layer, density.mean, density.variance)
        for name, cell_type in config.cell_types.items()
        for section, kinds in cell_type.synapses.density.items()
        for kind, layers in kinds.items()
        for layer, density in layers.items()
    }
    keys = ("population", "section", "type", "layer")
    assert densities == {
        (*(r[key] for key in keys), float(r["mean per um"]), float(r["sd per um"])) for r in rows
    }
    with (data / "ca1" / "mechanisms.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        section = row["section (* = any)"].replace("*", "default")
        mechanism = rules[row["post"]][row["pre"]].mechanisms[section][row["mechanism"]]
        assert mechanism.g_unit == float(row["g_unit"])
        assert mechanism.weight == float(row["weight"])
        assert mechanism.tau_rise == float(row["tau_rise_ms"])
        assert mechanism.tau_decay == float(row["tau_decay_ms"])
        assert mechanism.e == (float(row["e_mV"]) if row["e_mV"] else None)
    assert config.counts()["PYR"] == 311500
    assert sum(config.counts().values()) == 311500 + 34470 + 494700


def test_the_short_form_of_the_guide():
    base = systems_directory() / "config"
    short = {
        "Definitions": load_document(base / "_definitions.yml").data,
        "Cell Types": {
            name: {**entry, "morphology": f"systems/morphology/{name}.swc"}
            for name, entry in load_document(base / "_cell_types.yml").data.items()
        },
        "Synapses": load_document(base / "_synapses.yml").data,
        "Geometry": {
            "Cell Distribution": {
                "EXC": {"Layer": "SP", "Count": 7},
                "INH": {"Layer": "SO, SP, SR", "Count": 3},
            },
            "Axon Extent": {"EXC": 1000.0, "INH": 500.0},
        },
    }
    config = validate(short)
    assert config.distribution == {
        "EXC": {"SO": 0, "SP": 7, "SR": 0, "SLM": 0},
        "INH": {"SO": 1, "SP": 1, "SR": 1, "SLM": 0},
    }
    extents = config.connections.axon_extents
    assert extents["EXC"]["default"].width == (1000, 1000)
    assert extents["INH"]["default"].width == (500, 500)
    assert config.connections.synapses == shipped("S1").connections.synapses
    assert config.geometry.surface == shipped("S1").geometry.surface


def test_the_short_form_needs_no_definitions():
    geometry = {"Cell Distribution": {"PV": {"Layer": "SO", "Count": 2}, "EXC": {"SP": 3}}}
    config = validate({"Geometry": geometry})
    assert [(p.name, p.type_id, p.count) for p in config.populations()] == [
        ("EXC", 100, 3),
        ("PV", 101, 2),
    ]
    assert config.definitions.layers == shipped("S1").definitions.layers


@pytest.mark.parametrize(("count", "shares"), [(3, [1, 1, 1]), (5, [2, 2, 1]), (1, [1, 0, 0])])
def test_a_short_count_is_spread_evenly(document, folder, count, shares):
    document["Geometry"]["Cell Distribution"]["INH"] = {"Layer": "SR, SP, SO", "Count": count}
    layers = validate(document).distribution["INH"]
    assert [layers[name] for name in ("SR", "SP", "SO")] == shares


def test_what_cannot_be_read_in_the_short_form_has_no_other_consequences(document, folder):
    document["Geometry"]["Cell Distribution"]["INH"] = {"Layer": "SO", "Count": 3, "SP": 1}
    (text,) = findings(document)
    assert "Cell Distribution.INH.SP: the short form has the keys" in text
    document["Geometry"]["Cell Distribution"]["INH"].pop("SP")
    document["Geometry"]["Axon Extent"] = document["Connection Generator"].pop("Axon Extent")
    document["Connection Generator"]["Axon Extent"] = {"EXC": 500}
    (text,) = findings(document)
    assert "Geometry.Axon Extent: is given twice" in text


def test_every_mistake_with_its_file_and_line(tmp_path):
    (tmp_path / "net.yml").write_text(
        """\
Definitions:
  Layers: {SO: 5, SP: 6}
  Populations: {PYR: 100, BAS: 101}  # and there is no BAS
Geometry:
  Parametric Surface:
    Layer Extents:
      SO: [[0, 0, 10], [60, 60, 0]]
      SP: [[0, 0, 10], [60, 60, 15]]
  Cell Distribution:
    PYR: {SP: -7}
  Cell Distributoin: {}
Connection Generator:
  Axon Extent:
    PYR: {default: {width: [100, 0]}}
  Synapses:
    PYR:
      PYR: {type: exc, sections: [soma], layers: [SP, SO], proportions: [1]}
"""
    )
    with pytest.raises(ConfigError) as caught:
        validate(load_document(tmp_path / "net.yml"))
    found = [(f.path, f.source.rpartition(":")[2]) for f in caught.value.findings]
    assert {line for _, line in found} == {"3", "7", "10", "11", "14", "17"}
    text = str(caught.value)
    assert "did you mean 'Cell Distribution'?" in text
    assert "excitatory" in text
    assert "width" in text


def test_a_mistake_does_not_hide_those_that_need_the_whole(document, folder):
    document["Geometri"] = {}  # a key that is not known
    document["Geometry"]["Cell Distribution"]["INH"]["SP"] = -1  # a value out of bounds
    document["Geometry"]["Cell Distribution"]["EXC"]["SQ"] = 3  # a layer that is not there
    rules = document["Connection Generator"]["Synapses"]
    rules["EXC"]["INH"]["proportions"][0] += 0.5
    document["Cell Types"]["EXC"]["morphology"] = "absent.swc"
    with pytest.raises(ConfigError) as caught:
        validate(document)
    text = str(caught.value)
    assert len(caught.value.findings) == 5, text
    for part in ("unknown key 'Geometri'", "at least 0, not -1", "'SQ'", "not 1 (", "'absent.swc'"):
        assert part in text


def test_what_only_follows_from_a_mistake_is_not_told(document, folder):
    extents = document["Connection Generator"]["Axon Extent"]
    extents["INH"]["default"]["width"] = [0, 0]  # is not missing, but wrong
    document["Geometry"]["Cell Distribution"]["INH"] = {"SP": -4}  # has cells
    document["Connection Generator"]["Synapses"]["EXC"]["EXC"]["type"] = "excit"
    with pytest.raises(ConfigError) as caught:
        validate(document)
    found = {finding.path for finding in caught.value.findings}
    assert found == {
        "Connection Generator.Axon Extent.INH.default.width[0]",
        "Connection Generator.Axon Extent.INH.default.width[1]",
        "Geometry.Cell Distribution.INH.SP",
        "Connection Generator.Synapses.EXC.EXC.type",
    }


@pytest.mark.parametrize("broken", [3, {"Layers": 3}, {"Layers": {"SO": "x"}}, []])
def test_where_nothing_valid_is_left_the_mistakes_are_told_alone(document, folder, broken):
    document["Definitions"] = broken
    with pytest.raises(ConfigError) as caught:
        validate(document)
    assert all(finding.path.startswith("Definitions") for finding in caught.value.findings)


def test_names_that_do_not_exist_find_the_nearest(document, folder):
    document["Geometry"]["Cell Distribution"]["INH"] = {"SRM": 4}
    document["Geometry"]["Cell Constraints"] = {"EXX": {"SP": [0, 10]}}
    document["Connection Generator"]["Synapses"]["EXC"]["EXC"]["layers"][0] = "SOO"
    document["Connection Generator"]["Axon Extent"]["INHH"] = {"default": {"width": [1, 1]}}
    document["Cell Types"]["EXC"]["synapses"]["density"]["apical"]["excitatory"]["SL"] = {"mean": 1}
    found = findings(document)
    names = {"SRM": "SR", "EXX": "EXC", "SOO": "SO", "INHH": "INH", "SL": "SLM"}
    for wrong, right in names.items():
        assert any(f"'{wrong}'; did you mean '{right}'?" in text for text in found), wrong


def test_proportions_that_do_not_sum_to_one_show_their_sums(document, folder):
    rules = document["Connection Generator"]["Synapses"]["EXC"]
    rules["INH"]["proportions"] = [0.2, 0.6]
    rules["EXC"]["proportions"] = [0.7, 1.1, 0.4]
    found = findings(document)
    assert len(found) == 2
    assert any("basal/SO sum to 0.9, not 1 (EXC 0.7 + INH 0.2)" in text for text in found)
    assert any("apical/SR sum to 1.1, not 1 (EXC 1.1)" in text for text in found)


def test_proportions_may_be_off_by_rounding(document, folder):
    rules = document["Connection Generator"]["Synapses"]["EXC"]
    rules["EXC"]["proportions"][0], rules["INH"]["proportions"][0] = 0.7000000001, 0.3
    assert validate(document)


def test_synapses_of_no_projection_are_an_error_where_there_is_dendrite(document, folder):
    del document["Connection Generator"]["Synapses"]["INH"]["EXC"]["sections"][1]
    del document["Connection Generator"]["Synapses"]["INH"]["EXC"]["layers"][1]
    del document["Connection Generator"]["Synapses"]["INH"]["EXC"]["proportions"][1]
    (text,) = findings(document)
    assert "excitatory synapses on apical/SR of 'INH' (100 um of dendrite)" in text
    assert "belong to no projection" in text


def test_a_density_that_meets_no_dendrite_is_named(document, folder):
    density = document["Cell Types"]["INH"]["synapses"]["density"]
    density["ais"] = {"inhibitory": {"default": {"mean": 1.0}}}
    density["basal"]["excitatory"]["SLM"] = {"mean": 1.0}
    (warning,) = LayeredProgram(validate(document)).warnings()
    assert "INH excitatory basal/SLM" in warning
    assert "INH inhibitory ais/default" in warning


@pytest.mark.parametrize("name", ["A/B", "..", "", "A->B", " A"])
def test_a_name_that_no_file_can_hold_is_refused_before_anything_is_made(name, document, folder):
    document["Definitions"]["Populations"][name] = 7
    document["Geometry"]["Cell Distribution"][name] = {"SP": 2}
    with pytest.raises(ConfigError, match="name"):
        validate(document)


def test_no_layer_is_called_default(document, folder):
    document["Definitions"]["Layers"]["default"] = 11
    with pytest.raises(ConfigError, match="'default' stands for every layer"):
        validate(document)


def test_a_source_needs_an_axon_extent_and_cells(document, folder):
    document["Connection Generator"]["Axon Extent"]["INH"] = {"SR": {"width": [10, 10]}}
    document["Geometry"]["Cell Distribution"]["EXC"] = {"SP": 0}
    found = findings(document)
    assert any("'Axon Extent' has neither 'SO' nor 'default' for 'INH'" in text for text in found)
    assert any("'EXC' has no cells, so it cannot be a source" in text for text in found)


def test_targets_need_a_cell_type(document, folder):
    del document["Cell Types"]["INH"]
    (text,) = findings(document)
    assert "'Cell Types' has no 'INH'" in text


def test_without_synapses_only_somata_are_made(document, folder):
    del document["Connection Generator"], document["Cell Types"]
    program = LayeredProgram(validate(document))
    assert not program.tables
    assert "only the somata are made" in program.warnings()[0]


def test_a_population_of_no_cells_that_is_no_source(document, folder):
    del document["Connection Generator"], document["Cell Types"]
    document["Geometry"]["Cell Distribution"]["EXC"] = {"SO": 0, "SP": 0}
    exc, inh = validate(document).populations()
    assert (exc.start, exc.count) == (0, 0)
    assert (inh.start, inh.count) == (0, 40)


def test_morphologies_are_relative_to_the_file_that_names_them(folder, monkeypatch, document):
    conf, parts = folder / "conf", folder / "conf" / "my parts (v2)"
    parts.mkdir(parents=True)
    (folder / "cell.swc").rename(parts / "own.swc")
    document["Cell Types"]["EXC"]["morphology"] = "own.swc"
    document["Cell Types"]["INH"]["morphology"] = "own.swc"
    (parts / "types.json").write_text(json.dumps(document.pop("Cell Types")))
    text = json.dumps(document)[:-1] + ', "Cell Types": !include "my parts (v2)/types.json"}'
    (conf / "net.yml").write_text(text)
    monkeypatch.chdir("/")
    config = validate(load_document(conf / "net.yml"))
    assert config.cell_types["EXC"].morphology.file == str(parts / "own.swc")


@pytest.mark.parametrize("keys", ["morphology", "morphology.file"])
def test_a_morphology_on_the_command_line_is_relative_to_where_the_user_stands(
    folder, document, keys
):
    (folder / "conf").mkdir()
    document["Cell Types"]["EXC"]["morphology"] = {"file": "none.swc"}
    (folder / "conf" / "net.json").write_text(
        json.dumps(document).replace("cell.swc", "../cell.swc")
    )
    setting = Setting(f"Cell Types.EXC.{keys}", "cell.swc", "set")
    job = resolve(folder / "conf" / "net.json", overrides=[setting])
    assert job.configuration.cell_types["EXC"].morphology.file == str(folder / "cell.swc")


def test_a_morphology_beside_the_configuration_is_found_by_the_population(folder, document):
    (folder / "config").mkdir()
    (folder / "morphology").mkdir()
    for name in ("EXC", "INH"):
        del document["Cell Types"][name]["morphology"]
    (folder / "cell.swc").rename(folder / "morphology" / "EXC.swc")
    (folder / "config" / "net.json").write_text(json.dumps(document))
    config = validate(load_document(folder / "config" / "net.json"))
    assert config.cell_types["EXC"].morphology.file == str(folder / "morphology" / "EXC.swc")
    # INH is not there, but ships
    assert config.cell_types["INH"].morphology.file == "systems/morphology/INH.swc"


def test_a_morphology_that_changed_since_is_refused(document, folder):
    effective = validate(document).effective()
    (folder / "cell.swc").write_text((folder / "cell.swc").read_text() + "11 4 0 300 0 1 8 9\n")
    assert all("its content has changed" in text for text in findings(effective))


def test_a_broken_morphology_is_a_finding(document, folder):
    (folder / "cell.swc").write_text("1 1 0 0 0 10 -1\n2 3 0 5 0 1 77\n")
    found = findings(document)
    assert len(found) == 2
    assert "cell.swc" in found[0]
    assert "77" in found[0]


def test_a_missing_morphology_says_where_it_was_sought(document, folder):
    document["Cell Types"]["EXC"]["morphology"] = "sell.swc"
    (text,) = findings(document)
    assert "no morphology 'sell.swc'" in text
    assert "did you mean 'cell.swc'?" in text


def test_mechanisms_with_and_without_the_section_level(document, folder):
    rule = document["Connection Generator"]["Synapses"]["EXC"]["INH"]
    flat = {"AMPA": {"g_unit": 0.1}}
    rule["mechanisms"] = flat
    one = validate(document)
    rule["mechanisms"] = {"default": flat}
    assert validate(document) == one
    rule["mechanisms"] = {"AMPA": {"g_unit": "much"}}
    (text,) = findings(document)
    assert ".mechanisms.AMPA.g_unit" in text  # as it is written, without the section level
    rule["mechanisms"] = {"basal": {"AMPPA": {"g_unit": 0.1}}, "apical": flat}
    (text,) = findings(document)
    assert "'AMPPA'; did you mean 'AMPA'?" in text


def test_a_null_seed_is_drawn_and_recorded(document, folder):
    document["random_seed"] = None
    config = validate(document)
    assert validate(config.effective()).seed == config.seed
    document["random_seed"] = -1
    assert "random_seed" in findings(document)[0]


def test_keys_from_python_must_be_texts(document):
    document["Definitions"]["Populations"] = {7: 100}
    assert findings(document) == ["Definitions.Populations.7: keys are texts: write '7' in quotes"]


def test_layers_side_by_side_have_morphologies_that_say_their_layers(document, folder):
    extents = document["Geometry"]["Parametric Surface"]["Layer Extents"]
    extents["SO"] = [[0, 0, 100], [400, 800, 150]]
    extents["SP"] = [[400, 0, 100], [1000, 800, 150]]
    validate(document)
    points = (folder / "cell.swc").read_text().splitlines()[1:]
    (folder / "cell.swc").write_text("\n".join(line.rpartition(" ")[0] for line in points))
    found = findings(document)
    assert len(found) == 2
    for text, population in zip(found, ("EXC", "INH"), strict=True):
        told = f"shares depths with 'SO', which tell the layers of '{population}'"
        assert f"Layer Extents.SP: {told}" in text


def test_layers_do_not_overlap(document):
    document["Geometry"]["Parametric Surface"]["Layer Extents"]["SR"][0][2] = 140
    both = [text for text in findings(document) if "overlaps" in text]
    assert any("SR: overlaps 'SP'" in text for text in both), both
    assert any("SP: overlaps 'SR'" in text for text in both), both


def test_more_cells_than_gids_are_refused(document):
    document["Geometry"]["Cell Distribution"]["EXC"] = {"SP": 2**31, "SO": 2**31}
    assert any("more than a system can hold" in text for text in findings(document))


@pytest.mark.parametrize("value", [4e31, 1e39])
def test_a_layer_whose_distances_no_file_can_hold_is_refused(document, value):
    document["Geometry"]["Parametric Surface"]["Layer Extents"]["SLM"][1][2] = value
    assert any("at most 1000000000" in text for text in findings(document))


def test_an_axon_narrower_than_any_two_somata_is_refused(document):
    extent = document["Connection Generator"]["Axon Extent"]["EXC"]
    extent["default"] = {"width": [900, 1e-200], "offset": [0, 0]}
    with pytest.raises(ConfigError, match=r"EXC\.default\.width.*at least 0\.001"):
        validate(document)


def test_a_dendrite_of_a_type_without_density_is_told(document, folder):
    path = folder / "cell.swc"
    path.write_text(path.read_text().replace("3 3 0 -50", "3 0 0 -50").replace("4 3 0", "4 0 0"))
    program = LayeredProgram(validate(document))
    assert any("um of type 0 in 'cell' get no synapses" in text for text in program.plan().warnings)


def test_a_cell_of_more_synapses_than_can_be_numbered_is_refused(document, folder):
    path = folder / "cell.swc"
    path.write_text(path.read_text().replace("4 3 0 -100 0", "4 3 0 -50000 0"))
    document["Cell Types"]["INH"]["synapses"]["density"]["basal"]["excitatory"]["SO"]["mean"] = 900
    (text,) = findings(document)
    assert (
        "Cell Types.INH.synapses.density: 'cell' of 'INH' would have up to 45,001,068 synapses"
        in text
    )


def test_a_dendrite_of_a_layer_that_is_not_defined_is_told(document, folder):
    path = folder / "cell.swc"
    lines = [
        line if line.startswith("#") else line + "\n" for line in path.read_text().splitlines()
    ]
    path.write_text("\n".join(lines).replace(" 9\n", " 42\n"))
    density = document["Cell Types"]["EXC"]["synapses"]["density"]
    density["apical"]["excitatory"] = {"default": {"mean": 3.0}}
    (warning,) = (text for text in LayeredProgram(validate(document)).warnings() if "EXC:" in text)
    told = "EXC: 256 um of layer 42 in 'cell' get no synapses: Definitions.Layers has no such id"
    assert warning == told


def test_a_morphology_in_nm_is_told(document, folder):
    rows = [line.split() for line in (folder / "cell.swc").read_text().splitlines()]
    rows = [row for row in rows if row and not row[0].startswith("#")]
    large = [[*row[:2], *(str(float(v) * 1000) for v in row[2:6]), row[6]] for row in rows]
    (folder / "cell.swc").write_text("\n".join(" ".join(row) for row in large))
    notes = LayeredProgram(validate(document)).plan().warnings
    assert any("SWC files are in um, and this one may be in nm" in note for note in notes)


def test_a_definition_of_no_population_is_refused(document, folder):
    document["Definitions"]["Populations"]["PVBCC"] = 999
    (found,) = findings(document)
    assert found.startswith("Definitions.Populations.PVBCC: no population of Cell Distribution")


def test_all_cells_together_are_counted(document, folder):
    entry = document["Geometry"]["Cell Distribution"]
    layer = next(layer for layers in entry.values() for layer in layers)
    for layers in entry.values():
        layers[layer] = 2**31
    found = findings(document)
    assert any("cells are more than a system can hold" in text for text in found)


def test_keys_of_miv_simulator_are_kept_with_one_note(document, folder):
    before = LayeredProgram(validate(document))
    rule = next(rule for rules in document["Connection Generator"]["Synapses"].values()
                for rule in rules.values())  # fmt: skip
    rule["swctype mechanisms"] = {"apical": {"AMPA": {"g_max": 1}}}
    cell = next(iter(document["Cell Types"].values()))
    cell["mechanism file"] = "mechanisms.json"
    program = LayeredProgram(validate(document))
    text = json.dumps(program.graph(dict.fromkeys(_pairs(document), 1), "0"))
    assert '"swctype mechanisms": {"apical": {"AMPA": {"g_max": 1}}}' in text
    assert '"mechanism file": "mechanisms.json"' in text
    notes = [note for note in program.provenance()["notes"] if "kept in graph.json" in note]
    assert len(notes) == 1
    assert not any("kept in graph.json" in note for note in before.provenance()["notes"])
    assert validate(program.config.effective()).effective() == program.config.effective()


def _pairs(document):
    rules = document["Connection Generator"]["Synapses"]
    return [(source, target) for target, sources in rules.items() for source in sources]


def test_the_last_listed_density_holds_for_all_layers_of_its_section(document, folder):
    cell = next(iter(document["Cell Types"].values()))
    density = cell["synapses"]["density"]
    section, kind = next(
        (part, kind) for part, kinds in density.items() for kind, by in kinds.items() if len(by) > 1
    )
    listed = [entry["mean"] for entry in density[section][kind].values()]
    assert len(set(listed)) > 1
    document["densities"] = "last-listed"
    name = next(iter(document["Cell Types"]))
    config = validate(document)
    found = config.cell_types[name].synapses.density[section][kind]
    assert {entry.mean for entry in found.values()} == {listed[-1]}
    assert "densities" not in config.effective()  # they are written out: nothing is left to say
    document["densities"] = "first"
    assert any(text.startswith("densities: ") for text in findings(document))


def test_s1_as_miv_simulator_reads_it():
    document = load_document(systems_directory() / "config" / "S1.yml")
    data = {**document.data, "densities": "last-listed"}
    plan = LayeredProgram(validate(replace(document, data=data))).plan()
    synapses = sum(each.expected_edges for each in plan.projections)
    # MiV-Simulator's own S1 has 267,178: its densities below 0 count as none.
    assert synapses == pytest.approx(267_178, rel=0.02)
