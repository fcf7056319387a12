"""``livn plot``: a picture of a system."""

from __future__ import annotations

from pathlib import Path

import click

from livn_cli.options import UserPath, overwrite_option, system_argument
from livn_cli.output import Output, pass_output
from livn_core.hookspecs import Report


@click.command("plot", epilog="Example: livn plot ./system --kind degrees --output degrees.pdf")
@system_argument
@click.option(
    "--kind",
    default="layout",
    show_default=True,
    help="layout, degrees, distances, matrix, morphology or layers.",
)
@click.option(
    "--cell", type=int, metavar="GID", help="One cell: its inputs and outputs, or its morphology."
)
@click.option(
    "--max-edges",
    type=click.IntRange(min=0),
    default=5000,
    show_default=True,
    help="Connections drawn at most: a fair sample, longer ones likelier.",
)
@click.option("--connections/--no-connections", default=True, help="Draw connections, or not.")
@click.option(
    "--mea/--no-mea",
    default=None,
    help="Draw electrodes, or not.  [default: where there is a mea.json]",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the sample."
)
@click.option(
    "--dpi",
    type=click.IntRange(30, 2400),
    default=300,
    show_default=True,
    help="Resolution of PNG.",
)
@click.option(
    "--output",
    "--out",
    "-o",
    "path",
    type=UserPath(),
    metavar="FILE",
    help="PNG, SVG or PDF, by its suffix.  [default: SYSTEM-KIND.png in this folder]",
)
@overwrite_option
@pass_output
def command(
    output: Output,
    directory: Path,
    kind: str,
    cell: int | None,
    max_edges: int,
    connections: bool,
    mea: bool | None,
    seed: int,
    dpi: int,
    path: Path | None,
    overwrite: bool,
) -> Report:
    """Draw the system in DIR: cells, connections, electrodes, degrees, morphologies."""
    from livn_core.plotting import plot, save
    from livn_core.plotting.facts import require_electrodes
    from livn_core.plotting.figure import check_kind
    from livn_core.plotting.picture import check_output, default_name
    from livn_core.system.reader import System

    check_kind(kind, cell)
    path = path or Path(default_name(directory, kind, cell))
    check_output(path, overwrite=overwrite)
    with System(directory) as system:
        if mea:
            require_electrodes(system)
        figure = plot(
            system,
            kind,
            cell=cell,
            show_connections=connections,
            show_mea=mea is not False,
            max_edges=max_edges,
            seed=seed,
        )
        if mea is None and kind == "layout" and system.mea is None:
            output.note(f"No electrodes: there is no mea.json; 'livn mea {directory}' writes one.")
    save(figure, path, overwrite=overwrite, dpi=dpi)
    return Report(
        {"path": str(path), "kind": kind, "cell": cell, "bytes": path.stat().st_size},
        lambda document: document["path"],
        made=True,
    )
