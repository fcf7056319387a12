"""BMTK: NetworkBuilder with one Python call a target cell, built in memory."""

import json
import sys
import time

import numpy as np
from bmtk.builder import NetworkBuilder

work = json.loads(sys.argv[1])
rng = np.random.default_rng(work["seed"])
positions = rng.uniform(0, work["side"], (work["cells"], 2))
reach = (work["cutoff"] or 1e9) * work["sigma"]


def connect(sources, target):
    """Return the number of synapses from every source."""
    d = np.hypot(*(positions - positions[target.node_id]).T)
    if work["kernel"] == "gaussian":
        p = work["amplitude"] * np.exp(-(d**2) / (2 * work["sigma"] ** 2))
    else:
        p = work["amplitude"] * np.exp(-d / work["sigma"])
    p[d > reach] = 0
    p[target.node_id] = 0
    return (rng.random(len(d)) < p).astype(int)


network = NetworkBuilder("culture")
network.add_nodes(N=work["cells"], x=positions[:, 0], y=positions[:, 1], model_type="point_neuron")
began = time.perf_counter()
network.add_edges(
    source=network.nodes(),
    target=network.nodes(),
    connection_rule=connect,
    iterator="all_to_one",
    syn_weight=1.0,
)
network.build()
seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "edges": int(network.nedges)}))
