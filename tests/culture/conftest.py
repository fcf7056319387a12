"""Configurations that are accepted, and what is found in those that are not."""

import pytest

from livn_core.culture.validation import validate
from livn_core.errors import ConfigError


@pytest.fixture
def culture():
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
