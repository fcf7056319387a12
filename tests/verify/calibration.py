"""Right systems that ``verify`` calls wrong, of 21 configurations; and the p-values of each check.

    python -m tests.verify.calibration --systems 2000     # some ten minutes

``verify`` promises less than one false alarm in 1,000 systems. Here it may raise so many that as
many or more are likelier than 1 in 500 (7 of 2,000), and no check may give small p-values more
often than chance does: one-sided Kolmogorov and Smirnov, p above 1e-3. Of whole numbers p-values
are a little too large; those of sigma, which are not, are tested on both sides.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import warnings
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from livn_core.api import generate
from livn_core.documents.jsonio import dumps
from livn_core.verify import verify
from livn_core.verify.verdicts import FALSE_ALARM
from tests.helpers.layered_document import DOCUMENT

LEAST = 1e-3
CONTINUOUS = {"sigma"}
SQUARE = {"x_range": [0, 800], "y_range": [0, 800]}
EI = {"EXC": {"ratio": 0.8}, "INH": {"ratio": 0.2}}


def culture(cells: int, **connectivity: Any) -> dict[str, Any]:
    """Return a culture of two populations in a square."""
    return {"total_cells": cells, "area_kwargs": SQUARE, "connectivity": connectivity}


def layered(synapses_per_um: float, *, contacts: int = 1) -> dict[str, Any]:
    """Return a layered pair of populations with few synapses."""
    document = deepcopy(DOCUMENT)
    document["Geometry"]["Cell Distribution"] = {"EXC": {"SP": 44}, "INH": {"SO": 3, "SP": 5}}
    for sources in document["Connection Generator"]["Synapses"].values():
        for rule in sources.values():
            rule["contacts"] = contacts
    for cell_type in document["Cell Types"].values():
        cell_type["morphology"] = str(Path(__file__).parents[1] / "data/cell.swc")
        for by_type in cell_type["synapses"]["density"].values():
            for density in by_type["excitatory"].values():
                density.update(mean=synapses_per_um, variance=0.3 * synapses_per_um)
    return document


CONFIGURATIONS: dict[str, Any] = {
    "small and dense": {
        "populations": {
            "A": {"count": 5, "transmitter": "cholinergic"},
            "B": {"count": 10, "synapse_type": "inhibitory", "soma_only": False},
            "C": {"count": 0},
        },
        "connectivity": {
            "kernel": "exponential",
            "sigma": 300.0,
            "cutoff": None,
            "min_probability": 0.001,
            "allow_self_connections": True,
            "unreachable_degree": "largest",
            "mean_degree": 4,
        },
    },
    "a dozen cells": culture(12, sigma=400, mean_degree=1.5),
    "nearly saturated": culture(40, kernel="exponential", sigma=150, cutoff=None, mean_degree=6),
    "saturated": culture(30, sigma=300, cutoff=3, mean_degree=50),
    "dense, certain near by": culture(100, sigma=120, cutoff=3, mean_degree=14),
    "fixed in-degree": culture(80, rule="fixed_indegree", sigma=150, mean_degree=6.25),
    "amplitude": culture(120, amplitude=0.3, sigma=150),
    "amplitude above 1": culture(90, amplitude=4, sigma=60, cutoff=None),
    "autapses": culture(60, sigma=200, mean_degree=8, allow_self_connections=True),
    "smallest probability": culture(
        150, kernel="gaussian", sigma=150, cutoff=None, mean_degree=8, min_probability=0.04
    ),
    "exponential": culture(160, kernel="exponential", sigma=80, cutoff=4, mean_degree=8),
    "gaussian": culture(250, kernel="gaussian", sigma=120, cutoff=3, mean_degree=10),
    "uniform": culture(100, sigma=1e6, mean_degree=5),
    "sparse": culture(300, sigma=200, mean_degree=0.2),
    "narrow": culture(200, sigma=25, cutoff=2, mean_degree=0.6),
    "two of very different size": {
        "populations": {"LARGE": {"count": 300}, "SMALL": {"count": 4}},
        "area_kwargs": SQUARE,
        "connectivity": {"sigma": 250, "mean_degree": {"SMALL->LARGE": 1.2, "default": 5}},
    },
    "disk with a hole": {
        "total_cells": 120,
        "area": "disk",
        "area_kwargs": {"radius": 400, "inner_radius": 100, "center": [50, 0]},
        "connectivity": {"sigma": 120, "cutoff": 4, "mean_degree": {"EXC->EXC": 9, "default": 3}},
    },
    "distance in space": {
        **culture(80, sigma=100, distance="space", mean_degree=6),
        "z_range": [0, 200],
    },
    "reciprocal": culture(200, sigma=150, mean_degree=15, reciprocity=4),
    "layered": layered(0.12),
    "layered, contacts": layered(0.2, contacts=3),
}


def audit(job: tuple[str, int]) -> tuple[bool, dict[str, list[float]], list[str]]:
    """Make one system; return whether it passed, its p-values, and what is wrong with it."""
    name, seed = job
    p_values: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "system"
        generate(CONFIGURATIONS[name], output_directory=path, random_seed=seed, jobs=1).close()
        report = verify(path, jobs=1)
    for verdict in report.verdicts:
        if verdict.p_value is not None:
            p_values[verdict.check].append(verdict.p_value)
    return (
        report.passed,
        dict(p_values),
        [f"{name}, seed {seed}: {v.check} {v.subject}, p {v.p_value}" for v in report.of("fatal")],
    )


def allowed(systems: int) -> int:
    """Return how many false alarms chance allows: of 2,000 systems 7, of 200 systems 2."""
    return int(stats.poisson.isf(2e-3, systems * FALSE_ALARM))


def summary(values: list[float]) -> dict[str, float]:
    """Return how the p-values of a check lie; ``small`` and ``large`` are one-sided KS tests."""
    p = np.array(values)
    small, large = (
        float(stats.kstest(p, "uniform", alternative=side).pvalue) for side in ("greater", "less")
    )
    shares = {f"below_{at}": float(np.mean(p < at)) for at in (0.01, 0.1)}
    return {"tests": len(p), "smallest": float(p.min()), **shares, "small": small, "large": large}


def main() -> int:
    """Print the alarms and a line for each check; return 1 where there are too many."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--systems", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    names = list(CONFIGURATIONS)
    jobs = [(names[i % len(names)], options.seed + i // len(names)) for i in range(options.systems)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.processes, mp_context=context) as pool:
        results = list(pool.map(audit, jobs, chunksize=5))
    alarms = [text for passed, _, findings in results if not passed for text in findings]
    number = sum(not passed for passed, _, _ in results)
    pooled: dict[str, list[float]] = defaultdict(list)
    for _, p_values, _ in results:
        for check, values in p_values.items():
            pooled[check] += values
    checks = {check: summary(values) for check, values in sorted(pooled.items())}
    right = number <= allowed(options.systems) and all(
        row["small"] > LEAST and (check not in CONTINUOUS or row["large"] > LEAST)
        for check, row in checks.items()
    )
    found = {"systems": options.systems, "alarms": number, "allowed": allowed(options.systems)}
    if options.json:
        print(dumps({**found, "findings": alarms, "checks": checks}))
    else:
        print(*alarms, *(f"{key}: {value}" for key, value in found.items()), sep="\n")
        print("check".ljust(18), *(key.rjust(10) for key in next(iter(checks.values()))))
        for check, row in checks.items():
            print(check.ljust(18), *(f"{value:10.4g}" for value in row.values()))
    return 0 if right else 1


if __name__ == "__main__":
    raise SystemExit(main())
