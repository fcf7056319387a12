"""The sampler alone, without files: edges a second by size, kernel and threads.

    python benchmarks/sampler.py [--quick] [--threads 1,2] [--repeats 3] [--json]
    python benchmarks/sampler.py --rule fixed_indegree
    python benchmarks/sampler.py --factors

Compares with the exact dense evaluation in blocks of NumPy (every pair: distance, p, one random
number), timed on some targets and scaled to all. Times are wall-clock medians; a loaded machine shows.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from livn_core.components import RadialKernel
from livn_core.execute import program_of, resolve
from livn_core.sampling.amplitude import solve_amplitude
from livn_core.sampling.pair_law import PairLaw
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Cells, Projection
from livn_core.sampling.sampler import KernelSampler
from livn_plugins.connectivity.exponential import Exponential
from livn_plugins.connectivity.fixed_indegree import FixedIndegree
from livn_plugins.connectivity.gaussian import Gaussian

#: name, kernel, cells, mean in-degree, cells per mm2, cutoff in um
CASES: list[tuple[str, RadialKernel, int, float, float, float | None]] = [
    ("gaussian 500 um, cut at 1500", Gaussian(sigma=500), 10_000, 10, 625, 1500.0),
    ("gaussian 500 um, cut at 1500", Gaussian(sigma=500), 50_000, 10, 3125, 1500.0),
    ("gaussian 200 um", Gaussian(sigma=200), 50_000, 1000, 625, None),
    ("gaussian 200 um", Gaussian(sigma=200), 250_000, 100, 625, None),
    ("gaussian 200 um", Gaussian(sigma=200), 500_000, 100, 625, None),
    ("gaussian 200 um", Gaussian(sigma=200), 1_000_000, 100, 625, None),
    ("exponential 600 um", Exponential(sigma=600), 1_000_000, 100, 625, None),
]
#: Cells of the cases of fixed_indegree, and its K.
DEALT, IN_DEGREE = (10_000, 100_000, 500_000, 1_000_000), 100
BLOCK_EDGES = 1_000_000
SPREAD = {"law": "lognormal", "cv": 0.5}
#: A culture whose cells differ in their degrees.
FACTORS = {
    "total_cells": 100_000,
    "area": "disk",
    "area_kwargs": {"radius": 7130},
    "populations": {
        name: {"ratio": ratio, "in_degree": SPREAD, "out_degree": SPREAD}
        for name, ratio in (("EXC", 4), ("INH", 1))
    },
    "connectivity": {"kernel": "gaussian", "sigma": 200, "mean_degree": 100},
}


def culture(cells: int, per_mm2: float) -> Projection:
    side = 1000 * np.sqrt(cells / per_mm2)
    positions = np.zeros((cells, 3))
    positions[:, :2] = np.random.default_rng(1).uniform(0, side, (cells, 2))
    return Projection.within(
        Cells("EXC", positions.astype(np.float32).astype(np.float64)), seed=123
    )


def sample_all(sampler: KernelSampler, degree: float, threads: int) -> int:
    cells = len(sampler.projection.target)
    step = max(1, int(BLOCK_EDGES / max(1.0, degree)))
    with ThreadPoolExecutor(threads) as pool:
        blocks = pool.map(
            lambda start: len(sampler.sample(start, min(start + step, cells)).sources),
            range(0, cells, step),
        )
        return sum(blocks)


def dense_seconds(projection: Projection, law: ConnectionProbability, amplitude: float) -> float:
    """Time the evaluation of every pair on some targets; return the seconds for all of them."""
    sources, targets = projection.source.positions, projection.target.positions
    rows = max(1, 2_000_000 // len(sources))
    rng = np.random.default_rng(0)
    begin = time.perf_counter()
    block = targets[:rows]
    dx, dy = block[:, :1] - sources[:, 0], block[:, 1:2] - sources[:, 1]
    distance = np.sqrt(dx * dx + dy * dy)
    p = np.minimum(amplitude * law.kernel.weight(distance), 1)
    if law.cutoff is not None:
        p[distance > law.cutoff] = 0
    np.nonzero(rng.random(p.shape) < p)
    return (time.perf_counter() - begin) * len(targets) / rows


def run(case: tuple, threads: list[int], repeats: int) -> dict:
    name, kernel, cells, degree, per_mm2, cutoff = case
    projection, law = culture(cells, per_mm2), ConnectionProbability(kernel, cutoff)
    begin = time.perf_counter()
    amplitude = solve_amplitude(PairLaw(projection, law), degree).value
    solved = time.perf_counter()
    sampler = KernelSampler(projection, law, amplitude)
    built = time.perf_counter()
    sampler.sample(0, 1)
    times = {}
    edges = 0
    for count in threads:
        taken = []
        for _ in range(repeats):
            start = time.perf_counter()
            edges = sample_all(sampler, degree, count)
            taken.append(time.perf_counter() - start)
        times[count] = statistics.median(taken)
    return {
        "kernel": name,
        "cells": cells,
        "degree": degree,
        "edges": edges,
        "solve_s": solved - begin,
        "tables_s": built - solved,
        "tables_mb": sampler.nbytes / 1e6,
        "sample_s": times,
        "dense_s": dense_seconds(projection, law, amplitude),
    }


def run_fixed_indegree(cells: int, threads: list[int]) -> None:
    """Time K = 100 sources a target, gaussian 200 um, once for each number of threads.

    CPU seconds are those of all threads together: other work on the machine has little part in them.
    """
    begin = time.perf_counter()
    rule = FixedIndegree(kernel=Gaussian(sigma=200), mean_degree=IN_DEGREE)
    connector = rule.connect(culture(cells, 625))
    connector.sources(0, 1)
    made = time.perf_counter() - begin
    step = BLOCK_EDGES // IN_DEGREE

    def block(start: int) -> int:
        return len(connector.sources(start, min(start + step, cells)).sources)

    for count in threads:
        wall, cpu = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(count) as pool:
            edges = sum(pool.map(block, range(0, cells, step)))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(
            f"| {cells:,} | {edges:,} | {made:.2f} | {count} | {wall:.2f} | {cpu:.2f} | "
            f"{edges / wall / 1e6:.2f} | {edges / cpu / 1e6:.2f} |",
            flush=True,
        )


def run_factors(threads: list[int]) -> None:
    """Time a whole culture in memory: the blocks of every number of threads, once."""
    print("| threads | edges | s | M edges/s |\n|---|---|---|---|", flush=True)
    for count in threads:
        program = program_of(resolve(FACTORS))
        program.prepare(count)
        tasks = list(program.tasks())
        program.run(tasks[0])  # tables are made and compiled code is loaded
        begin = time.perf_counter()
        with ThreadPoolExecutor(count) as pool:
            blocks = list(pool.map(program.run, tasks))
        seconds = time.perf_counter() - begin
        edges = sum(
            int(counts.sum())
            for block in blocks
            for key, (counts, _) in block.rows.items()
            if key.startswith("projection")
        )
        print(f"| {count} | {edges:,} | {seconds:.2f} | {edges / seconds / 1e6:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="only the cases of up to 50,000 cells")
    parser.add_argument("--threads", default="1,2", help="numbers of threads to time")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rule", choices=("pairwise_bernoulli", "fixed_indegree"))
    parser.add_argument("--factors", action="store_true", help="a culture with factors of degrees")
    options = parser.parse_args()
    threads = [int(part) for part in options.threads.split(",")]
    if options.factors:
        run_factors(threads)
        return
    if options.rule == "fixed_indegree":
        heads = ["cells", "edges", "ready s", "threads", "s", "CPU s", "M edges/s", "M edges/CPU s"]
        print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads), flush=True)
        for cells in DEALT:
            if cells <= 100_000 or not options.quick:
                run_fixed_indegree(cells, threads)
        return
    cases = [case for case in CASES if case[2] <= 50_000 or not options.quick]
    heads = ["kernel", "cells", "edges", "solve s", "tables s", "tables MB"]
    heads += [f"{n} threads s" for n in threads] + ["M edges/s", "dense s", "dense / ours"]
    if not options.json:
        print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads), flush=True)
    rows = []
    # The compiled code is loaded (or compiled) before anything is timed.
    law = ConnectionProbability(Gaussian(sigma=100))
    KernelSampler(culture(10, 625), law, 1.0, compiled=True).sample(0, 10)
    for case in cases:
        row = run(case, threads, options.repeats)
        rows.append(row)
        if options.json:
            continue
        best = min(row["sample_s"].values())
        ours = best + row["solve_s"] + row["tables_s"]
        cells = [
            f"{row['kernel']}, degree {row['degree']:g}",
            f"{row['cells']:,}",
            f"{row['edges']:,}",
            f"{row['solve_s']:.2f}",
            f"{row['tables_s']:.2f}",
            f"{row['tables_mb']:.0f}",
            *(f"{row['sample_s'][n]:.2f}" for n in threads),
            f"{row['edges'] / best / 1e6:.1f}",
            f"{row['dense_s']:.0f}",
            f"{row['dense_s'] / ours:.0f}",
        ]
        print("| " + " | ".join(cells) + " |", flush=True)
    if options.json:
        json.dump({"version": 1, "rows": rows}, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
