"""``livn inspect``: what a system holds."""

from __future__ import annotations

from pathlib import Path

import click

from livn_cli.options import system_argument
from livn_cli.show import show_system, system_document
from livn_core.hookspecs import Report


@click.command("inspect", epilog="Example: livn inspect ./system --json")
@system_argument
def command(directory: Path) -> Report:
    """Show populations, gids, projections with realised degrees, bounds and provenance."""
    from livn_core.system.reader import System

    return Report(system_document(System(directory)), show_system)
