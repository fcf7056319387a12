"""Systems to export, and their edges read in another way than the exporters do."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from livn_core.system.reader import System


def make(output: Path, mean_degree: object) -> Path:
    """Make a flat culture of 100 cells."""
    from livn_core.execute import resolve
    from livn_core.plugins.registry import registry

    document = {
        "total_cells": 100,
        "random_seed": 7,
        "area_kwargs": {"x_range": [0, 1000], "y_range": [0, 1000]},
        "connectivity": {"kernel": "gaussian", "sigma": 250.0, "mean_degree": mean_degree},
    }
    job = resolve(document, output=output)
    registry().create("backend", "local").run(job).close()
    return output


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flat culture of 100 cells, made by this project."""
    return make(tmp_path_factory.mktemp("generated") / "culture", 6)


@pytest.fixture
def one_projection(tmp_path: Path):
    """A culture with the projection INH->EXC alone."""
    with System(make(tmp_path / "one", {"INH->EXC": 5, "default": 0})) as system:
        yield system


@pytest.fixture
def unconnected(tmp_path: Path):
    """A culture without any connection."""
    with System(make(tmp_path / "none", 0)) as system:
        yield system


@pytest.fixture(params=["generated", "2d_gauss_100", "3d_S1"])
def system(request: pytest.FixtureRequest, generated: Path):
    """A system of this project, and two made by today's tools."""
    path = generated
    if request.param != "generated":
        path = request.getfixturevalue("shared") / "reference" / request.param
    with System(path) as system:
        yield system


@pytest.fixture
def culture(generated: Path):
    with System(generated) as system:
        yield system


@pytest.fixture
def truth():
    """Return every edge of a projection straight from the file, one target after another."""

    def read(system: System, source: str, target: str) -> dict[str, np.ndarray]:
        with h5py.File(system.path / "connections.h5") as file:
            group = file[f"Projections/{target}/{source}"]
            first = group["Edges/Destination Block Index"][()].astype(int)
            blocks = group["Edges/Destination Block Pointer"][()].astype(int)
            pointer = group["Edges/Destination Pointer"][()].astype(int)
            rows: dict[int, list[int]] = {}
            for number, cell in enumerate(first):
                last = blocks[number + 1] - (number == len(first) - 1)
                for step, row in enumerate(range(blocks[number], last)):
                    rows.setdefault(cell + step, []).extend(range(pointer[row], pointer[row + 1]))
            targets = np.concatenate([np.full(len(rows[t]), t) for t in sorted(rows)])
            order = np.concatenate([np.array(rows[t], dtype=int) for t in sorted(rows)])
            return {
                "target": targets.astype(int),
                "source": group["Edges/Source Index"][()][order].astype(int),
                "distance": group["Connections/distance"][()][order],
                "syn_id": group["Synapses/syn_id"][()][order],
            }

    return read


@pytest.fixture
def quick(tmp_path, monkeypatch):
    """Run the command line in this process: for what needs no process of its own."""
    from click.testing import CliRunner

    from livn_cli.main import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str):
        return CliRunner().invoke(main, list(words))

    return run
