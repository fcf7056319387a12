"""One value from a command line: what is taken as it stands, and what the shell spoiled."""

from __future__ import annotations

from typing import Any

import pytest

from livn_core.documents.values import parse_value
from livn_core.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{EXC: null, INH: 2}", {"EXC": None, "INH": 2}),
        ("{EXC->INH: 2}", {"EXC->INH": 2}),
        ("{EXC:INH: 2}", {"EXC:INH": 2}),
        ("[{EXC: 1}, 2, null]", [{"EXC": 1}, 2, None]),
        ("[]", []),
        ("{}", {}),
        ('"08"', "08"),
    ],
)
def test_values_that_stand(text: str, value: Any) -> None:
    assert parse_value(text) == value


@pytest.mark.parametrize("text", ["{EXC:0.8}", "{a: {EXC:0.8}}", "[{EXC:0.8}]", "{a: [{b:1}]}"])
def test_a_name_and_its_value_run_together(text: str) -> None:
    with pytest.raises(ConfigError, match="run together"):
        parse_value(text)


def test_the_finding_names_the_option() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_value(" ", path="area", source="--set")
    (finding,) = caught.value.findings
    assert (finding.path, finding.source) == ("area", "--set")
    with pytest.raises(ConfigError) as caught:
        parse_value(" ", path="area")
    assert caught.value.findings[0].source is None
