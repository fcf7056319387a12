"""NEST: Connect of a spatial population, in memory."""

import json
import sys
import time

import nest
import numpy as np

work = json.loads(sys.argv[1])
nest.set_verbosity("M_ERROR")
nest.SetKernelStatus({"local_num_threads": work["threads"], "rng_seed": work["seed"] + 1})
positions = np.random.default_rng(work["seed"]).uniform(0, work["side"], (work["cells"], 2))
layer = nest.Create(
    "iaf_psc_alpha",
    positions=nest.spatial.free(positions.tolist(), extent=[work["side"] * 1.01] * 2),
)
profile = {
    "gaussian": nest.spatial_distributions.gaussian(nest.spatial.distance, std=work["sigma"]),
    "exponential": nest.spatial_distributions.exponential(
        nest.spatial.distance, beta=work["sigma"]
    ),
}[work["kernel"]]
rule = {
    "rule": "pairwise_bernoulli",
    "p": nest.math.min(work["amplitude"] * profile, 1.0),
    "allow_autapses": False,
}
if work["cutoff"]:
    rule["mask"] = {"circular": {"radius": work["cutoff"] * work["sigma"]}}
began = time.perf_counter()
nest.Connect(layer, layer, rule)
seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "edges": nest.GetKernelStatus("num_connections")}))
