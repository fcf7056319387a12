"""Systems to export, and their edges read in another way than the exporters do."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from livn_core.system import System


@pytest.fixture(params=["2d_gauss_100", "3d_S1"])
def system(request: pytest.FixtureRequest, shared: Path):
    with System(shared / "reference" / request.param) as system:
        yield system


@pytest.fixture
def culture(shared: Path):
    with System(shared / "reference" / "2d_gauss_100") as system:
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
