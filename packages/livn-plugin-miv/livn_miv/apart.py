"""MiV-Simulator's pipeline in its own processes: what is started there, and imports machinable.

``python -m livn_miv.apart CONFIG SEED`` makes a system in the working directory. Components of the
pipeline end the process in which they run (``MPI_Abort`` after the synapses, ``MPI_Finalize`` after the
connections) and start ``mpirun``, so that each gets one of its own: ``python -m livn_miv.apart -c CODE``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import machinable
import numpy as np

from livn_miv.stack import BEGINS

__all__ = ["Apart"]

_SEED = "LIVN_MIV_SEED"


class Apart(machinable.Execution):  # type: ignore[misc]
    """Runs one component after the other by the code that it gives to be run elsewhere.

    machinable finds the class again by its module, which therefore has a name.
    """

    def on_add(self, executable: Any) -> None:
        """Give a component its seed: what it seeds Python's ``random`` with."""
        executable.__model__.seed = int(os.environ[_SEED])

    def __call__(self) -> None:
        """Run the components that have not run; whether one has is in its folder, not its exit code."""
        python = f"'{sys.executable}' -m {__spec__.name}"
        for part in self.pending_executables:
            sys.stdout.write(f"{BEGINS}{part.module}\n")
            sys.stdout.flush()
            # Python's copy of the environment is from before MPI wrote into it.
            code = part.dispatch_code(python=python)
            done = subprocess.run(["bash", "-ec", code], env=dict(os.environ), check=False)
            if not part.cached():
                raise SystemExit(f"{part.module} ended with {done.returncode}")


def _launch(config: str, seed: str) -> None:
    from livn_miv.apart import Apart as Named  # this module is __main__

    os.environ[_SEED] = seed
    with Named():
        machinable.get("miv_simulator.interface.network", f"~from_config({config!r})").launch()


def _component(code: str) -> None:
    """Run a component's code, seeded.

    MiV-Simulator has NumPy raise on all floating-point errors, and its interpolation underflows.
    """
    seterr = np.seterr

    def without_underflow(**kinds: Any) -> Any:
        return seterr(**{**kinds, "under": "ignore"})

    np.seterr = without_underflow
    np.random.seed(int(os.environ[_SEED]))  # noqa: NPY002, TID251
    exec(code, {"__name__": "__main__"})  # noqa: S102  what machinable gave to be run


if __name__ == "__main__":
    if sys.argv[1] == "-c":
        _component(sys.argv[2])
    else:
        _launch(*sys.argv[1:])
