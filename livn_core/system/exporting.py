"""Export a system: find the exporter, refuse what would be lost, publish the result whole."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livn_core.__about__ import __version__
from livn_core.documents.jsonio import write_json
from livn_core.errors import OutputError, PluginError
from livn_core.outputs import Workplace, refuse_existing, saying_file_errors
from livn_core.plugins.registry import registry

if TYPE_CHECKING:
    from livn_core.components import Exporter
    from livn_core.job import Progress
    from livn_core.neuroh5.edges import EdgeSlab
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
    progress: Progress | None = None,
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
    progress
        Called with (phase, done, total): that it begins, with the cells; then connections that were
        read, in each pass over them.

    Raises
    ------
    ComponentNotFoundError, ConfigError
        Unknown format or parameter.
    OutputError
        The output exists, is no export, or cannot be written.
    PluginError
        The exporter named files that it did not write.

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
    check = partial(_check_output, target, source, folder=not exporter.suffix, overwrite=overwrite)
    check()
    hint = "nothing was left behind; free some space or choose another --output"
    # A key of its own: of several exports to one place the last to finish stands.
    key = f"export-{os.urandom(8).hex()}"
    with saying_file_errors(target, hint=hint), Workplace(target.absolute(), key) as place:
        made = place.draft / target.name if exporter.suffix else place.draft
        with _watched(system, progress) as read:
            written = _written(exporter, exporter.export(read, made), place.draft)
        if not exporter.suffix:
            write_json(made / MARKER, _marker(system, format, exporter))
            written.append(made / MARKER)
        size = sum(path.stat().st_size for path in written)
        files = tuple(path.relative_to(place.draft) for path in written)
        place.publish(check, made)
    return Exported(format, target, files, size)


def _written(exporter: Exporter, given: object, folder: Path) -> list[Path]:
    """Return the files that an exporter says it wrote, if they are there."""
    what = f"{type(exporter).__name__}.export()"
    hint = "the list of the files that were written under the given path is due"
    if not isinstance(given, Iterable) or isinstance(given, str | bytes | Path):
        raise PluginError(f"{what} returned {given!r}", hint=hint)
    written = [Path(path) for path in given]
    for path in written:
        if not path.is_file() or not path.is_relative_to(folder):
            raise PluginError(f"{what} returned '{path.name}', which it did not write", hint=hint)
    return written


@contextmanager
def _watched(system: System, progress: Progress | None) -> Iterator[System]:
    """Give a system that tells how many of its edges were read; itself, if nobody is to be told."""
    total = sum(system.edge_count(*pair) for pair in system.projections)
    if progress is not None:
        progress("cells", 0, 0)
    if progress is None or not total:
        yield system
        return
    from livn_core.system.reader import System

    tell = progress

    class Watched(System):
        read = 0

        def edges(self, *args: Any, **kwargs: Any) -> Iterator[EdgeSlab]:
            for slab in super().edges(*args, **kwargs):
                yield slab
                Watched.read += len(slab)
                passes, done = divmod(Watched.read - 1, total)
                tell("export" if not passes else f"export, pass {passes + 1}", done + 1, total)

    with Watched(system.path) as watched:
        yield watched


def _check_output(target: Path, source: Path, *, folder: bool, overwrite: bool) -> None:
    resolved = target.resolve()
    beside = "choose another --output beside it"
    if source.is_relative_to(resolved):
        raise OutputError(f"'{target}' holds the system itself", hint=beside)
    if resolved.is_relative_to(source):
        raise OutputError(f"'{target}' lies in the system itself", hint=beside)
    refuse_existing(
        target,
        overwrite=overwrite,
        said="exists already",
        hint="choose another --output, or give --overwrite",
    )
    if target.is_dir():
        if not folder:
            raise OutputError(f"'{target}' is a folder; this format is one file")
        if any(target.iterdir()) and not (target / MARKER).is_file():
            raise OutputError(
                f"'{target}' is no export, so that it is not replaced",
                hint="remove it yourself, or choose another --output",
            )
    elif folder and os.path.lexists(target):
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
