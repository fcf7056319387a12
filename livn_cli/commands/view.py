"""``livn view``: a page to look around in a system."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from livn_cli.options import output_option, overwrite_option, system_argument
from livn_cli.output import Output, pass_output
from livn_core.hookspecs import Report


@click.command("view", epilog="Example: livn view ./system --output culture.html")
@system_argument
@output_option("path", metavar="FILE", help="HTML file.  [default: SYSTEM.html in this folder]")
@click.option(
    "--max-cells",
    type=click.IntRange(min=1),
    default=1_000_000,
    show_default=True,
    help="Cells in the page at most: a fair sample of more.",
)
@click.option(
    "--max-edges",
    type=click.IntRange(min=0),
    default=2_000_000,
    show_default=True,
    help="Connections in the page at most: a fair sample of more.",
)
@click.option(
    "--max-morphologies",
    type=click.IntRange(min=0),
    default=60,
    show_default=True,
    help="Cells whose morphology is in the page at most.",
)
@click.option("--title", help="Heading of the page.  [default: its name and seed]")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the samples."
)
@overwrite_option
@pass_output
def command(output: Output, directory: Path, path: Path | None, **options: Any) -> Report:
    """Write one HTML file to look around in the system in DIR, in any browser, offline.

    2D and 3D; populations on and off; point at a cell for its gid and degrees, click it for its
    partners; electrodes and their reach; morphologies.
    """
    from livn_core.viewer import write_page

    path = path or Path(f"{directory.resolve().name or 'system'}.html")
    contents = write_page(directory, path, **options)
    for note in contents.meta["notes"]:
        output.note(note)
    edges = contents.meta["edges"]
    document = {
        "path": str(path),
        "bytes": path.stat().st_size,
        "cells": contents.meta["cells"],
        "total_cells": contents.meta["total_cells"],
        "edges": edges["embedded"],
        "total_edges": edges["total"],
        "notes": contents.meta["notes"],
    }
    return Report(document, lambda document: document["path"], made=True)
