"""Time from finished blocks to a published system, against plain h5py writing the same bytes.

    python benchmarks/writer.py --cells 1000000 --degree 100

The blocks come from a template, so that making them costs nothing: what is measured is the spool,
the files, the content digest, and the wait for the disk. Each run is a process of its own.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import h5py
import numpy as np

from livn_core.neuroh5.layout import plan_layout
from livn_core.program import (
    Block,
    Column,
    Plan,
    PlannedProjection,
    Population,
    Table,
    Task,
)
from livn_core.run.run import run_program

F4, U4, U2, U1 = (np.dtype(name) for name in ("<f4", "<u4", "<u2", "u1"))


class Template:
    """A program of one population whose blocks are all cut from one random array."""

    def __init__(self, cells: int, degree: int, block: int) -> None:
        self.populations = (Population("EXC", 0, cells, 10),)
        self.degree, self.block = degree, block
        synapses = (
            Column("syn_ids", U4),
            Column("syn_cdists", F4, 0.0),
            Column("syn_layers", U1, 0),
            Column("syn_locs", F4, 0.5),
            Column("syn_secs", np.dtype("<i2"), 1),
            Column("syn_types", U1, 0),
            Column("swc_types", U1, 4),
        )
        edges = (
            Column("Source Index", U4),
            Column("Connections/distance", F4),
            Column("Synapses/syn_id", U4),
        )
        self.tables = (
            Table("EXC", "attributes", "Synapse Attributes", synapses),
            Table("EXC", "projection", "EXC", edges),
        )

    def prepare(self, jobs: int = 1, *, draw: bool = True) -> None:
        rows = self.block * self.degree * 2
        self.random = np.random.default_rng(1).integers(0, 2**32, rows, dtype=np.uint32)

    def tasks(self) -> list[Task]:
        count = self.populations[0].count
        starts = range(0, count, self.block)
        return [Task("EXC", start, min(start + self.block, count)) for start in starts]

    def run(self, task: Task) -> Block:
        cells = task.stop - task.start
        counts = np.full(cells, self.degree, dtype=np.int64)
        first = task.start // self.block % self.degree
        # A copy of its own, as a rule would make: held blocks take memory.
        values = self.random[first : first + cells * self.degree].copy()
        edges = {
            "Source Index": values,
            "Connections/distance": values.view(np.float32),
            "Synapses/syn_id": values,
        }
        return Block(
            task,
            {
                "attributes/EXC/Synapse Attributes": (counts, {"syn_ids": values}),
                "projection/EXC/EXC": (counts, edges),
            },
        )

    def plan(self) -> Plan:
        edges = float(self.populations[0].count * self.degree)
        return Plan(self.populations, (PlannedProjection("EXC", "EXC", edges),), 0.0, 0.0)

    def cell_attributes(self, population: str) -> dict:
        values = np.zeros(self.populations[0].count, dtype=np.float32)
        return {"Generated Coordinates": ({f"{axis} Coordinate": values for axis in "XYZ"}, {})}

    def graph(self, edges: dict, digest: str) -> dict:
        return {"version": 1}

    def provenance(self) -> dict:
        return {"configuration": {}}


def ours(program: Template, path: Path, options: argparse.Namespace) -> dict[str, float]:
    began = {}

    def progress(phase: str, done: int, total: int) -> None:
        began.setdefault(phase, time.perf_counter())

    start = time.perf_counter()
    run_program(
        program, path, jobs=options.jobs, memory=options.memory << 20, progress=progress
    ).close()
    times = {**began, "end": time.perf_counter()}
    marks = ["prepare", "blocks", "write", "digest", "end"]
    phases = {name: times[after] - times[name] for name, after in itertools.pairwise(marks)}
    return {"total": times["end"] - start, **phases}


def plain(program: Template, path: Path, options: argparse.Namespace) -> dict[str, float]:
    """Write the datasets that are not constant with h5py, a block at a time."""
    program.prepare()
    population, rows = program.populations[0], program.populations[0].count * program.degree
    layout = plan_layout(
        program.populations, program.tables, {table.key: rows for table in program.tables}
    )
    start = time.perf_counter()
    path.mkdir()
    step = program.block * program.degree
    for name, slots in (("cells.h5", layout.cells), ("connections.h5", layout.connections)):
        with h5py.File(path / name, "w") as file:
            for slot in slots:
                if slot.constant is not None:
                    continue
                made = file.create_dataset(slot.path, shape=(slot.rows,), dtype=slot.dtype)
                for first in range(0, slot.rows, step):
                    part = program.random[: min(step, slot.rows - first)]
                    made[first : first + part.size] = (
                        part.view(slot.dtype) if slot.dtype.itemsize == 4 else part
                    )
    written = time.perf_counter()
    for entry in path.iterdir():
        handle = os.open(entry, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    end = time.perf_counter()
    return {"total": written - start, "synced": end - start, "cells": float(population.count)}


def measure(kind: str, options: argparse.Namespace, folder: Path) -> dict[str, float]:
    """Run one measurement in this process."""
    program = Template(options.cells, options.degree, options.block)
    path = folder / kind
    used = resource.getrusage(resource.RUSAGE_SELF)
    before = used.ru_utime + used.ru_stime
    result = (ours if kind == "ours" else plain)(program, path, options)
    result["bytes"] = float(sum(entry.stat().st_size for entry in path.iterdir()))
    used = resource.getrusage(resource.RUSAGE_SELF)
    result["cpu"] = used.ru_utime + used.ru_stime - before
    result["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    shutil.rmtree(path)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=200_000)
    parser.add_argument("--degree", type=int, default=100)
    parser.add_argument("--block", type=int, default=4096, help="cells a block")
    parser.add_argument("--jobs", type=int, default=None)
    parser.add_argument("--memory", type=int, default=1024, help="MiB of blocks held in memory")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--directory", type=Path, default=None, help="which disk to write to")
    parser.add_argument("--one", choices=["ours", "plain"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options, options.directory)))
        return
    results: dict[str, list[dict[str, float]]] = {"plain": [], "ours": []}
    with tempfile.TemporaryDirectory(dir=options.directory) as folder:
        command = [sys.executable, __file__, *sys.argv[1:], "--directory", folder]
        for _ in range(options.repeat):
            for kind, found in results.items():
                done = subprocess.run(
                    [*command, "--one", kind], capture_output=True, text=True, check=True
                )
                found.append(json.loads(done.stdout))

    def of(kind: str, name: str) -> float:
        return median(result[name] for result in results[kind])

    edges = options.cells * options.degree
    print(f"{options.cells:,} cells, {edges:,} edges, {of('ours', 'bytes') / 1e9:.2f} GB")
    print(f"h5py, same bytes          {of('plain', 'total'):8.2f} s")
    print(
        f"h5py, and fsync           {of('plain', 'synced'):8.2f} s   {of('plain', 'cpu'):.2f} s CPU"
    )
    print(
        f"run_program, all          {of('ours', 'total'):8.2f} s   {of('ours', 'cpu'):.2f} s CPU, "
        f"peak {of('ours', 'peak'):.0f} MB"
    )
    for phase in ("blocks", "write", "digest"):
        print(f"  {phase:<24}{of('ours', phase):8.2f} s")
    print(f"ratio to h5py             {of('ours', 'total') / of('plain', 'total'):8.2f}")
    print(f"ratio to h5py and fsync   {of('ours', 'total') / of('plain', 'synced'):8.2f}")
    constants = edges * sum(
        np.dtype(column.dtype).itemsize
        for table in Template(1, 1, 1).tables
        for column in table.columns
        if column.constant is not None
    )
    print(f"constants not written     {constants / 1e9:8.2f} GB")


if __name__ == "__main__":
    main()
