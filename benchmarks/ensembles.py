"""Many small systems a second: as directories, in memory, through a simulator; and the disk's share.

    python benchmarks/ensembles.py --folder /tmp --jobs 2

A directory is four files and itself that are synced, which is measured by itself: a slow disk is not
the program's. CPU time is given beside the rate, since other work on a machine takes no part in it.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from livn_core import build, simulator
from livn_core.execute import read_configuration
from livn_core.network import Network


def syncs(folder: Path, count: int = 50) -> float:
    """Return the seconds in which four files of 9 kB and their directory are synced."""
    began = time.perf_counter()
    for number in range(count):
        directory = folder / f"sync{number}"
        directory.mkdir()
        for name in "abcd":
            with (directory / name).open("wb") as file:
                file.write(bytes(9000))
                file.flush()
                os.fsync(file.fileno())
        handle = os.open(directory, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    return (time.perf_counter() - began) / count


def swept(folder: Path, jobs: int, *words: str) -> tuple[float, float]:
    """Return the seconds that the command takes, and its CPU time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "livn_cli", "-q", "sweep", *words, "--jobs", str(jobs)],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, sum(
        getattr(after, name) - getattr(before, name) for name in ("ru_utime", "ru_stime")
    )


def statistics(network: Network) -> list[float]:
    """Return three summaries of a culture."""
    lengths = np.concatenate(
        [s.columns["distance"] for pair in network.projections for s in network.edges(*pair)]
    )
    return [len(lengths), float(lengths.mean()), float(network.in_degrees("EXC", "INH").std())]


def main() -> None:
    """Print the table's rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=None, help="where directories go")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--draws", type=int, default=2000, help="calls of the simulator")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        print(f"load {os.getloadavg()[0]:.1f}, {given.jobs} processes")
        print(f"syncs of four files and a directory: {1e3 * syncs(folder):.2f} ms")
        for cells, count in (("500", 60), ("100", 300)):
            words = ("EI2", "--total-cells", cells, "--seed", "1", "--replicates", str(count))
            wall, cpu = swept(folder, given.jobs, *words, "--output", f"runs{cells}")
            print(
                f"{count} systems of {cells} cells: {wall:.2f} s, {count / wall:.0f}/s; "
                f"CPU {1e3 * cpu / count:.1f} ms each"
            )
    base = read_configuration("EI2")
    build(base)
    began = time.process_time()
    for seed in range(200):
        build(base, random_seed=seed)
    print(f"build, 100 cells: CPU {5 * (time.process_time() - began):.1f} ms each")
    simulate = simulator("EI2", ["connectivity.sigma"], statistics, jobs=given.jobs)
    theta = np.random.default_rng(0).uniform(100, 300, (given.draws, 1))
    began = time.perf_counter()
    simulate(theta)
    seconds = time.perf_counter() - began
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    most = max(children.ru_maxrss, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024
    print(
        f"simulator, three summaries: {given.draws / seconds:.0f}/s; 300,000 in "
        f"{300_000 / given.draws * seconds / 60:.0f} minutes; {most:.0f} MB in the largest process"
    )


if __name__ == "__main__":
    main()
