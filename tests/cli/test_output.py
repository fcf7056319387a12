"""How much is said: ``-q`` and ``-v`` on either side of the command, progress, the bar of an export."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

from livn_cli.progress import PlainProgress
from livn_core.system.exporting import export_system
from livn_core.system.reader import System

SMALL = ("--total-cells", "20", "--mean-degree", "1", "--sigma", "1000")


@pytest.mark.parametrize(
    "words",
    [("-q", "generate", *SMALL), ("generate", *SMALL, "-q"), ("generate", "-qv", "-q", *SMALL)],
)
def test_quiet_prints_nothing_on_either_side_of_the_command(livn_here, tmp_path, words):
    ran = livn_here(*words)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert (tmp_path / "system" / "graph.json").exists()


def test_quiet_leaves_results_warnings_and_json(livn_here):
    assert livn_here("generate", *SMALL, "--json", "-q").out.startswith("{")
    assert "EXC->INH" in livn_here("inspect", "system", "-q").out
    assert "EXC->INH" in livn_here("generate", *SMALL, "--dry-run", "-q").out
    assert livn_here("cut", "absent", "--selection", "x", "-q").err.startswith("Error")
    warned = livn_here("generate", "-q", "--mean-degree", "500", "--overwrite")
    assert "cannot be reached" in warned.err
    assert warned.out == ""


def test_a_quiet_verify_shows_what_is_wrong_alone(livn_here, tmp_path):
    livn_here("-q", "generate", *SMALL)
    assert livn_here("verify", "system", "-q").out == ""
    (tmp_path / "system" / "graph.json").write_text("{}")
    ran = livn_here("verify", "system", "-q")
    assert ran.code == 1
    levels = [line.split()[0] for line in ran.out.splitlines() if line]
    assert "fatal" in levels
    assert "ok" not in levels


def test_verbose_after_the_command_says_the_phases_in_plain_words(livn_here):
    ran = livn_here("generate", *SMALL, "-v")
    assert [line.partition(":")[0].partition(" (")[0] for line in ran.err.splitlines()] == [
        "placing cells, setting up projections",
        "drawing connections",
        "writing files",
        "computing the checksum",
    ]


def test_a_log_tells_what_is_left_every_half_minute():
    lines: list[str] = []
    now = [0.0]
    progress = PlainProgress(lines.append, clock=lambda: now[0])
    for done, at in enumerate((0.0, 10.0, 31.0, 40.0, 62.0)):
        now[0] = at
        progress("blocks", done, 100)
    now[0] = 6000.0
    progress("blocks", 50, 100)
    progress("write", 0, 0)
    progress.close()
    assert lines == [
        "drawing connections: 2%, about 25 min left",
        "drawing connections: 4%, about 25 min left",
        "drawing connections: 50%, about 1.7 h left",
        "drawing connections (100): 6000.0 s",
    ]


@pytest.mark.parametrize(("name", "passes"), [("csv", 1), ("sonata", None)])
def test_an_export_tells_how_far_it_is(generated, tmp_path, name, passes):
    told: list[tuple[str, int, int]] = []
    with System(generated) as system:
        total = sum(system.edge_count(*pair) for pair in system.projections)
        made = export_system(
            system, name, tmp_path / "told", progress=lambda *news: told.append(news)
        )
        silent = export_system(system, name, tmp_path / "silent")
    # Of many cells a table takes long, too: the first connection is not the first news.
    assert told.pop(0) == ("cells", 0, 0)
    assert {news[2] for news in told} == {total}
    assert told[-1][1] == total
    assert all(0 < done <= total for _, done, _ in told)
    if passes == 1:
        assert {phase for phase, _, _ in told} == {"export"}
        assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    for file in made.files:
        if file.suffix == ".csv":
            assert (made.path / file).read_bytes() == (silent.path / file).read_bytes()


def test_a_format_that_there_is_not_names_those_that_there_are(livn_here, generated):
    ran = livn_here("export", str(generated), "--format", "nwb")
    assert ran.code == 2
    assert "no exporter named 'nwb'; there are csv, graphml, npz," in ran.err


def test_reports_say_what_was_asked_expected_and_realised(livn_here):
    words = ("generate", "--area", "disk", "--radius", "0.3mm", "--total-cells", "60")
    words += ("--mean-degree", "{EXC->EXC: 500, EXC->INH: 4}", "--seed", "3")
    plan = json.loads(livn_here(*words, "--dry-run", "--json").out)
    made = json.loads(livn_here(*words, "--json").out)
    for document in (plan, made):
        exc, inh = document["populations"]
        assert exc["synapse_type"] == "excitatory"
        assert inh["synapse_type"] in ("inhibitory", None)  # it has no projection in the files
        assert exc["density_per_mm2"] == pytest.approx(48 / (3.14159265 * 0.09))
        assert document["density_per_mm2"] == pytest.approx(60 / (3.14159265 * 0.09))
        of_exc = next(p for p in document["projections"] if p["target"] == "EXC")
        assert of_exc["asked_mean_in_degree"] == 500
        assert of_exc["expected_mean_in_degree"] == pytest.approx(47)
    assert plan["populations"][1]["synapse_type"] == "inhibitory"
    inspected = livn_here("inspect", "system").out
    (row,) = [line.split() for line in inspected.splitlines() if line.startswith("EXC->EXC")]
    assert row == ["EXC->EXC", "2,256", "500.00", "47.00", "47.00", "0.00", "47", "47"]
    assert "cells/mm2" in inspected
    for text in (inspected, livn_here(*words, "--dry-run").out):
        assert "asked  expected" in text
        assert all(len(line) <= 80 for line in text.splitlines() if "warning" not in line)


def test_reports_of_systems_that_others_made_leave_out_what_they_do_not_know(livn_here, reference):
    ran = livn_here("inspect", str(reference("2d_gauss_100")))
    assert ran.code == 0, ran.err
    assert "cells/mm2" not in ran.out
    assert "inhibitory" in ran.out
    (row,) = [line.split() for line in ran.out.splitlines() if line.startswith("EXC->INH")]
    assert row[2:4] == ["-", "-"]


def test_a_layered_plan_says_what_its_populations_are(livn_here):
    plan = json.loads(livn_here("generate", "S1", "--dry-run", "--json").out)
    kinds = {p["name"]: p["synapse_type"] for p in plan["populations"]}
    assert kinds == {"EXC": "excitatory", "INH": "inhibitory"}
    # 11 cells under a surface of 40 x 40 um, as the system's own record has it.
    assert plan["density_per_mm2"] == pytest.approx(11 / 0.0016)
    assert livn_here("generate", "S1", "-o", "made").code == 0
    made = json.loads(livn_here("inspect", "made", "--json").out)
    assert [p["density_per_mm2"] for p in made["populations"]] == pytest.approx([4375, 2500])


def test_a_damaged_system_is_no_bug_of_this_program(livn_here, tmp_path, monkeypatch):
    assert livn_here("generate", "--total-cells", "20", "-o", "k").code == 0
    with h5py.File(tmp_path / "k" / "cells.h5", "r+") as file:
        file["Populations/EXC/Generated Coordinates/X Coordinate/Attribute Value"][0] = np.nan

    def trip(system, **_):
        raise TypeError("what no command foresees")

    monkeypatch.setattr("livn_cli.commands.inspect.system_document", trip)
    ran = livn_here("inspect", "k")
    assert ran.code == 2
    assert "'k' is damaged: " in ran.err
    assert "livn verify k" in ran.err


def test_an_error_over_a_whole_system_is_a_bug(livn_here, monkeypatch):
    assert livn_here("generate", "--total-cells", "20", "-o", "k").code == 0

    def trip(system, **_):
        raise TypeError("a mistake of this program")

    monkeypatch.setattr("livn_cli.commands.inspect.system_document", trip)
    assert livn_here("inspect", "k").code == 70


@pytest.mark.parametrize("group", [(), ("config",), ("plugins",), ("jobs",), ("completion",)])
def test_no_line_of_a_list_of_commands_is_cut(livn_here, group):
    told = livn_here(*group, "--help")
    assert told.code == 0
    _, *lines = told.out.splitlines()
    assert not [line for line in lines if line.endswith("...")]
    assert max(map(len, lines)) <= 80
