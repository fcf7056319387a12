"""MPI and Slurm for the tests: the real ones where they are installed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from livn_core.jobs.launchers import find_launcher, missing_mpi

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

#: The culture of these tests: a second or two, several blocks in the ranks' own tests.
CULTURE = (
    "--total-cells",
    "300",
    "--seed",
    "11",
    "--set",
    "connectivity.unreachable_degree=largest",
)


def load(name):
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def _own_state(tmp_path, monkeypatch):
    """Jobs of the tests are no jobs of the user; nobody's launcher has started us."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in list(os.environ):
        if name.startswith(("PMI_", "OMPI_", "PMIX_", "SLURM_", "LIVN_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def mpi():
    """The launcher's words; skipped where there is no MPI."""
    reason = missing_mpi()
    if reason is None and find_launcher() is None:
        reason = "no mpiexec"
    if reason is not None:
        pytest.skip(reason)
    return find_launcher()


@pytest.fixture
def ranks(mpi, tmp_path):
    """Run ``on_ranks.py`` on some ranks; returns what rank 0 printed as JSON, and the process."""

    def run(count, *words, env=(), wrapper=(), timeout=90):
        done = subprocess.run(
            [
                *mpi,
                "-n",
                str(count),
                *wrapper,
                sys.executable,
                "-m",
                "mpi4py",
                str(HERE / "on_ranks.py"),
                *words,
            ],
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **dict(env)},
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        return (json.loads(lines[-1]) if lines else None), done

    return run


@pytest.fixture(scope="session")
def slurm_folder(tmp_path_factory):
    """A running cluster's folder and variables; skipped where Slurm is not installed."""
    cluster = load("slurm_cluster")
    reason = cluster.missing()
    if reason is not None:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("slurm")
    environment = cluster.start(folder)
    yield environment
    cluster.stop(folder)


@pytest.fixture
def slurm(slurm_folder, monkeypatch):
    """Lead to the cluster."""
    for name, value in slurm_folder.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def culture():
    """Options of a small culture."""
    return CULTURE


@pytest.fixture(scope="session")
def local_digest(tmp_path_factory):
    """Digest of the small culture as the local backend makes it."""
    folder = tmp_path_factory.mktemp("local")
    subprocess.run(
        [sys.executable, "-m", "livn_cli", "generate", *CULTURE, "-o", "system"],
        check=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
    )
    return json.loads((folder / "system" / "provenance.json").read_text())["digest"]
