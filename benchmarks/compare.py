"""Ours against the peers, against plain h5py, and against itself: one command, one table each.

    python benchmarks/compare.py                  # everything (about half an hour on two cores)
    python benchmarks/compare.py --only peers --runs 3
    python benchmarks/compare.py --write          # also writes benchmarks/RESULTS.md

Each peer comes from PyPI into an environment of its own under ``benchmarks/.venvs``. Each run is a
process of its own; the table has medians of whole processes, from start to exit, and of what the
program itself says that connecting took. All of them get the same law of positions (uniform on a
square), kernel, amplitude and number of threads; ours also writes the files.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
PEERS = {
    "livn (files written)": ("ours", None),
    "NEST": ("nest_simulator", "nest-simulator"),
    "Arbor": ("arbor_simulator", "arbor"),
    "Brian2": ("brian2_simulator", "brian2 numpy<2"),
    "BMTK": ("bmtk_builder", "bmtk"),
    "dense NumPy": ("dense_numpy", "numpy"),
}
THREADS = min(2, len(os.sched_getaffinity(0)))


@dataclass
class Measured:
    """Medians of a command; ``cpu`` is of all its threads, Python's start included."""

    wall: float
    inside: float
    cpu: float
    edges: int
    memory: int
    size: int


def work(cells: int, degree: float, *, sigma=200.0, kernel="gaussian", cutoff=3.0, density=625e-6):
    """Describe a job; the amplitude is ours, solved for the same law of positions."""
    from livn_core import plan

    side = (cells / density) ** 0.5
    made = plan(
        populations={"EXC": {"count": cells, "synapse_type": "excitatory"}},
        area_kwargs={"x_range": [0, side], "y_range": [0, side]},
        connectivity={"kernel": kernel, "sigma": sigma, "cutoff": cutoff, "mean_degree": degree},
    )
    amplitude = made.projections[0].details["amplitude"]
    return {
        "cells": cells,
        "degree": degree,
        "side": side,
        "sigma": sigma,
        "kernel": kernel,
        "cutoff": cutoff,
        "amplitude": amplitude,
        "seed": 1,
        "threads": THREADS,
    }


def interpreter(package: str | None) -> str:
    """Return the Python that has a peer; make its environment on first use."""
    if package is None:
        return sys.executable
    home = HERE / ".venvs" / package.split()[0]
    python = home / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *package.split()], check=True)
    return str(python)


def cpu_of_children() -> float:
    """Return the CPU seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(command: list[str], runs: int, timeout: float) -> Measured | str:
    """Run a command several times; return medians, or why there are none."""
    walls, insides, cpus, last, memory = [], [], [], {}, 0
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": str(THREADS)}
    for _ in range(runs):
        began, before = time.perf_counter(), cpu_of_children()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return f"more than {timeout:.0f} s"
        if process.returncode:
            return (err.strip().splitlines() or ["failed"])[-1][:80]
        walls.append(time.perf_counter() - began)
        cpus.append(cpu_of_children() - before)
        last = json.loads(out.strip().splitlines()[-1])
        insides.append(last["seconds"])
        memory = max(memory, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    return Measured(
        statistics.median(walls),
        statistics.median(insides),
        statistics.median(cpus),
        last["edges"],
        memory * 1024,
        last.get("bytes", 0),
    )


def in_child(command: list[str], runs: int, timeout: float) -> Measured | str:
    """Measure in a process of its own, so that the peak memory is that command's."""
    code = (
        f"import sys, json; sys.path.insert(0, {str(HERE)!r}); import compare; "
        "r = compare.measure(json.loads(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])); "
        "print(json.dumps(r if isinstance(r, str) else vars(r)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(command), str(runs), str(timeout)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    result = json.loads(done.stdout)
    return result if isinstance(result, str) else Measured(**result)


def row(name: str, result: Measured | str, ours: Measured | None) -> str:
    """Return a row of the table."""
    if isinstance(result, str):
        return f"| {name} | {result} | | | | |"
    ratio = f"{result.inside / ours.wall:.1f}" if ours else "1"
    return (
        f"| {name} | {result.wall:.2f} | {result.inside:.2f} | {result.edges:,} | "
        f"{result.edges / result.inside / 1e6:.2f} | {result.memory / 1e9:.2f} | {ratio} |"
    )


def against_peers(runs: int) -> list[str]:
    """Ours and the peers on two jobs."""
    lines = []
    jobs = {
        "10,000 cells, gaussian 200 um, degree 100": (work(10_000, 100), list(PEERS), 300),
        "50,000 cells, gaussian 200 um without cutoff, degree 890 (most of them saturated)": (
            work(50_000, 890, cutoff=None),
            ["livn (files written)", "NEST", "Arbor"],
            300,
        ),
    }
    for title, (job, names, timeout) in jobs.items():
        lines += [
            f"### {title}",
            "",
            "| | process, s | connecting, s | edges | M edges/s | peak memory, GB | connecting / ours |",
            "|---|---|---|---|---|---|---|",
        ]
        ours = None
        for name in names:
            script, package = PEERS[name]
            command = [interpreter(package), str(HERE / "peers" / f"{script}.py"), json.dumps(job)]
            result = in_child(command, runs if name != "BMTK" else 1, timeout)
            lines.append(row(name, result, ours))
            print(lines[-1], file=sys.stderr)
            if ours is None and isinstance(result, Measured):
                ours = result
        lines.append("")
    return lines


def against_masks(runs: int) -> list[str]:
    """Ours and NEST where far pairs are left out, as NEST's users write it, and where none is."""
    lines = [
        "### 50,000 cells, gaussian 200 um, degree 890: a mask at five sigma, and none",
        "",
        "| | process, s | connecting, s | CPU, s | connections | peak memory, GB |",
        "|---|---|---|---|---|---|",
    ]
    for cutoff, said in ((5.0, "mask at five sigma"), (None, "no mask")):
        job = work(50_000, 890, cutoff=cutoff)
        for name in ("livn (files written)", "NEST"):
            script, package = PEERS[name]
            command = [interpreter(package), str(HERE / "peers" / f"{script}.py"), json.dumps(job)]
            r = in_child(command, runs if cutoff or package is None else 1, 600)
            if isinstance(r, str):
                lines.append(f"| {name}, {said} | {r} | | | | |")
            else:
                lines.append(
                    f"| {name}, {said} | {r.wall:.2f} | {r.inside:.2f} | {r.cpu:.2f} | "
                    f"{r.edges:,} | {r.memory / 1e9:.2f} |"
                )
            print(lines[-1], file=sys.stderr)
    return [*lines, ""]


def scaling(runs: int) -> list[str]:
    """Ours alone: doubling the cells at a fixed degree, and a million cells."""
    lines = [
        "### Doubling the cells (gaussian 200 um, degree 100, 625 cells/mm2)",
        "",
        "| cells | process, s | edges | peak memory, GB | / half the cells |",
        "|---|---|---|---|---|",
    ]
    before = None
    ours = [sys.executable, str(HERE / "peers" / "ours.py")]
    for cells in (31_250, 62_500, 125_000, 250_000, 500_000, 1_000_000):
        result = in_child([*ours, json.dumps(work(cells, 100))], runs if cells < 3e5 else 1, 600)
        if isinstance(result, str):
            lines.append(f"| {cells:,} | {result} | | | |")
            continue
        ratio = f"{result.wall / before:.2f}" if before else ""
        lines.append(
            f"| {cells:,} | {result.wall:.2f} | {result.edges:,} | "
            f"{result.memory / 1e9:.2f} | {ratio} |"
        )
        print(lines[-1], file=sys.stderr)
        before = result.wall
    job = work(1_000_000, 100, kernel="exponential", sigma=600.0, cutoff=None)
    result = in_child([*ours, json.dumps(job)], 1, 600)
    if isinstance(result, Measured):
        lines += [
            "",
            "1,000,000 cells, exponential 600 um, no cutoff, degree 100: "
            + f"{result.wall:.1f} s, {result.edges:,} edges, {result.memory / 1e9:.2f} GB.",
        ]
        print(lines[-1], file=sys.stderr)
    return [*lines, ""]


@contextlib.contextmanager
def scratch():
    """Give a directory on the project's disk; return once it is gone from the disk, too."""
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        yield folder
    os.sync()


def plain_h5py(size: int) -> float:
    """Return the seconds of a process that writes so many bytes with h5py, flushed to the disk."""
    code = (
        "import h5py, numpy as np, os, sys\n"
        "n = int(sys.argv[2]) // 4\n"
        "with h5py.File(sys.argv[1], 'w') as f:\n"
        "    d = f.create_dataset('x', (n,), 'f4')\n"
        "    block = np.arange(1 << 22, dtype='f4')\n"
        "    for i in range(0, n, 1 << 22):\n"
        "        d[i:i + (1 << 22)] = block[: min(1 << 22, n - i)]\n"
        "fd = os.open(sys.argv[1], os.O_RDONLY); os.fsync(fd)\n"
    )
    with scratch() as folder:
        return seconds_of([sys.executable, "-c", code, f"{folder}/x.h5", str(size)])


def command_line(job: dict, folder: str) -> list[str]:
    """Return the command that a user would type for one of our jobs."""
    document = {
        "populations": {"EXC": {"count": job["cells"], "synapse_type": "excitatory"}},
        "area_kwargs": {"x_range": [0, job["side"]], "y_range": [0, job["side"]]},
        "connectivity": {
            "kernel": job["kernel"],
            "sigma": job["sigma"],
            "cutoff": job["cutoff"],
            "mean_degree": job["degree"],
        },
        "random_seed": job["seed"],
    }
    config = Path(folder) / "culture.json"
    config.write_text(json.dumps(document))
    options = ["--config", config, "--output", Path(folder) / "system", "--jobs", job["threads"]]
    return [str(word) for word in (sys.executable, "-m", "livn_cli", "generate", *options)]


def seconds_of(command: list[str]) -> float:
    """Return how long a command takes, from start to exit."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def against_the_disk(runs: int) -> list[str]:
    """Ours, as typed, against h5py writing as many bytes to the same disk in the same run.

    In turns, each into a directory of its own that is removed, untimed, before the next begins.
    """
    job = work(50_000, 890, cutoff=None)
    ours, plain = [], []
    for _ in range(runs):
        with scratch() as folder:
            ours.append(seconds_of(command_line(job, folder)))
            size = sum(file.stat().st_size for file in (Path(folder) / "system").iterdir())
        # The faster of two: the first may wait for memory that the other has just left.
        plain.append(min(plain_h5py(size) for _ in range(2)))
    ratios = [a / b for a, b in zip(ours, plain, strict=True)]
    return [
        "### Against the disk (50,000 cells, degree 890; both flushed)",
        "",
        f"`livn generate` {statistics.median(ours):.2f} s, h5py writing the same "
        + f"{size / 1e9:.2f} GB {statistics.median(plain):.2f} s: "
        + f"{statistics.median(ratios):.1f} times ({min(ratios):.1f} to {max(ratios):.1f}).",
        "",
    ]


def small(runs: int) -> list[str]:
    """The two rows of livn's own generator: four projections on 4 x 4 mm."""
    lines = [
        "### 4 x 4 mm, gaussian 500 um, EXC and INH, degree 10 in each of four projections",
        "",
        "| cells | process, s | connections | peak memory, GB |",
        "|---|---|---|---|",
    ]
    for cells in (100, 10_000, 50_000):
        with tempfile.TemporaryDirectory() as folder:
            code = (
                "import time, json; t = time.perf_counter()\n"
                "from livn_core import generate\n"
                f"s = generate(total_cells={cells}, output_directory={folder!r} + '/s', "
                "overwrite=True)\n"
                "print(json.dumps({'seconds': time.perf_counter() - t, "
                "'edges': sum(s.edge_count(*p) for p in s.projections)}))"
            )
            result = in_child([sys.executable, "-W", "ignore", "-c", code], runs, 300)
        if isinstance(result, str):
            lines.append(f"| {cells:,} | {result} | | |")
        else:
            lines.append(
                f"| {cells:,} | {result.wall:.2f} | {result.edges:,} | {result.memory / 1e9:.2f} |"
            )
        print(lines[-1], file=sys.stderr)
    return [*lines, ""]


PARTS = {
    "small": small,
    "masks": against_masks,
    "peers": against_peers,
    "disk": against_the_disk,
    "scaling": scaling,
}


def main() -> None:
    """Run the parts and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write benchmarks/RESULTS.md")
    options = parser.parse_args()
    if shutil.disk_usage(ROOT).free < 12e9:
        parser.error("12 GB of free disk are needed")
    lines = [
        ", ".join(
            (
                str(datetime.date.today()),
                platform.machine(),
                f"{os.cpu_count()} cores, {THREADS} threads",
                f"Python {platform.python_version()}",
                f"medians of {options.runs} runs",
                f"`python benchmarks/compare.py{''.join(f' --only {p}' for p in options.only or ())}`",
            )
        ),
        "",
    ]
    for name in options.only or PARTS:
        lines += PARTS[name](options.runs)
    print("\n".join(lines))
    if options.write:
        path = HERE / "RESULTS.md"
        mark = "<!-- compare -->"
        old = path.read_text() if path.exists() else "# Results\n\n"
        head = old.split(mark)[0]
        tail = old.split(mark)[2] if old.count(mark) == 2 else ""
        path.write_text(f"{head}{mark}\n{chr(10).join(lines)}{mark}{tail}")


if __name__ == "__main__":
    main()
