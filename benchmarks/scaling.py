"""Strong and weak scaling over MPI ranks, each rank's share, and what full CA1 would take.

    python benchmarks/scaling.py                 # prints tables in Markdown
    python benchmarks/scaling.py --ranks 1 2 4 8 --scale 0.02

Every measurement is an mpiexec of its own, with one thread a rank; the median of ``--repeat`` runs.
Beside seconds there is each rank's CPU time, which a busy machine disturbs less; ranks that wait
sleep. Rates are of CPU time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

#: Cells and mean in-degree of the flat culture for one rank's worth of work.
CELLS, DEGREE = 20_000, 300
#: Nodes to estimate for, with this many cores each.
NODES, CORES = (1, 4, 16, 64), 56


def flat(cells: int, output: str) -> Any:
    """A flat culture; the area grows with the cells, so that their density stays."""
    from livn_core.execute import resolve

    side = 4000.0 * (cells / CELLS) ** 0.5
    document = {
        "total_cells": cells,
        "random_seed": 1,
        "area": "rectangle",
        "area_kwargs": {"x_range": [0, side], "y_range": [0, side]},
        "connectivity": {"mean_degree": DEGREE},
    }
    return resolve(document, output=output, jobs=1)


def ca1(scale: float, output: str) -> Any:
    """CA1 at a scale."""
    from livn_core.execute import resolve

    options = {"scale": scale, "scale_extents": True}
    return resolve("CA1", output=output, generator="layered3d", options=options, jobs=1)


class Counted:
    """A program that counts what this rank makes."""

    def __init__(self, program: Any) -> None:
        self.program, self.cells, self.edges, self.nbytes = program, 0, 0, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.program, name)

    def run(self, task: Any) -> Any:
        """Make a block and count it."""
        block = self.program.run(task)
        self.cells += task.stop - task.start
        for key, (counts, columns) in block.rows.items():
            self.edges += int(counts.sum()) if key.startswith("projection") else 0
            self.nbytes += 8 * len(counts) + sum(column.nbytes for column in columns.values())
        return block


def on_a_rank(kind: str, size: str, output: str, way: str) -> None:
    """Make one system on the ranks of this world; rank 0 prints what it took."""
    from mpi4py import MPI

    from livn_core.execute import program_of
    from livn_core.run.run import make_system
    from livn_plugins.backends.mpi_ranks import MPICommunicator

    communicator = MPICommunicator(MPI.COMM_WORLD, gather=way == "gather")
    job = flat(int(size), output) if kind == "flat" else ca1(float(size), output)
    communicator.barrier()
    began, busy = time.perf_counter(), time.process_time()
    phases: Counter[str] = Counter()
    last: list[Any] = ["setup", busy]

    def progress(phase: str, done: int, total: int) -> None:
        now = time.process_time()
        phases[last[0]] += now - last[1]
        last[:] = [phase, now]

    program = Counted(program_of(job))
    make_system(program, job.output, jobs=1, progress=progress, communicator=communicator)
    progress("end", 1, 1)
    seconds = time.perf_counter() - began
    used = time.process_time() - busy
    shares = communicator.allgather((program.cells, program.edges, program.nbytes, used))
    if communicator.rank == 0:
        stored = sum(path.stat().st_size for path in job.output.iterdir())
        print(json.dumps({
            "seconds": seconds, "phases": dict(phases), "shares": shares, "bytes": stored,
        }))  # fmt: skip


def measure(kind: str, size: float, ranks: int, way: str, repeat: int, place: Path) -> dict:
    """Return the run of median time."""
    from livn_core.jobs.launchers import find_launcher, rank_command

    runs = []
    for _ in range(repeat):
        output = place / "system"
        shutil.rmtree(output, ignore_errors=True)
        launcher = find_launcher()
        if launcher is None:
            raise SystemExit("no MPI launcher")
        words = [*rank_command(launcher, ranks), sys.executable, "-m", "mpi4py", __file__]
        done = subprocess.run(
            [*words, "--on-a-rank", kind, str(size), str(output), way],
            check=False, capture_output=True, text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(done.stderr)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    shutil.rmtree(place / "system", ignore_errors=True)
    runs.sort(key=lambda run: run["seconds"])
    middle = runs[len(runs) // 2]
    middle["spread"] = (runs[0]["seconds"], runs[-1]["seconds"])
    return middle


def row(name: str, ranks: int, run: dict) -> str:
    """Return a line of the table."""
    edges = sum(share[1] for share in run["shares"])
    phases = " ".join(
        f"{phase} {seconds:.2f}"
        for phase, seconds in run["phases"].items()
        if phase not in {"setup", "end"} and seconds >= 0.005
    )
    used = max(share[3] for share in run["shares"])
    low, high = run["spread"]
    return (
        f"| {name} | {ranks} | {edges / 1e6:.1f} M | {run['seconds']:.2f} ({low:.2f}-{high:.2f}) | "
        f"{used:.2f} | {edges / run['seconds'] / 1e6:.2f} M/s | {phases} |"
    )


def shares(name: str, run: dict) -> list[str]:
    """Return a line a rank."""
    return [
        f"| {name} | {rank} | {cells:,} | {edges:,} | {nbytes / 1e6:.1f} MB | {used:.2f} |"
        for rank, (cells, edges, nbytes, used) in enumerate(run["shares"])
    ]


def estimate(run: dict) -> list[str]:
    """Return what full CA1 would take on some nodes, from one rank's measured rates."""
    from livn_core.execute import program_of

    job = ca1(1.0, "unused")
    began = time.process_time()
    program = program_of(job)
    plan = program.plan()
    program.prepare()
    program.tasks()
    prepare = time.process_time() - began
    edges = sum(p.expected_edges for p in plan.projections)
    made = sum(share[1] for share in run["shares"])
    stored, phases = run["bytes"], run["phases"]
    blocks, write, digest = (phases.get(name, 0.0) for name in ("blocks", "write", "digest"))
    said = (
        f"Measured on one rank: {made / blocks / 1e6:.2f} M synapses/s made, "
        f"{stored / write / 1e6:.0f} MB/s written, {stored / digest / 1e6:.0f} MB/s hashed; "
        f"positions and tables of all {sum(p.count for p in plan.populations):,} cells: "
        f"{prepare:.1f} s on every rank. Full CA1 is {edges / 1e9:.2f} G edges and "
        f"{plan.expected_bytes / 1e9:.0f} GB."
    )
    lines = [
        said,
        "",
        "| nodes | cores | make | hash | write at 1 GB/s | write at 10 GB/s | total at 10 GB/s |",
        "|---|---|---|---|---|---|---|",
    ]
    for nodes in NODES:
        cores = nodes * CORES
        make = edges / (made / blocks) / cores
        hashed = plan.expected_bytes / (stored / digest) / cores
        slow, fast = (plan.expected_bytes / rate for rate in (1e9, 1e10))
        lines.append(
            f"| {nodes} | {cores} | {make:.1f} s | {hashed:.1f} s | {slow:.0f} s | {fast:.0f} s | "
            f"{prepare + make + hashed + fast:.0f} s |"
        )
    return lines


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--scale", type=float, default=0.004, help="of CA1")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--place", type=Path, help="directory to write in")
    given = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="livn-scaling-", dir=given.place))
    print(f"{os.cpu_count()} cores; load {os.getloadavg()[0]:.1f} at the beginning\n")
    table = [
        "| system | ranks | edges | seconds (min-max) | CPU of a rank, s | edges | rank 0's phases, CPU s |",
        "|---|---|---|---|---|---|---|",
    ]
    parts = [
        "| system | rank | cells | edges | bytes | CPU, s |",
        "|---|---|---|---|---|---|",
    ]
    kinds = [
        ("flat, strong", "flat", lambda ranks: CELLS),
        ("flat, weak", "flat", lambda ranks: CELLS * ranks),
        ("CA1, strong", "ca1", lambda ranks: given.scale),
    ]
    alone: dict = {}
    for name, kind, size in kinds:
        first: dict = {}
        for ranks in given.ranks:
            run = measure(kind, size(ranks), ranks, "pwrite", given.repeat, place)
            first = first or run
            table.append(row(name, ranks, run))
            if ranks == max(given.ranks) and "strong" in name:
                parts += shares(name, run)
        alone = first
    for ranks in given.ranks[1:]:
        run = measure("flat", CELLS, ranks, "gather", given.repeat, place)
        table.append(row("flat, rank 0 writes", ranks, run))
    shutil.rmtree(place)
    print("\n".join([*table, "", *parts, "", *estimate(alone)]))
    print(f"\nload {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--on-a-rank"]:
        on_a_rank(*sys.argv[2:])
    else:
        main()
