"""MPI ranks make what one process makes, and end together when one of them fails."""

from __future__ import annotations

import importlib.util
import json
import shlex
import stat
import subprocess
import time
from pathlib import Path

import pytest

from livn_core import System
from livn_core.execute import program_of
from livn_core.run.run import run_program
from livn_core.testing import BackendContract

BAD = """
import os, signal
import numpy as np

def cells(count, rng):
    rank = os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK"))
    if rank == "1":
        {what}
    return rng.uniform(0, 1000, (count, 2))
"""


class TestContract(BackendContract):
    name = "mpi"
    examples = ({"ranks": 2},)


pytestmark = pytest.mark.filterwarnings("ignore:.*(cannot be reached|bridges of)")


@pytest.fixture(scope="session")
def wanted(tmp_path_factory):
    """Digests of the systems of ``on_ranks.py`` as one process makes them, in other blocks."""
    spec = importlib.util.spec_from_file_location("on_ranks", Path(__file__).parent / "on_ranks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("wanted")
    found = {}
    for name in ("flat", "custom", "s1", "big", "modules", "mutual"):
        job = module.job(name, folder / name)
        found[name] = run_program(program_of(job), job.output, jobs=2).digest()
    return {**found, "gather": found["flat"]}


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_any_number_of_ranks_makes_the_same_systems(ranks, wanted, count):
    names = [
        "flat",
        "custom",
        "s1",
        "big",
        "modules",
        "mutual",
        *(["gather"] if count == 3 else []),
    ]
    result, done = ranks(count, *(f"{name}={name}" for name in names))
    assert done.returncode == 0, done.stderr
    assert result["digests"] == {name: wanted[name] for name in names}
    assert len(result["blocks"]) == count
    assert max(result["blocks"]) - min(result["blocks"]) <= len(names)


def test_the_command_leaves_a_job_that_can_be_read(mpi, livn, culture, local_digest, tmp_path):
    ran = livn("generate", *culture, "--backend", "mpi", "-n", "2", "-o", "out")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("out: 300 cells")
    assert System(tmp_path / "out").digest() == local_digest
    folder = tmp_path / "out.job"
    assert {p.name for p in folder.iterdir()} == {
        "configuration.json", "job.sh", "job.log", "job.json", "status.json", "progress.json",
    }  # fmt: skip
    assert json.loads((folder / "status.json").read_text())["exit_code"] == 0
    listed = json.loads(livn("jobs", "--json").out)["jobs"]
    assert [(job["state"], job["output"]) for job in listed] == [
        ("completed", str(tmp_path / "out"))
    ]
    shown = livn("jobs", "out.job")
    assert "completed" in shown.out
    assert local_digest in shown.out


def test_a_dry_run_shows_the_command_and_writes_nothing(mpi, livn, culture, tmp_path):
    ran = livn(
        *(
            "generate",
            *culture,
            "--backend",
            "mpi",
            "-n",
            "5",
            "--launcher-args=-print-all-exitcodes",
        ),
        *("--dry-run", "--json"),
    )
    assert ran.code == 0, ran.err
    command = json.loads(ran.out)["execution"]
    assert f"{mpi[0]} -n 5 -print-all-exitcodes" in command
    assert "-m mpi4py -m livn_cli generate" in command
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("raise ValueError('a bad day')", "a bad day"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "exit code"),
        ("return rng.uniform(0, 500, (count, 2))", "differ between rank 0 and rank 1"),
    ],
)
def test_one_rank_that_fails_ends_the_job(mpi, livn, tmp_path, what, says):
    (tmp_path / "bad.py").write_text(BAD.format(what=what))
    began = time.monotonic()
    ran = livn(
        *("generate", "--area", "bad.cells", "--total-cells", "100", "--backend", "mpi"),
        *("-n", "3", "-o", "out"),
        timeout=60,
    )
    assert time.monotonic() - began < 50
    assert ran.code == 4
    assert ran.err.count(says) == 1, ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "out").exists()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".out")] == []
    assert livn("jobs").out.count("failed") == 1


def test_an_unexpected_error_is_told_once_where_nobody_collects_it(ranks, tmp_path):
    _, done = ranks(3, "flat=out", env={"RAISE": "1,2"})
    assert done.returncode != 0
    assert done.stderr.count("Error: internal error: RuntimeError: this rank is out of sorts") == 1
    assert not (tmp_path / "out").exists()


def test_too_little_memory_on_a_rank_is_no_bug(ranks):
    _, done = ranks(2, "flat=out", env={"RAISE": "1", "FULL": "1"})
    assert done.stderr.count("Error: not enough memory: this rank is out of sorts (rank 1") == 1
    assert "internal error" not in done.stderr


def test_a_killed_job_is_taken_up_by_another_number_of_ranks(ranks, wanted, tmp_path):
    _, done = ranks(3, "flat=out", env={"DIE": "1", "DISK": "1"})
    assert done.returncode != 0
    assert not (tmp_path / "out").exists()
    result, done = ranks(2, "flat=out", env={"RESUME": "1", "DISK": "1"})
    assert done.returncode == 0, done.stderr
    assert result["digests"]["flat"] == wanted["flat"]
    fresh, _ = ranks(2, "flat=fresh")
    assert sum(result["blocks"]) <= sum(fresh["blocks"]) - 2
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


#: Runs a rank, and rank 1 on a machine of its own as far as one directory is concerned.
APART = """#!/bin/bash
if [ "${PMI_RANK:-$OMPI_COMM_WORLD_RANK}" = 1 ]; then
    exec unshare -m bash -c 'mount -t tmpfs none "$0" && exec "$@"' "$APART" "$@"
fi
exec "$@"
"""


def test_a_rank_that_does_not_see_the_output_hands_its_blocks_over(mpi, ranks, wanted, tmp_path):
    if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no mount namespaces for this user")
    wrapper, private = tmp_path / "apart", tmp_path / "private"
    private.mkdir()
    wrapper.write_text(APART)
    wrapper.chmod(0o755)
    result, done = ranks(
        3, "flat=private/out", env={"APART": str(private)}, wrapper=(str(wrapper),)
    )
    assert done.returncode == 0, done.stderr
    assert result["digests"]["flat"] == wanted["flat"]
    assert min(result["blocks"]) > 0
    assert done.stderr.count("rank 0 writes everything") == 1
    assert [path.name for path in private.iterdir()] == ["out"]


@pytest.mark.parametrize("ends", ["", "exit 0\n"])
def test_a_launcher_that_lies_about_its_end(mpi, livn, tmp_path, ends):
    culture = ("--total-cells", "40", "--area", "disk", "--radius", "200")
    assert livn("generate", *culture, "-o", "out").code == 0
    before = System(tmp_path / "out").digest()
    launcher = tmp_path / "launch"
    launcher.write_text(f'#!/bin/sh\n{ends}{shlex.join(mpi)} "$@"\nexit 0\n')
    launcher.chmod(0o755)
    words = ("--backend", "mpi", "--ranks", "2", "--launcher", str(launcher), "--overwrite")
    degree = ("--set", "connectivity.unreachable_degree=error", "-o", "out")
    ran = livn("generate", *culture, *words, *degree)
    assert ran.code == 4, ran.err
    says = "as if all were well, but there is no new system" if ends else "cannot be reached"
    assert says in ran.err
    assert System(tmp_path / "out").digest() == before


def test_a_launcher_of_another_library_is_named(mpi, livn, culture, tmp_path):
    # What mpiexec of one MPI does with the library of another: each process is alone.
    fake = tmp_path / "strange mpiexec"
    fake.write_text(
        "#!/bin/bash\nn=$2; shift 2\n"
        'for ((i = 0; i < n; i++)); do OMPI_COMM_WORLD_SIZE=$n OMPI_COMM_WORLD_RANK=$i "$@" & done\n'
        "for ((i = 0; i < n; i++)); do wait -n || code=$?; done; exit ${code:-0}\n"
    )
    fake.chmod(fake.stat().st_mode | stat.S_IEXEC)
    ran = livn(
        *("generate", *culture, "--backend", "mpi", "-n", "2", "-o", "out"),
        *("--launcher", str(fake)),
    )
    assert ran.code == 4
    assert ran.err.count("the communicator says 1") == 1, ran.err
    assert "different MPI libraries" in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("rank", [0, 2])
def test_independent_copies_are_refused_once(livn, tmp_path, rank):
    env = {"PMI_SIZE": "4", "PMI_RANK": str(rank)}
    for words in (("generate", "--total-cells", "20"), ("systems", "generate_2d", "--launch")):
        ran = livn(*words, env=env)
        assert ran.code == 4
        assert ran.err.count("4 independent copies") == (rank == 0)
    assert list(tmp_path.iterdir()) == []


def test_no_launcher_and_a_wrong_one_are_said(livn, culture, tmp_path, monkeypatch):
    pytest.importorskip("mpi4py")
    ran = livn("generate", *culture, "--backend", "mpi", "--launcher", "no-such-mpiexec")
    assert ran.code == 4
    assert "no launcher 'no-such-mpiexec'" in ran.err
    ran = livn("generate", *culture, "--backend", "mpi", "-n", "0")
    assert ran.code == 2
    assert "ranks" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_files_are_looked_for_where_the_user_stands(mpi, livn, tmp_path):
    rows = "".join(f"{x},{x % 7}\n" for x in range(30))
    (tmp_path / "cells.csv").write_text("x,y\n" + rows)
    words = ("generate", "--area", "file", "--path", "cells.csv", "--set")
    words += ('populations={"EXC": {"count": 30}}', "--set", "connectivity.mean_degree=2")
    ran = livn(*words, "--backend", "mpi", "-n", "2", "-o", "out")
    assert ran.code == 0, ran.err
    assert livn(*words, "-o", "local").code == 0
    assert System(tmp_path / "out").digest() == System(tmp_path / "local").digest()
