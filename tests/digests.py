"""Content digests of what ships, of the benchmarks' and of a plugin's systems.

    python tests/digests.py            # compare all of them, the large ones too (about a minute)
    python tests/digests.py --write    # after a change that is meant to change them: say why

``tests/test_digests.py`` compares the small ones.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "data" / "digests.json"
ROOT = Path(__file__).parents[1]
MAKE = """
import json, sys, warnings
from livn_core import generate
warnings.simplefilter("ignore")
config, output, settings = json.loads(sys.argv[1])
generate(config, output_directory=output, **settings)
"""


def _square(cells: int, degree: float, kernel: str = "gaussian", **connectivity: Any) -> dict:
    """Return the configuration of a benchmark: cells at 625/mm2, seed 1."""
    side = (cells / 625e-6) ** 0.5
    return {
        "populations": {"EXC": {"count": cells, "synapse_type": "excitatory"}},
        "area_kwargs": {"x_range": [0, side], "y_range": [0, side]},
        "connectivity": {
            "kernel": kernel,
            "sigma": 200.0,
            "cutoff": 3.0,
            "mean_degree": degree,
            **connectivity,
        },
        "random_seed": 1,
    }


#: name -> (configuration, settings of :func:`livn_core.generate`).
SMALL: dict[str, tuple[str | dict, dict]] = {
    **{name: (name, {}) for name in ("E", "E3I", "E5I", "EI", "EI1", "EI2", "EI3", "S1", "S2")},
    **{name: (name, {}) for name in ("hipsc-ngn2-well24", "pdms-tracks", "yamamoto-4-modules")},
    "defaults": ({}, {}),
    "README": ({"area": "disk", "total_cells": 100}, {}),
    "tutorial": ({"area": "disk", "area_kwargs": {"radius": 300}, "total_cells": 100}, {}),
    "benchmark 10,000": (_square(10_000, 100), {}),
    "benchmark exponential": (_square(5_000, 50, "exponential", sigma=600.0, cutoff=None), {}),
    "hexmea hexgrid and ring": (
        {
            "area": "hexgrid",
            "area_kwargs": {"jitter": 10},
            "total_cells": 500,
            "connectivity": {"kernel": "ring", "sigma": 50, "mean_degree": 3},
        },
        {},
    ),
    "own kernel, own degrees": (
        {
            "total_cells": 800,
            "connectivity": {
                "mean_degree": {"EXC->EXC": 12, "default": 5},
                "projections": {
                    "INH->EXC": {"kernel": "exponential", "sigma": 120, "cutoff": None},
                    "EXC->INH": {"allow_self_connections": True, "min_probability": 0.001},
                },
            },
            "random_seed": 7,
        },
        {},
    ),
    "CA1 at 0.003": ("CA1", {"options": {"scale": 0.003}}),
    "S1, no trees": ("S1", {"options": {"trees": False}}),
}
LARGE: dict[str, tuple[str | dict, dict]] = {
    **{name: (name, {}) for name in ("EI4", "S3", "S4")},
    **{name: (name, {}) for name in ("rat-cortex-mea", "soriano-dish-3mm", "two-chamber-chip")},
    "CA1 at 0.01": ("CA1", {"options": {"scale": 0.01}}),
    "benchmark 50,000": (_square(50_000, 890, cutoff=None), {}),
}


def digest(name: str) -> str:
    """Generate the system of that name, in a process of its own, and return its content digest."""
    config, settings = {**SMALL, **LARGE}[name]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        plugin = ROOT / "examples" / "livn-plugin-hexmea"
        # The example plugin as an installation leaves it.
        installed = home / "livn_plugin_hexmea-1.0.dist-info"
        installed.mkdir()
        (installed / "METADATA").write_text("Name: livn-plugin-hexmea\nVersion: 1.0\n")
        (installed / "entry_points.txt").write_text("[livn]\nhexmea = livn_hexmea\n")
        system = home / "system"
        subprocess.run(
            [sys.executable, "-c", MAKE, json.dumps([config, str(system), settings])],
            check=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (home, plugin, ROOT)))},
        )
        return json.loads((system / "provenance.json").read_text())["digest"]


def recorded() -> dict[str, str]:
    """Return the digests as they were written down."""
    return json.loads(FILE.read_text())


def main() -> None:
    """Compare or write."""
    if "--write" in sys.argv:
        found = {name: digest(name) for name in [*SMALL, *LARGE]}
        FILE.write_text(json.dumps(found, indent=1) + "\n")
        return
    changed = [name for name, value in recorded().items() if digest(name) != value]
    sys.exit(f"other digests: {', '.join(changed)}" if changed else 0)


if __name__ == "__main__":
    main()
