"""Submission: what is handed to sbatch, and what it may answer. An sbatch of our own plays Slurm."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from livn_core import System
from livn_core.testing import BackendContract

#: Runs the script with bash at once, as Slurm would later.
AT_ONCE = (
    'for word; do script=$word; done; bash "$script" >"${script%job.sh}job.log" 2>&1; echo 4711'
)


class TestContract(BackendContract):
    name = "slurm"
    examples = ({"resources": {"nodes": 2}}, {"resource": ["nodes=2", "exclusive"], "poll": 1.0})


@pytest.fixture
def sbatch(tmp_path, monkeypatch):
    """Put commands of our own before those of Slurm, if there is any."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def put(body, name="sbatch"):
        path = folder / name
        path.write_text(f"#!/bin/bash\n{body}\n")
        path.chmod(path.stat().st_mode | stat.S_IEXEC)

    put("exit 1", "scontrol")
    put("exit 1", "scancel")
    return put


SUBMIT = ("generate", "--total-cells", "20", "--backend", "slurm", "-o", "out")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("echo 'sbatch: error: Batch job submission failed: Invalid account' >&2; exit 1", "Invalid account"),
        ("echo all is well", "without a job's number: 'all is well'"),
        ("sleep 60", "not answered in 1 s"),
    ],
)  # fmt: skip
def test_an_sbatch_that_does_not_do_it(livn, sbatch, tmp_path, body, says):
    sbatch(body)
    ran = livn(*SUBMIT, "--timeout", "1")
    assert ran.code == 4
    assert says in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "out").exists()
    assert "No jobs" in livn("jobs").out


def test_no_sbatch(livn, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = livn(*SUBMIT)
    assert ran.code == 4
    assert "no 'sbatch'" in ran.err
    assert list(tmp_path.iterdir()) == []
    assert "#SBATCH --output=job.log" in livn(*SUBMIT, "--dry-run").out


def test_mistakes_are_told_before_anything_is_submitted(livn, sbatch, tmp_path):
    sbatch(f"touch {shlex.quote(str(tmp_path / 'submitted'))}; echo 1")
    for words, says in (
        (("--resource", "comment=a\nb"), "line break"),
        (("--resources", '{"-o": "x"}'), "job.log"),
        (("--resources", "[1]"), "resources"),
        (("--profile", "./none.yml"), "does not exist"),
        (("--set", "connectivity.sigma=-1"), "sigma"),
    ):
        ran = livn(*SUBMIT, *words)
        assert ran.code == 2, (words, ran.err)
        assert says in ran.err
    (tmp_path / "out").mkdir()
    assert "exists" in livn(*SUBMIT).err
    assert not (tmp_path / "submitted").exists()


def test_a_job_that_waits_is_shown_and_is_not_submitted_twice(livn, sbatch, tmp_path):
    sbatch("echo '4711;alpha'")
    sbatch(
        'echo "$@" >asked; echo "JobId=4711 JobState=PENDING Reason=Priority ExitCode=0:0"',
        "scontrol",
    )
    ran = livn(*SUBMIT)
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[0] == "Submitted job 4711"
    job = json.loads(livn("jobs", "4711", "--json").out)
    assert (job["state"], job["reason"]) == ("pending", "Priority")
    assert "--clusters=alpha" in (tmp_path / "asked").read_text()
    again = livn(*SUBMIT)
    assert again.code == 4
    assert "4711" in again.err
    assert livn("jobs", "4712").code == 2


def test_the_older_grammar_submits(livn, sbatch, tmp_path):
    sbatch("echo 12")
    ran = livn(
        *("systems", "slurm", "generate_2d", "total_cells=20", "output_directory=out"),
        '**resources={"--nodes": 4, "--ntasks-per-node": 56, "-p": "normal", "-t": "4:00:00"}',
        "--launch",
    )
    assert ran.code == 0, ran.err
    assert "Submitted job 12" in ran.out
    text = (tmp_path / "out.job" / "job.sh").read_text()
    for line in ("--nodes=4", "--ntasks-per-node=56", "--partition=normal", "--time=4:00:00"):
        assert f"#SBATCH {line}\n" in text
    assert "-n 224" in text


def test_blanks_quotes_and_brackets_survive_two_shells(mpi, sbatch, tmp_path):
    sbatch(AT_ONCE)
    here = tmp_path / "c (a)"
    here.mkdir()
    (here / "net.yml").write_text("total_cells: 60\nconnectivity: {sigma: 200, mean_degree: 2}\n")
    python = tmp_path / "my python"
    python.symlink_to(Path(sys.executable).parent.parent)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

    def run(*words):
        words = [
            str(python / "bin" / "python"), "-m", "livn_cli", "generate", "--config", "c (a)/net.yml",
            "--set", 'mean_degree={"EXC->INH": 4}', "--area", "disk", *words,
        ]  # fmt: skip
        return subprocess.run(
            words,
            check=False,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
        )

    output = "my out; echo x/o'1"
    resources = {
        "--nodes": 2,
        "--ntasks-per-node": 1,
        "-p": "normal",
        "-J": "a b",
        "--comment": "it's",
    }
    ran = run("--backend", "slurm", "-o", output, "--wait", "--resources", json.dumps(resources))
    assert ran.returncode == 0, ran.stderr
    local = run("-o", "local")
    assert local.returncode == 0, local.stderr
    assert System(tmp_path / output).digest() == System(tmp_path / "local").digest()
    script = (tmp_path / f"{output}.job" / "job.sh").read_text()
    assert str(python / "bin" / "python") in script
    lines = [line for line in script.splitlines() if line.startswith("#SBATCH")]
    assert {line.removeprefix("#SBATCH ") for line in lines} == {
        "--nodes=2", "--ntasks-per-node=1", "--partition=normal", '--job-name="a b"',
        '--comment="it\'s"', "--output=job.log",
    }  # fmt: skip
    said = ran.stdout + ran.stderr + (tmp_path / f"{output}.job" / "job.log").read_text()
    assert not re.search(r"^x$", said, re.MULTILINE)


def test_what_a_bare_time_means_is_said_before_the_job_is(livn, sbatch):
    sbatch("echo 1")
    for words in ((), ("--dry-run",)):
        ran = livn(*SUBMIT, "--resource", "time=90", *words)
        assert ran.code == 0, ran.err
        assert ran.err.count("time=90 is 90 minutes to Slurm") == 1
    assert "minutes" not in livn(*SUBMIT, "--dry-run", "--resource", "time=1:30:00").err


def test_a_job_of_one_task_needs_no_mpi(livn, sbatch, culture, local_digest, tmp_path):
    sbatch(AT_ONCE)
    ran = livn("generate", *culture, "--backend", "slurm", "-o", "out", "--wait", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["provenance"]["digest"] == local_digest
    script = (tmp_path / "out.job" / "job.sh").read_text()
    assert "mpi4py" not in script
    assert "--backend local" in script


def test_a_failing_job_is_a_failure_with_its_last_words(livn, sbatch, tmp_path):
    sbatch(AT_ONCE)
    (tmp_path / "site.yml").write_text('prologue: ["echo the disk is on fire", "exit 7"]\n')
    ran = livn(*SUBMIT, "--profile", "site.yml", "--wait")
    assert ran.code == 4
    assert "job 4711 failed (exit code 7)" in ran.err
    assert "the disk is on fire" in ran.err
    assert not (tmp_path / "out").exists()
    job = json.loads(livn("jobs", "out", "--json").out)
    assert (job["state"], job["exit_code"]) == ("failed", 7)
