"""Every exporter keeps what exporters promise."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import ClassVar

import pytest

from livn_core.system.mea import write_mea
from livn_core.system.reader import System
from livn_core.testing import ExporterContract


class TestCsv(ExporterContract):
    name = "csv"
    examples: ClassVar = [{}, {"synapses": True}]


class TestNpz(ExporterContract):
    name = "npz"
    examples: ClassVar = [{}, {"whole": False, "value": "distance", "compress": True}]


class TestSonata(ExporterContract):
    name = "sonata"
    examples: ClassVar = [{}, {"velocity": 300.0}]


class TestParquet(ExporterContract):
    name = "parquet"
    examples: ClassVar = [{}, {"compression": "none"}]


class TestGraphML(ExporterContract):
    name = "graphml"


class TestProbe(ExporterContract):
    name = "probeinterface"

    @pytest.fixture
    def system(self, generated: Path, tmp_path: Path) -> System:
        """One with an array."""
        pytest.importorskip("probeinterface")
        system = System(shutil.copytree(generated, tmp_path / "system"))
        write_mea(system, "mcs-60mea200-30")
        return system
