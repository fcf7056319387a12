"""The electrodes as probeinterface reads them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from livn_core.errors import LivnError
from livn_core.system.exporting import export_system
from livn_core.system.mea import write_mea
from livn_core.system.reader import System

probeinterface = pytest.importorskip("probeinterface")


@pytest.fixture
def copy(culture: System, tmp_path: Path):
    with System(shutil.copytree(culture.path, tmp_path / "system")) as system:
        yield system


def exported(system: System, **parameters: object):
    path = system.path.parent / "probe.json"
    made = export_system(system, "probeinterface", path, parameters=parameters, overwrite=True)
    return probeinterface.read_probeinterface(made.path).probes[0]


def test_a_named_array_keeps_labels_positions_and_contacts(copy: System):
    write_mea(copy, "mcs-60mea100-10")
    probe = exported(copy)
    rows = np.array(copy.mea["electrode_coordinates"])
    assert probe.si_units == "um"
    assert np.array_equal(probe.contact_positions, rows[:, 1:3])
    assert list(probe.contact_ids[:2]) == ["21", "31"]
    assert list(probe.device_channel_indices) == list(range(60))
    assert set(probe.contact_shapes) == {"circle"}
    assert {params["radius"] for params in probe.contact_shape_params} == {5.0}


def test_it_can_be_laid_again(copy: System):
    write_mea(copy, "maxone", {"count": 100, "rotate": 30})
    before = copy.mea["electrode_coordinates"]
    exported(copy)
    path = copy.path.parent / "probe.json"
    write_mea(copy, "probeinterface", {"path": str(path), "centred": False})
    assert copy.mea["electrode_coordinates"] == before


def test_electrodes_at_several_heights_are_a_probe_in_space(copy: System):
    write_mea(copy, "coordinates", {"coordinates": [[0, 0, 0], [10, 0, 5]]})
    probe = exported(copy, contact_radius=2)
    assert probe.ndim == 3
    assert probe.contact_positions.tolist() == [[0, 0, 0], [10, 0, 5]]
    assert list(probe.contact_ids) == ["0", "1"]


def test_without_an_array(copy: System):
    with pytest.raises(LivnError, match=r"there is no mea\.json"):
        exported(copy)


def test_an_array_without_electrodes(copy: System):
    (copy.path / "mea.json").write_text('{"electrode_coordinates": []}')
    with pytest.raises(LivnError, match="does not hold rows of four numbers"):
        exported(copy)
