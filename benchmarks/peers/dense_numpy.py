"""Today's algorithm: every pair, a block of targets at a time, with NumPy; in memory."""

import json
import sys
import time

import numpy as np

work = json.loads(sys.argv[1])
rng = np.random.default_rng(work["seed"])
positions = rng.uniform(0, work["side"], (work["cells"], 2)).astype(np.float32)
reach = (work["cutoff"] or 1e9) * work["sigma"]
began = time.perf_counter()
edges = 0
kept = []
rows = max(1, 4_000_000 // work["cells"])
for start in range(0, work["cells"], rows):
    block = positions[start : start + rows]
    square = ((block[:, None] - positions[None]) ** 2).sum(axis=2)
    if work["kernel"] == "gaussian":
        p = work["amplitude"] * np.exp(-square / (2 * work["sigma"] ** 2))
    else:
        p = work["amplitude"] * np.exp(-np.sqrt(square) / work["sigma"])
    p[square > reach**2] = 0
    here = np.arange(len(block))
    p[here, start + here] = 0
    kept.append(np.nonzero(rng.random(p.shape, dtype=np.float32) < p))
    edges += len(kept[-1][0])
seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "edges": edges}))
