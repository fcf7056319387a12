"""A few inputs of every kind: each is done, or refused in a sentence; nothing half-made is left."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from harness import try_inputs

#: Inputs of each kind, of which a second makes about twenty; any number by hand, see __main__.py.
INPUTS = {
    "culture": 60, "layered": 20, "options": 40, "swc": 30, "sonata": 40, "tables": 50,
    "probes": 30, "systems": 40,
}  # fmt: skip


@pytest.mark.parametrize("family", INPUTS)
def test_no_input_is_answered_by_a_fault(family):
    if family == "probes":
        pytest.importorskip("probeinterface")
    assert [str(fault) for fault in try_inputs(family, INPUTS[family])] == []
