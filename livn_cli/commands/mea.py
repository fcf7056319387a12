"""``livn mea``: put a multi-electrode array, or optical fibres, over a system."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livn_cli.component_options import Choice, ComponentCommand, chosen_parameters
from livn_cli.options import ComponentName, UserPath, overwrite_option
from livn_cli.output import Output, format_table, pass_output
from livn_cli.settings import numbers
from livn_core.hookspecs import Report

if TYPE_CHECKING:
    from livn_core.system.reader import System


@click.command(
    "mea",
    cls=ComponentCommand,
    choices=(Choice("mea", ("--layout",), defaults=("grid", "depth-grid", "coordinates")),),
    epilog="Example: livn mea ./system --layout mcs-60mea200-30 --rotate 45",
)
@click.argument("directory", metavar="DIR|list", type=UserPath())
@click.option(
    "--layout",
    type=ComponentName("mea"),
    help="MEA layout (livn mea list).  [default: grid; depth-grid in 3D]",
)
@click.option(
    "--export",
    "probe_file",
    metavar="FILE",
    type=UserPath(),
    help="Also write the electrodes as a probeinterface file.",
)
@click.option(
    "--lightarray", is_flag=True, help="Write DIR/lightarray.json: a fibre on the centre."
)
@click.option(
    "--fibers",
    multiple=True,
    metavar="X,Y[,Z]",
    callback=numbers,
    help="Tip of a fibre, um; may be repeated. Implies --lightarray.",
)
@click.option("--fiber-radius", type=float, help="Core radius, um.  [default: 100]")
@click.option("--fiber-height", type=float, help="Tips above the culture, um.  [default: 0]")
@click.option("--wavelength", type=float, help="Wavelength, nm.  [default: 473]")
@overwrite_option
@pass_output
def command(output: Output, directory: Path, layout: str | None, **values: Any) -> Report:
    """Write DIR/mea.json: electrodes over the configured area.

    'livn mea list' lists the arrays. A mea.json or lightarray.json that is there is kept beside as
    mea.previous.json, lightarray.previous.json. With --lightarray or --fibers only the fibres are written, unless a layout
    is asked for as well.
    """
    if str(directory) == "list":
        return _list()
    from livn_core.outputs import check_file
    from livn_core.system.reader import System

    parameters = chosen_parameters(values, "mea")
    if layout is None and "coordinates" in parameters:
        layout = "coordinates"
    light = _light(values)
    if values["probe_file"] is not None:
        check_file(values["probe_file"], overwrite=values["overwrite"])
    with System(directory) as system:
        document: dict[str, Any] = {}
        lines: list[str] = []
        if layout is not None or parameters or light is None:
            _electrodes(output, system, layout, parameters, document, lines)
        if light is not None:
            _fibers(system, values["fibers"], light, document, lines)
        if values["probe_file"] is not None:
            from livn_core.system.exporting import export_system

            made = export_system(
                system, "probeinterface", values["probe_file"], overwrite=values["overwrite"]
            )
            document["probe"] = str(made.path)
            lines.append(f"{made.path}: probeinterface")
    return Report(document, lambda _: lines, made=True)


def _electrodes(
    output: Output,
    system: System,
    layout: str | None,
    parameters: dict[str, Any],
    document: dict[str, Any],
    lines: list[str],
) -> None:
    from livn_core.system.mea import write_mea

    made = write_mea(system, layout, parameters)
    for warning in made.warnings:
        output.warn(warning)
    document |= {
        "path": str(made.path),
        "layout": made.layout,
        "electrodes": len(made.document["electrode_coordinates"]),
        "input_radius": made.document["input_radius"],
        "output_radius": made.document["output_radius"],
        "warnings": list(made.warnings),
    }
    lines.append(
        f"{made.path}: {document['electrodes']} electrodes ({made.layout}), "
        f"input radius {document['input_radius']:g} um, "
        f"output radius {document['output_radius']:g} um"
    )


def _light(values: dict[str, Any]) -> dict[str, float] | None:
    """Return what was said of the fibres, None when there are to be none."""
    names = ("fiber_radius", "fiber_height", "wavelength")
    given = {
        name.replace("fiber_height", "height"): values[name]
        for name in names
        if values[name] is not None
    }
    return given if given or values["lightarray"] or values["fibers"] else None


def _fibers(
    system: System,
    fibers: tuple[tuple[float, ...], ...],
    light: dict[str, float],
    document: dict[str, Any],
    lines: list[str],
) -> None:
    from livn_core.system.lightarray import LightArray, write_light_array

    path = write_light_array(system, fibers or None, LightArray(**light))
    document["lightarray"] = {"path": str(path), "fibers": max(len(fibers), 1)}
    lines.append(f"{path}: {len(fibers)} fibres" if len(fibers) > 1 else f"{path}: 1 fibre")


def _list() -> Report:
    from livn_core.system.arrays import list_arrays

    rows = list_arrays()

    def show(_: object) -> list[str]:
        header = ("layout", "electrodes", "pitch (um)", "what it is")
        return format_table(
            header,
            (
                (
                    row.name,
                    "-" if row.electrodes is None else f"{row.electrodes:,}",
                    "-" if row.pitch is None else f"{row.pitch:g}",
                    row.summary,
                )
                for row in rows
            ),
        )

    return Report({"layouts": [row.document() for row in rows]}, show)
