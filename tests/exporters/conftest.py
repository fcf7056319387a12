"""Systems to export, and their edges read in another way than the exporters do."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from livn_core.system.reader import System


def culture_with(mean_degree: object) -> dict[str, object]:
    """Return the configuration of a flat culture of 100 cells."""
    return {
        "total_cells": 100,
        "random_seed": 7,
        "area_kwargs": {"x_range": [0, 1000], "y_range": [0, 1000]},
        "connectivity": {"kernel": "gaussian", "sigma": 250.0, "mean_degree": mean_degree},
    }


@pytest.fixture
def one_projection(tmp_path: Path, generate_here):
    """A culture with the projection INH->EXC alone."""
    with System(
        generate_here(tmp_path / "one", culture_with({"INH->EXC": 5, "default": 0}))
    ) as system:
        yield system


@pytest.fixture
def unconnected(tmp_path: Path, generate_here):
    """A culture without any connection."""
    with System(generate_here(tmp_path / "none", culture_with(0))) as system:
        yield system


@pytest.fixture(params=["generated", "2d_gauss_100", "3d_S1"])
def system(request: pytest.FixtureRequest, generated: Path):
    """A system of this project, and two made by today's tools."""
    path = generated
    if request.param != "generated":
        path = request.getfixturevalue("reference")(request.param)
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
