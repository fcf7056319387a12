"""How much is said: ``-q`` and ``-v`` on either side of the command, progress, the bar of an export."""

from __future__ import annotations

import pytest

from livn_cli.progress import PlainProgress
from livn_core.system.exporting import export_system
from livn_core.system.reader import System

SMALL = ("--total-cells", "20", "--mean-degree", "1", "--cutoff", "30")


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
