"""Runs MiV-Simulator's pipeline in a folder, and says why it failed where it did."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from livn_core import System
from livn_core.errors import BackendError, ConfigError, Finding
from livn_core.layered.configuration import LayeredConfig
from livn_core.morphology import read_swc
from livn_miv.document import their_form
from livn_miv.stack import BEGINS, environment
from livn_miv.swc import their_swc

__all__ = ["make"]

#: How Python's exceptions and NEURON's begin; where there are none, the end of a component.
_ERROR = re.compile(r"(?:\w+\.)*\w*(?:Error|Exception)\b(?:: .*)?$|NEURON: |SystemExit: ")


def make(config: LayeredConfig, folder: Path, *, templates: Path, mechanisms: Path) -> System:
    """Return the system that the pipeline makes of a configuration.

    Parameters
    ----------
    config
        A configuration that it can read.
    folder
        An empty one, where it works and what it made stays.
    templates, mechanisms
        Folders of NEURON cell templates and mechanisms.

    Raises
    ------
    ConfigError
        A folder cannot be read.
    BackendError
        It failed: says which component and why, and where all of its output is.
    """
    if re.search(r"[^\w./+@%-]", str(folder)):
        raise BackendError(
            f"MiV-Simulator cannot work in '{folder}', whose name its commands take apart",
            hint="set TMPDIR to a folder without spaces and signs in its name",
        )
    for name, source in (("templates", templates), ("mechanisms", mechanisms)):
        try:
            shutil.copytree(source, folder / name, ignore_dangling_symlinks=True)
        except OSError as error:
            raise ConfigError([Finding(name, f"'{source}' cannot be copied: {error}")]) from error
    (folder / "morphology").mkdir()
    for name, path in config.morphology_files().items():
        (folder / "morphology" / f"{name}.swc").write_text(their_swc(read_swc(path)))
    (folder / "config").mkdir()
    file = folder / "config" / "system.yml"
    file.write_text(json.dumps(their_form(config.effective()), indent=1))  # JSON is YAML
    descriptor, name = tempfile.mkstemp(prefix="livn-miv-", suffix=".log")
    log = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as output:
            # NumPy takes seeds of 32 bits, machinable positive ones.
            code = _run([str(file), str(config.seed % 2**31)], folder, output.fileno())
    except BaseException:
        log.unlink()
        raise
    made = [
        path.parent
        for path in folder.rglob("graph.json")
        if all((path.parent / name).exists() for name in ("cells.h5", "connections.h5"))
    ]
    if code or not made:
        cause = (
            _cause(log.read_text(errors="replace")) or f"it ended with {code} and made no system"
        )
        raise BackendError(f"MiV-Simulator failed{cause}", hint=f"all that it said is in {log}")
    log.unlink()
    return System(max(made, key=lambda path: path.stat().st_mtime))


def _run(arguments: list[str], folder: Path, output: int) -> int:
    """Return the exit code; whatever interrupts it ends all that it started."""
    process = subprocess.Popen(
        [sys.executable, "-m", "livn_miv.apart", *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        return process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def _cause(output: str) -> str:
    """Return what went wrong in which component: of a chain of exceptions the first has the cause."""
    component, said = "", output
    if BEGINS in output:
        component, _, said = output.rpartition(BEGINS)[2].partition("\n")
        component = f" in {component}"
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.match(line)]
    return f"{component}: {(errors or lines[-1:] or ['it says nothing'])[0]}"
