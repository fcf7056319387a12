"""What the tests run on MPI ranks: systems in small blocks, so that every rank has work.

    mpiexec -n 3 python -m mpi4py on_ranks.py NAME=OUTPUT ...

NAME is a system below. Rank 0 prints one JSON object: digests, and the blocks that each rank made.
"""

from __future__ import annotations

import json
import os
import signal
import sys

import livn_core.culture.program as culture
import livn_core.layered.program as layered
from livn_core.execute import resolve
from livn_core.jobs.launch_environment import launched
from livn_core.run import run as engine_run

#: Axons between walls, with bridges.
MODULES = {
    "area": "modules",
    "total_cells": 400,
    "walls": {"axons": "follow", "cross": 0.1},
    "connectivity": {"rule": "axon", "mean_degree": 15, "rule_kwargs": {"bridges": 5}},
}
FLAT = {
    "total_cells": 500,
    "random_seed": 3,
    "connectivity": {"unreachable_degree": "largest", "mean_degree": 30, "sigma": 200},
}


def ring(count, rng, radius=400.0):
    """Cells on a circle."""
    import numpy as np

    angle = rng.uniform(0, 2 * np.pi, count)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def drifting(count, rng):
    """Cells that lie elsewhere on each rank."""
    import numpy as np

    offset = float(os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0")))
    return rng.uniform(0, 1000, (count, 2)) + np.array([offset, 0.0])


def job(name, output, **options):
    """The job of a system."""
    if name == "s1":
        return resolve("S1", output=output, generator="layered3d", **options)
    if name == "big":
        return resolve({"total_cells": 20_000, "random_seed": 3}, output=output, **options)
    if name == "custom":
        return resolve({**FLAT, "area": ring}, output=output, **options)
    if name == "modules":
        return resolve(MODULES, output=output, **options)
    if name == "mutual":
        connectivity = {**FLAT["connectivity"], "reciprocity": 3}
        return resolve({**FLAT, "connectivity": connectivity}, output=output, **options)
    if name == "drifting":
        return resolve({**FLAT, "area": drifting}, output=output, **options)
    return resolve(FLAT, output=output, **options)


def main(words):
    """Make the systems that are named, in small blocks."""
    culture.CultureProgram.__init__.__kwdefaults__["block_edges"] = 1_500
    layered.LayeredProgram.__init__.__kwdefaults__["block_synapses"] = 20_000
    from livn_plugins.backends.mpi_ranks import run_rank

    launch = launched()
    made = []
    inner = culture.CultureProgram.run

    def counting(program, task):
        if os.environ.get("DIE") and launch.rank == launch.size - 1 and len(made) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        if os.environ.get("RAISE") and launch.rank in map(int, os.environ["RAISE"].split(",")):
            kind = MemoryError if os.environ.get("FULL") else RuntimeError
            raise kind("this rank is out of sorts")
        made.append(task)
        return inner(program, task)

    culture.CultureProgram.run = counting
    if os.environ.get("DISK"):
        engine_run.memory_budget = lambda ranks: 0
    digests = {}
    for word in words:
        name, _, output = word.partition("=")
        system = run_rank(
            job(name, output, jobs=1, resume="RESUME" in os.environ),
            requested=int(os.environ.get("ASKED", launch.size)),
            launch=launch,
            folder=None,
            gather=name == "gather",
            progress=None,
        )
        digests[name] = system.digest() if system is not None else None
    from mpi4py import MPI

    counts = MPI.COMM_WORLD.gather(len(made))
    if launch.rank == 0:
        print(json.dumps({"digests": digests, "blocks": counts}))


if __name__ == "__main__":
    main(sys.argv[1:])
