"""``livn generate`` as a user types it."""

from __future__ import annotations

import json

import pytest

from livn_core import System

#: Few cells on a large area: degrees give way, since these tests are about other things.
SMALL = ("--set", "connectivity.unreachable_degree=largest")


def test_writes_a_disk_culture_and_says_where(livn, tmp_path):
    ran = livn("generate", "--area", "disk", "--total-cells", "100")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("system: 100 cells")
    assert "EXC->INH" in ran.out
    system = System(tmp_path / "system")
    assert sum(p.count for p in system.populations) == 100
    assert {f.name for f in system.path.iterdir()} == {
        "cells.h5",
        "connections.h5",
        "graph.json",
        "provenance.json",
    }


def test_options_of_the_area_are_options_of_the_command(livn, tmp_path):
    ran = livn(
        *("generate", "--area", "disk", "--radius", "200", "--inner-radius=100"),
        *("--total-cells", "50", "--output", "ring", *SMALL),
    )
    assert ran.code == 0, ran.err
    x, y, _ = System(tmp_path / "ring").positions("EXC").T
    r = (x**2 + y**2) ** 0.5
    assert r.min() >= 99.99
    assert r.max() <= 200.01
    help_text = livn("generate", "--area", "disk", "--help").out
    assert "--inner-radius" in help_text
    assert "--x-range" not in help_text


def test_a_shipped_configuration_by_name(livn, tmp_path):
    ran = livn("generate", "EI2", "--output", "out")
    assert ran.code == 0, ran.err
    assert sum(p.count for p in System(tmp_path / "out").populations) == 100
    wrong = livn("generate", "EI22", "--output", "out2")
    assert wrong.code == 2
    assert "EI2" in wrong.err
    assert "Traceback" not in wrong.err


def test_config_file_with_set(livn, tmp_path):
    (tmp_path / "my.yml").write_text(
        "total_cells: 40\nconnectivity: {sigma: 200, mean_degree: 0.5}\n"
    )
    ran = livn(
        *("generate", "--config", "my.yml", "--output", "out"),
        *("--set", "connectivity.sigma=300", "--set", "populations.EXC.ratio=0.7"),
        *("--set", "populations.INH.ratio=0.3"),
    )
    assert ran.code == 0, ran.err
    system = System(tmp_path / "out")
    assert [p.count for p in system.populations] == [28, 12]
    assert system.provenance["configuration"]["connectivity"]["sigma"] == 300


def test_configuration_on_standard_input(livn, tmp_path):
    document = json.dumps({"total_cells": 10})
    ran = livn("generate", "--config", "-", "--output", "out", stdin=document)
    assert ran.code == 0, ran.err
    assert sum(p.count for p in System(tmp_path / "out").populations) == 10


def test_a_users_function_places_cells(livn, tmp_path):
    (tmp_path / "shapes.py").write_text(
        "import numpy as np\n"
        "def line(count, rng, length=100):\n"
        "    return np.column_stack([rng.uniform(0, length, count), np.zeros(count)])\n"
        "def short(count, rng):\n"
        "    return np.zeros((3, 2))\n"
    )
    for area, folder in (("shapes.line", "a"), ("shapes.py:line", "b")):
        ran = livn("generate", "--area", area, "--total-cells", "20", "-o", folder, *SMALL)
        assert ran.code == 0, ran.err
    first, second = System(tmp_path / "a"), System(tmp_path / "b")
    assert first.digest() == second.digest()
    ran = livn("generate", "--area", "shapes.short", "--total-cells", "20", "-o", "c", *SMALL)
    assert ran.code == 2
    assert "short" in ran.err
    assert not (tmp_path / "c").exists()


def test_dry_run_plans_and_writes_nothing(livn_here, tmp_path):
    ran = livn_here("generate", "--total-cells", "1000", "--dry-run", "--json")
    assert ran.code == 0, ran.err
    plan = json.loads(ran.out)
    assert plan["version"] == 1
    assert plan["cells"] == 1000
    assert plan["expected_edges"] == pytest.approx(20000, rel=1e-6)
    assert list(tmp_path.iterdir()) == []
    assert "EXC->EXC" in livn_here("generate", "--total-cells", "1000", "--dry-run").out


def test_dry_run_comes_true(livn_here, tmp_path):
    words = ("generate", "--total-cells", "3000", "--set", "connectivity.mean_degree=20")
    plan = json.loads(livn_here(*words, "--dry-run", "--json").out)
    made = json.loads(livn_here(*words, "--json").out)
    assert made["edges"] == pytest.approx(plan["expected_edges"], rel=0.2)
    assert made["bytes"] == pytest.approx(plan["expected_bytes"], rel=0.2)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--area", "disc"), "did you mean 'disk'"),
        (("--set", "connectivty.sigma=300"), "connectivity"),
        (("--set", "total_cell=50"), "total_cells"),
        (("--total-cells", "many"), "--total-cells"),
        (("--total-cells", "-4"), "--total-cells"),
        (("--area", "disk", "--radius", "-3"), "radius"),
        (("--area", "rectangle", "--radius", "300"), "radius"),
        (("--config", "absent.yml"), "absent.yml"),
        (("--backend", "locale"), "did you mean 'local'"),
        (("--generator", "culture3d"), "culture2d"),
        (("--set", "populations={EXC:{ratio:0.8}}"), "PowerShell"),
    ],
)
def test_mistakes_are_sentences(livn_here, tmp_path, words, says):
    ran = livn_here("generate", *words)
    assert ran.code == 2, (ran.out, ran.err)
    assert says in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""
    assert list(tmp_path.iterdir()) == []


def test_mistakes_under_json_are_an_object(livn_here):
    ran = livn_here("generate", "--area", "disc", "--total-cells", "10", "--json")
    assert ran.code == 2
    assert "disk" in json.loads(ran.out)["error"]["message"]


def test_an_existing_output_is_refused_then_replaced(livn_here, tmp_path):
    words = ("generate", "--total-cells", "10", "-o", "out", *SMALL)
    assert livn_here(*words).code == 0
    before = System(tmp_path / "out").digest()
    refused = livn_here(*words, "--seed", "9")
    assert refused.code == 2
    assert "--overwrite" in refused.err
    assert System(tmp_path / "out").digest() == before
    assert livn_here(*words, "--seed", "9", "--overwrite").code == 0
    assert System(tmp_path / "out").digest() != before


def test_an_existing_output_is_refused_before_the_work(livn_here, monkeypatch, tmp_path):
    from livn_core.culture.program import CultureProgram

    def plan(self):
        pytest.fail("planned before the output was looked at")

    (tmp_path / "out").mkdir()
    monkeypatch.setattr(CultureProgram, "_wire", plan)
    ran = livn_here("generate", "--output", "out")
    assert ran.code == 2
    assert "'out' exists" in ran.err
    assert "cannot be reached" not in ran.err


def test_one_degree_set_on_the_defaults(livn_here):
    ran = livn_here(
        *("generate", "--set", "connectivity.mean_degree.EXC:INH=4", "--dry-run", "--json")
    )
    assert ran.code == 0, ran.err
    plan = json.loads(ran.out)
    edges = {p["source"] + p["target"]: p["expected_edges"] for p in plan["projections"]}
    assert edges["EXCINH"] == pytest.approx(80, rel=1e-3)
    assert edges["EXCEXC"] == pytest.approx(800, rel=1e-3)
    assert isinstance(plan["expected_bytes"], int)
    assert plan["execution"].startswith("in this process")


def test_a_provenance_in_place_of_a_configuration(livn_here, tmp_path):
    assert livn_here("generate", "--total-cells", "20", "-o", "out", *SMALL).code == 0
    ran = livn_here("generate", "--config", "out/provenance.json", "-o", "again")
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 2
    assert "livn reproduce out" in ran.err
    effective = System(tmp_path / "out").provenance["configuration"]
    again = livn_here("generate", "--config", "-", "-o", "again", stdin=json.dumps(effective))
    assert again.code == 0, again.err
    assert System(tmp_path / "again").digest() == System(tmp_path / "out").digest()


def test_what_was_asked_expected_and_made_stand_side_by_side(livn_here):
    settings = ("--total-cells", "100", "--seed", "4", "--set", "connectivity.sigma=150")
    planned = livn_here("generate", *settings, "--dry-run")
    lines = {line.split()[0]: line.split() for line in planned.out.splitlines() if "->" in line}
    assert lines["EXC->EXC"][2] == "10.00"
    # 20 INH cells cannot give ten sources each.
    asked, expected = lines["INH->EXC"][2:4]
    assert asked == "10.00"
    assert 0 < float(expected) < 9
    livn_here("generate", *settings, "--output", "out")
    document = json.loads(livn_here("inspect", "out", "--json").out)
    row = next(p for p in document["projections"] if (p["source"], p["target"]) == ("INH", "EXC"))
    assert row["asked_mean_in_degree"] == 10
    assert row["expected_edges"] / 80 == pytest.approx(float(expected), abs=0.01)
    shown = livn_here("inspect", "out").out
    line = next(line.split() for line in shown.splitlines() if line.startswith("INH->EXC"))
    assert line[2:5] == [asked, expected, f"{row['mean_in_degree']:.2f}"]


def test_only_commands_change_how_a_process_allocates(livn_here, monkeypatch, tmp_path):
    from livn_core import generate
    from livn_core.run import allocation

    calls = []
    monkeypatch.setattr(allocation, "keep_freed_memory", lambda: calls.append(1))
    generate("S1", output_directory=tmp_path / "library").close()
    assert calls == []
    livn_here("generate", "--total-cells", "60", "--dry-run")
    assert calls == []
    assert livn_here("generate", "S1", "--output", "command").code == 0
    assert livn_here("reproduce", "command").code == 0
    assert len(calls) == 2


def test_what_is_planned_and_what_is_launched_have_one_seed(tmp_path):
    from livn_core import get

    keys = {"total_cells": 60, "random_seed": None, "output_directory": tmp_path / "made"}
    culture = get("generate_2d", keys)
    planned = culture.plan()
    seed = culture.job.configuration.seed
    made = culture.launch(jobs=1).system
    assert made.provenance["seed"] == seed
    expected = {(p.source, p.target): p.expected_edges for p in planned.projections}
    rows = made.provenance["projections"]
    assert expected == {(row["source"], row["target"]): row["expected_edges"] for row in rows}
    assert get("generate_2d", keys).job.configuration.seed != seed
