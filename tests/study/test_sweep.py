"""``livn sweep``: points, folders, seeds, what fails, and what is taken up again."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from livn_core.study.naming import folder_names
from livn_core.study.ranges import values_of

ROOT = Path(__file__).parents[2]
SMALL = ("--total-cells", "30", "--seed", "7")


@pytest.fixture
def index(tmp_path):
    """Path -> row of ``runs/index.csv``."""

    def read(name: str = "runs") -> dict[str, dict[str, str]]:
        with (tmp_path / name / "index.csv").open(encoding="utf-8") as file:
            return {row["path"]: row for row in csv.DictReader(file)}

    return read


def test_r000_of_the_base_is_plain_generate(livn_here, index, tmp_path):
    assert livn_here("generate", *SMALL, "--output", "one").code == 0
    assert livn_here("sweep", *SMALL, "--replicates", "2").code == 0
    one = json.loads((tmp_path / "one" / "provenance.json").read_text())
    rows = index()
    assert list(rows) == ["r000", "r001"]
    assert rows["r000"]["digest"] == one["digest"] != rows["r001"]["digest"]


def test_members_are_generates_with_their_seed_and_values(livn_here, index, tmp_path):
    ran = livn_here("sweep", *SMALL, "--vary", "connectivity.sigma=100,200", "--replicates", "2")
    assert ran.code == 0, ran.err
    rows = index()
    assert list(rows) == ["sigma=100/r000", "sigma=100/r001", "sigma=200/r000", "sigma=200/r001"]
    assert rows["sigma=100/r001"]["seed"] == rows["sigma=200/r001"]["seed"] != "7"
    row = rows["sigma=200/r001"]
    words = ("--sigma", "200", "--total-cells", "30", "--seed", row["seed"], "--output", "one")
    assert livn_here("generate", *words).code == 0
    made = json.loads((tmp_path / "one" / "provenance.json").read_text())
    assert made["digest"] == row["digest"]


def test_independent_seeds_differ_but_at_the_base(livn_here, index):
    words = ("sweep", *SMALL, "--sigma", "150", "--seeds", "independent", "--vary")
    assert livn_here(*words, "connectivity.sigma=100,150,200").code == 0
    rows = index()
    assert rows["sigma=150/r000"]["seed"] == "7"
    assert len({row["seed"] for row in rows.values()}) == 3
    # Another value, and a key at the base's own, move no system that was there.
    more = ("connectivity.sigma=50,100,150,200", "--vary", "total_cells=30", "--output", "more")
    assert livn_here(*words, *more).code == 0
    again = {row["connectivity.sigma"]: row["digest"] for row in index("more").values()}
    assert len(again) == 4
    for row in rows.values():
        assert again[row["connectivity.sigma"]] == row["digest"]


def test_zipped_keys_and_a_table_make_the_same_points(livn_here, index, tmp_path):
    vary = ("--vary", "connectivity.sigma=100,200", "--vary", "total_cells=20:30:10")
    zipped = ("--zip", "connectivity.sigma,total_cells")
    assert livn_here("sweep", "--seed", "7", *vary, *zipped, "--output", "zipped").code == 0
    (tmp_path / "t.csv").write_text("connectivity.sigma,total_cells\n100,20\n200,30\n")
    assert livn_here("sweep", "--seed", "7", "--table", "t.csv", "--output", "table").code == 0
    zipped, table = index("zipped"), index("table")
    assert list(zipped) == ["sigma=100,total_cells=20/r000", "sigma=200,total_cells=30/r000"]
    assert [row["digest"] for row in zipped.values()] == [row["digest"] for row in table.values()]
    assert [int(r["cells EXC"]) + int(r["cells INH"]) for r in table.values()] == [20, 30]


def test_what_was_killed_is_taken_up_and_equal(livn_here, index, tmp_path):
    words = ("sweep", *SMALL, "--replicates", "3")
    assert livn_here(*words).code == 0
    before = index()
    # As a kill leaves it: a member whole, one not begun, one half made, and no index.
    shutil.rmtree(tmp_path / "runs/r001")
    (tmp_path / "runs/r002").rename(tmp_path / "runs/.r002.part-0123456789ab")
    (tmp_path / "runs/.r002.part-0123456789ab/lock").touch()
    (tmp_path / "runs/index.csv").unlink()
    assert livn_here(*words, "--resume").code == 0
    after = index()
    assert [row["digest"] for row in after.values()] == [r["digest"] for r in before.values()]
    names = {entry.name for entry in (tmp_path / "runs").iterdir()}
    assert names == {"r000", "r001", "r002", "index.csv", "study.yml"}


def test_what_fails_is_told_and_tried_again(livn_here, index, tmp_path):
    words = ("sweep", *SMALL, "--vary", "connectivity.sigma=100,-5")
    assert livn_here(*words).code == 1
    error = json.loads((tmp_path / "runs/sigma=-5/r000.error.json").read_text())
    assert "greater than 0" in error["error"]["message"]
    assert [row["status"] for row in index().values()] == ["made", "error"]
    before = index()["sigma=100/r000"]
    (tmp_path / "runs/index.csv").unlink()
    assert livn_here(*words).code != 0  # a study is there already
    assert livn_here(*words, "--resume").code == 1
    assert index()["sigma=100/r000"] == before
    other = livn_here("sweep", *SMALL, "--vary", "connectivity.sigma=100", "--resume")
    assert other.code == 2
    assert "another study" in other.err
    # Half a system, as an interrupted copy leaves it, is nobody's to replace.
    (tmp_path / "runs/sigma=100/r000/graph.json").unlink()
    half = livn_here(*words, "--resume")
    assert half.code == 2
    assert "r000' is in the way of a system of the study" in half.err
    assert "--overwrite" not in half.err


def test_options_of_systems_that_are_made_here_are_not_for_backends(livn_here, tmp_path):
    for option in (("--strict",), ("--share", "0/2")):
        ran = livn_here("sweep", *SMALL, *option, "--backend", "slurm")
        assert ran.code == 2
        assert f"{option[0]} is for systems that are made here" in ran.err
    assert not (tmp_path / "runs").exists()


def test_the_place_of_the_systems_is_not_varied(livn_here):
    done = livn_here("sweep", *SMALL, "--vary", "output_directory=a,b")
    assert done.code == 2
    assert "output_directory: cannot be varied" in done.err


def test_the_kept_study_makes_the_same_again(livn_here, index):
    words = ("--total-cells", "30", "--set", "random_seed=null", "--replicates", "2")
    assert livn_here("sweep", *words).code == 0
    assert livn_here("sweep", "runs/study.yml", "--output", "again").code == 0
    digests = [[row["digest"] for row in index(name).values()] for name in ("runs", "again")]
    assert digests[0] == digests[1]


def test_a_plate_names_replicates_by_its_wells(livn_here, index, tmp_path):
    (tmp_path / "plate.csv").write_text("well,total_cells\nb2,20\n")
    assert livn_here("sweep", *SMALL, "--plate", "6", "--wells", "plate.csv").code == 0
    rows = index()
    assert list(rows) == ["A1", "A2", "A3", "B1", "B2", "B3"]
    assert [int(r["cells EXC"]) + int(r["cells INH"]) for r in rows.values()] == [30] * 4 + [20, 30]


def test_a_dry_run_knows_the_wells(livn_here, index, tmp_path):
    """Its totals are those of the systems, and a well that cannot be is said before anything is made."""
    table = tmp_path / "plate.csv"
    table.write_text("well,total_cells\nb2,60\nA3,20\nB1,60\n")
    words = ("sweep", *SMALL, "--plate", "6", "--wells", "plate.csv")
    shown = json.loads(livn_here(*words, "--dry-run", "--json").out)
    assert {point["name"]: (point["cells"], point["systems"]) for point in shown["points"]} == {
        "": (30, 3), "A3": (20, 1), "B1, B2": (60, 2)
    }  # fmt: skip
    assert livn_here(*words).code == 0
    made = sum(int(row["edges"]) for row in index().values())
    assert shown["edges"] == pytest.approx(made, abs=6 * made**0.5)
    table.write_text("well,total_cells\nA2,40\nB1,many\n")
    ran = livn_here(*words, "--dry-run")
    assert ran.code == 1
    assert "cannot be: plate.csv, B1: total_cells: " in ran.out


def test_a_dry_run_starts_up_once(livn_here, monkeypatch):
    """600 systems of 100 cells are seconds, not as many starts of a process."""
    monkeypatch.setattr("livn_core.culture.program.time", SimpleNamespace(perf_counter=lambda: 0.0))
    ran = livn_here("sweep", "EI2", "--replicates", "600", "--dry-run", "--json")
    assert 3600 * json.loads(ran.out)["hours"] == pytest.approx(600 * 0.0202, rel=0.01)
    assert " s of one core" in livn_here("sweep", "EI1", "--replicates", "3", "--dry-run").out


def test_a_sample_of_no_key_is_told_how_to_name_one(livn_here):
    assert "--vary KEY=LOW..HIGH does" in livn_here("sweep", *SMALL, "--sample", "4").err


def test_a_sample_is_within_its_interval_and_of_the_seed(livn_here):
    words = ("sweep", *SMALL, "--sample", "4", "--vary", "connectivity.sigma=50..500:log")
    first, again = (json.loads(livn_here(*words, "--dry-run", "--json").out) for _ in range(2))
    values = [point["values"]["connectivity.sigma"] for point in first["points"]]
    assert len(set(values)) == 4
    assert all(50 <= value <= 500 for value in values)
    assert values == [point["values"]["connectivity.sigma"] for point in again["points"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--vary", "connectivity.sigmaa=100"], "did you mean 'sigma'"),
        (["--vary", "connectivity.sigma=0:1:0"], "its step is 0"),
        (
            [
                "--vary",
                "total_cells=1,2,3",
                "--vary",
                "connectivity.sigma=1,2",
                "--zip",
                "connectivity.sigma,total_cells",
            ],
            "equally many values",
        ),
        (["--plate", "24", "--wells", "w.csv"], "'Z9' is not on a plate of 24"),
        (["--table", "t.csv"], "did you mean 'sigma'"),
        # The index would say of a system what it has not.
        (
            ["--vary", "connectivity.sigma=90", "--vary", "sigma=80,85"],
            "vary connectivity.sigma: a key after it replaces it",
        ),
        (
            ["--vary", "mean_degree.EXC:EXC=3", "--vary", "mean_degree=4"],
            "vary mean_degree.EXC:EXC: a key after it replaces it",
        ),
        (
            ["--vary", "connectivity.sigma=90", "--plate", "6", "--wells", "s.csv"],
            "vary connectivity.sigma: a key after it replaces it",
        ),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(livn_here, tmp_path, words, said):
    (tmp_path / "w.csv").write_text("well,total_cells\nZ9,20\n")
    (tmp_path / "t.csv").write_text("connectivity.sigmaa\n100\n")
    (tmp_path / "s.csv").write_text("well,sigma\nA1,100\n")
    ran = livn_here("sweep", *SMALL, *words)
    assert ran.code == 2
    assert said in ran.err
    assert not (tmp_path / "runs").exists()


def test_points_given_twice_are_made_once(livn_here):
    ran = livn_here("sweep", *SMALL, "--vary", "total_cells=20,20,30", "--dry-run", "--json")
    assert "1 of 3 points are given more than once" in ran.err
    assert [point["name"] for point in json.loads(ran.out)["points"]] == [
        "total_cells=20",
        "total_cells=30",
    ]


def test_ranges_are_decimal_and_names_safe_and_told_apart():
    assert values_of("ratio", "0:0.5:0.1") == [0, 0.1, 0.2, 0.3, 0.4, 0.5]
    points = [{"connectivity.sigma": 100, "mean_degree.EXC->INH": 4}, {"a": "x/y"}, {"a": "x-y"}]
    assert folder_names(points) == ["sigma=100,EXC-INH=4", "p0001", "p0002"]
    assert folder_names([{"a": "y" * 130}]) == ["p0000"]


def test_inspect_and_verify_know_a_study(livn_here, index, tmp_path):
    assert livn_here("sweep", *SMALL, "--replicates", "2").code == 0
    (tmp_path / "runs/index.csv").unlink()
    shown = json.loads(livn_here("inspect", "runs", "--json").out)
    assert [row["path"] for row in shown["systems"]] == list(index()) == ["r000", "r001"]
    verified = json.loads(livn_here("verify", "runs", "--json").out)
    assert verified["passed"]
    assert list(verified["systems"]) == ["r000", "r001"]
    graph = tmp_path / "runs/r001/graph.json"
    graph.write_text(graph.read_text().replace('"EXC"', '"EXX"'))
    wrong = livn_here("verify", "runs")
    assert wrong.code == 1
    assert "2 systems, 1 wrong" in wrong.out


def test_two_processes_make_what_one_does_and_say_a_warning_once(livn_here, index):
    words = ("sweep", "--total-cells", "20", "--seed", "7", "--replicates", "4")
    one = livn_here(*words, "--jobs", "1", "--output", "one")
    two = livn_here(*words, "--jobs", "2", "--output", "two")
    assert one.code == two.code == 0, two.err
    digests = [[row["digest"] for row in index(name).values()] for name in ("one", "two")]
    assert digests[0] == digests[1]
    assert len(set(digests[0])) == 4
    for ran in (one, two):
        assert ran.err.count("cannot be reached") == ran.err.count("and 3 like it") > 0


def test_strict_takes_warnings_for_errors_of_a_member(livn_here, index):
    words = ("sweep", "--seed", "7", "--strict", "--vary", "total_cells=20,400")
    ran = livn_here(*words)
    assert ran.code == 1
    rows = index()
    assert [row["status"] for row in rows.values()] == ["error", "made"]
    assert "cannot be reached" in rows["total_cells=20/r000"]["message"]
    shown = json.loads(livn_here(*words, "--dry-run", "--json").out)
    assert [bool(point["error"]) for point in shown["points"]] == [True, False]


def test_the_index_has_the_cells_of_modules(livn_here, index, tmp_path):
    area = ("--area", "modules", "--rows", "1", "--columns", "2", "--side", "300", "--gap", "50")
    assert livn_here("sweep", *SMALL, *area, "--replicates", "2").code == 0
    for row in index().values():
        assert int(row["cells EXC A1"]) + int(row["cells EXC A2"]) == int(row["cells EXC"]) == 24


def test_kills_at_random_moments_leave_the_same_systems_in_the_end(livn_here, index, tmp_path):
    words = ("sweep", *SMALL, "--replicates", "40", "--jobs", "2")
    assert livn_here(*words, "--output", "whole").code == 0
    rng = random.Random(3)
    kills = 0
    # By what is there, not by the clock: a machine may be fast.
    for enough in sorted(rng.sample(range(2, 32), 4)):
        running = subprocess.Popen(
            [sys.executable, "-m", "livn_cli", *words, "--resume"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while running.poll() is None and len(list(tmp_path.glob("runs/r*"))) < enough:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.02))
        kills += running.poll() is None
        running.kill()
        running.wait()
    assert livn_here(*words, "--resume").code == 0
    assert kills
    digests = [[row["digest"] for row in index(name).values()] for name in ("runs", "whole")]
    assert digests[0] == digests[1]
    names = {entry.name for entry in (tmp_path / "runs").iterdir()}
    assert names == {*(f"r{number:03}" for number in range(40)), "index.csv", "study.yml"}


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("nope.yml", "study.yml: base: the configuration 'nope.yml' does not exist"),
        ("EI9", "study.yml: base: no configuration named 'EI9'; did you mean 'EI'?"),
    ],
)
def test_a_base_that_is_missing_is_said_to_be_the_studys(livn_here, tmp_path, base, words):
    (tmp_path / "study.yml").write_text(f"base: {base}\nvary: {{connectivity.sigma: [100, 200]}}\n")
    ran = livn_here("sweep", "study.yml", "--output", "runs")
    assert ran.code == 2
    assert words in ran.err
    # One that is given on the command line is no study's.
    alone = livn_here("sweep", base, "--vary", "connectivity.sigma=1,2", "--output", "runs")
    assert "study.yml" not in alone.err


def test_a_key_that_is_varied_and_misspelt_has_near_ones(livn_here):
    ran = livn_here("sweep", "EI1", "--vary", "sigam=1,2", "--output", "runs")
    assert ran.code == 2
    assert "vary sigam: unknown key 'sigam'; did you mean 'connectivity.sigma'" in ran.err
