"""A sweep as one array job of a real Slurm, and what is done without one."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SWEEP = ("sweep", "--total-cells", "30", "--seed", "7", "--replicates", "6")


def digests(folder):
    with (folder / "index.csv").open(encoding="utf-8") as file:
        return [row["digest"] for row in csv.DictReader(file)]


def test_shares_make_the_study_together(livn, tmp_path):
    assert livn(*SWEEP, "--output", "whole").code == 0
    for number in range(3):
        ran = livn(*SWEEP, "--output", "shared", "--resume", "--share", f"{number}/3")
        assert ran.code == 0, ran.err
        assert (tmp_path / "shared/index.csv").exists() == (number == 2)
    assert digests(tmp_path / "shared") == digests(tmp_path / "whole")
    assert livn(*SWEEP, "--output", "x", "--share", "3/3").code == 2


def test_ranks_share_the_systems(livn, mpi, tmp_path):
    assert livn(*SWEEP, "--output", "whole").code == 0
    livn_of = (sys.executable, "-m", "livn_cli", *SWEEP, "--output", "ranks")
    done = [
        subprocess.run(
            [*mpi, "-n", "2", *livn_of, *more],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        for more in ((), ("--resume",))
    ]
    assert done[0].returncode != 0
    assert done[0].stderr.count("Error:") == 1
    assert "--resume" in done[0].stderr
    assert done[1].returncode == 0, done[1].stderr
    assert done[1].stdout.count("6 systems") == 1
    assert digests(tmp_path / "ranks") == digests(tmp_path / "whole")


def test_a_backend_of_ranks_makes_the_study_and_waits_for_it(livn, mpi, tmp_path):
    words = (*SWEEP, "--vary", "total_cells=30,0", "--output", "ranks")
    ranks = ("--backend", "mpi", "-n", "2")
    shown = livn(*words, *ranks, "--dry-run").out
    assert "-n 2" in shown
    assert "--resume" in shown
    assert not (tmp_path / "ranks").exists()
    ran = livn(*words, *ranks, "--json")
    assert ran.code == 1, ran.err  # as where one process makes them: half of them cannot be
    found = json.loads(ran.out)
    assert (found["made"], found["error"]) == (6, 6)
    assert "Warning: " in ran.err
    assert livn(*SWEEP, "--output", "whole").code == 0
    assert digests(tmp_path / "ranks")[:6] == digests(tmp_path / "whole")
    (job,) = json.loads(livn("jobs", "--json").out)["jobs"]
    assert job["output"] == str(tmp_path / "ranks")
    # A launcher that cannot start them says so, and leaves what there is.
    failed = livn(*words, *ranks, "--resume", "--launcher", f"{mpi[0]} --no-such-option")
    assert failed.code == 4
    assert "the sweep on ranks failed" in failed.err
    assert len(digests(tmp_path / "ranks")) == 12
    # One that does nothing and says that all went well is not believed.
    idle = livn(*SWEEP, *ranks, "--launcher", "true", "--output", "idle")
    assert idle.code == 4
    assert "systems are missing" in idle.err


@pytest.mark.usefixtures("slurm")
def test_who_waits_for_an_array_job_learns_what_came_of_it(livn, tmp_path):
    (tmp_path / "site.yml").write_text("prologue: ['false']\n")
    words = (*SWEEP, "--vary", "total_cells=30,0", "--output", "runs")
    words += ("--backend", "slurm", "--tasks", "2", "--wait", "--poll", "1")
    failed = livn(*words, "--profile", "site.yml")
    assert failed.code == 4
    assert "failed (exit code 1)" in failed.err
    assert "runs.job'" in failed.err
    ran = livn(*words, "--resume", "--json")
    assert ran.code == 1, ran.err  # half of them cannot be made
    found = json.loads(ran.out)
    assert (found["made"], found["error"]) == (6, 6)


@pytest.mark.usefixtures("slurm")
def test_an_array_job_makes_the_study_and_is_one_job(livn, tmp_path):
    words = ("--backend", "slurm", "--tasks", "3", "--output", "runs")
    shown = json.loads(livn(*SWEEP, *words, "--dry-run", "--json").out)
    assert "#SBATCH --array=0-2" in shown["script"]
    assert not (tmp_path / "runs").exists()
    ran = livn(*SWEEP, *words, "--json")
    assert ran.code == 0, ran.err
    job = json.loads(ran.out)["job"]
    deadline = time.monotonic() + 120
    while (found := json.loads(livn("jobs", job, "--json").out))["state"] != "completed":
        assert found["state"] in {"pending", "running"}, found
        assert time.monotonic() < deadline
        time.sleep(1)
    assert found["exit_code"] == 0
    assert [each["job"] for each in json.loads(livn("jobs", "--json").out)["jobs"]] == [job]
    # Three tasks have made two systems each, and the last of them the index.
    logs = sorted((tmp_path / "runs.job").glob("job-*.log"))
    assert [log.name for log in logs] == ["job-0.log", "job-1.log", "job-2.log"]
    assert livn(*SWEEP, "--output", "here").code == 0
    assert digests(tmp_path / "runs") == digests(tmp_path / "here")
