"""Configurations give the systems that they gave: their digests are on record."""

import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("digests", Path(__file__).parent / "digests.py")
digests = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(digests)


@pytest.mark.parametrize("name", digests.SMALL)
def test_a_configuration_gives_the_system_that_it_gave(name):
    assert digests.digest(name) == digests.recorded()[name]


def test_every_configuration_that_ships_is_on_record():
    shipped = {
        path.stem
        for path in (Path(__file__).parents[1] / "systems" / "config").glob("*.yml")
        if not path.stem.startswith("_")
    }
    assert shipped <= set(digests.recorded()) | {"CA1"}
