"""``livn plot``: a picture of a system."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livn_cli.component_options import Choice, ComponentCommand, chosen_parameters
from livn_cli.field_values import LengthValue
from livn_cli.options import ComponentName, UserPath, output_option, overwrite_option
from livn_cli.output import Output, pass_output
from livn_core.hookspecs import Report

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class PaperWidth(LengthValue):
    """Reads the width of a picture, with its unit; mm."""

    example = "85mm or 8.5cm"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the width, mm."""
        if str(value).replace(".", "").isdigit():
            self.fail(f"'{value}' has no unit: write {value}mm", param, ctx)
        length = super().convert(value, param, ctx)
        if not isinstance(length, (int, float)):
            self.fail(f"'{value}' is no width: write {self.example}", param, ctx)
        return length / 1000


@click.command(
    "plot",
    cls=ComponentCommand,
    choices=(Choice("mea", ("--layout",)),),
    epilog="Example: livn plot ./system --kind degrees --output degrees.pdf",
)
@click.argument("directory", metavar="DIR", required=False, type=UserPath())
@click.option(
    "--config",
    metavar="FILE",
    help="Instead of DIR: a configuration, of which the kind 'area' shows where cells would be.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one key of the configuration.",
)
@click.option(
    "--layout", type=ComponentName("mea"), help="MEA layout over the area of a configuration."
)
@click.option(
    "--kind",
    default="layout",
    show_default=True,
    help="layout, area, degrees, distances, matrix, morphology or layers; several with commas.",
)
@click.option(
    "--cell", type=int, metavar="GID", help="One cell: its inputs and outputs, or its morphology."
)
@click.option(
    "--max-edges",
    type=click.IntRange(min=0),
    help="Connections drawn at most, longer ones likelier, or axons.  [default: as many as can be seen]",
)
@click.option(
    "--connections/--no-connections",
    "show_connections",
    default=True,
    help="Draw connections, or not.",
)
@click.option(
    "--mea/--no-mea",
    default=None,
    help="Draw electrodes, or not.  [default: where there is a mea.json]",
)
@click.option(
    "--labels/--no-labels",
    "show_labels",
    default=False,
    help="Write the array's own labels beside the electrodes, or not.",
)
@click.option(
    "--color-by",
    default="population",
    show_default=True,
    help="Colours of a layout's cells: population, degree (in-degree), module or layer.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the sample."
)
@click.option("--title", default="", metavar="TEXT", help="What stands above the picture.")
@click.option(
    "--width",
    type=PaperWidth(),
    metavar="LENGTH",
    help="Width of the picture: 85mm.  [default: as wide as what it shows]",
)
@click.option(
    "--font", metavar="FONT", help="Family, size in points, or both: Arial, 7, 'Arial 7'."
)
@click.option(
    "--dpi",
    type=click.IntRange(30, 2400),
    default=300,
    show_default=True,
    help="Resolution of PNG, TIFF and JPG.",
)
@output_option(
    "path",
    metavar="FILE",
    help="PNG, SVG, PDF, EPS, TIFF or JPG, by its suffix.  [default: SYSTEM-KIND.png in this folder]",
)
@overwrite_option
@pass_output
def command(
    output: Output,
    directory: Path | None,
    kind: str,
    cell: int | None,
    mea: bool | None,
    dpi: int,
    path: Path | None,
    overwrite: bool,
    config: str | None,
    overrides: tuple[str, ...],
    layout: str | None,
    **values: Any,
) -> Report:
    """Draw the system in DIR: cells, connections, electrodes, degrees, morphologies.

    With '--config FILE --kind area' nothing is made: the region and an array are drawn.
    """
    from livn_core.plotting import plot
    from livn_core.plotting.facts import require_electrodes
    from livn_core.plotting.figure import check_kind
    from livn_core.plotting.picture import check_output, default_name
    from livn_core.system.reader import System

    check_kind(kind, cell)
    if (directory is None) == (config is None):
        raise click.UsageError("give a system's directory, or a configuration with --config.")
    if values["show_labels"] and mea is False:
        raise click.UsageError("--labels are those of the electrodes, which --no-mea leaves out.")
    look = {name: values[name] for name in ("color_by", "show_labels", "width", "font", "title")}
    path = path or Path(default_name(directory or Path(str(config)), kind, cell))
    check_output(path, overwrite=overwrite)
    if directory is None:
        if kind != "area":
            raise click.UsageError(
                f"--kind {kind} shows a system: generate it first; of a configuration, --kind area."
            )
        parameters = chosen_parameters(values, "mea")
        figure = _planned(output, str(config), overrides, layout, parameters, look)
        return _saved(figure, path, overwrite=overwrite, dpi=dpi, kind=kind, cell=None)
    if layout is not None or overrides:
        what = "--layout" if layout is not None else "--set"
        raise click.UsageError(f"{what} goes with --config; '{directory}' is made already.")
    with System(directory) as system:
        if mea or values["show_labels"]:
            require_electrodes(system)
        figure = plot(
            system,
            kind,
            cell=cell,
            show_mea=mea is not False,
            **{name: values[name] for name in ("show_connections", "max_edges", "seed")},
            **look,
        )
        if mea is None and kind == "layout" and system.mea is None:
            output.note(f"No electrodes: there is no mea.json; 'livn mea {directory}' writes one.")
    return _saved(figure, path, overwrite=overwrite, dpi=dpi, kind=kind, cell=cell)


def _planned(
    output: Output,
    config: str,
    overrides: tuple[str, ...],
    layout: str | None,
    parameters: dict[str, Any],
    look: dict[str, Any],
) -> Figure:
    """Draw where a configuration's cells would be, and an array over it."""
    import numpy as np

    from livn_core.execute import resolve
    from livn_core.plotting import PlotError, plot_area
    from livn_core.plugins.registry import registry
    from livn_core.system.mea import build_mea

    job = resolve(config, overrides=overrides)
    region = registry().create("generator", job.generator, job.options).region(job.configuration)
    if region is None:
        raise PlotError(
            f"'{config}' does not say where cells may be: it is no flat culture, or its placement is "
            "a function",
            hint="generate it, then 'livn plot DIR' shows where they are",
        )
    mea = labels = None
    if layout is not None:
        flat = np.zeros((2, 1))
        made = build_mea(
            registry().create("mea", layout, parameters),
            np.hstack([region.bounds, flat]),
            region=region,
        )
        for warning in made.warnings:
            output.warn(warning)
        mea, labels = made.document, made.labels
    return plot_area(region, mea, labels=labels, **look)


def _saved(
    figure: Figure, path: Path, *, overwrite: bool, dpi: int, kind: str, cell: int | None
) -> Report:
    from livn_core.plotting import save

    save(figure, path, overwrite=overwrite, dpi=dpi)
    return Report(
        {"path": str(path), "kind": kind, "cell": cell, "bytes": path.stat().st_size},
        lambda document: document["path"],
        made=True,
    )
