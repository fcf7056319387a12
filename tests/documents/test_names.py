"""Names of populations: what no file holds is refused, what joins to another is escaped."""

from __future__ import annotations

import itertools

import pytest

from livn_core.culture.validation import validate
from livn_core.documents.names import joined_names, names_alike
from livn_core.errors import ConfigError


@pytest.mark.parametrize("mark", ["-", "__"])
def test_no_two_pairs_of_names_join_to_one_text(mark):
    parts = ["".join(p) for n in range(1, 5) for p in itertools.product("A_-%", repeat=n)]
    pairs = list(itertools.product(parts, repeat=2))
    assert len({joined_names(pair, mark) for pair in pairs}) == len(pairs)


@pytest.mark.parametrize(
    ("names", "how"),
    [
        (["EXC", "exc"], "letter case"),
        (["STRASSE", "stra\N{LATIN SMALL LETTER SHARP S}e"], "letter case"),
        (["caf\u00e9", "cafe\u0301"], "how an accent is coded"),
    ],
)
def test_names_that_file_systems_do_not_tell_apart_are_refused(names, how):
    with pytest.raises(ConfigError, match=f"differ in {how} alone"):
        validate({"populations": {n: {"count": 5, "synapse_type": "excitatory"} for n in names}})
    assert list(names_alike(["EXC", "INH", "EXC2"])) == []


@pytest.mark.parametrize("letter", "<>|*?")
def test_letters_that_some_file_systems_do_not_hold_are_refused(letter):
    with pytest.raises(ConfigError, match="must not hold"):
        validate({"populations": {f"A{letter}": {"count": 5}}})
