"""What was meant by a name that there is not."""

from __future__ import annotations

import pytest

from livn_core.plugins.registry import registry
from livn_core.suggest import by_summary, did_you_mean

ARRAYS = (
    "mcs-60hexamea40-10",
    "mcs-60mea100-10",
    "mcs-60mea200-30",
    "mcs-120mea100-30",
    "grid",
    "maxone",
)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gird", "; did you mean 'grid'?"),
        ("60mea", "; did you mean 'mcs-60mea100-10' or 'mcs-60mea200-30'?"),
        ("mcs", "; did you mean 'mcs-120mea100-30', 'mcs-60hexamea40-10' or 'mcs-60mea100-10'?"),
        ("120_mea", "; did you mean 'mcs-120mea100-30'?"),
        ("hexx", "; did you mean 'mcs-60hexamea40-10'?"),
        ("Hexagon", "; did you mean 'mcs-60hexamea40-10'?"),
        ("mapping", ""),
        ("m", ""),
        ("nwb", ""),
        ("-", ""),
    ],
)
def test_names_that_are_like_it_or_contain_it(name, says):
    assert did_you_mean(name, ARRAYS) == says


def test_three_letters_in_common_are_too_few():
    assert did_you_mean("json", ["csv", "sonata"]) == ""


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("mxwell", "; did you mean 'maxone'?"),
        ("3brain", "; did you mean 'biocam-42' or 'biocam-60'?"),
        ("form", ""),  # "from" is no proper name
        ("7.5", ""),
    ],
)
def test_arrays_are_found_by_who_makes_them(name, says):
    summaries = {entry.name: entry.summary for entry in registry().components("mea")}
    assert by_summary(name, summaries) == says
