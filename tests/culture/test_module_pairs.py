"""Pairs of modules are written as pairs of populations are: with blanks about the arrow or without."""

from __future__ import annotations

import pytest

from livn_core import generate
from livn_core.culture.validation import validate
from livn_core.errors import ConfigError

CULTURE = {"area": "modules", "area_kwargs": {"rows": 1, "columns": 2, "side": 200, "gap": 50}}


@pytest.mark.parametrize("key", ["A1->A2", "A1 -> A2", " A1->A2 "])
def test_blanks_about_the_arrow_mean_nothing(key, tmp_path):
    between = {"mean_degree": 3, "between": {key: 0.0, "default": 1.0}}
    made = generate({**CULTURE, "connectivity": between}, output_directory=tmp_path / "made")
    module = made.attributes("EXC", "Culture")["module"]
    pairs = {
        (int(module[source]), int(module[target]))
        for slab in made.edges("EXC", "EXC")
        for source, target in zip(slab.sources, slab.targets, strict=True)
    }
    assert pairs == {(0, 0), (1, 1), (1, 0)}
    grown = {"rule": "axon", "rule_kwargs": {"bridges": {key: 2}}}
    config = validate({**CULTURE, "walls": {"axons": "follow"}, "connectivity": grown})
    assert config.resolved["EXC", "EXC"].rule.bridges == {"A1->A2": 2}


def test_one_pair_twice_is_an_error():
    twice = {"A1->A2": 1, "A1 -> A2": 0.5}
    with pytest.raises(ConfigError, match="'A1->A2' is given twice"):
        validate({**CULTURE, "connectivity": {"between": twice}})


def test_a_key_that_is_one_module_is_not_said_to_mean_itself():
    with pytest.raises(ConfigError, match=r"is no pair of modules such as 'A1->A2'$"):
        validate({**CULTURE, "connectivity": {"between": {"A1": 1}}})
