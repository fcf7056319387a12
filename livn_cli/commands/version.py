"""``livn version``: versions of livn and of its libraries."""

from __future__ import annotations

import platform
from importlib import metadata

import click

from livn_core.__about__ import __version__
from livn_core.hookspecs import Report

LIBRARIES = ("click", "h5py", "livn", "numba", "numpy", "pydantic", "scipy")


@click.command("version")
def command() -> Report:
    """Show the versions of livn, Python and the libraries."""
    versions = {"livn-core": __version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return Report(
        {"versions": versions},
        lambda document: [f"{name} {version}" for name, version in document["versions"].items()],
    )
