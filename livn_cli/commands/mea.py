"""``livn mea``: put a multi-electrode array, or optical fibres, over a system."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from livn_cli.component_options import Choice, ComponentCommand, chosen_parameters
from livn_cli.field_values import NumbersValue
from livn_cli.options import ComponentName, UserPath, overwrite_option
from livn_cli.output import Output, format_table, pass_output
from livn_core.documents.names import counted
from livn_core.hookspecs import Report


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
    type=NumbersValue(),
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
    from livn_core.system.lightarray import LightArray, write_light_array
    from livn_core.system.mea import write_mea
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
            made = write_mea(system, layout, parameters)
            for warning in made.warnings:
                output.warn(warning)
            electrodes = len(made.document["electrode_coordinates"])
            reach = {name: made.document[name] for name in ("input_radius", "output_radius")}
            document = {"path": str(made.path), "layout": made.layout, "electrodes": electrodes}
            document |= {**reach, "warnings": list(made.warnings)}
            lines.append(
                f"{made.path}: {counted(electrodes, 'electrode')} ({made.layout}), "
                f"input radius {reach['input_radius']:g} um, "
                f"output radius {reach['output_radius']:g} um"
            )
        if light is not None:
            fibers = values["fibers"]
            path = write_light_array(system, fibers or None, LightArray(**light))
            number = max(len(fibers), 1)
            document["lightarray"] = {"path": str(path), "fibers": number}
            lines.append(f"{path}: {counted(number, 'fibre')}")
        if values["probe_file"] is not None:
            from livn_core.system.exporting import export_system

            probe = export_system(
                system, "probeinterface", values["probe_file"], overwrite=values["overwrite"]
            )
            document["probe"] = str(probe.path)
            lines.append(f"{probe.path}: probeinterface")
    return Report(document, lambda _: lines, made=True)


def _light(values: dict[str, Any]) -> dict[str, float] | None:
    """Return what was said of the fibres, None when there are to be none."""
    names = ("fiber_radius", "fiber_height", "wavelength")
    given = {
        name.replace("fiber_height", "height"): values[name]
        for name in names
        if values[name] is not None
    }
    return given if given or values["lightarray"] or values["fibers"] else None


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
