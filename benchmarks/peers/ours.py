"""livn: the whole job, files written."""

import json
import sys
import tempfile
import time
from pathlib import Path

work = json.loads(sys.argv[1])
began = time.perf_counter()
from livn_core import generate

with tempfile.TemporaryDirectory() as folder:
    system = generate(
        populations={"EXC": {"count": work["cells"], "synapse_type": "excitatory"}},
        area_kwargs={"x_range": [0, work["side"]], "y_range": [0, work["side"]]},
        connectivity={
            "kernel": work["kernel"],
            "sigma": work["sigma"],
            "cutoff": work["cutoff"],
            "mean_degree": work["degree"],
        },
        random_seed=work["seed"],
        jobs=work["threads"],
        output_directory=Path(folder) / "system",
    )
    edges = system.edge_count("EXC", "EXC")
    size = sum(f.stat().st_size for f in system.path.iterdir())
seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "edges": edges, "bytes": size}))
