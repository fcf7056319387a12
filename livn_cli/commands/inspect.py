"""``livn inspect``: what a system holds."""

from __future__ import annotations

from pathlib import Path

import click

from livn_cli.options import json_option, system_argument
from livn_cli.output import Output, pass_output
from livn_cli.show import show_system, system_document

SECTION = "Inspect"


@click.command("inspect", epilog="Example: livn inspect ./system --json")
@system_argument
@json_option
@pass_output
def command(output: Output, directory: Path) -> None:
    """Show populations, gids, projections with realised degrees, bounds and provenance."""
    from livn_core.system.reader import System

    document = system_document(System(directory))
    output.result(document, lambda: show_system(document))
