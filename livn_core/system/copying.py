"""Copies a system to another place, published whole as a generated one is."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from livn_core.outputs import Workplace, check_output, saying_output_errors

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = ["copy_system"]


def copy_system(system: System, target: str | Path, *, overwrite: bool = False) -> Path:
    """Copy a system's directory, electrodes and selections included; return the copy's absolute path.

    Raises
    ------
    OutputError
        The target exists, is the system itself, or cannot be written.
    """
    path = check_output(target, overwrite=overwrite)
    with saying_output_errors(path), Workplace(path, "copy") as place:
        shutil.copytree(system.path, place.draft, dirs_exist_ok=True)
        place.publish(partial(check_output, path, overwrite=overwrite))
    return path
