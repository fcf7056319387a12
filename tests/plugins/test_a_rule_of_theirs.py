"""The example plugin's connectivity rule from end to end: plan, threads, MPI, verify, pictures."""

from __future__ import annotations

import json
import os

import pytest

from livn_core import System
from livn_core.jobs.launchers import find_launcher, missing_mpi

CULTURE = (
    *("--total-cells", "300", "--seed", "3", "--set", "connectivity.rule=reach"),
    *("--set", "connectivity.rule_kwargs={reach: 300, p: 0.25}"),
)


@pytest.fixture
def theirs(livn, root, tmp_path):
    """Run the command line with the example plugin installed."""
    info = tmp_path / "site" / "livn_plugin_hexmea-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: livn-plugin-hexmea\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[livn]\nhexmea = livn_hexmea\n")
    places = (root, root / "examples" / "livn-plugin-hexmea", tmp_path / "site")
    path = os.pathsep.join(map(str, places))

    def run(*words, code=0):
        ran = livn(*words, env={"PYTHONPATH": path, "XDG_STATE_HOME": str(tmp_path / "state")})
        assert ran.code == code, ran.out + ran.err
        return ran

    return run


def test_from_the_plan_to_the_pictures(theirs, tmp_path):
    planned = json.loads(theirs("generate", *CULTURE, "--dry-run", "--json").out)
    theirs("generate", *CULTURE, "--jobs", "1", "--output", "one")
    theirs("generate", *CULTURE, "--jobs", "2", "--output", "two")
    made = System(tmp_path / "one")
    assert made.digest() == System(tmp_path / "two").digest()
    expected = planned["expected_edges"]
    edges = sum(made.edge_count(*pair) for pair in made.projections)
    assert abs(edges - expected) < 5 * (0.75 * expected) ** 0.5
    entry = made.graph["connections"]["culture2d"]["config"]["synapses"]["EXC"]["EXC"]["kernel"]
    assert entry == {
        "rule": "livn-plugin-hexmea/reach",
        "reach": 300.0,
        "p": 0.25,
        "distance": "plane",
        "allow_self_connections": False,
    }
    provider = {"kind": "connectivity", "name": "reach", "provider": "livn-plugin-hexmea 1.0"}
    assert provider in made.provenance["components"]
    report = json.loads(theirs("verify", "one", "--json").out)
    tested = {v["check"] for v in report["verdicts"] if v["p_value"] is not None}
    assert {"mean-degree", "distance-law", "in-degrees", "out-degrees"} <= tested
    theirs("reproduce", "one")
    for kind in ("distances", "matrix", "degrees", "layout"):
        theirs("plot", "one", "--kind", kind, "--output", f"{kind}.png")
    theirs("plot", "one", "--cell", "5", "--output", "cell.png")
    theirs("view", "one", "--output", "page.html")
    assert "EXC->INH" in theirs("inspect", "one").out


def test_on_ranks(theirs, tmp_path):
    if missing_mpi() is not None or find_launcher() is None:
        pytest.skip("no MPI")
    theirs("generate", *CULTURE, "--output", "alone")
    theirs("generate", *CULTURE, "--output", "ranks", "--backend", "mpi", "--ranks", "2")
    digests = {System(tmp_path / name).digest() for name in ("alone", "ranks")}
    assert len(digests) == 1


def test_a_key_that_it_does_not_take_is_an_error(theirs):
    ran = theirs("generate", *CULTURE, "--set", "connectivity.sigma=100", "--dry-run", code=2)
    assert "no rule of this configuration (livn-plugin-hexmea/reach) takes it" in ran.err
