"""The reader gives some cells' rows as it gives all of them."""

from __future__ import annotations

import json
import subprocess
import sys

import h5py
import numpy as np
import pytest

from livn_core.errors import SystemFormatError
from livn_core.system.reader import System


@pytest.mark.parametrize("name", ["culture", "2d_gauss_100", "3d_S1"])
def test_edges_onto_some_targets(copy_of, name: str):
    with System(copy_of(name)) as system:
        for source, target in system.projections:
            slabs = list(system.edges(source, target))
            targets = np.concatenate([slab.targets for slab in slabs])
            sources = np.concatenate([slab.sources for slab in slabs])
            for wanted in ([], [0], [1, 3], [2, 3]):
                some = list(system.edges(source, target, targets=np.array(wanted, dtype=np.int64)))
                mask = np.isin(targets, wanted)
                assert sum(len(slab) for slab in some) == mask.sum()
                if some:
                    assert np.array_equal(np.concatenate([s.targets for s in some]), targets[mask])
                    assert np.array_equal(np.concatenate([s.sources for s in some]), sources[mask])


def test_rows_of_some_cells(copy_of):
    with System(copy_of("3d_S1")) as system:
        counts, columns = system.rows_of("EXC", "Synapse Attributes", np.array([1, 4]))
        for i, cell in enumerate((1, 4)):
            one, values = system.synapses("EXC", cell, cell + 1)
            assert counts[i] == one[0]
            part = slice(counts[:i].sum(), counts[: i + 1].sum())
            for name, column in values.items():
                assert np.array_equal(columns[name][part], column)


def test_a_file_that_another_program_writes_is_not_called_broken(copy_of):
    path = copy_of("culture")
    with h5py.File(path / "cells.h5", "r+"):
        code = "import sys; from livn_core import System; System(sys.argv[1])"
        ran = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
        )
    assert "another program has it open for writing" in ran.stderr


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("mea.json", {"electrode_coordinates": 5}, "electrode_coordinates is not a list"),
        ("provenance.json", {"components": [{"kind": [1]}]}, "components[0].kind is not a text"),
        ("provenance.json", {"warnings": 3}, "warnings is not a list"),
        ("mea.json", {"input_radius": True}, "input_radius is not a number"),
    ],
)
def test_documents_of_another_shape_are_damaged(copy_of, name, content, words):
    path = copy_of("culture")
    (path / name).write_text(json.dumps(content))
    with System(path) as system, pytest.raises(SystemFormatError) as caught:
        _ = system.mea if name == "mea.json" else system.provenance
    assert f"{name}' is damaged: {words}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [("[" * 100_000, "nested too deep"), ('{"a": "\\ud800"}', "not valid JSON"), ("", "not valid")],
)
def test_json_that_nobody_can_hold_is_refused(copy_of, text, words):
    path = copy_of("culture")
    (path / "graph.json").write_text(text)
    with pytest.raises(SystemFormatError, match=words):
        System(path)
