"""``livn mea``: put a multi-electrode array under a system."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from livn_cli.component_options import Choice, ComponentCommand, chosen_parameters
from livn_cli.options import ComponentName, json_option, system_argument
from livn_cli.output import Output, pass_output

SECTION = "Build"


@click.command(
    "mea",
    cls=ComponentCommand,
    choices=(Choice("mea", ("--layout",), defaults=("grid", "depth-grid", "coordinates")),),
    epilog="Example: livn mea ./system --layout grid --pitch 1000",
)
@system_argument
@click.option(
    "--layout",
    type=ComponentName("mea"),
    help="MEA layout (livn plugins list --kind mea).  [default: grid; depth-grid in 3D]",
)
@json_option
@pass_output
def command(output: Output, directory: Path, layout: str | None, **values: Any) -> None:
    """Write DIR/mea.json: electrodes over the configured area.

    A mea.json that is there is kept beside as mea.previous.json.
    """
    from livn_core.mea import write_mea
    from livn_core.system import System

    parameters = chosen_parameters(values, "mea")
    if layout is None and "coordinates" in parameters:
        layout = "coordinates"
    made = write_mea(System(directory), layout, parameters)
    for warning in made.warnings:
        output.warn(warning)
    document = {
        "path": str(made.path),
        "layout": made.layout,
        "electrodes": len(made.document["electrode_coordinates"]),
        "input_radius": made.document["input_radius"],
        "output_radius": made.document["output_radius"],
        "warnings": list(made.warnings),
    }
    summary = (
        f"{made.path}: {document['electrodes']} electrodes ({made.layout}), "
        f"input radius {document['input_radius']:g} um, "
        f"output radius {document['output_radius']:g} um"
    )
    output.result(
        document,
        lambda: [summary],
    )
