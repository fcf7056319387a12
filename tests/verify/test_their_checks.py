"""A generator brings the checks of its systems: a third party's gets the same audit."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from livn_core.errors import BackendError
from livn_core.execute import backend_of
from livn_core.job import Job
from livn_core.plugins.registry import registry
from livn_core.verify import verify

GENERATOR = """
from livn_core.components import Generator
from livn_core.errors import ConfigError, PluginError
from livn_core.hookspecs import Component, hookimpl
from livn_core.verify import Checks


class DishChecks(Checks):
    what = "a dish"
    multapses = False
    notes = ("dishes are new",)

    def __init__(self, document):
        self.counts = document["counts"]
        self.edges = document["edges"]
        self.seen = 0
        self.otherwise = document.get("otherwise", {})

    def autapses(self, source, target):
        return False

    def synapses(self, block):
        self.seen += int(block.counts.sum())

    def end(self, audit, system, whole, seed):
        with audit.check("dish-edges", "dish", f"{self.edges} edges") as check:
            found = sum(system.edge_count(*pair) for pair in system.projections)
            if not found == self.edges == self.seen:
                check.fail(f"{found} edges, {self.seen} synapses")
        audit.test("dish-luck", "dish", found="much", expected="little", p_value=0.5)


class Dish(Generator):
    @classmethod
    def accepts(cls, document):
        return False

    @classmethod
    def configuration(cls, document, *, origin=""):
        raise NotImplementedError

    @classmethod
    def checks(cls, provenance, graph):
        document = provenance.get("configuration", {})
        if "edges" not in document:
            raise ConfigError("edges: is required")
        if document.get("elsewhere"):
            raise PluginError("the sieve is not installed")
        return DishChecks(document)

    def program(self, config):
        raise NotImplementedError


@hookimpl
def livn_generators():
    yield Component("dish", "livn_dish:Dish", "of a third party")
"""


@pytest.fixture
def dish(tmp_path: Path, culture: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a system that says a third party's generator made it, of this configuration."""
    site = tmp_path / "site"
    info = site / "livn_dish-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: livn-dish\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[livn]\ndish = livn_dish\n")
    (site / "livn_dish.py").write_text(GENERATOR)
    monkeypatch.syspath_prepend(str(site))
    registry.cache_clear()

    def make(name: str = "dish", **document) -> Path:
        path = Path(shutil.copytree(culture, tmp_path / "system"))
        recorded = json.loads((path / "provenance.json").read_text())
        recorded.update(generator=name, configuration=document, components=[])
        (path / "provenance.json").write_text(json.dumps(recorded))
        return path

    yield make
    registry.cache_clear()
    sys.modules.pop("livn_dish", None)


def edges_of(path: Path) -> int:
    recorded = json.loads((path / "provenance.json").read_text())
    return sum(row["edges"] for row in recorded["projections"])


def test_its_system_is_audited_by_its_own_checks(dish, culture: Path) -> None:
    report = verify(dish(counts={"EXC": 240, "INH": 60}, edges=edges_of(culture)))
    assert report.passed
    found = {verdict.check: verdict.found for verdict in report.verdicts}
    assert found["configuration"] == "a dish"
    assert {"dish-edges", "dish-luck", "stored-distances", "bounds", "digest"} <= found.keys()
    assert "distance-law" not in found
    assert report.tests == 1
    assert "dishes are new" in report.notes


def test_its_uuids_need_not_follow_from_the_content(dish, culture: Path) -> None:
    path = dish(counts={"EXC": 240, "INH": 60}, edges=edges_of(culture))
    graph = json.loads((path / "graph.json").read_text())
    graph["architecture"]["uuid"] = "12345678-1234-5678-1234-567812345678"
    (path / "graph.json").write_text(json.dumps(graph))
    assert verify(path).passed


def test_what_its_checks_find_is_a_fault(dish, culture: Path) -> None:
    report = verify(dish(counts={"EXC": 240, "INH": 61}, edges=edges_of(culture) + 1))
    assert [verdict.check for verdict in report.of("fatal")] == ["cell-counts", "dish-edges"]


def test_what_it_does_otherwise_is_a_warning(dish, culture: Path) -> None:
    report = verify(
        dish(
            counts={"EXC": 240, "INH": 61},
            edges=edges_of(culture) + 1,
            otherwise={"dish-edges": "a dish leaks"},
        )
    )
    assert [verdict.check for verdict in report.of("fatal")] == ["cell-counts"]
    (verdict,) = (v for v in report.of("warning") if v.check == "dish-edges")
    assert verdict.expected == f"{edges_of(culture) + 1} edges; a dish leaks"


def test_a_backend_of_several_processes_is_refused_where_one_works(
    dish, monkeypatch, tmp_path
) -> None:
    job = Job("dish", None, {}, tmp_path / "out")
    assert backend_of(job, "mpi").distributed
    monkeypatch.setattr(registry().load("generator", "dish"), "distributed", False)
    assert not backend_of(job, "local").distributed
    with pytest.raises(BackendError, match="'dish' works in one process: the backend 'mpi'"):
        backend_of(job, "mpi")


def test_a_record_that_it_refuses_is_a_fault(dish) -> None:
    (verdict,) = verify(dish(counts={})).of("fatal")
    assert (verdict.check, verdict.found) == ("configuration", "edges: is required")


def test_what_is_not_installed_is_a_warning(dish) -> None:
    report = verify(dish(edges=1, elsewhere=True))
    assert report.passed
    assert [verdict.found for verdict in report.of("warning")] == ["the sieve is not installed"]


def test_of_a_generator_that_is_not_there_the_files_are_checked(dish) -> None:
    report = verify(dish("bowl"))
    assert report.passed
    assert "the numbers of the generator 'bowl' are not known here: not tested" in report.notes
    assert "stored-distances" in {verdict.check for verdict in report.verdicts}
