"""``livn export``: write a system in another format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from livn_cli.component_options import Choice, ComponentCommand, chosen_parameters
from livn_cli.options import ComponentName, output_option, overwrite_option, system_argument
from livn_cli.output import Output, pass_output
from livn_cli.settings import parse_settings
from livn_core.documents.names import counted
from livn_core.hookspecs import Report


@click.command(
    "export",
    cls=ComponentCommand,
    choices=(Choice("exporter", ("--format", "-f")),),
    epilog="Example: livn export ./culture --format sonata --output ./culture-sonata",
)
@system_argument
@click.option(
    "--format",
    "-f",
    "format_name",
    type=ComponentName("exporter"),
    required=True,
    help="What to write (livn plugins list --kind exporter).",
)
@output_option()
@click.option(
    "-P", "settings", multiple=True, metavar="KEY=VALUE", help="Set a parameter of the format."
)
@overwrite_option
@pass_output
def command(
    output: Output,
    directory: Path,
    format_name: str,
    settings: tuple[str, ...],
    overwrite: bool,
    destination: Path | None,
    **values: Any,
) -> Report:
    """Write the system in DIR in another format: tables, matrices, SONATA, a probe.

    Any size is exported in bounded memory. Without --output the result goes beside DIR.
    """
    from livn_core.system.exporting import export_system
    from livn_core.system.reader import System

    with System(directory) as system, output.progress() as progress:
        made = export_system(
            system,
            format_name,
            destination,
            parameters={**chosen_parameters(values, "exporter"), **parse_settings(settings, "-P ")},
            overwrite=overwrite,
            progress=progress,
        )
    document = {
        "format": made.format,
        "path": str(made.path),
        "files": [str(file) for file in made.files],
        "bytes": made.bytes,
    }
    files = counted(len(made.files), "file")
    return Report(
        document,
        lambda _: f"{made.path}: {made.format}, {files}, {made.bytes:,} bytes",
        made=True,
    )
