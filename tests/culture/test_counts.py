"""How many cells each population has, and their gids and ids."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livn_core.documents.apportion import apportion
from livn_core.program import Population


def ratios(*values):
    return {name: {"ratio": value} for name, value in zip("ABCDEFGH", values, strict=False)}


@pytest.mark.parametrize(
    ("total", "values", "counts"),
    [
        (100, (0.29, 0.71), [29, 71]),
        (10, (0.7, 0.2, 0.1), [7, 2, 1]),
        (7, (1, 1, 1), [3, 2, 2]),
        (2600, (5, 1), [2167, 433]),
        (100, (80, 20), [80, 20]),
        (100, (0.8, 0.2), [80, 20]),
        (3, (0.1, 0.1, 0.1), [1, 1, 1]),
        (5, (0, 2), [0, 5]),
        (1000, (1e-300, 1.0), None),
    ],
)
def test_cells_from_ratios(culture, findings_of, total, values, counts):
    if counts is None:
        found = findings_of({"populations": ratios(*values), "total_cells": total})
        assert "would have 0 cells" in found["populations.A"]
    else:
        assert list(culture(ratios(*values), total_cells=total).counts().values()) == counts


shares = st.dictionaries(
    st.text(min_size=1, max_size=4),
    st.floats(min_value=0, max_value=1e6, allow_subnormal=False),
    min_size=1,
    max_size=8,
).filter(lambda found: any(found.values()))


@given(st.integers(0, 10**9), shares)
def test_apportioned_cells_add_up_and_stay_within_one_of_their_share(total, found):
    counts = apportion(total, found)
    assert sum(counts.values()) == total
    whole = sum(Fraction(repr(ratio)) for ratio in found.values())
    for name, count in counts.items():
        assert abs(count - total * Fraction(repr(found[name])) / whole) < 1


@given(st.integers(0, 10**6), shares, st.randoms(use_true_random=False))
def test_apportionment_depends_on_names_not_on_their_order(total, found, random):
    items = list(found.items())
    random.shuffle(items)
    assert apportion(total, dict(items)) == apportion(total, found)


@given(st.integers(0, 10**6), shares, st.integers(1, 1000))
def test_apportionment_depends_on_proportions_alone(total, found, scale):
    exact = {name: Fraction(repr(ratio)) * scale for name, ratio in found.items()}
    whole = {name: int(share * 10**30) for name, share in exact.items()}
    if any(whole.values()):
        assert sum(apportion(total, whole).values()) == total


def test_apportion_refuses_what_it_cannot_divide():
    for total, found in [(-1, {"A": 1.0}), (1, {"A": 0.0}), (1, {"A": -1.0, "B": 2.0})]:
        with pytest.raises(ValueError, match="apportion"):
            apportion(total, found)


def test_gids_follow_the_alphabet_whatever_the_ids(culture):
    config = culture(
        {"PYR": {"count": 8}, "BC": {"count": 2, "synapse_type": "inhibitory"}},
        population_definitions={"PYR": 10, "BC": 11},
        connectivity={"mean_degree": {"PYR->BC": 3, "BC->PYR": 1, "default": 0}},
    )
    assert config.gid_ranges() == (Population("BC", 0, 2, 11), Population("PYR", 2, 8, 10))


def test_counts_need_no_total_and_share_it_with_ratios(culture):
    assert culture({"A": {"count": 3}, "B": {"count": 2}}).counts() == {"A": 3, "B": 2}
    mixed = culture({"A": {"count": 3}, "B": {"ratio": 3}, "C": {"ratio": 1}}, total_cells=11)
    assert mixed.counts() == {"A": 3, "B": 6, "C": 2}


def test_a_population_of_no_cells_keeps_its_place(culture):
    config = culture({"EXC": {"count": 0}, "INH": {"count": 2}})
    assert config.gid_ranges() == (Population("EXC", 0, 0, 10), Population("INH", 0, 2, 11))
    assert [p.name for p in config.projections()] == ["INH->INH"]


@pytest.mark.parametrize(
    ("populations", "total", "path", "words"),
    [
        ({"A": {"ratio": 1}, "B": {"ratio": 1}}, None, "total_cells", "is required"),
        ({"A": {"count": 80}, "B": {"count": 20}}, 50, "total_cells", "add up to 100"),
        ({"A": {"count": 80}, "B": {"count": 20}}, 200, "total_cells", "add up to 100"),
        ({"A": {"count": 80}, "B": {"ratio": 1}}, 50, "total_cells", "add up to 80"),
        ({"A": {"ratio": 1, "count": 1}}, 1, "populations.A", "both"),
        ({"A": {}}, 1, "populations.A", "needs a 'ratio'"),
        ({"A": {"ratio": None, "count": None}}, 1, "populations.A", "needs a 'ratio'"),
        ({"A": {"ratio": 0}, "B": {"ratio": 0}}, 5, "populations", "every ratio is 0"),
        ({"A": {"count": 0}}, None, "populations", "no cells"),
        ({"A": {"ratio": 0.8}, "B": {"ratio": 0.2}}, 1, "populations.B", "would have 0 cells"),
        ({"A": {"count": 5}, "B": {"ratio": 1}}, 5, "populations.B", "would have 0 cells"),
        ({"A": {"ratio": 1}}, 2**32, "total_cells", "more than a system can hold"),
        ({"A": {"count": 2**32}}, None, "total_cells", "more than a system can hold"),
        ({"A": {"count": 10**30}}, None, "total_cells", "more than a system can hold"),
        ({"A": {"ratio": 1}}, 0, "total_cells", "greater than 0"),
        ({"A": {"ratio": 1}}, -5, "total_cells", "greater than 0"),
        ({"A": {"ratio": 1}}, "100", "total_cells", "not text '100'"),
        ({"A": {"ratio": 1}}, 1.5, "total_cells", "a whole number"),
        ({"A": {"ratio": 1}}, True, "total_cells", "not true"),
        ({"A": {"ratio": 1}}, 1e300, "total_cells", "written out"),
        ({"A": {"count": -1}}, None, "populations.A.count", "at least 0"),
        ({"A": {"count": True}}, None, "populations.A.count", "a whole number"),
        ({"A": {"ratio": -1}}, 5, "populations.A.ratio", "at least 0"),
        ({"A": {"ratio": "0.8"}}, 5, "populations.A.ratio", "a number, not text"),
        ({"A": {"ratio": float("nan")}}, 5, "populations.A.ratio", "finite"),
        ({"A": {"ratio": float("inf")}}, 5, "populations.A.ratio", "finite"),
        ({}, None, "populations", "at least one"),
        ([], None, "populations", "a mapping"),
        (None, None, "populations", "a mapping"),
        ({"A": 5}, None, "populations.A", "a mapping"),
        ({"A": None}, None, "populations.A", "a mapping"),
    ],
)
def test_numbers_of_cells_that_make_no_sense(findings_of, populations, total, path, words):
    found = findings_of({"populations": populations, "total_cells": total})
    assert list(found) == [path]
    assert words in found[path]


def test_whole_numbers_written_as_decimals(culture):
    assert culture({"A": {"ratio": 1}}, total_cells=1e3).counts() == {"A": 1000}
    assert culture({"A": {"count": 10.0}}).counts() == {"A": 10}


def test_ids_of_the_file(culture):
    config = culture({n: {"count": 1} for n in ("PV", "EXC", "CCK", "INH")})
    assert config.population_definitions == {"EXC": 10, "INH": 11, "CCK": 12, "PV": 13}


@pytest.mark.parametrize(
    ("definitions", "path", "words"),
    [
        ({"EXC": 10, "INH": 10}, "population_definitions.INH", "the id of 'EXC'"),
        ({"EXC": 10, "INH": 65536}, "population_definitions.INH", "at most 65535"),
        ({"EXC": 10, "INH": -1}, "population_definitions.INH", "at least 0"),
        ({"EXC": 10, "INH": "11"}, "population_definitions.INH", "whole number"),
        ({"EXC": 10, "INH": 11, "PV": 12}, "population_definitions.PV", "no population 'PV'"),
        ({"EXC": 10}, "population_definitions", "'INH' has no entry"),
    ],
)
def test_ids_that_make_no_sense(base, findings_of, definitions, path, words):
    found = findings_of(base, population_definitions=definitions)
    assert list(found) == [path]
    assert words in found[path]


@pytest.mark.parametrize(
    "name", ["", " A", "A ", "A/B", "A.B", "A->B", "A:B", "A\0", "A\n", "A=B", ".", "x" * 201, 'a"']
)
def test_names_that_a_file_or_a_path_cannot_hold(findings_of, name):
    found = findings_of({"populations": {name: {"count": 1}}})
    assert "name" in found["populations"]


@pytest.mark.parametrize(
    "name", ["1", "007", "ON", "L2/3".replace("/", "-"), "α-MN", "PV+", "a b", "default"]
)
def test_names_that_are_fine(culture, name):
    assert culture({name: {"count": 1}}).counts() == {name: 1}


def test_counts_from_numpy(culture):
    config = culture(
        {"A": {"count": np.uint32(3)}, "B": {"ratio": np.float32(1)}}, total_cells=np.int64(5)
    )
    assert config.counts() == {"A": 3, "B": 2}
    assert type(config.total_cells) is int
