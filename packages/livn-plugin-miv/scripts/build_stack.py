"""Builds what the generator ``miv`` runs: MiV-Simulator, NeuroH5 and their MPI, in one folder.

python scripts/build_stack.py STACK --clones CLONES [--hdf5 PREFIX]

CLONES holds clones of github.com/GazzolaLab/MiV-Simulator, github.com/iraikov/neuroh5 and
github.com/iraikov/neural_spike_encoding. A C++ compiler, h5copy on PATH, and an HDF5 built for MPICH
have to be there; PREFIX has its ``include`` and ``lib``. What is built stays: a second call goes on
where the first one stopped. ``. STACK/env.sh`` makes it the current environment.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
MIV, NEUROH5 = "f279b9c7c74979a803061ba728d4917748169976", "d73d5fb"
#: As MiV-Simulator's own lock file has them where that matters; MPICH is the package index's.
INDEX = (
    *("machinable==4.10.4", "omegaconf==2.3.0", "scipy==1.16.1"),
    *("mpich", "mpi4py", "h5py", "neuron>=9"),
    *("treverhines-rbf", "pyyaml", "networkx", "quantities", "matplotlib"),
    *("setuptools", "wheel", "cython", "hatchling", "cmake"),
)
ENVIRONMENT = """\
export PATH="{stack}/venv/bin:$PATH"
export LD_LIBRARY_PATH="{libraries}"
export MPI_LIB_NRN_PATH="{stack}/venv/lib/libmpi.so"
"""


def main() -> None:
    """Build it."""
    parser = argparse.ArgumentParser(description="Build MiV-Simulator's stack.")
    parser.add_argument("stack", type=Path)
    parser.add_argument("--clones", type=Path, required=True)
    parser.add_argument(
        "--hdf5", type=Path, default=Path("/usr/lib/x86_64-linux-gnu/hdf5/mpich"), metavar="PREFIX"
    )
    given = parser.parse_args()
    stack, clones, hdf5 = (path.resolve() for path in (given.stack, given.clones, given.hdf5))
    check(clones, hdf5)
    environment = written_environment(stack, hdf5)
    build_python(stack, environment)
    build_neuroh5(stack, clones / "neuroh5", hdf5, environment)
    build_miv(stack, clones, environment)
    say(f"built: . {stack}/env.sh")


def check(clones: Path, hdf5: Path) -> None:
    """Stop, with all that is missing, before anything is built."""
    absent = [
        str(clones / name)
        for name in ("MiV-Simulator", "neuroh5", "neural_spike_encoding")
        if not (clones / name).is_dir()
    ]
    absent += [program for program in ("c++", "git", "h5copy") if shutil.which(program) is None]
    if not (hdf5 / "lib" / "libhdf5.so").exists():
        absent.append(f"HDF5 built for MPICH in '{hdf5}' (Debian: libhdf5-mpich-dev)")
    if absent:
        sys.exit(f"missing: {', '.join(absent)}")


def written_environment(stack: Path, hdf5: Path) -> dict[str, str]:
    """Write env.sh; return the environment that it makes."""
    stack.mkdir(parents=True, exist_ok=True)
    folders = [stack / "venv" / "lib"]
    found = (hdf5 / "lib" / "libhdf5.so").resolve().parent
    # The loader looks into the system's own folder, of which Python may have other libraries.
    if not found.is_relative_to("/usr/lib"):
        folders.append(found)
    libraries = os.pathsep.join(map(str, folders))
    (stack / "env.sh").write_text(ENVIRONMENT.format(stack=stack, libraries=libraries))
    return {
        **os.environ,
        "PATH": f"{stack}/venv/bin{os.pathsep}{os.environ['PATH']}",
        "LD_LIBRARY_PATH": libraries,
        "MIV_SKIP_MPI_CHECK": "1",
    }


def build_python(stack: Path, environment: dict[str, str]) -> None:
    """Make the environment of Python, with livn and this package."""
    if not (stack / "venv").exists():
        run([sys.executable, "-m", "venv", str(stack / "venv")], environment)
    checkout = PACKAGE.parents[1]
    run(["python", "-m", "pip", "install", *INDEX, str(checkout), str(PACKAGE)], environment)
    # The name under which Debian's MPICH, whose binary interface is the same, is linked.
    link = stack / "venv" / "lib" / "libmpich.so.12"
    if not link.exists():
        link.symlink_to("libmpi.so.12")


def build_neuroh5(stack: Path, clone: Path, hdf5: Path, environment: dict[str, str]) -> None:
    """Build the Python module, and the two programs that pip does not."""
    source, build, programs = stack / "neuroh5", stack / "build", stack / "venv" / "bin"
    if not source.exists():
        parts = ("CMakeLists.txt", "README.md", "cmake", "include", "python", "src")
        unpack(clone, NEUROH5, source, *parts, "setup.py", "pyproject.toml")
        project = source / "pyproject.toml"
        # Newer setuptools refuse dynamic fields that setup.py does not give.
        lines = [
            'dynamic = ["version"]' if line.startswith("dynamic") else line
            for line in project.read_text().splitlines()
        ]
        project.write_text("\n".join(lines))
    own = {
        **environment,
        **dict.fromkeys(("HDF5_ROOT", "HDF5_DIR"), str(hdf5)),
        "HDF5_INCLUDEDIR": str(hdf5 / "include"),
        "HDF5_IS_PARALLEL": "TRUE",
        "CC": "mpicc",
        "CXX": "mpicxx",
    }
    names = ["neurotrees_import", "neurotrees_copy"]
    if not all((programs / name).exists() for name in names):
        options = [f"-DHDF5_ROOT={hdf5}", "-DHDF5_IS_PARALLEL=TRUE", "-DBUILD_TESTS=OFF"]
        options.append(f"-DPython_EXECUTABLE={programs}/python")
        run(["cmake", "-S", str(source), "-B", str(build), *options], own)
        run(["cmake", "--build", str(build), "-j2", "--target", *names], own)
        for name in names:
            shutil.copy(build / "bin" / name, programs / name)
    if subprocess.run(["python", "-c", "import neuroh5.io"], env=own, check=False).returncode:
        install(source, own)


def build_miv(stack: Path, clones: Path, environment: dict[str, str]) -> None:
    """Install MiV-Simulator, without the dependencies that are here already."""
    if not (stack / "miv").exists():
        unpack(clones / "MiV-Simulator", MIV, stack / "miv")
    install(stack / "miv", environment)
    install(clones / "neural_spike_encoding", environment)


def unpack(clone: Path, revision: str, target: Path, *parts: str) -> None:
    """Unpack a revision of a repository."""
    archive = target.with_suffix(".tar")
    run(
        ["git", "-C", str(clone), "archive", "-o", str(archive), revision, *parts], dict(os.environ)
    )
    with tarfile.open(archive) as files:
        files.extractall(target, filter="data")
    archive.unlink()


def install(source: Path, environment: dict[str, str]) -> None:
    """Install a source tree as it is."""
    options = ["--no-deps", "--no-build-isolation"]
    run(["python", "-m", "pip", "install", *options, str(source)], environment)


def run(command: list[str], environment: dict[str, str]) -> None:
    """Run a command, or stop."""
    say(" ".join(command))
    program = shutil.which(command[0], path=environment["PATH"]) or command[0]
    if code := subprocess.run([program, *command[1:]], env=environment, check=False).returncode:
        sys.exit(f"'{' '.join(command)}' ended with {code}")


def say(text: str) -> None:
    """Tell what is done."""
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
