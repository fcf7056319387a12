"""Which command starts the ranks of a job, and which MPI library they will find."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from livn_core.errors import BackendError

__all__ = ["find_launcher", "missing_mpi", "rank_command", "slurm_launcher"]

_NAMES = ("mpiexec", "mpirun", "srun")


def find_launcher(wanted: str | None = None) -> list[str] | None:
    """Return the launcher as words: the one that is wanted, with its arguments, or one that is there.

    That is ``mpiexec`` beside the interpreter, whose library mpi4py finds first, else ``mpiexec``,
    ``mpirun`` or ``srun`` on PATH.
    """
    if wanted is not None:
        words = _split(wanted)
        path = shutil.which(words[0])
        if path is None:
            raise BackendError(f"there is no launcher '{words[0]}'", hint="see --launcher")
        return [path, *words[1:]]
    found = map(shutil.which, (_sibling(), *_NAMES))
    return next(([path] for path in found if path is not None), None)


def _sibling() -> str:
    return str(Path(sys.executable).with_name("mpiexec"))


def _split(text: str) -> list[str]:
    if shutil.which(text) is not None:
        return [text]  # A path with blanks, not a command with arguments.
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BackendError(f"the launcher '{text}' is no command: {error}") from None
    if not words:
        raise BackendError("the launcher is empty", hint="leave it out to have one found")
    return words


def rank_command(launcher: Sequence[str], ranks: int | str, extra: Sequence[str] = ()) -> list[str]:
    """Return the words that start ``ranks`` ranks with a launcher."""
    words = list(launcher)
    if Path(words[0]).name == "srun" and "--kill-on-bad-exit=1" not in words:
        # One rank that dies leaves the others waiting, unless srun is told otherwise.
        words.append("--kill-on-bad-exit=1")
    number = ranks if isinstance(ranks, str) else str(ranks)
    return [*words, "-n", number, *extra]


def slurm_launcher(wanted: str | None) -> list[str]:
    """Return what starts the ranks inside a Slurm job; nothing need be on this machine's PATH.

    An ``mpiexec`` beside the interpreter is of the library that mpi4py finds, asks Slurm for its
    nodes and starts its helpers there with srun. Else it is the site's ``srun``, with the site's
    default. (MPICH 5 under ``srun --mpi=pmi2`` of Slurm 22.05 fails now and then in ``MPI_Init``:
    Slurm cuts the addresses that the ranks exchange wherever one happens to hold a semicolon.)
    """
    if wanted is not None:
        return _split(wanted)
    return [_sibling() if shutil.which(_sibling()) else "srun"]


def missing_mpi() -> str | None:
    """Return why ranks cannot run in this environment; None when nothing speaks against it.

    Whether the library loads is seen in the ranks alone: loading it here could initialise it.
    """
    if find_spec("mpi4py") is None:
        return "mpi4py is not installed: pip install mpi4py mpich"
    return None
