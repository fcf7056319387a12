"""A real Slurm of several nodes on this machine."""

from __future__ import annotations

import json
import time

import pytest

from livn_core import System

pytestmark = pytest.mark.usefixtures("mpi", "slurm")

TWO_BY_TWO = ("--resource", "nodes=2", "--resource", "ntasks-per-node=2")

#: Placements as a user writes them: a good one, one that fails on a rank, one that takes its time.
SHAPES = """
import os, time
import numpy as np

def ring(count, rng):
    angle = rng.uniform(0, 2 * np.pi, count)
    return np.column_stack([300 * np.cos(angle), 300 * np.sin(angle)])

def bad(count, rng):
    if os.environ["PMI_RANK"] == "1":
        raise ValueError("a bad day")
    return ring(count, rng)

def slow(count, rng):
    if not os.path.exists("hurry"):
        open("waiting", "w").close()
        time.sleep(60)
    return ring(count, rng)
"""


@pytest.fixture
def shapes(tmp_path):
    (tmp_path / "shapes.py").write_text(SHAPES)


def ring(area="shapes.ring"):
    return (
        "--area",
        area,
        "--total-cells",
        "100",
        "--set",
        "connectivity.unreachable_degree=largest",
    )


def state(livn, job):
    return json.loads(livn("jobs", job, "--json").out)["state"]


def wait_for(condition, seconds=40):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


SYSTEMS = {"custom": ring(), "20,000 cells": ("--total-cells", "20000"), "S1": ("S1",)}


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_job_of_two_nodes_makes_the_same_system(livn, shapes, tmp_path, name):
    slurm = ("--backend", "slurm", *TWO_BY_TWO, "--wait", "--poll", "1")
    ran = livn("generate", *SYSTEMS[name], *slurm, "-o", "out put", "--json")
    assert ran.code == 0, ran.err
    made = json.loads(ran.out)
    assert livn("generate", *SYSTEMS[name], "-o", "local").code == 0
    assert made["provenance"]["digest"] == System(tmp_path / "local").digest()
    job = json.loads(livn("jobs", "out put.job", "--json").out)
    assert job["state"] == "completed"
    assert job["result"]["digest"] == made["provenance"]["digest"]
    # The job says so itself: nothing of this needs Slurm any more.
    assert state_without_slurm(livn, job["job"]) == "completed"


def state_without_slurm(livn, job):
    ran = livn("jobs", job, "--json", env={"SLURM_CONF": "/nowhere"})
    return json.loads(ran.out)["state"]


def test_one_rank_that_fails_ends_the_job_and_the_waiter(livn, shapes, tmp_path):
    began = time.monotonic()
    ran = livn(
        *("generate", *ring("shapes.bad"), "--backend", "slurm", *TWO_BY_TWO),
        *("--wait", "--poll", "1", "-o", "out"),
    )
    assert ran.code == 4
    assert time.monotonic() - began < 50
    assert ran.err.count("a bad day") == 1, ran.err
    assert "rank 1" in ran.err
    assert not (tmp_path / "out").exists()


def test_a_cancelled_job_leaves_nothing_and_can_be_done_again(livn, shapes, tmp_path):
    words = ("generate", *ring("shapes.slow"), "--backend", "slurm", *TWO_BY_TWO, "-o", "out")
    ran = livn(*words, "--json")
    assert ran.code == 0, ran.err
    job = json.loads(ran.out)["job"]
    wait_for((tmp_path / "waiting").exists)
    assert state(livn, job) == "running"
    ended = livn("jobs", "cancel", job, "--json")
    assert json.loads(ended.out)["state"] == "cancelled"
    assert not (tmp_path / "out").exists()
    assert state_without_slurm(livn, job) == "cancelled"
    (tmp_path / "hurry").touch()
    ran = livn(*words, "--wait", "--poll", "1", "--resume")
    assert ran.code == 0, ran.err
    assert System(tmp_path / "out").populations


def test_slurm_refuses_what_it_has_not_got(livn, tmp_path):
    ran = livn("generate", "--total-cells", "20", "--backend", "slurm", "--resource", "nodes=400")
    assert ran.code == 4
    assert "sbatch refused the job" in ran.err
    assert not (tmp_path / "system").exists()


def test_a_wrong_launcher_in_the_job_is_named(livn, tmp_path):
    ran = livn(
        *("generate", "--total-cells", "20", "--backend", "slurm", *TWO_BY_TWO, "-o", "out"),
        *("--launcher", "srun --mpi=none", "--wait", "--poll", "1"),
    )
    assert ran.code == 4
    assert ran.err.count("the communicator says 1") == 1, ran.err
    assert not (tmp_path / "out").exists()
