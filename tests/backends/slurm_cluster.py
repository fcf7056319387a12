"""A real Slurm cluster of several nodes on this one machine, for the tests and to try things by hand.

    eval "$(python tests/backends/slurm_cluster.py start DIR)"
    python tests/backends/slurm_cluster.py stop DIR

Runs as root, without systemd, munge and cgroups, and writes nothing outside DIR.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

NODES, CPUS = 3, 4
DAEMONS = ("slurmctld", "slurmd", "sbatch")

CONF = """\
ClusterName=livn
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
AuthType=auth/none
CredType=cred/none
SlurmUser=root
StateSaveLocation={dir}/state
SlurmdSpoolDir={dir}/spool/%n
TmpFS={dir}/tmp/%n
SlurmctldPidFile={dir}/run/slurmctld.pid
SlurmdPidFile={dir}/run/slurmd-%n.pid
SlurmctldLogFile={dir}/log/slurmctld.log
SlurmdLogFile={dir}/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
# More processors than there are.
SlurmdParameters=config_overrides
# Begin a job at once, not at the next turn of the scheduler.
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=10000
# Refuse what can never run, instead of keeping it pending.
EnforcePartLimits=ALL
PropagateResourceLimits=NONE
ReturnToService=2
KillWait=3
MinJobAge=300
NodeName=n[1-{nodes}] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{first}-{last}] CPUs={cpus}
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str | None:
    """Why there can be no cluster here; None when there can."""
    absent = [name for name in DAEMONS if shutil.which(name) is None]
    if absent:
        return f"no {', '.join(absent)}: apt-get install slurmctld slurmd slurm-client"
    if os.geteuid() != 0:
        return "slurmd needs root"
    return None


def free_port(count: int) -> int:
    """The first of ``count`` ports in a row that nobody listens on; others look elsewhere."""
    start = 23000 + os.getpid() % 100 * 50
    for first in range(start, start + 5000, count):
        sockets = []
        try:
            for port in range(first, first + count):
                sockets.append(socket.socket())
                sockets[-1].bind(("127.0.0.1", port))
        except OSError:
            continue
        finally:
            for each in sockets:
                each.close()
        return first
    raise RuntimeError("no free ports")


def alive(pid_file: Path) -> int | None:
    """The process of a pid file, if it lives and is what the file's name says."""
    try:
        pid = int(pid_file.read_text())
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, ValueError, IndexError):
        return None
    return pid if name == pid_file.stem.split("-")[0] and state != "Z" else None


def start(folder: Path) -> dict[str, str]:
    """Start a cluster in ``folder``; return the variables that lead to it."""
    for name in ("state", "spool", "log", "run", "tmp"):
        (folder / name).mkdir(parents=True)
    port = free_port(NODES + 1)
    conf = folder / "slurm.conf"
    conf.write_text(
        CONF.format(
            dir=folder, host=socket.gethostname().split(".")[0], port=port, nodes=NODES,
            first=port + 1, last=port + NODES, cpus=CPUS,
        )
    )  # fmt: skip
    environment = {"SLURM_CONF": str(conf)}
    run = {**os.environ, **environment}
    subprocess.run(["slurmctld"], env=run, check=True)
    for number in range(1, NODES + 1):
        for name in ("spool", "tmp"):
            (folder / name / f"n{number}").mkdir()
        subprocess.run(["slurmd", "-N", f"n{number}"], env=run, check=True)
    for _ in range(150):
        asked = ["sinfo", "-h", "-N", "-o", "%T"]
        nodes = subprocess.run(asked, env=run, capture_output=True, text=True, check=False)
        if nodes.stdout.split().count("idle") == NODES:
            return environment
        time.sleep(0.2)
    stop(folder)
    raise RuntimeError("the cluster did not come up: " + "\n".join(
        path.read_text()[-1000:] for path in sorted((folder / "log").iterdir())
    ))  # fmt: skip


def stop(folder: Path) -> None:
    """End a cluster's jobs, then its daemons."""
    run = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
    files = [*(folder / "run").glob("slurmd-*.pid"), folder / "run" / "slurmctld.pid"]
    if alive(files[-1]):
        subprocess.run(["scancel", "-p", "test"], env=run, check=False, timeout=15)
        for _ in range(50):
            left = subprocess.run(
                ["squeue", "-h"], env=run, capture_output=True, check=False, timeout=15
            )
            if not left.stdout.strip():
                break
            time.sleep(0.1)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for _ in range(50):
            pids = [pid for pid in map(alive, files) if pid]
            if not pids:
                return
            if _ == 0:
                for pid in pids:
                    os.kill(pid, number)
            time.sleep(0.1)


if __name__ == "__main__":
    place = Path(sys.argv[2]).absolute()
    if sys.argv[1] == "start":
        for name, value in start(place).items():
            print(f"export {name}={value}")
    else:
        stop(place)
