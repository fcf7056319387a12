"""Cuts a selection out of a system: its cells, the edges among them, a system of its own.

Cells keep their positions, synapses and morphologies, and their order. Gids, and the numbers of a
cell's synapses, are counted anew from 0; edges from cells that stay behind are gone, and with them
the synapses that they ended on. Each new cell knows its old gid: attribute ``Origin/gid``.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from livn_core.cut.program import CutProgram
from livn_core.errors import OutputError
from livn_core.run.run import run_program

if TYPE_CHECKING:
    from livn_core.job import Progress
    from livn_core.system.reader import System
    from livn_core.system.selection import Selection

__all__ = ["cut_system"]

#: Files of a system that hold positions or parameters, and stay true of a part of it.
COPIED = ("mea.json", "mea_labels.json", "lightarray.json", "model.json", "params")


def cut_system(
    system: System,
    selection: Selection,
    output: str | Path,
    *,
    overwrite: bool = False,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> System:
    """Make a system of the selected cells alone.

    Parameters
    ----------
    system
        What to cut from; it is only read.
    selection
        Which cells.
    output
        Directory of the new system.
    overwrite
        Replace an existing system.
    jobs
        Threads.
    progress
        Called with (phase, done, total).

    Returns
    -------
    System
        Its array, light array, model and parameters are copies; selections are not, since their
        gids have changed.

    Raises
    ------
    LivnError
        The selection holds no cell.
    OutputError
        The output exists, is the system itself, or cannot be written.

    Examples
    --------
    >>> from livn_core import System
    >>> from livn_core.cut import cut_system
    >>> from livn_core.selection import select_box
    >>> system = System("culture")
    >>> part = cut_system(system, select_box(system, "patch", 2000), "part")
    >>> [population.count for population in part.populations], part.edge_count("EXC", "INH")
    ([40, 5], 43)
    """
    output = Path(output)
    if output.resolve() == system.path.resolve():
        raise OutputError(f"'{output}' is the system itself", hint="choose another --output")
    _ = system.mea  # what is copied is read first: a damaged one is told before the work
    made = run_program(
        CutProgram(system, selection), output, overwrite=overwrite, jobs=jobs, progress=progress
    )
    try:
        for name in COPIED:
            source = system.path / name
            if source.is_dir():
                shutil.copytree(source, output / name, dirs_exist_ok=True)
            elif source.is_file():
                shutil.copyfile(source, output / name)
    except OSError as error:
        raise OutputError(
            f"'{output}' is made, but '{name}' could not be copied to it: {error.strerror or error}"
        ) from error
    return made
