"""What the pipeline needs on this machine: modules, their versions, programs."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from livn_core.errors import MissingDependencyError

__all__ = ["BEGINS", "environment", "missing", "programs", "require", "versions"]

#: Begins the line of the pipeline's output that says which component's follows.
BEGINS = "livn_miv begins "

_MODULES = ("miv_simulator", "neuroh5", "machinable", "neuron", "mpi4py")
_PROGRAMS = ("neurotrees_import", "neurotrees_copy", "h5copy", "mpirun", "nrnivmodl", "bash")
#: How the versions begin that work, and what is wrong with the others.
_VERSIONS = {
    "machinable": (("4.10.",), "where MiV-Simulator needs 4.10"),
    "neuroh5": (("0.1.",), "which does not read the trees that it imports (0.1 does)"),
    "omegaconf": (("2.3.", "2.4.0.dev"), "which takes no lists for tuples (2.3 does)"),
}
_RECORDED = ("miv-simulator", "neuroh5", "machinable", "neuron", "mpi4py", "h5py", "scipy", "numpy")


def environment() -> dict[str, str]:
    """Return the environment of the pipeline's processes.

    MiV-Simulator looks for ``nrnivmodl`` on PATH, where an environment's own programs need not be;
    refuses the h5py of the package index, which reads all that one rank reads; and is started
    through this package, which may not be installed but lie on ``sys.path``.
    """
    programs, modules = Path(sys.executable).parent, Path(__file__).parents[1]
    return {
        "MIV_SKIP_MPI_CHECK": "1",
        **os.environ,
        "PATH": _joined(os.environ.get("PATH"), programs),
        "PYTHONPATH": _joined(os.environ.get("PYTHONPATH"), modules),
    }


def _joined(paths: str | None, last: Path) -> str:
    return os.pathsep.join([*filter(None, [paths]), str(last)])


def versions() -> dict[str, str]:
    """Return the versions of what has a part in a system of the pipeline."""
    return {name: found for name in _RECORDED if (found := _version(name)) is not None}


def programs() -> list[Path]:
    """Return the programs that have a part in it, those of the operating system left out."""
    path = environment()["PATH"]
    found = [shutil.which(name, path=path) for name in _PROGRAMS if name != "bash"]
    return [Path(name) for name in found if name is not None]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def missing() -> list[str]:
    """Return why the pipeline cannot run here, all of it; nothing where it can."""
    found = []
    if absent := [name for name in _MODULES if find_spec(name) is None]:
        found.append(f"no module named {_listed(absent)}")
    for name, (works, why) in _VERSIONS.items():
        has = _version(name)
        if has is not None and not has.startswith(works):
            found.append(f"{name} {has}, {why}")
    path = environment()["PATH"]
    if absent := [name for name in _PROGRAMS if shutil.which(name, path=path) is None]:
        found.append(f"no program named {_listed(absent)}")
    return found


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def require() -> None:
    """Raise unless the pipeline can run here.

    Raises
    ------
    MissingDependencyError
        Names everything that is missing, and how to get it.
    """
    if found := missing():
        raise MissingDependencyError(
            f"the generator 'miv' runs MiV-Simulator, which cannot work here: {'; '.join(found)}",
            hint="scripts/build_stack.py of livn-plugin-miv builds all of it; 'layered3d' makes "
            "systems of the same configurations without",
        )
