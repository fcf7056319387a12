"""The ``miv`` generator: what it asks for, and what it does with what MiV-Simulator makes.

MiV-Simulator itself is not installed where these tests run: a stand-in of its interface is called in
its place, which copies a system that today's tools made.
"""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pytest

from livn_core.documents.document import load_document
from livn_core.documents.shipped import systems_directory
from livn_core.errors import BackendError, ConfigError, MissingDependencyError
from livn_core.plugins.registry import registry
from livn_core.run.run import run_program
from livn_core.system.reader import System
from livn_plugins.generators.miv import Miv

installed = importlib.util.find_spec("miv_simulator") is not None

STAND_IN = """\
import json, os, shutil
from pathlib import Path

class Network:
    def __init__(self, name, version):
        assert name == "miv_simulator.interface.network"
        assert version.startswith("~from_config('")
        self.config = Path(version[len("~from_config('"):-2])

    def launch(self):
        document = json.loads(self.config.read_text())
        root = self.config.parents[1]
        assert sorted(p.name for p in (root / "morphology").iterdir()) == ["EXC.swc", "INH.swc"]
        assert (root / "templates" / "gEXC.hoc").exists()
        assert (root / "mechanisms" / "x.mod").exists()
        assert document["Geometry"]["Cell Distribution"]["EXC"]["SP"] == 7
        mechanisms = document["Connection Generator"]["Synapses"]["EXC"]["EXC"]["mechanisms"]
        assert mechanisms["AMPA"]["g_unit"] == 1e-05
        assert "random_seed" not in document
        if os.environ.get("STAND_IN_FAILS"):
            raise RuntimeError("density too small")
        shutil.copytree(os.environ["STAND_IN_SYSTEM"], Path("storage") / "network" / "made")

def get(name, version):
    return Network(name, version)
"""


@pytest.fixture
def document():
    return load_document(systems_directory() / "config" / "S1.yml")


@pytest.fixture
def stand_in(tmp_path, monkeypatch, reference):
    packages = tmp_path / "packages"
    for name in ("machinable", "miv_simulator", "neuroh5"):
        (packages / name).mkdir(parents=True)
        (packages / name / "__init__.py").write_text(STAND_IN if name == "machinable" else "")
    monkeypatch.syspath_prepend(str(packages))
    monkeypatch.setenv("PYTHONPATH", str(packages))
    monkeypatch.setenv("STAND_IN_SYSTEM", str(reference("3d_S1")))
    for name, file in (("templates", "gEXC.hoc"), ("mechanisms", "x.mod")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text("")
    return {name: tmp_path / name for name in ("templates", "mechanisms")}


@pytest.mark.skipif(installed, reason="MiV-Simulator is installed here")
def test_it_is_listed_with_the_reason_and_says_how_to_get_it(document):
    entry = registry().find("generator", "miv")
    assert "not usable here: miv_simulator and neuroh5 not installed" in entry.summary
    with pytest.raises(MissingDependencyError, match="'miv_simulator'") as caught:
        Miv.configuration(document)
    assert "github.com/iraikov/neuroh5" in caught.value.hint


def test_it_takes_no_configuration_by_itself(document):
    assert not Miv.accepts(document.data)


def test_it_publishes_what_the_pipeline_made(stand_in, document, tmp_path, reference):
    generator = Miv(**stand_in)
    program = generator.program(generator.configuration(document))
    with pytest.warns(UserWarning, match="does not seed its somata"):
        system = run_program(program, tmp_path / "out")
    made = System(reference("3d_S1"))
    assert system.projections == made.projections
    for name in ("EXC", "INH"):
        np.testing.assert_array_equal(system.positions(name), made.positions(name))
        (counts, columns), (expected, values) = (s.synapses(name) for s in (system, made))
        np.testing.assert_array_equal(counts, expected)
        for column in values:  # the pipeline writes cells in any order, we in that of their gids
            np.testing.assert_array_equal(columns[column], values[column])
        ours, theirs = (s.trees(name, 3) for s in (system, made))
        for entry in theirs:
            np.testing.assert_array_equal(ours[entry], theirs[entry])
    for pair in made.projections:
        (ours,), (theirs,) = (list(s.edges(*pair)) for s in (system, made))
        np.testing.assert_array_equal(ours.targets, theirs.targets)
        np.testing.assert_array_equal(ours.sources, theirs.sources)
        for column in ("distance", "syn_id"):
            np.testing.assert_array_equal(ours.columns[column], theirs.columns[column])
    assert str(tmp_path) not in json.dumps([system.graph, system.provenance])


def test_its_failure_is_told_in_one_line(stand_in, document, monkeypatch):
    monkeypatch.setenv("STAND_IN_FAILS", "1")
    generator = Miv(**stand_in)
    with pytest.raises(BackendError, match="MiV-Simulator failed: RuntimeError: density too small"):
        generator.program(generator.configuration(document)).prepare()


def test_it_needs_templates_and_mechanisms(stand_in, document):
    generator = Miv(templates=stand_in["templates"] / "none")
    with pytest.raises(ConfigError) as caught:
        generator.program(generator.configuration(document))
    assert [finding.path for finding in caught.value.findings] == ["templates", "mechanisms"]
