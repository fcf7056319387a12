"""Placement over drawings: seconds by cells and vertices.

    python benchmarks/shapes.py

A round outline with a wavy rim, read from GeoJSON: reading with all checks, then the positions. Once
without the clock, since loops are compiled on first use.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from livn_plugins.placement.shape import Shape

#: cells, vertices
CASES = [(1_000_000, 1_000), (100_000, 100_000)]


def write(path: Path, vertices: int) -> None:
    """Write an outline of so many vertices."""
    turn = 2 * np.pi * np.arange(vertices) / vertices
    radius = 2500 + 250 * np.cos(25 * turn)
    ring = np.column_stack([radius * np.cos(turn), radius * np.sin(turn)]).tolist()
    path.write_text(json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}))


def main() -> None:
    """Print a line a case."""
    with tempfile.TemporaryDirectory() as directory:
        for cells, vertices in CASES:
            path = Path(directory) / f"{vertices}.geojson"
            write(path, vertices)
            for counted in (False, True):
                start = time.perf_counter()
                shape = Shape(path=path)
                shape.region()
                read = time.perf_counter()
                shape.place(cells, np.random.Generator(np.random.Philox(1)))
                placed = time.perf_counter()
                if counted:
                    sys.stdout.write(
                        f"{cells:,} cells in {vertices:,} vertices: read {read - start:.2f} s, "
                        f"placed {placed - read:.2f} s\n"
                    )


if __name__ == "__main__":
    main()
