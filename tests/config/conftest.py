"""The small configuration that the cases start from."""

import copy

import pytest
from hypothesis import settings

from livn_core.culture.validation import validate
from livn_core.errors import ConfigError

# The same examples on every run, and no clock: machines that test are busy ones.
settings.register_profile("livn", deadline=None, derandomize=True)
settings.load_profile("livn")

BASE = {
    "area": "rectangle",
    "area_kwargs": {"x_range": [0, 1000], "y_range": [0, 1000]},
    "z_range": [0, 10],
    "total_cells": 100,
    "random_seed": 7,
    "populations": {
        "EXC": {"ratio": 0.8, "synapse_type": "excitatory"},
        "INH": {"ratio": 0.2, "synapse_type": "inhibitory"},
    },
    "population_definitions": {"EXC": 10, "INH": 11},
    "connectivity": {
        "kernel": "exponential",
        "sigma": 200.0,
        "mean_degree": {"EXC->EXC": 10, "EXC->INH": 4, "INH->EXC": 8, "default": 0},
    },
}


@pytest.fixture
def base():
    return copy.deepcopy(BASE)


@pytest.fixture
def culture(base):
    """Return a configuration with only these populations and settings, and no other key."""

    def make(populations, **settings):
        return validate({"populations": populations, **settings})

    return make


@pytest.fixture
def findings_of():
    """Return path -> message of what is wrong with a document."""

    def refused(document, **settings):
        with pytest.raises(ConfigError) as caught:
            validate({**document, **settings})
        found = {finding.path: finding.message for finding in caught.value.findings}
        assert len(found) == len({(f.path, f.message) for f in caught.value.findings})
        return found

    return refused
