"""In place of machinable: runs components as MiV-Simulator's do, whose last gives a system made before.

The forest is shell commands; synapses end their process with exit code 0 before Python does, as
``MPI_Abort(0)`` does; connections end it with an error of MPI's after their work.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import numpy as np


class Execution:
    current = None

    def __init__(self):
        self.parts = []

    def __enter__(self):
        type(self).current = Execution.current = self
        return self

    def __exit__(self, *error):
        if any(error):
            return
        try:
            self()
        except BaseException as cause:
            raise RuntimeError("Execution failed") from cause

    @property
    def pending_executables(self):
        return [part for part in self.parts if not part.cached()]

    def add(self, part):
        self.on_add(part)
        self.parts.append(part)


class Model:
    seed = None


class Component:
    def __init__(self, name, folder):
        self.name, self.module = name, f"miv_simulator.interface.{name}"
        self.folder, self.__model__ = folder, Model()

    def cached(self):
        return (self.folder / "cached").exists()

    def dispatch_code(self, python):
        self.folder.mkdir(parents=True)
        if self.name == "synapse_forest":
            return f"neurotrees_import EXC out.h5 EXC.swc\necho finished > {self.folder}/cached"
        words = f"'{self.name}', '{self.folder}', {self.__model__.seed}"
        return f'{python} -c "from machinable import work; work({words})"'


def work(name, folder, seed):
    folder = Path(folder)
    np.seterr(all="raise")
    if name == "distances":
        np.exp(np.float64(-1000.0))  # underflows
    if name == "synapses":
        if "STAND_IN_TELLS" in os.environ:
            Path("waits").write_text(str(os.getpid()))
            os.kill(int(os.environ["STAND_IN_TELLS"]), signal.SIGUSR1)
            time.sleep(600)
        if os.environ.get("STAND_IN_FAILS") == "neuron":
            sys.stderr.write("NEURON: iconc_Ca is not a MECHANISM\n in CCK.hoc near line 196\n")
            sys.stderr.flush()
            os._exit(1)
        if os.environ.get("STAND_IN_FAILS"):
            try:
                raise RuntimeError("no positive density")
            except RuntimeError as cause:
                raise ValueError("dispatch failed") from cause
        random.seed(seed)
        draws = random.random(), np.random.random()  # noqa: NPY002  as MiV-Simulator's
        drawn = {"random": draws[0], "numpy": draws[1], "seed": seed}
        Path("drawn.json").write_text(json.dumps(drawn))
    if name == "neuroh5_graph":
        shutil.copytree(os.environ["STAND_IN_SYSTEM"], folder, dirs_exist_ok=True)
    (folder / "cached").write_text("finished")
    sys.stderr.write("[WARNING] yaksa: 1 leaked handle pool objects\n")
    sys.stderr.flush()
    os._exit({"synapses": 0, "connections": 1}.get(name, 0))


class Network:
    def __init__(self, config):
        self.config = Path(config)

    def launch(self):
        document = json.loads(self.config.read_text())
        root = self.config.parents[1]
        assert root == Path.cwd()
        assert sorted(p.name for p in (root / "morphology").iterdir()) == ["EXC.swc", "INH.swc"]
        for path in (root / "morphology").iterdir():
            numbers = [int(line.split()[0]) for line in path.read_text().splitlines()]
            assert numbers == list(range(len(numbers)))
        assert (root / "templates" / "gEXC.hoc").exists()
        assert (root / "mechanisms" / "leak.mod").exists()
        assert document["Geometry"]["Cell Distribution"]["EXC"]["SP"] == 7
        rule = document["Connection Generator"]["Synapses"]["EXC"]["EXC"]
        assert rule["mechanisms"]["AMPA"]["g_unit"] == 1e-05
        assert "random_seed" not in document
        assert os.environ["MIV_SKIP_MPI_CHECK"] == "1"
        for name in ("distances", "synapse_forest", "synapses", "connections", "neuroh5_graph"):
            Execution.current.add(Component(name, root / "storage" / name))


def get(name, version):
    assert name == "miv_simulator.interface.network"
    return Network(version.removeprefix("~from_config('").removesuffix("')"))
