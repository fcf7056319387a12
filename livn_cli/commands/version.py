"""``livn version``: versions of livn and of its libraries."""

from __future__ import annotations

import platform
from importlib import metadata

import click

from livn_cli.options import json_option
from livn_cli.output import Output, pass_output
from livn_core.__about__ import __version__

SECTION = "Inspect"

LIBRARIES = ("click", "h5py", "livn", "numba", "numpy", "pydantic", "scipy")


@click.command("version")
@json_option
@pass_output
def command(output: Output) -> None:
    """Show the versions of livn, Python and the libraries."""
    versions = {"livn-core": __version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    output.result({"versions": versions}, lambda: [f"{k} {v}" for k, v in versions.items()])
