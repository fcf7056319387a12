"""Finds the systems that ship with livn, whichever way it is installed.

A wheel holds them as ``livn_core/_systems``; a checkout, and an editable install of one, in
``systems/`` beside the packages.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from livn_core.errors import ConfigError, LivnError
from livn_core.suggest import did_you_mean

__all__ = ["ShippedConfiguration", "configurations", "find_configuration", "systems_directory"]


@dataclass(frozen=True, slots=True)
class ShippedConfiguration:
    """A configuration that ships: what users write, ``EI2``, and the first line of its first comment."""

    name: str
    path: Path
    summary: str


def systems_directory(path: str | Path | None = None) -> Path:
    """Return the folder that holds ``config/`` and ``morphology/``: by default of this installation.

    Raises
    ------
    LivnError
        There is none.
    """
    package = Path(__file__).parents[1]
    candidates = (
        [package / "_systems", package.parent / "systems"] if path is None else [Path(path)]
    )
    for candidate in candidates:
        if (candidate / "config").is_dir():
            return candidate
    shown = " or ".join(f"'{candidate}'" for candidate in candidates)
    raise LivnError(
        f"no folder 'config' with configurations in {shown}",
        hint="install livn again; the systems are part of it",
    )


def configurations(path: str | Path | None = None) -> list[ShippedConfiguration]:
    """Return what ships, sorted by name; files whose name begins with ``_`` are parts of others."""
    found = [
        ShippedConfiguration(file.stem, file, _summary(file))
        for file in (systems_directory(path) / "config").glob("[!_]*.yml")
    ]
    return sorted(found, key=lambda entry: entry.name)


def find_configuration(name: str, path: str | Path | None = None) -> Path:
    """Return the file of a shipped configuration.

    Parameters
    ----------
    name
        ``EI2``, ``ei2`` or ``EI2.yml``.
    path
        See :func:`systems_directory`.

    Raises
    ------
    ConfigError
        Nothing of that name ships; says what comes close.

    Examples
    --------
    >>> from livn_core.documents.shipped import find_configuration
    >>> find_configuration("s1").name
    'S1.yml'
    """
    shipped = configurations(path)
    wanted = name.removesuffix(".yml").casefold()
    for entry in shipped:
        if entry.name.casefold() == wanted:
            return entry.path
    close = did_you_mean(name, [entry.name for entry in shipped])
    kind = "file or shipped configuration" if os.sep in name or "." in name else "configuration"
    raise ConfigError(
        f"no {kind} named '{name}'{close}",
        hint="'livn config list' shows what ships; a file is given by its path: ./my.yml",
    )


def _summary(file: Path) -> str:
    with file.open(encoding="utf-8") as stream:
        line = stream.readline().strip()
    return line.removeprefix("#").strip() if line.startswith("#") else ""
