"""Exports a system: finds the exporter, refuses what would be lost, publishes by rename."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livn_core.__about__ import __version__
from livn_core.documents.jsonio import write_json
from livn_core.errors import LivnError, OutputError
from livn_core.plugins.registry import registry

if TYPE_CHECKING:
    from livn_core.components import Exporter
    from livn_core.system.reader import System

__all__ = ["Exported", "export_system"]

#: Says in an exported folder what it is, so that ``overwrite`` never removes another folder.
MARKER = "export.json"


@dataclass(frozen=True)
class Exported:
    """What an export wrote.

    Parameters
    ----------
    format
        Name of the exporter.
    path
        The file or folder.
    files
        Every file, relative to ``path``'s folder.
    bytes
        Their size.
    """

    format: str
    path: Path
    files: tuple[Path, ...]
    bytes: int


def export_system(
    system: System,
    format: str,
    output: Path | str | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> Exported:
    """Write a system in another format; nothing is seen under the output's name until it is whole.

    Parameters
    ----------
    system
        What to write.
    format
        Name of an exporter: ``sonata``, ``csv``, ``parquet``, ``npz``, ``graphml``, ...
    output
        File or folder; by default beside the system, ``SYSTEM-FORMAT`` and the format's suffix.
    parameters
        Parameters of the exporter.
    overwrite
        Replace an earlier export.

    Raises
    ------
    ComponentNotFoundError, ConfigError
        Unknown format or parameter.
    OutputError
        The output exists, is no export, or cannot be written.

    Examples
    --------
    >>> from livn_core import System
    >>> from livn_core.exporting import export_system
    >>> exported = export_system(System("culture"), "csv")
    >>> exported.path.name, [str(file) for file in exported.files]
    ('culture-csv', ['nodes.csv', 'edges.csv', 'export.json'])
    """
    exporter: Exporter = registry().create("exporter", format, parameters)
    source = system.path.resolve()
    target = (
        Path(output)
        if output is not None
        else source.with_name(f"{source.name}-{format.rpartition('/')[2]}{exporter.suffix}")
    )
    _check_output(target, source, folder=not exporter.suffix, overwrite=overwrite)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            written = [Path(path) for path in exporter.export(system, part)]
            if not exporter.suffix:
                write_json(part / MARKER, _marker(system, format, exporter))
                written.append(part / MARKER)
            size = sum(path.stat().st_size for path in written)
            files = [path.relative_to(part) if path != part else target.name for path in written]
            _publish(part, target)
        finally:
            _remove(part)
    except LivnError:
        raise
    except OSError as error:
        raise OutputError(
            f"cannot write '{target}': {error.strerror or error}",
            hint="nothing was left behind; free some space or choose another --output",
        ) from error
    return Exported(format, target, tuple(Path(file) for file in files), size)


def _check_output(target: Path, source: Path, *, folder: bool, overwrite: bool) -> None:
    resolved = target.resolve()
    if resolved == source or source.is_relative_to(resolved):
        raise OutputError(
            f"'{target}' holds the system itself", hint="choose another --output beside it"
        )
    if not target.exists():
        return
    if not overwrite:
        raise OutputError(
            f"'{target}' exists already", hint="choose another --output, or give --overwrite"
        )
    if target.is_dir():
        if not folder:
            raise OutputError(f"'{target}' is a folder; this format is one file")
        if any(target.iterdir()) and not (target / MARKER).is_file():
            raise OutputError(
                f"'{target}' is no export, so that it is not replaced",
                hint="remove it yourself, or choose another --output",
            )
    elif folder:
        raise OutputError(f"'{target}' is a file; this format is a folder")


def _marker(system: System, format: str, exporter: Exporter) -> dict[str, Any]:
    provenance = system.provenance or {}
    return {
        "version": 1,
        "format": format,
        "parameters": exporter.model_dump(mode="json"),
        "livn": __version__,
        "system": {
            "name": system.path.resolve().name,
            "digest": provenance.get("digest"),
            "cells": sum(population.count for population in system.populations),
        },
    }


def _publish(part: Path, target: Path) -> None:
    """Put the finished export in the place of an older one."""
    if not target.is_dir():
        part.replace(target)
        return
    # A folder cannot replace another in one step: the old one steps aside until the new one is in.
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    target.rename(old)
    try:
        part.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old)


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        part.unlink(missing_ok=True)
