"""The generator ``miv`` with a stand-in of MiV-Simulator, which copies a system that it made once.

MiV-Simulator itself is not installed where these tests run: ``scripts/build_stack.py`` builds it, and
holds S1 against the reference.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import signal
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from livn_miv import pipeline
from livn_miv.document import as_read, mean_above_zero, their_form
from livn_miv.generator import Miv
from livn_miv.swc import their_swc

import livn_core
from livn_core import System, generate
from livn_core.api import plan
from livn_core.documents.document import load_document
from livn_core.documents.shipped import find_configuration
from livn_core.errors import BackendError, ConfigError, MissingDependencyError
from livn_core.layered.configuration import validate
from livn_core.morphology import read_swc
from livn_core.plugins.registry import registry
from livn_core.testing import GeneratorContract
from livn_core.verify import reproduce, verify


@pytest.fixture
def document():
    return load_document(find_configuration("S1"))


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*the density of SR holds")
        yield


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Where the system of these tests is made by the first of them."""
    return tmp_path_factory.mktemp("made") / "out"


@pytest.fixture
def made(stand_in, once):
    """S1, made by the pipeline's stand-in."""
    if not once.exists():
        generate("S1", generator="miv", options=FOLDERS, output_directory=once).close()
    with System(once) as system:
        yield system


HERE = Path(__file__).parent
FOLDERS = {name: f"{HERE}/systems/{name}" for name in ("templates", "mechanisms")}

absent = pytest.mark.skipif(
    find_spec("miv_simulator") is not None, reason="MiV-Simulator is installed here"
)

# -- what is missing -------------------------------------------------------------------------------


@absent
def test_it_is_listed_with_the_reason():
    entry = registry().find("generator", "miv")
    assert "not usable here: miv_simulator and neuroh5 not installed" in entry.summary
    assert not entry.builtin


@absent
def test_all_that_is_missing_is_told_at_once(document, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingDependencyError) as caught:
        Miv.configuration(document)
    for name in ("'miv_simulator'", "'machinable'", "'neurotrees_import'", "'bash'"):
        assert name in caught.value.message
    assert "build_stack.py" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "version", "says"),
    [
        ("machinable", "5.1.0", "machinable 5.1.0, where MiV-Simulator needs 4.10"),
        ("neuroh5", "0.2.0", "neuroh5 0.2.0, which does not read"),
        ("omegaconf", "2.4.0", "omegaconf 2.4.0, which takes no lists"),
    ],
)
def test_versions_that_do_not_work_are_told(stand_in, document, version_of, name, version, says):
    version_of(name, version)
    with pytest.raises(MissingDependencyError, match=says):
        Miv.configuration(document)


def test_it_takes_no_configuration_by_itself(document):
    assert not Miv.accepts(document.data)


# -- what it does not read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (
            lambda d: d["Geometry"]["Parametric Surface"].update(Rotation=[0, 0, 30]),
            "Geometry.Parametric Surface.Rotation",
        ),
        (
            lambda d: d["Geometry"]["Parametric Surface"].update(Origin={"U": "min"}),
            "Geometry.Parametric Surface.Origin",
        ),
        (
            lambda d: d["Geometry"].update({"Cell Constraints": {"EXC": {"SP": [11, 12]}}}),
            "Geometry.Cell Constraints",
        ),
        (lambda d: d["Cell Types"]["EXC"].pop("template"), "Cell Types.EXC.template"),
        (lambda d: d["Cell Types"]["EXC"].update(template="PR_nrn"), "Cell Types.EXC.template"),
        (
            lambda d: d["Cell Types"]["EXC"]["synapses"]["density"]["soma"]["excitatory"].update(
                default={"mean": 0.0}
            ),
            "Cell Types.EXC.synapses.density.soma.excitatory.default",
        ),
        (
            lambda d: d["Connection Generator"]["Synapses"]["EXC"]["INH"]["mechanisms"]["default"][
                "GABA_A"
            ].update(e=-60.5),
            "Connection Generator.Synapses.EXC.INH.mechanisms.default.GABA_A.e",
        ),
    ],
)
def test_what_it_does_not_read_is_refused(stand_in, document, change, path):
    asked = validate(document).effective()
    change(asked)
    with pytest.raises(ConfigError) as caught:
        Miv.configuration(asked)
    assert [finding.path for finding in caught.value.findings] == [path]
    assert "layered3d" in caught.value.hint


def test_morphologies_that_it_does_not_read_are_refused(stand_in, document, tmp_path):
    asked = validate(document).effective()
    lines = (line.split() for line in Path(find_swc("INH")).read_text().splitlines())
    folder = tmp_path / "cells"
    folder.mkdir()
    text = "\n".join(" ".join(words[:7]) for words in lines if words and words[0] != "#")
    (folder / "a.swc").write_text(text)
    for name, file in (("EXC", folder), ("INH", folder / "a.swc")):
        asked["Cell Types"][name]["morphology"] = {"file": str(file)}
    with pytest.raises(ConfigError) as caught:
        Miv.configuration(asked)
    assert [finding.message.partition(",")[0] for finding in caught.value.findings] == [
        "MiV-Simulator takes one file a population",
        "MiV-Simulator needs the layers in the file's eighth column",
    ]


def find_swc(name):
    return find_configuration("S1").parents[1] / "morphology" / f"{name}.swc"


def test_folders_and_templates_are_looked_at_before_any_work(stand_in, document, tmp_path):
    config = Miv.configuration(document)
    with pytest.raises(ConfigError) as caught:
        Miv(templates=tmp_path / "none", mechanisms=stand_in["templates"]).program(config)
    assert [finding.path for finding in caught.value.findings] == ["templates", "mechanisms"]
    (stand_in["templates"] / "gINH.hoc").unlink()
    with pytest.raises(ConfigError, match=r"Cell Types.INH.template: no 'gINH.hoc'"):
        Miv(**stand_in).program(config)
    with pytest.raises(ConfigError, match="templates"):
        registry().create("generator", "miv", {"mechanisms": str(stand_in["mechanisms"])})


def test_it_is_refused_to_several_processes(stand_in, tmp_path):
    with pytest.raises(BackendError, match="'miv' works in one process"):
        generate(
            "S1",
            generator="miv",
            options=stand_in,
            backend="mpi",
            output_directory=tmp_path / "out",
        )
    assert not (tmp_path / "out").exists()


# -- what it hands to the pipeline -----------------------------------------------------------------


def test_mechanisms_of_sections_go_where_they_are_read(document):
    asked = validate(document).effective()
    rules = asked["Connection Generator"]["Synapses"]["EXC"]
    own = rules["EXC"]["mechanisms"]["default"]
    rules["EXC"]["mechanisms"] = {"basal": own, "apical": own}
    theirs = their_form(asked)["Connection Generator"]["Synapses"]["EXC"]
    assert "mechanisms" not in theirs["EXC"]
    assert theirs["EXC"]["swctype mechanisms"] == {"basal": own, "apical": own}
    assert set(theirs["INH"]["mechanisms"]) == {"GABA_A"}
    assert "random_seed" in asked


@pytest.mark.parametrize("name", ["EXC", "INH"])
def test_swc_counts_from_0_and_keeps_what_leaves_a_section(name, tmp_path):
    morphology = read_swc(find_swc(name))
    rows = [line.split() for line in their_swc(morphology).splitlines()]
    assert [int(row[0]) for row in rows] == list(range(len(rows)))
    assert all(int(row[6]) < number for number, row in enumerate(rows))
    again = tmp_path / "again.swc"
    again.write_text(
        "\n".join(
            " ".join([str(number + 1), *row[1:6], str(max(int(row[6]) + 1, 0) or -1), row[7]])
            for number, row in enumerate(rows)
        )
    )
    length = read_swc(again).segments().length.sum()
    assert length == pytest.approx(morphology.segments().length.sum(), rel=1e-6)
    places = {tuple(np.round(xyz, 5)) for xyz in morphology.xyz}
    assert {tuple(np.round([float(x) for x in row[2:5]], 5)) for row in rows} == places


def test_densities_as_it_reads_them(document):
    drawn = np.random.Generator(np.random.Philox(1)).normal(0.11, 0.1, 1_000_000)
    assert mean_above_zero(0.11, 0.1) == pytest.approx(drawn[drawn > 0].mean(), abs=3e-4)
    assert mean_above_zero(0.4, 0.0) == 0.4
    read = validate(as_read(validate(document).effective()))
    density = read.cell_types["EXC"].synapses.density["apical"]["inhibitory"]
    assert density["SLM"] == density["SR"]
    assert density["SR"].mean == pytest.approx(mean_above_zero(0.11, 0.1))


# -- what it makes ---------------------------------------------------------------------------------


def test_it_publishes_what_the_pipeline_made(made, reference):
    theirs = System(reference)
    assert made.projections == theirs.projections
    for name in ("EXC", "INH"):
        np.testing.assert_array_equal(made.positions(name), theirs.positions(name))
        (counts, columns), (expected, values) = (s.synapses(name) for s in (made, theirs))
        np.testing.assert_array_equal(counts, expected)
        for column in values:  # the pipeline writes cells in any order, we in that of their gids
            np.testing.assert_array_equal(columns[column], values[column])
        trees = [system.trees(name, 3) for system in (made, theirs)]
        for entry in trees[1]:
            np.testing.assert_array_equal(trees[0][entry], trees[1][entry])
    for pair in made.projections:
        (ours,), (edges,) = (list(s.edges(*pair)) for s in (made, theirs))
        np.testing.assert_array_equal(ours.targets, edges.targets)
        np.testing.assert_array_equal(ours.sources, edges.sources)
        for column in ("distance", "syn_id"):
            np.testing.assert_array_equal(ours.columns[column], edges.columns[column])


def test_its_record_says_what_made_it_and_of_what(made):
    recorded = made.provenance
    assert recorded["generator"] == "miv"
    assert recorded["seed"] == 123
    assert recorded["pipeline"]["versions"]["machinable"] == "4.10.4"
    assert set(recorded["pipeline"]["templates_sha256"]) == {"gEXC.hoc", "gINH.hoc"}
    assert len(recorded["pipeline"]["mechanisms_sha256"]["leak.mod"]) == 64
    assert set(recorded["pipeline"]["programs_sha256"]) >= {"neurotrees_import", "nrnivmodl"}
    assert recorded["parameters"] == FOLDERS
    assert any("the density of SR holds in SLM too" in text for text in recorded["warnings"])


def test_what_it_was_made_of_is_compared_when_it_is_made_again(stand_in, made, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(made.path, copy)
    again = reproduce(copy)
    # The programs of the stand-in are those of this test, with the same content.
    assert again.equal
    assert again.pipeline == {}
    record = json.loads((copy / "provenance.json").read_text())
    parts = record["pipeline"]
    parts["templates_sha256"]["gEXC.hoc"] = "0" * 64
    parts["mechanisms_sha256"]["gone.mod"] = "1" * 64
    parts["programs_sha256"]["neurotrees_import"] = "2" * 64
    (copy / "provenance.json").write_text(json.dumps(record))
    again = reproduce(copy)
    assert list(again.pipeline) == [
        "mechanisms gone.mod",
        "programs neurotrees_import",
        "templates gEXC.hoc",
    ]
    assert again.pipeline["mechanisms gone.mod"] == ("1" * 64, None)
    assert again.document()["pipeline"]["templates gEXC.hoc"]["then"] == "0" * 64


def test_verify_knows_what_it_does_otherwise(made):
    report = verify(made.path)
    assert report.passed
    (layers, *_) = (v for v in report.verdicts if v.check == "cells-per-layer" and v.level != "ok")
    assert layers.level == "warning"
    assert layers.expected.endswith("MiV-Simulator draws the layer of each soma")
    densities = [v.found for v in report.verdicts if v.check == "synapse-density"]
    assert len(densities) > 10


def test_the_plan_is_its_own(stand_in, tmp_path, reference):
    planned = plan("S1", generator="miv", options=stand_in, output_directory=tmp_path / "out")
    with System(reference) as system:
        for projection in planned.projections:
            pair = projection.source, projection.target
            assert projection.expected_edges == pytest.approx(system.edge_count(*pair), rel=0.1)
    assert 40 < planned.seconds < 70
    assert not (tmp_path / "out").exists()


def test_random_numbers_come_from_the_seed(stand_in, document, tmp_path, monkeypatch):
    drawn = {}
    for seed in (7, 7, 8):
        folder = tmp_path / f"work-{len(drawn)}-{seed}"
        folder.mkdir()
        config = Miv.configuration({**document.data, "random_seed": seed})
        pipeline.make(config, folder, **stand_in).close()
        found = json.loads((folder / "drawn.json").read_text())
        assert drawn.setdefault(seed, found) == found
    assert not list(tmp_path.glob("livn-miv-*.log"))
    assert drawn[7]["random"] != drawn[8]["random"]
    assert drawn[7]["numpy"] != drawn[8]["numpy"]
    assert drawn[7]["seed"] == 7


@pytest.mark.parametrize(
    ("how", "cause", "also"),
    [
        ("python", "RuntimeError: no positive density", "dispatch failed"),
        ("neuron", "NEURON: iconc_Ca is not a MECHANISM", "near line 196"),
    ],
)
def test_its_failure_names_component_and_cause_and_keeps_the_log(
    stand_in, document, monkeypatch, how, cause, also
):
    monkeypatch.setenv("STAND_IN_FAILS", how)
    program = Miv(**stand_in).program(Miv.configuration(document))
    with pytest.raises(BackendError) as caught:
        program.prepare()
    assert caught.value.message == (
        f"MiV-Simulator failed in miv_simulator.interface.synapses: {cause}"
    )
    log = Path(caught.value.hint.removeprefix("all that it said is in "))
    assert also in log.read_text()


def test_an_interrupt_ends_all_that_it_started(stand_in, document, tmp_path, monkeypatch):
    monkeypatch.setenv("STAND_IN_TELLS", str(os.getpid()))
    (tmp_path / "work").mkdir()

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            pipeline.make(Miv.configuration(document), tmp_path / "work", **stand_in)
    finally:
        signal.signal(signal.SIGUSR1, before)
    waiting = int((tmp_path / "work" / "waits").read_text())
    for _ in range(500):
        if not Path(f"/proc/{waiting}/cmdline").exists() or "Z" in state(waiting):
            break
        time.sleep(0.02)
    else:
        pytest.fail("a component works on")
    assert not list(tmp_path.glob("livn-miv-*.log"))


def state(process):
    """Return the state of a process; Z is for one that has ended, and nobody has asked how."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


def test_links_that_lead_nowhere_are_left_out_and_what_cannot_be_read_is_told(
    stand_in, document, tmp_path
):
    (stand_in["mechanisms"] / "ca1").symlink_to(tmp_path / "nowhere")
    config = Miv.configuration(document)
    (tmp_path / "work").mkdir()
    pipeline.make(config, tmp_path / "work", **stand_in).close()
    (tmp_path / "again").mkdir()
    with pytest.raises(ConfigError, match=r"mechanisms: '.*none' cannot be copied"):
        pipeline.make(
            config,
            tmp_path / "again",
            templates=stand_in["templates"],
            mechanisms=tmp_path / "none",
        )


def test_a_folder_that_its_commands_take_apart_is_refused(stand_in, document, tmp_path):
    folder = tmp_path / "my work"
    folder.mkdir()
    with pytest.raises(BackendError, match="cannot work in") as caught:
        pipeline.make(Miv.configuration(document), folder, **stand_in)
    assert "TMPDIR" in caught.value.hint


class TestMiv(GeneratorContract):
    """With the stand-in: what it does not draw has no law, which the plan meets within some percent."""

    name = "miv"
    documents = ["S1"]
    by_name_only = True
    dispersion = 1000.0
    examples = [FOLDERS]

    @pytest.fixture(autouse=True)
    def _stand_in(self, stand_in):
        """Let the stand-in make its systems."""


def test_the_documented_interface_suffices():
    """The package imports what the pages for plugin authors name, and nothing else of ours."""
    package = Path(__file__).parents[1]
    pages = package.parents[1] / "docs" / "reference"
    documented = {f"livn_core.{name}" for name in livn_core.__all__}
    for page in ("python.md", "plugin-interface.md"):
        named = re.findall(r"^::: (livn_core\.\S+)$", (pages / page).read_text(), re.MULTILINE)
        documented |= set(named)
    for file in (package / "livn_miv").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("livn_core"):
                for alias in node.names:
                    assert documented & {str(node.module), f"{node.module}.{alias.name}"}, (
                        alias.name
                    )
