"""``--set`` and ``key=value``: paths, values, defaults, and what shells do to them."""

import pytest

from livn_core.culture.config import Culture2DConfig
from livn_core.culture.defaults import DEFAULTS, default_populations
from livn_core.culture.overrides import SHORTHAND, CultureChange
from livn_core.culture.validation import validate
from livn_core.documents.changes import Change, Setting, parse_words
from livn_core.documents.document import Document, load_document
from livn_core.documents.values import parse_value
from livn_core.errors import ConfigError


def apply(document, assignments):
    return CultureChange(document, SHORTHAND).all(assignments)


def update(document, settings):
    return apply(document, [Setting(key, value) for key, value in settings.items()])


def changed(*assignments, **data):
    return apply(Document(data), assignments).data


def test_values_are_those_of_the_files():
    assert parse_value("0.8") == 0.8
    assert parse_value("1e-3") == 0.001
    assert parse_value("1_000") == 1000
    assert parse_value("disk") == "disk"
    assert parse_value("ON") == "ON"
    assert parse_value("null") is None
    assert parse_value("true") is True
    assert parse_value('"08"') == "08"
    assert parse_value("'600'") == "600"
    assert parse_value("a: b # c") == "a: b # c"
    assert parse_value('{"EXC->INH": 4}') == {"EXC->INH": 4}
    assert parse_value("{EXC->INH: 4, default: 0}") == {"EXC->INH": 4, "default": 0}
    assert parse_value("{'EXC':{'ratio':0.8}}") == {"EXC": {"ratio": 0.8}}
    assert parse_value("[0, 1e3]") == [0, 1000.0]


@pytest.mark.parametrize(
    "text",
    ["{EXC:{ratio:0.8}}", "{EXC:0.8}", "[{EXC:0.8}]", "{EXC:[1,2]}", "{", '{"a', '{\\"EXC\\": 1}'],
)
def test_json_that_lost_its_quotes(text):
    with pytest.raises(ConfigError) as caught:
        apply(Document({}), [f"populations={text}"])
    assert text in caught.value.message
    assert "populations" in caught.value.message
    assert "PowerShell" in caught.value.hint
    assert "--config -" in caught.value.hint
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1,}', "comma"),
        ("[1, 2,]", "comma"),
        ('{"a": NaN}', "NaN"),
        ('{"a": 1, "a": 2}', "twice"),
        ("{a: 1, a: 2}", "second time"),
        ("", "no value"),
        ("010", "leading zero"),
        ("{a: !include b.yml}", "files"),
        ("{a: !!python/name:os.system x}", "tag"),
    ],
)
def test_values_that_are_refused(text, words):
    with pytest.raises(ConfigError, match=words):
        apply(Document({}), [f"x={text}"])


def test_a_comma_inside_a_text_is_none_too_many():
    assert parse_value("{a: 'x,}'}") == {"a": "x,}"}


def test_a_path_edits_the_defaults():
    data = changed("populations.EXC.ratio=0.7", "connectivity.sigma=300")
    assert data["populations"]["EXC"]["ratio"] == 0.7
    assert data["populations"]["INH"] == {"ratio": 0.2, "synapse_type": "inhibitory"}
    config = validate(data)
    assert config.counts() == {"EXC": 78, "INH": 22}
    assert config.connectivity.sigma == 300
    assert config.connectivity.mean_degree == 10.0
    assert "mean_degree" not in data["connectivity"]


def test_a_mapping_replaces():
    data = changed('populations={"PYR": {"count": 10}}')
    assert validate(data).counts() == {"PYR": 10}
    data = changed('connectivity.mean_degree={"EXC->EXC": 8}', connectivity={"mean_degree": 5})
    assert [p.name for p in validate(data).projections()] == ["EXC->EXC"]


def test_the_defaults_that_are_edited_are_the_models_own():
    config = Culture2DConfig()
    assert tuple(DEFAULTS["z_range",]) == config.z_range
    assert DEFAULTS["connectivity", "mean_degree"] == config.connectivity.mean_degree
    assert set(default_populations()) == set(config.populations)


def test_the_document_itself_stays_as_it_is(base):
    before = repr(base)
    apply(Document(base), ["populations.EXC.ratio=0.5", "area_kwargs.x_range[1]=5", "z_range[0]=1"])
    assert repr(base) == before


@pytest.mark.parametrize("key", ["EXC->INH", "EXC:INH", "EXC -> INH", '"EXC->INH"', "'EXC -> INH'"])
def test_projections_in_any_spelling(base, key):
    config = validate(apply(Document(base), [f"connectivity.mean_degree.{key}=3"]))
    assert config.projection("EXC", "INH").rule.mean_degree == 3
    assert config.projection("EXC", "EXC").rule.mean_degree == 10


def test_the_spelling_of_the_document_is_found():
    data = changed("mean_degree.EXC:INH=3", connectivity={"mean_degree": {" EXC -> INH": 4}})
    assert data["connectivity"]["mean_degree"] == {" EXC -> INH": 3}


def test_one_degree_leaves_the_number_for_the_rest():
    data = changed("connectivity.mean_degree.EXC->INH=4", connectivity={"mean_degree": 5})
    assert data["connectivity"]["mean_degree"] == {"default": 5, "EXC->INH": 4}


def test_one_degree_does_not_ask_for_the_default_of_the_rest():
    # Of 20 inhibitory cells no cell can have 10 inputs: the default may fall short, as without --set.
    config = validate(apply(Document({}), ["connectivity.mean_degree.EXC:INH=4"]))
    assert config.projection("EXC", "INH").rule.mean_degree == 4
    assert config.projection("INH", "EXC").rule.mean_degree == 10


def test_a_later_degree_for_all_wins_over_one():
    config = validate(apply(Document({}), ["mean_degree.EXC:INH=4", "mean_degree=3"]))
    assert {s.rule.mean_degree for s in config.projections()} == {3}
    config = validate(apply(Document({}), ["mean_degree.EXC:INH=4", "mean_degree.default=0"]))
    assert [(s.source, s.target, s.rule.mean_degree) for s in config.projections()] == [
        ("EXC", "INH", 4)
    ]


def test_keys_of_connectivity_without_its_name():
    data = changed("sigma=300", 'mean_degree={"EXC->INH": 4}')
    assert data == {"connectivity": {"sigma": 300, "mean_degree": {"EXC->INH": 4}}}


def test_a_count_takes_the_place_of_a_ratio_and_the_other_way_round(base):
    data = changed("populations.EXC.count=8", "populations.INH.count=2")
    assert validate(data).counts() == {"EXC": 8, "INH": 2}
    config = validate(apply(Document(base), ["populations.EXC.count=90"]))
    assert config.counts() == {"EXC": 90, "INH": 10}
    both = apply(Document(base), ["populations.EXC.count=90", "populations.EXC.ratio=1"])
    with pytest.raises(ConfigError, match="both"):
        validate(both)


def test_a_later_one_wins():
    assert changed("total_cells=5", "total_cells=7") == {"total_cells": 7}


def test_places_in_lists():
    assert changed("z_range[1]=20") == {"z_range": [0.0, 20]}
    with pytest.raises(ConfigError, match="2 values"):
        changed("z_range[2]=20")
    with pytest.raises(ConfigError, match=r"z_range\[0\]"):
        changed("z_range.x=20")


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("total_cell=50", "did you mean 'total_cells'"),
        ("connectivty.sigma=50", "did you mean 'connectivity'"),
        ("connectivity.sigam=50", "did you mean 'sigma'"),
        ("populations.EXZ.ratio=1", "did you mean 'EXC'"),
        ("populations.EXC.ration=1", "did you mean 'ratio'"),
        ("connectivity.sigma.x=1", "connectivity.sigma"),
        ("area=dsk", "did you mean 'disk'"),
        ("connectivity.kernel=Gaussian", "did you mean 'gaussian'"),
        ("total_cells", "no '='"),
        ("=5", "not a path"),
        ("a..b=5", "not a path"),
        (".a=5", "not a path"),
        ("populations=[1]", "a mapping"),
    ],
)
def test_paths_that_lead_nowhere(assignment, words):
    with pytest.raises(ConfigError) as caught:
        validate(apply(Document({}), [assignment]))
    assert words in caught.value.message
    assert len(caught.value.findings) == 1


def test_an_arrow_that_the_shell_took():
    with pytest.raises(ConfigError) as caught:
        apply(Document({}), ["connectivity.mean_degree.EXC-"])
    assert "EXC:INH" in caught.value.hint


def test_every_bad_assignment_is_reported():
    with pytest.raises(ConfigError) as caught:
        apply(Document({}), ["a", "b=010", "populations.X.count=1"])
    assert len(caught.value.findings) == 3


def test_findings_name_the_option_or_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yml").write_text("total_cells: 10\nconnectivity:\n  sigma: -1\n  cutoff: -1\n")
    with pytest.raises(ConfigError) as caught:
        validate(apply(load_document("net.yml"), ["connectivity.sigma=0"]))
    assert {f.path: f.source for f in caught.value.findings} == {
        "connectivity.sigma": "--set",
        "connectivity.cutoff": "net.yml:4",
    }


def test_files_named_in_a_set_are_relative_to_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "net.yml").write_text("total_cells: 10\n")
    document = apply(load_document("sub/net.yml"), ["area=place.py:ring"])
    assert document.base_of("area") == tmp_path
    assert document.base_of("total_cells") == tmp_path / "sub"


def test_layered_documents_have_no_defaults():
    document = Document({"Geometry": {"a": 1}})
    changed = Change(document, {}).all(["Geometry.Parametric Surface.Origin.U=median"])
    assert changed.data == {"Geometry": {"a": 1, "Parametric Surface": {"Origin": {"U": "median"}}}}


def test_the_older_grammar():
    words = parse_words(
        [
            "total_cells=50",
            'area_kwargs={"radius": 300}',
            "area=systems.generate_2d.disk",
            "output_directory=./[x]=y",
            "connectivity.sigma=1e2",
            "mean_degree.EXC:INH=4",
        ]
    )
    config = validate(update(Document({}), words))
    assert config.area_name == "disk"
    assert config.area_kwargs == {"radius": 300}
    assert config.output_directory == "./[x]=y"
    assert config.connectivity.sigma == 100
    assert config.projection("EXC", "INH").rule.mean_degree == 4
    assert config.projection("EXC", "EXC").rule.mean_degree == 10
    assert sum(config.counts().values()) == 50
    assert parse_words(["config=[a] b.yml"]) == {"config": "[a] b.yml"}


def test_words_that_are_none():
    with pytest.raises(ConfigError) as caught:
        parse_words(["total_cells", "=5", "a=1", "", "b=010", "c={a:1}"])
    assert len(caught.value.findings) == 5


def test_settings_from_python_may_be_paths(base):
    document = update(Document(base), {"connectivity.sigma": 50, "z_range": (0, 5)})
    assert validate(document).connectivity.sigma == 50
    assert validate(document).connectivity.kernel == "exponential"
    assert base["connectivity"]["sigma"] == 200.0


@pytest.mark.parametrize(
    "assignment", ["mean_degree.FOO:INH=4", "connectivity.projections.FOO->INH.sigma=4"]
)
def test_a_wrong_name_that_was_set_is_told_of_where_it_was_set(tmp_path, assignment):
    (tmp_path / "net.yml").write_text("total_cells: 20\n")
    with pytest.raises(ConfigError) as caught:
        validate(apply(load_document(tmp_path / "net.yml"), [assignment]))
    found = {finding.path: finding.source for finding in caught.value.findings}
    assert found == {"connectivity.projections.FOO->INH": "--set"}
