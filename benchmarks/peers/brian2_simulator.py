"""Brian2: Synapses.connect with a condition and a probability, in memory, Cython code."""

import json
import sys
import time

import numpy as np
from brian2 import NeuronGroup, Synapses, prefs, seed

work = json.loads(sys.argv[1])
prefs.codegen.target = "cython"
seed(work["seed"])
positions = np.random.default_rng(work["seed"]).uniform(0, work["side"], (work["cells"], 2))
group = NeuronGroup(work["cells"], "x : 1\ny : 1")
group.x, group.y = positions.T
synapses = Synapses(group, group)
shape = {
    "gaussian": f"exp(-((x_pre-x_post)**2+(y_pre-y_post)**2)/(2*{work['sigma']}**2))",
    "exponential": f"exp(-sqrt((x_pre-x_post)**2+(y_pre-y_post)**2)/{work['sigma']})",
}[work["kernel"]]
reach = (work["cutoff"] or 1e9) * work["sigma"]
near = f"((x_pre-x_post)**2+(y_pre-y_post)**2 < {reach}**2)"
began = time.perf_counter()
synapses.connect(condition=f"i != j and {near}", p=f"{work['amplitude']}*{shape}")
seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "edges": len(synapses)}))
