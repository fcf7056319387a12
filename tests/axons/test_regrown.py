"""Axons of stored systems, grown again: bit for bit those that the rule grew."""

import json
import shutil

import numpy as np
import pytest

from livn_core import System, generate
from livn_core.axons.regrown import regrown
from livn_core.culture.positions import place_cells
from livn_core.culture.validation import validate
from livn_core.culture.wiring import wire
from livn_core.errors import LivnError

OPEN = {
    "total_cells": 60,
    "populations": {
        "EXC": {"ratio": 0.7},
        "INH": {"ratio": 0.3, "neurites": {"direction": {"mean": 30.0, "kappa": 2.0}}},
    },
    "connectivity": {"rule": "axon", "mean_degree": 4, "unreachable_degree": "largest"},
}
BRIDGED = {
    "area": "modules",
    "total_cells": 120,
    "walls": {"axons": "redraw"},
    "populations": {
        "EXC": {"ratio": 0.7},
        "INH": {"ratio": 0.3, "in_degree": {"law": "gamma", "cv": 0.2}},
    },
    "connectivity": {
        "rule": "axon",
        "rule_kwargs": {"bridges": 4, "axon_length": 600},
        "mean_degree": 4,
        "projections": {"INH->INH": {"rule": "pairwise_bernoulli", "kernel": "uniform"}},
    },
}
CHIP = {
    "area": "chip",
    "area_kwargs": {"chamber": [300, 600], "grooves": 6},
    "total_cells": 80,
    "walls": {"axons": "follow", "cross": 0.1},
    "populations": {"EXC": {"ratio": 1}},
    "connectivity": {"rule": "axon", "mean_degree": 4},
}


@pytest.mark.parametrize("document", [OPEN, BRIDGED, CHIP], ids=["open", "bridged", "chip"])
def test_they_are_those_that_the_rule_grew(document, tmp_path):
    """The paths of the connectors of the run, and those from the directory: equal to the last bit."""
    config = validate(document)
    culture = config.culture(place_cells(config).cells)
    wirings = {p.source: wire(p, culture) for p in config.projections() if p.rule_name == "axon"}
    generate(document, output_directory=tmp_path / "net")
    with System(tmp_path / "net") as system:
        again = regrown(system)
        assert again.cells == {name: len(culture.cells[name]) for name in wirings}
        for name, wiring in wirings.items():
            first = wiring.connector.axons
            every = again.axons(name, np.arange(again.cells[name]))
            assert np.array_equal(every.points, first.points)
            chosen = np.array([1, 4, 5, again.cells[name] - 1])
            some = again.axons(name, chosen)
            for at, cell in enumerate(chosen):
                mine = first.points[first.first[cell] : first.first[cell + 1]]
                assert np.array_equal(some.points[some.first[at] : some.first[at + 1]], mine)


def test_the_mean_length_is_that_of_the_law(tmp_path):
    generate(BRIDGED, output_directory=tmp_path / "net")
    assert regrown(System(tmp_path / "net")).mean_length() == pytest.approx(600)


@pytest.fixture
def net(tmp_path):
    generate(CHIP, output_directory=tmp_path / "net")
    return tmp_path / "net"


def changed(net, change):
    path = net / "provenance.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return System(net)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda d: d.update(generator="cut"), "does not say"),
        (lambda d: d["configuration"].update(populations=3), "does not say"),
        (lambda d: d["configuration"]["connectivity"].update(rule_kwargs={"turn": -1}), "does not"),
        (lambda d: d["configuration"].update(area="nowhere"), "region"),
        (
            lambda d: d["components"].append({"kind": "connectivity", "name": "someone/rule"}),
            "someone/rule",
        ),
    ],
    ids=["other generator", "broken", "wrong parameter", "no region", "plugin"],
)
def test_what_is_not_known_is_said(net, change, why):
    with pytest.raises(LivnError, match=why):
        regrown(changed(net, change))


def test_without_a_record_nothing_is_known(net):
    (net / "provenance.json").unlink()
    with pytest.raises(LivnError, match=r"provenance\.json"):
        regrown(System(net))


def test_a_moved_system_grows_them_too(net, tmp_path):
    before = regrown(System(net)).axons("EXC", np.arange(5)).points
    shutil.move(net, tmp_path / "elsewhere")
    after = regrown(System(tmp_path / "elsewhere")).axons("EXC", np.arange(5)).points
    assert np.array_equal(before, after)
