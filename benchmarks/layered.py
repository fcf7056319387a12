"""How fast layered systems are made, against the machine's own speed of writing the same bytes.

    python benchmarks/layered.py S1 S2 S3          # S4 takes 5.5 GB of disk and a minute or two
    python benchmarks/layered.py CA1 --scale 0.01

Each system is made in a process of its own, so that start-up counts, with the command line. Then
as many bytes are written and synced with plain ``write`` to the same disk.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def measure(name: str, scale: float, jobs: int, folder: Path) -> dict[str, float]:
    """Make a system once; return its figures."""
    output = folder / name
    command = [sys.executable, "-m", "livn_cli", "generate", name, "--output", str(output)]
    command += ["--jobs", str(jobs), "--scale", str(scale), "--json"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    made = json.loads(done.stdout)
    edges = sum(projection["edges"] for projection in made["projections"])
    size = sum(path.stat().st_size for path in output.iterdir())
    shutil.rmtree(output)
    begin = time.perf_counter()
    with (folder / "plain").open("wb") as file:
        piece = os.urandom(1 << 24)
        for start in range(0, size, len(piece)):
            file.write(piece[: size - start])
        file.flush()
        os.fsync(file.fileno())
    plain = time.perf_counter() - begin
    (folder / "plain").unlink()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "synapses": edges,
        "synapses_per_second": edges / seconds,
        "bytes": size,
        "bytes_per_second": size / seconds,
        "seconds_to_write_as_many_bytes": plain,
        "peak_memory_bytes": after.ru_maxrss * 1024.0,
    }


def main() -> None:
    """Measure the systems that the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("systems", nargs="+")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder", type=Path, help="where to write; a temporary folder by default")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        for name in arguments.systems:
            figures = measure(name, arguments.scale, arguments.jobs, Path(folder))
            print(json.dumps({"system": name, "scale": arguments.scale, **figures}))


if __name__ == "__main__":
    main()
