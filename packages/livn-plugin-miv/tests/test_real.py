"""MiV-Simulator itself, where it is: ``LIVN_MIV_REFERENCE`` and ``LIVN_MIV_LIVN`` name the folders."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from livn_core import System

SCRIPT = Path(__file__).parents[1] / "scripts" / "compare_s1.py"


@pytest.fixture
def script():
    """The script as a module."""
    specification = importlib.util.spec_from_file_location("compare_s1", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.skipif(
    not {"LIVN_MIV_REFERENCE", "LIVN_MIV_LIVN"} <= os.environ.keys(),
    reason="MiV-Simulator is not built here (scripts/build_stack.py does it, in minutes)",
)
def test_s1_is_that_of_the_reference(script, tmp_path):
    systems = Path(os.environ["LIVN_MIV_LIVN"]) / "systems"
    first, second = (script.made(systems, tmp_path / name) for name in ("one", "two"))
    assert first.digest() == second.digest()
    with System(os.environ["LIVN_MIV_REFERENCE"]) as reference:
        assert script.compare(first, reference)[1] == []


def test_the_comparison_finds_what_differs(script, reference):
    with System(reference) as theirs:
        found, differing = script.compare(theirs, theirs)
        assert differing == []
        assert found["synapses a cell of EXC (233,734)"] == "equal"
        assert found["sources of INH->EXC"] == "0.00% are of another cell"
        with System(reference) as other:
            other.synapses = lambda name: theirs.synapses(name, 0, 2)
            assert "synapses a cell of EXC (233,734)" in script.compare(other, theirs)[1]
