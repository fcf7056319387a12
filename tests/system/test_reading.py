"""The reader gives some cells' rows as it gives all of them."""

from __future__ import annotations

import json
import subprocess
import sys

import h5py
import numpy as np
import pytest

from livn_core.errors import ComponentNotFoundError, SystemFormatError
from livn_core.system.reader import System
from livn_core.verify import verify


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


def test_cells_are_named_in_any_order_or_by_a_mask(copy_of):
    with System(copy_of("2d_gauss_100")) as system:
        cells = system.population("INH").count
        wanted = {
            targets: np.concatenate([s.targets for s in system.edges("EXC", "INH", targets=given)])
            for targets, given in {
                "ascending": np.array([1, 5, 6]),
                "any": [6, 1, 5, 1],
                "mask": np.isin(np.arange(cells), [1, 5, 6]),
            }.items()
        }
        assert np.unique(wanted["ascending"]).tolist() == [1, 5, 6]
        assert np.array_equal(wanted["any"], wanted["ascending"])
        assert np.array_equal(wanted["mask"], wanted["ascending"])
        x = system.positions("INH")[:, 0]
        for given in ([5, 1], np.arange(cells) == 3):
            found = system.rows_of("INH", "Generated Coordinates", given)[1]["X Coordinate"]
            assert np.array_equal(found, x[given])
        for start, stop in ((-3, None), (0, -1), (5, 2), (cells, cells + 3)):
            found = system.rows("INH", "Generated Coordinates", start, stop)[1]["X Coordinate"]
            assert np.array_equal(found, x[start:stop])
        for given in ([-1], [cells], [1.5], [[1]], 5, np.arange(cells + 1) < 3):
            with pytest.raises(ComponentNotFoundError, match="INH"):
                system.edges("EXC", "INH", targets=given)
            with pytest.raises(ComponentNotFoundError, match="INH"):
                system.rows_of("INH", "Generated Coordinates", given)
        with pytest.raises(ComponentNotFoundError, match=r"1\.5 is no gid"):
            system.locate(1.5)


def test_a_system_goes_where_its_directory_does(copy_of):
    with System(copy_of("culture")) as system, System(system) as again:
        assert again.path == system.path
        assert verify(system).of("fatal") == ()


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
