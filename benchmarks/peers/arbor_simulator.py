"""Arbor: a network description with a random selection, generated in memory."""

import json
import sys
import time

import arbor as A
import numpy as np
from arbor import units as U

work = json.loads(sys.argv[1])
positions = np.random.default_rng(work["seed"]).uniform(0, work["side"], (work["cells"], 2))
tree = A.segment_tree()
tree.append(A.mnpos, A.mpoint(-1, 0, 0, 1), A.mpoint(1, 0, 0, 1), tag=1)
decor = (
    A.decor()
    .place("(location 0 0.5)", A.synapse("expsyn"), "in")
    .place("(location 0 0.5)", A.threshold_detector(-10 * U.mV), "out")
)
cell = A.cable_cell(tree, decor)
SQUARE = "(mul (distance) (distance))"
DISTANCE = "(distance)"
shape = {
    "gaussian": f"(exp (mul {-0.5 / work['sigma'] ** 2!r} {SQUARE}))",
    "exponential": f"(exp (mul {-1 / work['sigma']!r} {DISTANCE}))",
}[work["kernel"]]


class Recipe(A.recipe):
    """One point-like cell a position."""

    def num_cells(self):
        return work["cells"]

    def cell_kind(self, gid):
        return A.cell_kind.cable

    def cell_description(self, gid):
        return cell

    def cell_isometry(self, gid):
        return A.isometry.translate(*map(float, positions[gid]), 0.0)

    def global_properties(self, kind):
        return A.neuron_cable_properties()

    def network_description(self):
        near = f"(distance-lt {(work['cutoff'] or 1e6) * work['sigma']!r})"
        chosen = (
            f"(intersect (inter-cell) {near} "
            f"(random {work['seed']} (mul {work['amplitude']!r} {shape})))"
        )
        return A.network_description(chosen, "(scalar 1.0)", "(scalar 1.0)", {})


recipe = Recipe()
# One thread: with more, a recipe written in Python blocked for ever at 2,000 cells (Arbor 0.12).
context = A.context(threads=1)
began = time.perf_counter()
edges = A.generate_network_connections(recipe, context, A.partition_load_balance(recipe, context))
seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "edges": len(edges)}))
